"""Where a page may say when it was published: JSON-LD, meta elements, time elements, datelines, its address."""

import re

from lxml.etree import _Element, tostring
from lxml.html import HtmlElement

from pipelines.dates import DateCandidate
from pipelines.jsonld import LinkedArticle
from pipelines.records import DateBasis

MAX_DATELINE_CHARS = 120
"""A longer element holds more than a dateline."""

MIN_DATE_CHARS = 8

MAX_DATELINES = 12

MAX_UNMARKED = 2

META_DATES = (
    "article:published_time", "article:published:time", "og:article:published_time", "article.published",
    "datepublished", "date.published", "article:published", "article_date_original", "og:published_time",
    "publishdate", "publish-date", "publish_date", "pubdate", "dc.date.issued", "dcterms.created", "dcterms.date",
    "dcterms.issued", "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime", "article:published_date",
    "published_time", "originalpublicationdate", "article.created", "iso-8601-publish-date", "apub:time",
    "weibo:article:create_at", "bytedance:published_time", "og:release_date", "citation_publication_date",
    "news_publish_date", "rnews:datepublished", "vf:publication_date", "last-published", "datecreated",
    "dc.date.created", "dc.date", "dc:date", "date", "og:pubdate", "prism.publicationdate", "publication_date",
    "article:create_at",
)  # fmt: skip
"""Names of meta elements that hold a publication date, most exact first."""

_DATELINE_CLASS = re.compile(
    r"date|time|publi|posted|byline|meta|fecha|datum|data|tarih|info|stamp|created|日期|时间|来源", re.IGNORECASE
)
_DATELINE = re.compile(
    r"\d{4}\s?[-/.年년]\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}\s?[日일.]?"
    r"(?:[T\s]*(?:[上下][午]|오[전후]|午[前後])?\s?\d{1,2}[:시時时]\s?\d{2}(?::\d{2})?)?"
    r"|\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{4}(?:[\s,|–-]*(?:um|at|à|ore|kl\.?|klo|às)?\s*\d{1,2}[:.]\d{2})?"
    r"|(?:\d{1,2}\.?\s+(?:de\s+)?(?:[^\W\d_]{3,12} / )?[^\W\d_]{3,12}\.?,?\s+(?:de\s+)?"
    r"|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+)\d{4}"
    r"(?:[\s,|–-]*(?:um|at|à|ore|kl\.?|klo|às|saat)?\s*\d{1,2}[:.h]\s?\d{2}(?:\s?[ap]\.?m\.?)?(?:\s?[A-Z]{2,4}\b)?)?",
    re.IGNORECASE,
)
_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/\-_]?(0[1-9]|1[0-2])[/\-_]?(0[1-9]|[12]\d|3[01])(?!\d)")


def element_text(element: _Element) -> str:
    """Give the text of an element and all below it, as one line."""
    return " ".join(tostring(element, method="text", encoding="unicode", with_tail=False).split())


def _datelines(tree: HtmlElement) -> list[str]:
    """Give dates in short elements that are marked as date, time or byline, in document order."""
    found: list[str] = []
    for element in tree.iter("time", "span", "div", "p", "em", "li", "abbr", "small"):
        if element.tag == "time":
            stamp = element.get("datetime") or ""
            text = stamp if re.search(r"\d{4}", stamp) else ""
            if text:
                found.append(text)
        else:
            marks = f"{element.get('class') or ''} {element.get('id') or ''}"
            if not _DATELINE_CLASS.search(marks) or len(element) > 12:
                continue
            text = ""
        if not text:
            shown = element_text(element)
            match = _DATELINE.search(shown) if len(shown) <= MAX_DATELINE_CHARS else None
            if match:
                found.append(match.group(0))
        if len(found) >= MAX_DATELINES:
            break
    return list(dict.fromkeys(found))


def _unmarked_datelines(tree: HtmlElement) -> list[str]:
    """Give the dates of short elements without any mark: the first ones after the heading, else the first of all."""
    before: list[str] = []
    after: list[str] = []
    heading_seen = False
    for element in tree.iter():
        heading_seen = heading_seen or element.tag == "h1"
        text = (element.text or "").strip()
        if len(text) < MIN_DATE_CHARS and len(element) == 0:
            continue
        shown = element_text(element) if len(element) <= 3 and len(text) <= MAX_DATELINE_CHARS else ""
        match = _DATELINE.search(shown) if MIN_DATE_CHARS <= len(shown) <= MAX_DATELINE_CHARS else None
        if match and element.tag not in ("script", "style", "title"):
            (after if heading_seen else before).append(match.group(0))
            if len(after) >= MAX_UNMARKED:
                break
    return after or before[:MAX_UNMARKED]


def date_candidates(
    tree: HtmlElement, metas: dict[str, list[str]], linked: LinkedArticle | None, url: str
) -> tuple[DateCandidate, ...]:
    """Give the strings of a page that may be its publication date, in order of trust. About 1 ms."""
    found: list[DateCandidate] = []
    if linked is not None and linked.published:
        found.append(DateCandidate(linked.published, DateBasis.JSON_LD))
    found += [DateCandidate(raw, DateBasis.META) for name in META_DATES for raw in metas.get(name, [])[:1]]
    for element in tree.xpath('//*[@itemprop="datePublished" or @property="schema:datePublished"]')[:2]:
        raw = element.get("datetime") or element.get("content") or element_text(element)
        found.append(DateCandidate(raw, DateBasis.META))
    if linked is not None and linked.created:
        found.append(DateCandidate(linked.created, DateBasis.JSON_LD))
    shown = _datelines(tree)
    if not shown and not found:
        shown = _unmarked_datelines(tree)
    found += [DateCandidate(raw, DateBasis.TEXT) for raw in shown]
    match = _URL_DATE.search(url)
    if match:
        found.append(DateCandidate("-".join(match.groups()), DateBasis.URL))
    if linked is not None and linked.modified:
        found.append(DateCandidate(linked.modified, DateBasis.JSON_LD))
    return tuple(found)
