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

MAX_DATELINES = 8

MAX_UNMARKED = 2

MIN_HEADING_LETTERS = 8

NEAR_ELEMENTS = 15
"""A dateline up to so many elements before the heading belongs to the article, as a kicker does."""

_DATELINE_TAGS = ("time", "span", "div", "p", "em", "li", "abbr", "small")

META_DATES = (
    "article:published_time", "article:published:time", "og:article:published_time", "article.published",
    "datepublished", "date.published", "article:published", "article_date_original", "og:published_time",
    "publishdate", "publish-date", "publish_date", "pubdate", "dc.date.issued", "dcterms.created", "dcterms.date",
    "dcterms.issued", "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "article:publication_date", "date_published", "pub_date", "publication-date",
    "shareaholic:article_published_time", "dc.date.published", "article:published_date", "published_time",
    "originalpublicationdate", "article.created", "iso-8601-publish-date", "apub:time", "weibo:article:create_at",
    "bytedance:published_time", "og:release_date", "citation_publication_date", "news_publish_date",
    "rnews:datepublished", "vf:publication_date", "last-published", "datecreated", "dc.date.created", "dc.date",
    "dc:date", "date", "og:pubdate", "prism.publicationdate", "publication_date", "article:create_at",
)  # fmt: skip
"""Names of meta elements that hold a publication date, most exact first."""

_DATELINE_CLASS = re.compile(
    r"date|time|publi|posted|submitted|byline|meta|fecha|datum|data|tarih|info|stamp|created|日期|时间|来源",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"updat|modif|aktualisier|mis(?:e)? à jour|maj le|actualiza|atualiza|aggiornat|güncelle|обновл|оновл|oppdater|"
    r"uppdater|opdater|bijgewerkt|gewijzigd|zaktualiz|更新",
    re.IGNORECASE,
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


def dates_in(text: str) -> list[str]:
    """Give the strings of a text that may be its date, best first: the whole, and the date within words around it."""
    match = _DATELINE.search(text[:MAX_DATELINE_CHARS])
    return list(dict.fromkeys([text, match.group(0)] if match else [text])) if text else []


def article_heading(tree: HtmlElement) -> HtmlElement | None:
    """Give the h1 that <title> repeats, else the first one that is not empty; None for a page without."""
    first: HtmlElement | None = None
    name = _letters(next((element_text(title) for title in tree.iter("title")), ""))
    for heading in tree.iter("h1"):
        text = _letters(element_text(heading))
        if len(text) >= MIN_HEADING_LETTERS and text in name:
            return heading
        first = heading if first is None and text else first
    return first


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _marks(element: _Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"


def _datelines(tree: HtmlElement) -> list[str]:
    """Give dates in time elements and in short elements that are marked as date or byline.

    First those after the article's heading or shortly before it, then those further up, which mostly say what day it
    is today or belong to teasers. Those that are marked as an update come last.
    """
    heading = article_heading(tree)
    before: list[tuple[int, str]] = []
    after: list[str] = []
    updates: list[str] = []
    heading_place: int | None = None
    for place, element in enumerate(tree.iter("h1", *_DATELINE_TAGS)):
        if element is heading:
            heading_place = place
        if element.tag == "h1" or not (element.attrib or element.tag == "time"):
            continue
        stamp = (element.get("datetime") or "") if element.tag == "time" else ""
        marks = _marks(element)
        label = ""
        if not re.search(r"\d{4}", stamp):
            if element.tag != "time" and (not _DATELINE_CLASS.search(marks) or len(element) > 12):
                continue
            shown = element_text(element)
            match = _DATELINE.search(shown) if len(shown) <= MAX_DATELINE_CHARS else None
            stamp, label = (match.group(0), shown[: match.start()]) if match else ("", "")
        parent = element.getparent()
        if stamp and _UPDATED.search(f"{label} {marks} {'' if parent is None else _marks(parent)}"):
            updates.append(stamp)
            continue
        if stamp and heading_place is None:
            before.append((place, stamp))
        elif stamp:
            after.append(stamp)
            if len(after) >= MAX_DATELINES:
                break
    near = [] if heading_place is None else [stamp for place, stamp in before if heading_place - place <= NEAR_ELEMENTS]
    return list(dict.fromkeys([*near, *after, *[stamp for _, stamp in before[:MAX_DATELINES]], *updates[:2]]))


def _unmarked_datelines(tree: HtmlElement) -> list[str]:
    """Give the dates of short elements without any mark: the first ones after the heading, else the first of all."""
    heading = article_heading(tree)
    before: list[str] = []
    after: list[str] = []
    heading_seen = False
    for element in tree.iter():
        heading_seen = heading_seen or element is heading
        text = (element.text or "").strip()
        if len(text) < MIN_DATE_CHARS and len(element) == 0:
            continue
        shown = element_text(element) if len(element) <= 3 and len(text) <= MAX_DATELINE_CHARS else ""
        match = _DATELINE.search(shown) if MIN_DATE_CHARS <= len(shown) <= MAX_DATELINE_CHARS else None
        if match and next(element.iter("script", "style", "title"), None) is None:
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
    if not shown and not any(":" in date.raw for date in found):
        shown = _unmarked_datelines(tree)
    found += [DateCandidate(raw, DateBasis.TEXT) for raw in shown]
    match = _URL_DATE.search(url)
    if match:
        found.append(DateCandidate("-".join(match.groups()), DateBasis.URL))
    if not found and linked is not None and linked.modified:
        found.append(DateCandidate(linked.modified, DateBasis.JSON_LD))
    return tuple(found)
