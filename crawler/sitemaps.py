"""News sitemaps, plain sitemaps and sitemap indexes: bytes in, items or child sitemaps out. No I/O.

Formats: https://www.sitemaps.org/protocol.html and Google's news extension of it; elements are told by their local
names, because namespaces are often wrong.
"""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from crawler.feed_reduction import MAX_DATE_CHARS, MAX_ITEMS
from crawler.feeds import (
    MAX_LANGUAGE_CHARS,
    SITEMAP_ROOTS,
    ParsedFeed,
    is_cut,
    one_line,
    title_text,
    what_it_is,
)
from crawler.links import absolute_http_url
from crawler.xml_text import MAX_XML_BYTES, clean_xml, decode_xml, local_name, parse_tree
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedItem

if TYPE_CHECKING:
    from lxml import etree

MAX_CHILDREN = 50
"""Child sitemaps taken from an index: the newest hold the news, the others the archive."""

MAX_ENTRIES = 50_000
"""The most that the protocol allows in one sitemap."""

MAX_PARTS = 100
"""Elements looked at of one entry; honest ones have about ten, besides their images."""

_GZIP_MAGIC = b"\x1f\x8b"


def parse_news_sitemap(body: bytes, *, url: str, content_type: str = "") -> ParsedFeed:
    """Give the items of a sitemap in its own order, or the child sitemaps of an index, newest first.

    ``published_raw`` is the news extension's publication date, else ``lastmod``. A plain sitemap longer than
    MAX_ITEMS gives its newest. ``body`` may be gzip. Never raises on any bytes.
    """
    data, gzip_fault = _gunzip(body)
    text = decode_xml(data, content_type)
    if not text.strip():
        return ParsedFeed((), FeedOutcome.NOT_A_FEED, gzip_fault or "the answer has no content")
    cleaned = clean_xml(text)
    tree = parse_tree(cleaned.text)
    root = tree.root
    if root is None or local_name(root) not in SITEMAP_ROOTS:
        what = what_it_is(cleaned.text, root)
        return ParsedFeed((), FeedOutcome.NOT_A_FEED, f"{gzip_fault}; {what}" if gzip_fault else what)
    broken = gzip_fault
    notes = list(cleaned.notes)
    cut = is_cut(cleaned.text, root)
    if cut:
        broken = broken or "cut off before its end"
    elif tree.error:
        notes.append(f"not well-formed ({tree.error}), read leniently")
    children = [element for element in root if local_name(element) in {"url", "sitemap"}]
    if len(children) > MAX_ENTRIES:
        notes.append(f"only the first {MAX_ENTRIES} of {len(children)} entries read")
        del children[MAX_ENTRIES:]
    elif cut and children:
        children.pop()  # its address may lack its end
    if local_name(root) == "sitemapindex":
        return _index(children, url, broken, notes)
    dated = _items(children, url)
    if len(dated) > MAX_ITEMS:
        notes.append(f"only the newest {MAX_ITEMS} of {len(dated)} items taken")
        dated.sort(key=lambda item: _moment(item.published_raw), reverse=True)
    items = tuple(dated[:MAX_ITEMS])
    language = next((item.language for item in items if item.language), "")
    if broken or (children and not items):
        detail = "; ".join([broken or "no entry has a usable address", *notes, f"{len(items)} items taken"])
        return ParsedFeed(items, FeedOutcome.MALFORMED, detail, language)
    return ParsedFeed(items, FeedOutcome.OK if items else FeedOutcome.EMPTY, "; ".join(notes), language)


def _index(children: list["etree._Element"], url: str, broken: str, notes: list[str]) -> ParsedFeed:
    newest_first = sorted(children, key=lambda child: _moment(_first(child, "lastmod")), reverse=True)
    found = (absolute_http_url(_first(child, "loc"), url) for child in newest_first)
    child_urls = tuple(dict.fromkeys(link for link in found if link is not None and link != url))[:MAX_CHILDREN]
    detail = "; ".join([*([broken] if broken else []), f"a sitemap index with {len(children)} sitemaps", *notes])
    if broken:
        return ParsedFeed((), FeedOutcome.MALFORMED, detail, child_urls=child_urls)
    outcome = FeedOutcome.OK if child_urls else FeedOutcome.EMPTY
    return ParsedFeed((), outcome, detail, child_urls=child_urls)


def _items(children: Iterable["etree._Element"], url: str) -> list[FeedItem]:
    items: dict[str, FeedItem] = {}
    for child in children:
        link = absolute_http_url(_first(child, "loc"), url)
        if link is None or link in items:
            continue
        items[link] = FeedItem(
            url=link,
            title=title_text(_first(child, "title")),
            published_raw=one_line(_first(child, "publication_date") or _first(child, "lastmod"), MAX_DATE_CHARS),
            language=one_line(_first(child, "language"), MAX_LANGUAGE_CHARS),
            found_in=url,
            found_by="news_sitemap",
        )
    return list(items.values())


def _first(element: "etree._Element", name: str) -> str:
    """Give the text of the first descendant of this local name that is not part of an image or video; "" if none."""
    for child in islice(element, MAX_PARTS):
        if local_name(child) in {"image", "video"}:
            continue
        for found in islice(child.iter(), MAX_PARTS):
            if local_name(found) == name and found.text:
                return str(found.text).strip()
    return ""


def _moment(raw: str) -> datetime:
    """Give a time to sort by; what is no W3C date sorts as the oldest. Naive times are taken as UTC."""
    try:
        moment = datetime.fromisoformat(raw.strip())
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _gunzip(body: bytes) -> tuple[bytes, str]:
    """Give the body unpacked, at most MAX_XML_BYTES, and what was wrong with the gzip stream, "" if nothing."""
    if not body.startswith(_GZIP_MAGIC):
        return body, ""
    unpacker = zlib.decompressobj(wbits=31)  # 16 + 15: gzip framing, largest window
    try:
        data = unpacker.decompress(body, MAX_XML_BYTES)
    except zlib.error as error:
        return b"", f"broken gzip ({error})"
    if not unpacker.eof:
        over = len(data) >= MAX_XML_BYTES
        return data, f"larger than {MAX_XML_BYTES} bytes unpacked" if over else "gzip stream cut off"
    return data, ""
