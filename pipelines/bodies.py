"""Choose and clean the text of an article from what the page and its declarations offer."""

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from pipelines.datelines import element_text
from pipelines.phrases import phrases
from pipelines.pruning import read_also
from pipelines.tokens import covered, shingles, word_tokens
from pipelines.walls import is_subscription_notice

MAX_NOTICE_CHARS = 300
"""A notice is short; a longer paragraph that speaks of subscriptions is about them."""

MAX_LINK_LINE_CHARS = 180

AGREES = 0.8
"""Share of the declared articleBody that is in the text, from which the two are the same article."""

DECLARED_SHARE = 0.5
"""Size of the declared articleBody against the text below which it is only a beginning and trims nothing."""

NOT_DECLARED = 0.2
"""Coverage by the declared body below which a line at either end is not part of the article."""

MIN_DECLARED_CHARS = 500
"""A shorter articleBody is a summary."""

MISSING_SUMMARY = 0.2
"""Share of the summary in a text below which the text may be another part of the page."""

COVERED_BLOCK = 0.5

MIN_PARAGRAPH_TOKENS = 10

MIN_SISTER_CHARS = 200

MAIN_SHARE = 0.2
"""Share of the text in a container from which others like it are looked for."""

MIN_ARTICLE_SHARE = 0.25
"""Share of the extracted text in the headline's own <article> from which the rest is another article."""

MAX_LOST_SHARE = 0.1
"""Share of the extracted text that may be lost when the page's blocks take its place."""

MAX_CONTAINERS = 5

CONTAINER_SUMMARIES, CONTAINER_SHARE = 3, 0.25
"""Size of a container that may replace the extracted text, in summaries and against that text."""

MIN_REPEATED_LETTERS = 40
"""Letters from which a line that comes twice is a copy, not a refrain."""

HEAD_LINES = 6

MIN_STANDFIRST_LETTERS = 40

_SENTENCE_END = re.compile(r"[.!?…:;。！？．”“»\"'’)\]」』】।؟۔।]\s*$")


def text_key(text: str) -> str:
    """Give the letters and digits of a text, for comparing lines."""
    return re.sub(r"[\W_]+", "", text).casefold()


def is_notice(line: str) -> bool:
    """Tell whether a line offers, links or credits something instead of reporting."""
    if len(line) > MAX_NOTICE_CHARS:
        return False
    if (
        is_subscription_notice(line)
        or phrases("notices", before=r"^\W*").search(line)
        or (phrases("newsletter").search(line) and len(line) <= MAX_LINK_LINE_CHARS)
    ):
        return True
    lead = read_also().match(line)
    return lead is not None and len(line) <= MAX_LINK_LINE_CHARS and not re.search(r"[.。!?]\s*$", line[lead.end() :])


def split_lines(text: str) -> list[str]:
    """Give the paragraphs of an extracted text: stripped, without list marks, none empty."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and re.search(r"\w", line)]


def clean_lines(lines: list[str], titles: list[str]) -> list[str]:
    """Give the lines without the repeated headline and without notices."""
    keys = {key for title in titles if (key := text_key(title))}
    seen: set[str] = set()
    kept: list[str] = []
    for place, line in enumerate(lines):
        key = text_key(line)
        repeated = key in seen and len(key) >= MIN_REPEATED_LETTERS
        if (
            not repeated
            and not (key in keys and (place < HEAD_LINES or len(key) >= MIN_REPEATED_LETTERS))
            and not is_notice(line)
        ):
            kept.append(line)
        seen.add(key)
    while len(kept) > 1 and _is_tail(kept[-1]):
        kept.pop()
    return kept


def _is_tail(line: str) -> bool:
    """Tell whether a last line is a link or label: short, and no sentence."""
    return len(line) < 90 and (line.startswith("- ") or len(line) < 40) and not _SENTENCE_END.search(line)


def trim_to_declared(lines: list[str], declared: str) -> list[str]:
    """Give the lines without those before and after what the page's own articleBody covers, where the two agree."""
    if len(declared) < MIN_DECLARED_CHARS or not lines:
        return lines
    known = shingles(declared)
    found = shingles("\n".join(lines))
    if not known or len(known & found) < AGREES * len(known) or len(known) < DECLARED_SHARE * len(found):
        return lines
    inside = [place for place, line in enumerate(lines) if covered(line, known) > NOT_DECLARED]
    return lines[inside[0] : inside[-1] + 1] if inside else lines


def add_standfirst(lines: list[str], summaries: Iterable[str], tree: HtmlElement) -> list[str]:
    """Give the lines with the page's summary before them, where the page shows it and the text lacks it."""
    head = [text_key(line) for line in lines[:HEAD_LINES]]
    missing = {
        key: summary
        for summary in summaries
        if len(key := text_key(summary)) >= MIN_STANDFIRST_LETTERS and not any(key[:60] in line for line in head)
    }
    if not missing or not lines:
        return lines
    for element in tree.iter("p", "h2", "h3", "div", "span", "strong"):
        if len(element) <= 3:
            shown = element_text(element)
            if text_key(shown) in missing:
                return [shown, *lines]
    return lines


def page_blocks(tree: HtmlElement) -> list[tuple[HtmlElement, str]]:
    """Give the paragraphs, headings and list items of a page with their texts, in document order."""
    found = []
    for element in tree.iter("p", "h2", "h3", "h4", "li", "blockquote", "pre"):
        if element.tag in ("li", "blockquote") and element.find(".//p") is not None:
            continue
        shown = element_text(element)
        if shown:
            found.append((element, shown))
    return found


def best_containers(blocks: list[tuple[HtmlElement, str]]) -> list[list[str]]:
    """Give the texts of the elements that hold most running text, best first, at most five.

    A paragraph counts for its parent, and half for the next ancestor.
    """
    scores: dict[HtmlElement, float] = {}
    for element, shown in blocks:
        tokens = len(word_tokens(shown))
        if element.tag not in ("p", "pre", "blockquote") or tokens < MIN_PARAGRAPH_TOKENS:
            continue
        linked = sum(len(word_tokens(element_text(link))) for link in element.iter("a"))
        weight = float(tokens - 2 * linked)
        for ancestor, share in zip(element.iterancestors(), (1.0, 0.5), strict=False):
            scores[ancestor] = scores.get(ancestor, 0.0) + weight * share
    found = []
    for best in sorted(scores, key=lambda element: -scores[element])[:MAX_CONTAINERS]:
        inside = set(best.iter())
        found.append([shown for element, shown in blocks if element in inside])
    return found


def choose_lines(
    lines: list[str], declared: str, summaries: Iterable[str], blocks: list[tuple[HtmlElement, str]]
) -> list[str]:
    """Give the lines of the article from what was extracted, what the page shows and what it declares.

    The extracted lines stay unless the declared articleBody, shown on the page, is much longer, or the page's own
    summary speaks of another part of the page.
    """
    found = shingles("\n".join(lines))
    known = shingles(declared) if len(declared) >= MIN_DECLARED_CHARS else set()
    summary = max(summaries, key=len, default="")
    told = shingles(summary) if len(summary) >= MIN_STANDFIRST_LETTERS else set()
    lacks_declared = bool(known) and len(known & found) < AGREES * len(known)
    lacks_summary = bool(told) and len(told & found) < MISSING_SUMMARY * len(told)
    if not lacks_declared and not lacks_summary and lines:
        return with_sister_containers(lines, found, blocks)
    if lacks_declared:
        shown = [text for _, text in blocks if covered(text, known) >= COVERED_BLOCK]
        if len(shingles("\n".join(shown)) & known) >= AGREES * len(known):
            return shown
        if len(known & found) >= COVERED_BLOCK * len(found) or not lines:
            return [line for line in declared.splitlines() if line]
    for container in best_containers(blocks):
        inside = shingles("\n".join(container))
        if lines and len(inside) < max(CONTAINER_SUMMARIES * len(told), CONTAINER_SHARE * len(found)):
            continue  # the box of the summary itself, or something small
        if not lines or len(told & inside) >= 2 * MISSING_SUMMARY * len(told) > 0:
            return container
    return lines


def _signature(element: HtmlElement | None) -> tuple[str, frozenset[str]]:
    return (
        (str(element.tag), frozenset((element.get("class") or "").split()))
        if element is not None
        else ("", frozenset())
    )


def _article_of(element: HtmlElement) -> HtmlElement | None:
    return next((ancestor for ancestor in element.iterancestors() if ancestor.tag == "article"), None)


def _is_sister(element: HtmlElement, main: HtmlElement) -> bool:
    tag, classes = _signature(main)
    own_tag, own_classes = _signature(element)
    return (
        element is not main
        and own_tag == tag
        and bool(own_classes & classes)
        and _signature(element.getparent()) == _signature(main.getparent())
        and _article_of(element) is _article_of(main)
    )


def trim_to_heading(
    lines: list[str], title: str, tree: HtmlElement, blocks: list[tuple[HtmlElement, str]]
) -> list[str]:
    """Give the lines without those before and after the <article> of the headline, where it holds a good part of them.

    Pages that load one article after another hold several.
    """
    key = text_key(title)
    heading = next((h for h in tree.iter("h1") if key and text_key(element_text(h)) == key), None)
    home = _article_of(heading) if heading is not None else None
    if home is None or sum(1 for _ in tree.iter("article")) < 2:
        return lines
    inside = set(home.iter())
    keys = {text_key(shown) for element, shown in blocks if element in inside}
    places = [place for place, line in enumerate(lines) if text_key(line) in keys]
    held = sum(len(lines[place]) for place in places)
    if held < MIN_ARTICLE_SHARE * sum(map(len, lines)) or held < MIN_DECLARED_CHARS:
        return lines
    return lines[places[0] : places[-1] + 1]


def with_sister_containers(
    lines: list[str], found: set[tuple[str, ...]], blocks: list[tuple[HtmlElement, str]]
) -> list[str]:
    """Give the lines with those of further containers of the same article, where the text comes in several.

    A sister has the tag and a class of the main container, lies in the same kind of parent and in the same <article>,
    and holds running text that the lines lack. The lines stay where one of them is nowhere on the page.
    """
    held: dict[HtmlElement, list[str]] = {}
    for element, shown in blocks:
        parent = element.getparent()
        if (
            parent is not None
            and len(word_tokens(shown)) >= MIN_PARAGRAPH_TOKENS
            and element.tag in ("p", "blockquote")
        ):
            held.setdefault(parent, []).append(shown)
    if not held:
        return lines
    own = {text_key(line) for line in lines}
    size = sum(map(len, lines))
    mains = [
        parent
        for parent, texts in held.items()
        if sum(len(shown) for shown in texts if text_key(shown) in own) >= MAIN_SHARE * size
    ]
    sisters = {
        parent
        for parent, texts in held.items()
        if sum(map(len, texts)) >= MIN_SISTER_CHARS
        and any(_is_sister(parent, main) for main in mains)
        and covered("\n".join(texts), found) < NOT_DECLARED
    }
    if not sisters:
        return lines
    merged = [shown for element, shown in blocks if text_key(shown) in own or element.getparent() in sisters]
    missing = own - {text_key(shown) for shown in merged}
    return merged if sum(map(len, missing)) <= MAX_LOST_SHARE * sum(map(len, own)) else lines
