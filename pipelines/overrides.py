"""What a person has written down about the pages of one source in one period: where title, text and date stand.

A selector is CSS, or XPath where it begins with ``/`` or with ``xpath:``. Selectors are compiled once per process.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from pipelines.bodies import split_lines
from pipelines.datelines import element_text
from pipelines.pruning import BLOCKS, SKIPPED, prune_page
from pipelines.titles import MAX_TITLE_CHARS, strip_site_name

if TYPE_CHECKING:
    from lxml.etree import XPath

XPATH_MARK = "xpath:"

MAX_SELECTOR_CHARS = 1_000
"""A longer selector is a mistake in quoting."""

_KEPT = frozenset({"html", "head", "body"})
"""Elements that are never dropped: without them there is no page."""

_LINES = BLOCKS | {
    *("address", "blockquote", "br", "dd", "dt", "fieldset", "hr", "li", "main", "p", "pre", "tr"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}
"""Elements that stand on lines of their own."""

_NO_TEXT = SKIPPED | {"nav", "figcaption", "audio", "video"}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class PageOverride:
    """What is in force for one page; an empty field leaves the usual way. Selectors are sound (:func:`check_selector`).

    ``zone`` is the IANA zone of naive dates, ``drop`` names elements that are taken away before anything is read, and
    ``feed_body`` lets the text of the feed stand in where the page has too little.
    """

    title_selector: str = ""
    body_selector: str = ""
    date_selector: str = ""
    zone: str = ""
    feed_body: bool = False
    drop: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Give 8 hex digits that change with anything in it; "" where nothing is overridden."""
        if self == NO_OVERRIDE:
            return ""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]


NO_OVERRIDE = PageOverride()


def check_selector(selector: str, *, of_elements: bool) -> None:
    """Look whether a selector can be used; ``of_elements`` wants one that gives elements, not a text or a number.

    Raises:
        ValueError: it cannot; the message names it, the reason and the remedy.
    """
    if not selector.strip() or len(selector) > MAX_SELECTOR_CHARS:
        raise ValueError(f"a selector has 1 to {MAX_SELECTOR_CHARS} characters; leave the key out to override nothing")
    kind = "XPath" if _is_xpath(selector) else "CSS selector"
    try:
        # on an empty document, because libxml2 finds unknown functions, prefixes and variables only when it evaluates
        result = _compiled(selector)(fragment_fromstring("<div></div>"))
    except (etree.XPathError, SyntaxError, ValueError) as error:  # cssselect's errors are SyntaxError and RuntimeError
        raise ValueError(f"{selector!r} is no {kind} ({error}); {_remedy(selector)}") from None
    except RuntimeError as error:
        raise ValueError(f"{selector!r}: this CSS is not understood ({error}); {_remedy(selector)}") from None
    if isinstance(result, bool | float) or (of_elements and not isinstance(result, list)):
        raise ValueError(f"{selector!r} gives no elements; write a path such as '//div[@class=\"text\"]'")


def _remedy(selector: str) -> str:
    if "::" in selector and not _is_xpath(selector):
        return "leave '::text' and '::attr(…)' out, or write XPath behind 'xpath:'"
    return "mend it; CSS is the default, XPath begins with / or 'xpath:'"


def _is_xpath(selector: str) -> bool:
    return selector.startswith(("/", XPATH_MARK))


@lru_cache(maxsize=1_024)
def _compiled(selector: str) -> "XPath":
    if _is_xpath(selector):
        return etree.XPath(selector.removeprefix(XPATH_MARK).strip())
    from lxml.cssselect import CSSSelector

    return CSSSelector(selector, translator="html")


def _select(tree: HtmlElement, selector: str) -> list[object]:
    try:
        found: object = _compiled(selector)(tree)
    except etree.XPathError:
        return []  # an expression that trips over this page fits it as little as one that finds nothing
    return list(found) if isinstance(found, list) else [found]


def _elements(found: Iterable[object]) -> list[HtmlElement]:
    return [element for element in found if isinstance(element, HtmlElement)]


@dataclass(frozen=True, slots=True)
class Selected:
    """What the selectors of an override found; "" and [] where nothing, and then ``notes`` says so."""

    title: str = ""
    date: str = ""
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def select_from(tree: HtmlElement, override: PageOverride, names: Iterable[str]) -> Selected:
    """Read what an override points at. An override that fits a page no longer must not lose it: it leaves a note."""
    title = date = ""
    lines: list[str] = []
    notes: list[str] = []
    if override.title_selector:
        title = strip_site_name(selected_text(tree, override.title_selector), names)[:MAX_TITLE_CHARS].strip()
        if not title:
            notes.append(no_fit("title_selector", override.title_selector, "finds nothing"))
    if override.date_selector:
        date = selected_text(tree, override.date_selector)
        if not date:
            notes.append(no_fit("date_selector", override.date_selector, "finds nothing"))
    if override.body_selector:
        lines = selected_lines(tree, override.body_selector)
        if not lines:
            notes.append(no_fit("body_selector", override.body_selector, "finds nothing"))
    return Selected(title, date, tuple(lines), tuple(notes))


def no_fit(key: str, selector: str, why: str) -> str:
    """Give the remark on an override that fits a page no longer; the same for all pages, so that it can be counted."""
    return f"override: {key} {selector!r} {why}; read the usual way"


def drop_elements(tree: HtmlElement, selectors: Iterable[str]) -> int:
    """Take away the elements that the selectors find, with all that is in them; give their number. Changes the tree."""
    n = 0
    for selector in selectors:
        for element in _elements(_select(tree, selector)):
            if element.getparent() is not None and element.tag not in _KEPT:
                element.drop_tree()
                n += 1
    return n


def selected_text(tree: HtmlElement, selector: str) -> str:
    """Give the text of the first match that has one, on one line; of a meta or time element what its attribute says."""
    for match in _select(tree, selector):
        if isinstance(match, HtmlElement):
            stated = match.get("content") if match.tag == "meta" else match.get("datetime")
            text = _SPACE.sub(" ", stated or element_text(match)).strip()
        else:
            text = _SPACE.sub(" ", str(match)).strip()
        if text:
            return text
    return ""


def selected_lines(tree: HtmlElement, selector: str) -> list[str]:
    """Give the text of all matches in document order, one paragraph a line; [] where there is none.

    A match within another counts once. Navigation, lists of links and boxes within a match are pruned as on any page;
    the match itself never is. The tree stays as it is.
    """
    matches = _elements(_select(tree, selector))
    inside = set(matches)
    lines: list[str] = []
    for match in matches:
        if inside.isdisjoint(match.iterancestors()):
            lines += element_lines(deepcopy(match))
    return lines


def element_lines(element: HtmlElement) -> list[str]:
    """Give the text of an element, one paragraph a line. Changes the element."""
    element.tail = None
    prune_page(element)
    pieces: list[str] = []
    for event, part in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(part.tag, str) or part.tag in _NO_TEXT:
            if event == "start":
                part.text = None
                del part[:]
            elif part is not element:
                pieces.append(_SPACE.sub(" ", part.tail or ""))
            continue
        if part.tag in _LINES:
            pieces.append("\n")
        elif part.tag in ("td", "th"):
            pieces.append(" ")
        said = part.text if event == "start" else (None if part is element else part.tail)
        if said:
            pieces.append(_SPACE.sub(" ", said))
    return split_lines("".join(pieces))
