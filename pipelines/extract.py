"""From the bytes of a page to an article: exactly one outcome for every page. The only importer of trafilatura."""

import re
from dataclasses import dataclass
from importlib.metadata import version

from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from pipelines.bodies import (
    add_standfirst,
    choose_lines,
    clean_lines,
    page_blocks,
    split_lines,
    trim_to_declared,
    trim_to_heading,
)
from pipelines.bylines import author_names
from pipelines.charset import MOJIBAKE_SHARE, decode_body, mojibake_share
from pipelines.datelines import dates_in
from pipelines.dates import DateCandidate, choose_date
from pipelines.dedupe import text_signature
from pipelines.ids import stable_id
from pipelines.language import detect_language
from pipelines.machine_faults import is_of_the_machine
from pipelines.markup import MAX_ATTRIBUTES, overfull_tag
from pipelines.outcomes import ARTICLE_OUTCOMES, Outcome
from pipelines.overrides import NO_OVERRIDE, PageOverride, Selected, drop_elements, no_fit, select_from
from pipelines.pruning import WECHAT_CONTENT, prune_page, restore_streamed
from pipelines.records import Article, BodyKind, DateBasis, Extraction, FeedItem, Page
from pipelines.structured import PageFacts, read_facts
from pipelines.titles import choose_title, section_names, site_names
from pipelines.tokens import word_tokens
from pipelines.urls import canonical_url, host_of
from pipelines.walls import ends_with_more, has_wall_notice, is_consent_text, is_consent_url, is_teaser_of

EXTRACTOR: str = f"newstone-extract/1 trafilatura/{version('trafilatura')}"
"""Name and version of what made an article; stored with each, a new one makes a new backlog."""

MAX_ELEMENTS = 25_000
"""Cost grows faster than the number of elements (90 s for a million); real pages measured had at most 6,066."""

MAX_PAGE_CHARS = 12_000_000
"""Above the largest download; a longer text from an archive takes trafilatura a minute and more."""

MAX_DEPTH = 500
"""Nesting that copies and walks of the tree survive; real pages stay below 100."""

MIN_TEXT_LETTERS = 140
"""Letters of text below which a page is no article: about 25 words, or 47 Chinese characters."""

MAX_DETAIL_CHARS = 300

FEED_STANDS_IN: frozenset[Outcome] = frozenset({Outcome.TOO_SHORT, Outcome.NO_TEXT, Outcome.TEASER})
"""Outcomes of a page in whose place the text of its feed may stand; never those of a wall."""

STAND_INS = "ꜧꝏꞁꝡꟻ"
"""Printable Latin letters of medieval editions, which no news page uses."""

_START_TAG = re.compile(r"<[A-Za-z]")
# forbidden in XML and dropped by browsers; soft hyphens, zero-width spaces and marks would hide a name inside a word
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u00ad\u200b\u2060\ufeff\ufffe\uffff]|&shy;|&ZeroWidthSpace;")
# what character references and JSON escapes may bring in after the source was cleaned: escape sequences of terminals,
# halves of characters that no database takes; and, on a single line, marks that turn its direction
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TURNING = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ZWNJ_ENTITY = re.compile(r"&(?:zwnj|#8204|#x200c);", re.IGNORECASE)
_ZWJ_ENTITY = re.compile(r"&(?:zwj|#8205|#x200d);", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceHints:
    """What is known of a source: usual language (ISO 639-1), zone for naive dates (IANA), name of the outlet.

    ``override`` is what a person has written down about pages of the day on which this one was fetched.
    """

    language: str
    zone: str
    name: str = ""
    override: PageOverride = NO_OVERRIDE


def extractor_name(override: PageOverride, base: str = EXTRACTOR) -> str:
    """Give name and version of what makes an article under an override, such as "… override/1f8a02c3"."""
    return f"{base} override/{override.version}" if override.version else base


def extract_article(page: Page, hints: SourceHints) -> Extraction:
    """Give what a page holds: one outcome, and the article for ok, teaser and paywall.

    Pure: the same page and hints give the same result. What the extractor raises becomes EXTRACT_ERROR with the
    exception in the detail. About 25 ms a page.

    Raises:
        OSError: the machine is at its end (a full disk, too many open files), which is no outcome of a page.
    """
    if page.outcome is not None:
        return Extraction(page.outcome, page.detail)
    try:
        return _extract(page, hints)
    except Exception as error:  # any page may trip any parser; the outcome names it
        if is_of_the_machine(error):
            raise
        return Extraction(Outcome.EXTRACT_ERROR, f"{type(error).__name__}: {error}"[:MAX_DETAIL_CHARS])


@dataclass(frozen=True, slots=True)
class _Body:
    """The text, and what was extracted before notices were taken away, which tells walls."""

    text: str
    raw: str


def _wechat_lines(tree: HtmlElement) -> list[str]:
    """Give the text of a WeChat article, which stands in sections and spans; [] for any other page."""
    holder = next(iter(tree.xpath(f'//*[@id="{WECHAT_CONTENT}"]')), None)
    if holder is None:
        return []
    for element in holder.iter("p", "section", "br", "div", "h1", "h2", "h3", "li", "blockquote"):
        element.tail = "\n" + (element.tail or "")
    return split_lines("".join(map(str, holder.itertext())))


def _selected_body(selected: Selected, titles: list[str]) -> _Body:
    lines = list(selected.lines)
    return _Body("\n".join(clean_lines(lines, titles)), "\n".join(lines))


def _body(tree: HtmlElement, facts: PageFacts, title: str) -> _Body:
    """Choose the text: trafilatura on the pruned page, mended by what the page shows and declares."""
    from trafilatura import extract

    lines = _wechat_lines(tree)
    declared = facts.linked.body if facts.linked is not None else ""
    if not lines:
        found = extract(tree, include_comments=False, with_metadata=False) or ""
        blocks = page_blocks(tree)
        lines = choose_lines(split_lines(found), declared, facts.summaries, blocks)
        lines = trim_to_heading(lines, title, tree, blocks)
    raw = "\n".join(lines)
    lines = trim_to_declared(lines, declared)
    lines = clean_lines(lines, [title, *facts.headings[:2], facts.og_title])
    return _Body("\n".join(add_standfirst(lines, facts.summaries, tree)), raw)


def _protect_joiners(text: str) -> tuple[str, dict[str, str]]:
    """Replace U+200C and U+200D, which trafilatura drops, by letters that the text does not use."""
    text = _ZWNJ_ENTITY.sub("\u200c", text) if "&" in text else text
    text = _ZWJ_ENTITY.sub("\u200d", text) if "&" in text else text
    stand_ins: dict[str, str] = {}
    for joiner in ("\u200c", "\u200d"):
        if joiner in text:
            free = next((letter for letter in STAND_INS if letter not in text and letter not in stand_ins), None)
            if free is not None:
                text = text.replace(joiner, free)
                stand_ins[free] = joiner
    return text, stand_ins


def _restore(text: str, stand_ins: dict[str, str]) -> str:
    for letter, joiner in stand_ins.items():
        text = text.replace(letter, joiner)
    return text


def _fit(text: str) -> str:
    """Give a text without characters that hurt whoever stores or shows it; line breaks stay."""
    return _UNFIT.sub("", text)


def _fit_line(text: str) -> str:
    """Give a title or name likewise, on one line and in its own direction."""
    return _TURNING.sub("", _UNFIT.sub("", text)).replace("\n", " ").strip()


def _too_complex(text: str) -> str:
    """Say why a page is not handed to the extractor; "" for a page that is."""
    if len(text) > MAX_PAGE_CHARS:
        return f"{len(text)} characters, at most {MAX_PAGE_CHARS}"
    n_elements = sum(1 for _ in _START_TAG.finditer(text))
    if n_elements > MAX_ELEMENTS:
        return f"{n_elements} elements, at most {MAX_ELEMENTS}"
    return f"an element with more than {MAX_ATTRIBUTES} attributes" if overfull_tag(text) is not None else ""


def _is_too_deep(tree: HtmlElement) -> bool:
    return bool(tree.xpath("boolean(//*[count(ancestor::*) >= $limit])", limit=MAX_DEPTH))


def _letters(text: str) -> int:
    """Give the size of a text in letters; a token of one character, as in Chinese, counts three."""
    return sum(len(token) if len(token) > 1 else 3 for token in word_tokens(text))


def _judge(facts: PageFacts, body: _Body) -> tuple[Outcome, BodyKind, str]:
    """Give outcome, body kind and detail of a page that has text."""
    if facts.is_free is False:
        return Outcome.PAYWALL, BodyKind.PAYWALL, "the page declares isAccessibleForFree false"
    if facts.is_free is not True and has_wall_notice(body.raw):
        return Outcome.PAYWALL, BodyKind.PAYWALL, "the text breaks off at a subscription notice"
    declared = facts.linked.body if facts.linked is not None else ""
    if is_teaser_of(body.text, declared):
        return Outcome.TEASER, BodyKind.TEASER, f"{len(body.text)} of {len(declared)} declared characters"
    if ends_with_more(body.raw):
        return Outcome.TEASER, BodyKind.TEASER, "the text ends with a link to the rest"
    if _letters(body.text) < MIN_TEXT_LETTERS:
        return Outcome.TOO_SHORT, BodyKind.TEASER, f"{_letters(body.text)} letters, at least {MIN_TEXT_LETTERS}"
    return Outcome.OK, BodyKind.FULL, ""


def _feed_body(item: FeedItem, title: str) -> tuple[_Body, bool]:
    """Give the text that the feed brought with a page, and whether it is the whole article as far as the feed says."""
    lines = split_lines(item.body or item.summary)
    return _Body("\n".join(clean_lines(lines, [title, item.title])), "\n".join(lines)), bool(item.body)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a page turned out to be, with the title and the text that it ends with."""

    outcome: Outcome
    kind: BodyKind
    detail: str
    title: str
    text: str


def _judge_or_feed(page: Page, facts: PageFacts, body: _Body, title: str, override: PageOverride) -> _Judged:
    """Judge the page; where it has too little, the override allows it and the feed has more, the feed stands in."""
    outcome, kind, detail = _judge(facts, body) if body.text else (Outcome.NO_TEXT, BodyKind.TEASER, "")
    of_page = _Judged(outcome, kind, detail, title, body.text)
    if not override.feed_body or outcome not in FEED_STANDS_IN or page.item is None:
        return of_page
    told, is_whole = _feed_body(page.item, title)
    if _letters(told.text) < max(MIN_TEXT_LETTERS, _letters(body.text) + 1):
        return of_page
    outcome, kind, detail = _judge(facts, told)
    if outcome is Outcome.OK and not is_whole:
        outcome, kind = Outcome.TEASER, BodyKind.TEASER
    source = "the feed" if is_whole else "the feed's summary"
    detail = f"text of {source}{f'; {detail}' if detail else ''}"
    # a page without a text is a shell, whose title may be that of the site
    own_title = "" if override.title_selector and title else _fit_line(page.item.title)
    return _Judged(outcome, kind, detail, own_title or title, _fit(told.text))


def _extract(page: Page, hints: SourceHints) -> Extraction:
    if is_consent_url(page.final_url):
        return Extraction(Outcome.CONSENT_WALL, f"a consent dialogue: {page.final_url}"[:MAX_DETAIL_CHARS])
    content_type = next((value for name, value in page.headers if name.lower() == "content-type"), "")
    decoded = decode_body(page.body, content_type)
    reason = _too_complex(decoded.text)
    if reason:
        return Extraction(Outcome.TOO_COMPLEX, reason)
    source, stand_ins = _protect_joiners(_UNSEEN.sub("", decoded.text))
    # huge_tree: without it libxml2 silently drops text below depth 256 and text nodes over 10 MB
    parser = HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    override = hints.override
    try:
        tree = document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except ParserError:
        if not override.feed_body:
            return Extraction(Outcome.NO_TEXT, "the document is empty")
        tree = document_fromstring("<html></html>")
    if _is_too_deep(tree):
        return Extraction(Outcome.TOO_COMPLEX, f"elements nested more than {MAX_DEPTH} deep")
    drop_elements(tree, override.drop)
    facts = read_facts(tree, page.final_url)
    names = site_names(facts, host_of(page.final_url), hints.name)
    restore_streamed(tree)
    drop_elements(tree, override.drop)  # once more, for what has come to its place only now
    selected = select_from(tree, override, names)
    title = selected.title or choose_title(facts, names, section_names(page.final_url))
    found, notes = _selected_or_usual(tree, facts, title, selected, override)
    body = _Body(_fit(_restore(found.text, stand_ins)), _restore(found.raw, stand_ins))
    title = _fit_line(_restore(title, stand_ins))
    if is_consent_text(body.raw):
        return Extraction(Outcome.CONSENT_WALL, "the text asks for consent")
    if mojibake_share(f"{title}\n{body.raw}") > MOJIBAKE_SHARE:
        return Extraction(Outcome.MOJIBAKE, f"decoded as {decoded.charset}")
    judged = _judge_or_feed(page, facts, body, title, override)
    if judged.outcome not in ARTICLE_OUTCOMES:
        return Extraction(judged.outcome, judged.detail)
    article = _article(page, hints, facts, judged, (*decoded.notes, *notes), names, selected.date)
    return Extraction(judged.outcome, judged.detail, article)


def _selected_or_usual(
    tree: HtmlElement, facts: PageFacts, title: str, selected: Selected, override: PageOverride
) -> tuple[_Body, tuple[str, ...]]:
    """Give the text that the body selector found, else that of the usual way, and the remarks. Changes the tree."""
    picked = _selected_body(selected, [title, *facts.headings[:2], facts.og_title])
    if _letters(picked.text) >= MIN_TEXT_LETTERS:
        return picked, selected.notes
    prune_page(tree)
    usual = _body(tree, facts, title)
    if picked.text and _letters(usual.text) < MIN_TEXT_LETTERS:
        return picked, selected.notes
    why = no_fit("body_selector", override.body_selector, "finds too little") if selected.lines else ""
    return usual, (*selected.notes, why) if why else selected.notes


def _article(
    page: Page,
    hints: SourceHints,
    facts: PageFacts,
    judged: _Judged,
    notes: tuple[str, ...],
    names: list[str],
    selected_date: str,
) -> Article:
    title, text = judged.title, judged.text
    guess = detect_language(text, hints.language)
    feed = [DateCandidate(page.item.published_raw, DateBasis.FEED)] if page.item and page.item.published_raw else []
    declared = [date for date in facts.dates if date.basis in (DateBasis.JSON_LD, DateBasis.META)]
    shown = [date for date in facts.dates if date not in declared]
    pointed_at = [DateCandidate(raw, DateBasis.TEXT) for raw in dates_in(selected_date)]
    date = choose_date(
        [*pointed_at, *declared, *feed, *shown],
        zone=hints.override.zone or hints.zone,
        language=guess.code,
        fetched_at=page.fetched_at,
    )
    if date.clamped:
        notes = (*notes, f"date {date.raw!r} lies after the fetch: clamped")
    address = canonical_url(page.final_url, facts.canonical)
    return Article(
        article_id=stable_id(address),
        revision_id=stable_id(address, title, text),
        canonical_url=address,
        source_id=page.source_id,
        title=title,
        text=text,
        language=guess.code,
        language_confidence=round(guess.confidence, 4),
        published_at=date.at,
        published_basis=date.basis,
        published_raw=_fit_line(date.raw),
        published_has_time=date.has_time,
        authors=tuple(name for each in author_names(facts, names) if (name := _fit_line(each))),
        body_kind=judged.kind,
        extractor=extractor_name(hints.override),
        signature=text_signature(text),
        site_name=_fit_line(next(iter(facts.site_names), hints.name)),
        notes=notes,
    )
