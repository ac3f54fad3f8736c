"""Whom a page shows as its authors: microdata, links to authors' pages, elements marked as byline, "By …"."""

import re
from collections.abc import Iterator

from lxml.etree import _Element
from lxml.html import HtmlElement

from pipelines.datelines import NEAR_ELEMENTS, article_heading, element_text

MAX_BYLINES = 12

MAX_BYLINE_CHARS = 160
"""A longer element holds more than the names of a few authors."""

MAX_WORDED_CHARS = 80
"""The same for an element that nothing but its first word marks as byline."""

NEIGHBOUR_ELEMENTS = 8
"""Names of one byline stand within so many elements of each other (links, portraits, separators between them)."""

PIECE_BREAK = " | "
"""Put between the texts of the elements within a byline, which a page shows apart."""

ELEMENT_BREAK = "\n"
"""Put between neighbouring bylines."""

_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_/-])(?:authors?|byline|autor(?:en|es|in)?|auteurs?|writer|reporter|redakteur|journalist)(?:$|[\s_/-])"
    r"|byline|authorname|(?:author|creator)-?name",
    re.IGNORECASE,
)
_PROFILE_PATH = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|redakteur|journalists?|reporters?|contributors?)/[^/]"
)
_COMMENTS = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|disqus|respond|kommentare?|comentarios)(?:$|[\s_-])", re.IGNORECASE
)
_BY_START = re.compile(r"\s*(?:by|von|por|par|di|door|av|af|skrevet|text|作者|記者|记者|文)", re.IGNORECASE)
_BY = re.compile(
    r"(?:[Bb]y|BY|[Vv]on|VON|[Pp]or|[Pp]ar|Di|[Dd]oor|Av|Af|Skrevet av|Text)(?:\s*[:：]\s*|\s+)[^\W\d_]"
    r"|(?:作者|記者|记者|文)\s*[:：/／]\s*[^\W\d_]"
)


def _apart(element: _Element) -> str:
    """Give the text of an element with a break wherever another element begins or ends."""
    return PIECE_BREAK.join(text for piece in element.itertext() if (text := " ".join(str(piece).split())))


def marked_authors(tree: HtmlElement) -> tuple[str, ...]:
    """Give the authors of microdata and rel=author, in document order."""
    found: list[str] = []
    for element in tree.xpath('//*[@itemprop="author" or @rel="author"]')[:8]:
        named = element.xpath('.//*[@itemprop="name"]')
        found.extend(" ".join((inner.get("content") or element_text(inner)).split()) for inner in named or [element])
    return tuple(dict.fromkeys(name for name in found if name))


def _joined(found: list[tuple[int, str]]) -> list[str]:
    """Make one text of those that stand next to each other."""
    lines: list[str] = []
    last = -NEIGHBOUR_ELEMENTS - 1
    for place, text in found:
        if place - last <= NEIGHBOUR_ELEMENTS:
            lines[-1] += ELEMENT_BREAK + text
        else:
            lines.append(text)
        last = place
    return lines


def _is_below_comments(element: _Element) -> bool:
    return any(
        _COMMENTS.search(f"{outer.get('class') or ''} {outer.get('id') or ''}")
        for outer in element.iterancestors("div", "section", "ol", "ul", "li", "aside")
    )


def _credits(tree: HtmlElement, start: int) -> Iterator[tuple[int, str, _Element]]:
    """Give place, kind (profile, marked, worded) and element of all from ``start`` on that may name an author."""
    for place, element in enumerate(tree.iter()):
        if place < start or element.tag not in ("a", "span", "p", "div", "address", "strong", "li", "em", "cite", "ul"):
            continue
        href = element.get("href") or ""
        if element.tag == "a" and _PROFILE_PATH.search(href):
            yield place, "profile", element
        elif _AUTHOR_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''} {href}"):
            yield place, "marked", element
        elif len(element) <= 4 and _BY_START.match(next((t for t in element.itertext() if not t.isspace()), "")):
            yield place, "worded", element


def shown_authors(tree: HtmlElement) -> tuple[str, ...]:
    """Give the texts of links to authors' pages, of elements marked as byline, and of those that begin with "By".

    Those near each other are one text. What stands after the article's heading comes first, then what stands shortly
    before it; the rest above is navigation and left out.
    """
    heading = article_heading(tree)
    start = -1 if heading is None else next(i for i, element in enumerate(tree.iter()) if element is heading)
    after: dict[str, list[tuple[int, str]]] = {"profile": [], "marked": [], "worded": []}
    before: dict[str, list[tuple[int, str]]] = {"profile": [], "marked": [], "worded": []}
    for place, kind, element in _credits(tree, start - NEAR_ELEMENTS):
        text = _apart(element)
        if not 2 < len(text) <= (MAX_WORDED_CHARS if kind == "worded" else MAX_BYLINE_CHARS):
            continue
        is_byline = kind != "worded" or _BY.match(text.replace(PIECE_BREAK, " "))
        if is_byline and not _is_below_comments(element):
            (after if place > start else before)[kind].append((place, text))
    return tuple(
        line for found in (after, before) for places in found.values() for line in _joined(places)[:MAX_BYLINES]
    )
