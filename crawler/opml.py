"""Lists of feeds as OPML 2.0 (http://opml.org/spec2.opml), in and out.

Feed readers see the feeds. What OPML has no word for (sitemaps, section pages, country, medium …) stands in attributes
of our own namespace, so that an export comes back as it was, apart from notes, expectations, crawl settings and
overrides: those belong to a project, and mean nothing to a feed reader.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawler.feeds import one_line
from crawler.iso_codes import COUNTRIES, INTERNATIONAL, LANGUAGES, UNDETERMINED
from crawler.links import absolute_http_url
from crawler.source import DiscoveryKind, Medium, Problem, Source
from crawler.xml_text import clean_xml, decode_xml, local_name, parse_tree
from crawler.zones import usual_zone
from pipelines.errors import SourceError
from pipelines.urls import host_of

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE = "urn:newstone:opml:1"

MAX_NAME_CHARS = 200

SHARED_FEED_HOSTS = frozenset(("feeds.feedburner.com", "feeds2.feedburner.com", "feedproxy.google.com", "rss.app"))
"""Hosts that carry feeds of many outlets, so that the host says nothing about the outlet."""

_OWN_KEYS = ("id", "country", "medium", "company", "script", "zone")


@dataclass(frozen=True, slots=True)
class OpmlImport:
    """What an OPML file gave: sources, and the outlines that could not be taken, each with the reason."""

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Draft:
    """One source in the making."""

    table: dict[str, Any]
    entries: list[dict[str, str]]
    wanted_id: str


def import_opml(path: Path, *, taken_ids: Collection[str] = ()) -> list[Source]:
    """Give the sources of an OPML file, as :func:`read_opml` does, without the outlines that could not be taken.

    Raises:
        SourceError: the file cannot be read, is not OPML, or holds no usable feed.
    """
    return list(read_opml(path, taken_ids=taken_ids).sources)


def read_opml(path: Path, *, taken_ids: Collection[str] = ()) -> OpmlImport:
    """Give the sources of an OPML file in its order, folders flattened, feeds of one host and language in one source.

    Ids come from host names and avoid ``taken_ids``. A missing language is ``und`` (told later from each article's
    text); country and zone come from the national domain where that is clear, else ``INT`` and ``UTC``.

    Raises:
        SourceError: the file cannot be read, is not OPML, or holds no usable feed.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}; name an OPML file") from error
    tree = parse_tree(clean_xml(decode_xml(body)).text)
    if tree.root is None or local_name(tree.root) != "opml":
        raise SourceError(f"{path}: no OPML file; export one from a feed reader or with `newstone sources export`")
    if tree.error:
        raise SourceError(f"{path}: not well-formed XML ({tree.error}); mend that place or export the file again")
    drafts: dict[tuple[str, str], _Draft] = {}
    problems: list[Problem] = []
    known_urls: set[str] = set()
    for outline in _outlines(tree.root):
        _take(outline, path, drafts, problems, known_urls)
    sources: list[Source] = []
    ids = set(taken_ids)
    for draft in drafts.values():
        source_id = _free_id(draft.wanted_id, ids)
        try:
            source = Source.model_validate({**draft.table, "id": source_id, "discovery": draft.entries})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            message = f"{key}: {first['msg'].removeprefix('Value error, ')}; mend the outline"
            problems.append(Problem(path, draft.entries[0]["url"], message))
            continue
        ids.add(source_id)
        sources.append(source)
    if not sources:
        why = f": {problems[0]}" if problems else "; it needs outlines with xmlUrl"
        raise SourceError(f"{path}: no usable feed{why}")
    return OpmlImport(tuple(sources), tuple(problems))


def export_opml(sources: Iterable[Source], *, title: str = "newstone sources") -> str:
    """Give an OPML 2.0 document with one outline per discovery entry, in the order given; ends with a line break."""
    from lxml import etree

    root = etree.Element("opml", {"version": "2.0"}, nsmap={"newstone": NAMESPACE})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = one_line(title, MAX_NAME_CHARS)
    body = etree.SubElement(root, "body")
    for source in sources:
        for entry in source.discovery:
            outline = etree.SubElement(body, "outline")
            is_feed = entry.kind is DiscoveryKind.FEED
            outline.set("type", "rss" if is_feed else "link")
            outline.set("text", one_line(source.name, MAX_NAME_CHARS))
            outline.set("xmlUrl" if is_feed else "url", entry.url)
            outline.set("htmlUrl", source.homepage)
            outline.set("language", f"{source.language}-{source.script}" if source.script else source.language)
            own = source.model_dump(mode="json", include=set(_OWN_KEYS))
            own |= {"kind": entry.kind.value, "link_pattern": entry.link_pattern or ""}
            own |= {"enabled": "" if source.enabled else "false"}
            for key in (*_OWN_KEYS, "kind", "link_pattern", "enabled"):
                if own[key]:
                    outline.set(f"{{{NAMESPACE}}}{key}", own[key])
    document: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return document.decode("utf-8")


def _outlines(root: "etree._Element") -> Iterator["etree._Element"]:
    return (element for element in root.iter() if local_name(element) == "outline")


def _attribute(outline: "etree._Element", name: str) -> str:
    """Give an attribute whatever its case: readers write xmlUrl, xmlurl and XMLURL."""
    return next((str(value).strip() for key, value in outline.attrib.items() if str(key).lower() == name.lower()), "")


def _take(
    outline: "etree._Element",
    path: Path,
    drafts: dict[tuple[str, str], _Draft],
    problems: list[Problem],
    known_urls: set[str],
) -> None:
    own = {key: outline.get(f"{{{NAMESPACE}}}{key}", "") for key in (*_OWN_KEYS, "kind", "link_pattern", "enabled")}
    raw_url = _attribute(outline, "xmlUrl") or (_attribute(outline, "url") if own["kind"] else "")
    if not raw_url:
        return  # a folder, or a link that is no feed
    url = absolute_http_url(re.sub(r"^feed:(//)?(?=https?:)", "", re.sub(r"^feed://", "http://", raw_url)), "")
    if url is None:
        problems.append(Problem(path, raw_url[:100], "xmlUrl is no web address; write it with https:// or http://"))
        return
    if url in known_urls:
        return
    known_urls.add(url)
    homepage = absolute_http_url(_attribute(outline, "htmlUrl"), url) or _start_of(url)
    language, script = _language(_attribute(outline, "language"))
    script = own["script"] or script
    host = _outlet_host(url, homepage)
    entry = {"kind": own["kind"] or DiscoveryKind.FEED.value, "url": url}
    if own["link_pattern"]:
        entry["link_pattern"] = own["link_pattern"]
    draft = drafts.get((own["id"] or host, language))
    if draft is not None:
        draft.entries.append(entry)
        return
    country, zone = usual_zone(host.partition("/")[0], language, script)
    drafts[own["id"] or host, language] = _Draft(
        {
            "name": one_line(_attribute(outline, "text") or _attribute(outline, "title") or host, MAX_NAME_CHARS),
            "language": language,
            "script": script,
            "country": own["country"] if own["country"] in COUNTRIES | {INTERNATIONAL} else country,
            "medium": own["medium"] or Medium.PRESS.value,
            "company": own["company"],
            "zone": own["zone"] or zone,
            "homepage": homepage,
            "enabled": own["enabled"] != "false",
        },
        [entry],
        own["id"] or host,
    )


def _start_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _outlet_host(url: str, homepage: str) -> str:
    host = host_of(url)
    if host in SHARED_FEED_HOSTS:
        own = host_of(homepage)
        host = own if own != host else f"{host}{urlsplit(url).path}"
    return host.removeprefix("www.")


def _language(declared: str) -> tuple[str, str]:
    """Give the ISO 639-1 code and script of a language tag; ``und`` where it says nothing that we know."""
    parts = re.split(r"[-_]", declared.strip())
    language = parts[0].lower()
    if language not in LANGUAGES:
        return UNDETERMINED, ""
    script = next((part.title() for part in parts[1:] if re.fullmatch(r"[A-Za-z]{4}", part)), "")
    if language == "zh" and not script and {part.upper() for part in parts[1:]} & {"TW", "HK", "MO"}:
        script = "Hant"
    return language, "" if (language, script) == ("zh", "Hans") else script


def _free_id(wanted: str, taken: Collection[str]) -> str:
    stem = re.sub(r"[^a-z0-9_-]+", "_", wanted.lower()).strip("_-")[:60] or "source"
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"
