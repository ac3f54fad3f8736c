"""Section pages: HTML in, the links that look like articles out. No I/O."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import regex  # type: ignore[import-untyped]

from crawler.article_links import looks_like_article
from crawler.feed_reduction import MAX_ITEMS
from crawler.feeds import FEED_ROOTS, MAX_TITLE_CHARS, SITEMAP_ROOTS, ParsedFeed, one_line
from crawler.links import absolute_http_url
from crawler.xml_text import decode_xml
from pipelines.markup import MAX_ATTRIBUTES, overfull_tag
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedItem
from pipelines.urls import host_of, registrable_host

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_LINKS = 20_000
"""Links looked at on one page; the fullest honest front pages have about two thousand."""

MATCH_SECONDS = 0.5
"""Time that link_pattern may take on one address; honest ones take microseconds."""

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


def parse_section(body: bytes, *, url: str, link_pattern: str | None = None, content_type: str = "") -> ParsedFeed:
    """Give the article links of a page in page order, each address once, with the link text as title.

    With ``link_pattern`` (searched in the absolute URL) that alone decides, on any host. Without it a link must lead to
    the same registrable domain and look like an article. Never raises on any bytes.

    Raises:
        re.error: ``link_pattern`` is no regular expression (source files are checked for that).
    """
    pattern = _TimedPattern(link_pattern) if link_pattern is not None else None
    kind, root = _document(body, content_type)
    if root is None:
        return ParsedFeed((), FeedOutcome.NOT_A_FEED, kind)
    own_host = registrable_host(host_of(url))
    here = url.partition("#")[0]
    found: dict[str, tuple[int, str]] = {}
    n_links = 0
    for link, anchor in _links(root, url):
        n_links += 1
        if link.rstrip("/") == here.rstrip("/"):
            continue
        rank, title = _title(anchor)
        if pattern is not None:
            wanted = pattern.is_in(link)
            if pattern.is_too_slow:
                remedy = "write it without repeats in repeats"
                detail = f"link_pattern takes more than {MATCH_SECONDS:g} s on one address; {remedy}"
                return ParsedFeed((), FeedOutcome.MALFORMED, detail)
        else:
            wanted = registrable_host(host_of(link)) == own_host and looks_like_article(link, title)
        if not wanted and link not in found:
            continue
        known = found.get(link)
        if known is None or rank > known[0] or (rank == known[0] == 0 and len(title) > len(known[1])):
            found[link] = (rank, title)
        if len(found) >= MAX_ITEMS:
            break
    items = tuple(
        FeedItem(url=link, title=title, found_in=url, found_by="section") for link, (_, title) in found.items()
    )
    language = one_line(root.get("lang") or "", 35)
    if not items:
        why = "the link pattern" if pattern is not None else "an article"
        return ParsedFeed((), FeedOutcome.EMPTY, f"{n_links} links, none looks like {why}", language)
    return ParsedFeed(items, FeedOutcome.OK, "", language)


class _TimedPattern:
    """A regular expression of a source file that gives up: a stranger chooses the addresses that it is tried on."""

    def __init__(self, pattern: str) -> None:
        re.compile(pattern)  # source files are checked with re; the syntax of both is one
        self._pattern = regex.compile(pattern)
        self.is_too_slow = False

    def is_in(self, link: str) -> bool:
        """Tell whether the pattern is found in an address; False, and too slow, after MATCH_SECONDS."""
        try:
            return self._pattern.search(link, timeout=MATCH_SECONDS) is not None
        except TimeoutError:
            self.is_too_slow = True
            return False


def feed_links(body: bytes, *, url: str, content_type: str = "") -> tuple[str, ...]:
    """Give the feeds that an HTML page announces (``<link rel="alternate">``), in page order; empty if none."""
    _, root = _document(body, content_type)
    if root is None:
        return ()
    found: dict[str, None] = {}
    for element in root.iter("link"):
        if "alternate" in (element.get("rel") or "").lower() and (element.get("type") or "").lower() in _FEED_TYPES:
            link = absolute_http_url(element.get("href") or "", url)
            if link is not None:
                found.setdefault(link)
    return tuple(found)


def _document(body: bytes, content_type: str) -> tuple[str, "HtmlElement | None"]:
    """Give the parsed page, or what the bytes are instead."""
    from lxml import etree, html

    declared = _META_CHARSET.search(body[:4_096])
    named = f"{content_type}; charset={declared.group(1).decode('ascii')}" if declared else content_type
    text = decode_xml(body, named).replace("\0", "")
    if not text.strip():
        return "the answer has no content", None
    head = text.lstrip("\ufeff \t\r\n")[:1_024].lower()
    if re.match(r"[\[{]", head):
        return "JSON", None
    root_tag = re.search(r"<(?:[\w.-]+:)?([a-z]+)[\s>/]", re.sub(r"<\?.*?\?>|<!--.*?-->|<![^>]*>", "", head))
    if root_tag and root_tag.group(1) in FEED_ROOTS | SITEMAP_ROOTS:
        kind = "feed" if root_tag.group(1) in FEED_ROOTS else "news_sitemap"
        return f"a {kind.replace('_', ' ')}, not a page: use kind = {kind!r}", None
    if "<" not in text:
        return "neither XML nor HTML", None
    if overfull_tag(text) is not None:
        return f"no readable HTML (an element with more than {MAX_ATTRIBUTES} attributes)", None
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, no_network=True, huge_tree=False)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        return f"no readable HTML ({error})", None
    return "", root


def _links(root: "HtmlElement", url: str) -> Iterator[tuple[str, "HtmlElement"]]:
    base = url
    for element in root.iter("base"):
        candidate = absolute_http_url(element.get("href") or "", url)
        # forgotten staging hosts and empty bases are common; a base elsewhere would send every link there
        if candidate and registrable_host(host_of(candidate)) == registrable_host(host_of(url)):
            base = candidate
        break
    n_seen = 0
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if not href:
            continue
        n_seen += 1
        if n_seen > MAX_LINKS:
            return
        link = absolute_http_url(href, base)
        if link is not None:
            yield link, anchor


def _title(anchor: "HtmlElement") -> tuple[int, str]:
    """Give the text of a link and its rank: 1 for a headline in or around the link, else 0."""
    for heading in anchor.iter("h1", "h2", "h3", "h4"):
        title = _text(heading)
        if title:
            return 1, title
    title = _text(anchor)
    parent = anchor.getparent()
    if title and parent is not None and parent.tag in {"h1", "h2", "h3", "h4"}:
        return 1, title
    if not title:
        named = (anchor.get("title"), anchor.get("aria-label"), *(image.get("alt") for image in anchor.iter("img")))
        title = next((one_line(name, MAX_TITLE_CHARS) for name in named if name and name.strip()), "")
    return 0, title


def _text(element: "HtmlElement") -> str:
    pieces: list[str] = []
    n_chars = 0
    for piece in element.itertext():
        pieces.append(str(piece))
        n_chars += len(pieces[-1])
        if n_chars > 4 * MAX_TITLE_CHARS:  # room for white space; keeps nested links from costing their product
            break
    return one_line(" ".join(pieces), MAX_TITLE_CHARS)
