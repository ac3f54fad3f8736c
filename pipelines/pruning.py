"""Take away from a page what is plainly not its article, before anybody looks for the article."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from pipelines.phrases import phrases

MAX_PRUNED_SHARE = 0.2
"""Share of the page's text that a marked element may hold: a class name on the article's container means nothing."""

LIST_LINK_SHARE = 0.72
"""Share of link text from which a block of several links is a list of links."""

MAX_TEXT_BETWEEN_LINKS = 90
"""Characters beside the link text, per link, in a list of links: a date and a section, not a sentence."""

MIN_DATED_LINKS, DATED_LINK_SHARE, MAX_DATE_BESIDE_LINK = 4, 0.45, 30
"""A list of headlines with dates: short headlines, as in Chinese, are hardly longer than "2019-09-07 15:05"."""

BLOCKS = frozenset(
    {"div", "section", "ul", "ol", "dl", "table", "aside", "article", "figure", "header", "footer", "form"}
)
SMALL_BLOCKS = frozenset({"p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "span", "strong", "b", "em", "a"})
SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "select", "button", "head"})

WECHAT_CONTENT = "js_content"
"""The id of the text of a WeChat article, hidden until a script shows it."""

_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "dialog", "alertdialog", "search", "menu", "toolbar"}
)
_STREAMED = re.compile(r"[SBP]:[0-9a-f]+")  # React sends late parts of a page hidden and moves them by script
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def read_also() -> re.Pattern[str]:
    """Give the pattern of the beginning of a line that leads to another article."""
    return phrases("read_also", before=r"^\W*")


def _marked() -> re.Pattern[str]:
    return phrases("marked_elements", before=r"(?:^|[\s_-])", after=r"(?:$|[\s_-])")


def _measure(root: HtmlElement) -> tuple[dict[HtmlElement, int], dict[HtmlElement, int], dict[HtmlElement, int]]:
    """Give text length, link text length and number of links of every element, children included."""
    lengths: dict[HtmlElement, int] = {}
    linked: dict[HtmlElement, int] = {}
    links: dict[HtmlElement, int] = {}
    for element in _post_order(root):
        if element.tag in SKIPPED:
            lengths[element] = linked[element] = links[element] = 0
            continue
        length = len((element.text or "").strip())
        link, count = 0, 0
        for child in element:
            length += lengths.get(child, 0) + len((child.tail or "").strip())
            link += linked.get(child, 0)
            count += links.get(child, 0)
        if element.tag == "a" and element.get("href"):
            link, count = length, 1
        lengths[element], linked[element], links[element] = length, link, count
    return lengths, linked, links


def _post_order(root: HtmlElement) -> Iterator[HtmlElement]:
    """Walk children before parents without recursion."""
    yield from reversed(list(root.iter()))


def _is_hidden(element: HtmlElement) -> bool:
    if _STREAMED.fullmatch(element.get("id") or "") or element.get("id") == WECHAT_CONTENT:
        return False
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _HIDDEN_STYLE.search(style))


def _drop(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is not None:
        element.drop_tree()


def restore_streamed(root: HtmlElement) -> None:
    """Put the parts that React streams at the end of a page (``<div hidden id="S:0">``) where its script would."""
    parts = {name[2:]: part for part in root.iter("div") if (name := part.get("id") or "").startswith("S:")}
    if not parts:
        return
    for place in list(root.iter("template")):
        name = place.get("id") or ""
        part = parts.get(name[2:]) if _STREAMED.fullmatch(name) else None
        home = place.getparent()
        if part is None or home is None or part in set(place.iterancestors()):
            continue
        part.attrib.pop("hidden", None)
        home.insert(home.index(place), part)


def prune_page(root: HtmlElement) -> int:
    """Remove navigation, lists of links, teasers, boxes and hidden parts from the tree; give the number removed.

    Changes the tree. An element that holds more than a fifth of the page's text stays whatever its name says. About
    4 ms for 2,000 elements.
    """
    lengths, linked, links = _measure(root)
    total = max(1, lengths[root] - linked[root])
    doomed: list[HtmlElement] = []
    walker = iter(root.iter())
    gone: set[HtmlElement] = set()
    holders = {ancestor for heading in root.iter("h1") for ancestor in heading.iterancestors()}
    for element in walker:
        if element.getparent() in gone:
            gone.add(element)
            continue
        if element.tag not in BLOCKS and element.tag not in SMALL_BLOCKS:
            continue
        length = lengths[element]
        if element in holders or length == 0 or length - linked[element] > MAX_PRUNED_SHARE * total:
            continue
        if _is_boilerplate(element, length, linked[element], links[element]):
            doomed.append(element)
            gone.add(element)
    for element in doomed:
        _drop(element)
    return len(doomed)


def _is_boilerplate(element: HtmlElement, length: int, linked: int, links: int) -> bool:
    block = element.tag in BLOCKS
    if block:
        if element.get("role") in _ROLES or _is_hidden(element):
            return True
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        if len(marks) > 1 and element.tag != "article" and _marked().search(marks):
            return True
        beside = (length - linked) / links if links else length
        if links >= 2 and linked >= LIST_LINK_SHARE * length and beside <= MAX_TEXT_BETWEEN_LINKS:
            return True
        if links >= MIN_DATED_LINKS and linked >= DATED_LINK_SHARE * length and beside <= MAX_DATE_BESIDE_LINK:
            return True
    if links >= 1 and length < 400 and linked >= 0.4 * length:
        return bool(read_also().match("".join(element.itertext()).strip()[:60]))
    return False
