"""The rules for listings and pages: what a source is like when it does not answer, or its pages read differently."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median

from analysis.share_jumps import (
    CHANCE,
    HALF,
    LEAST_JUMP,
    LEAST_PAGES,
    binomial_tail_below,
    has_jumped,
    has_other_length,
)
from db.source_states import SourceExpectRow, SourceFigures, SourceStateRow

BAD_NIGHTS = 2
"""Nights in a row without a good answer, or with another length of text, after which a source is not ok."""

USUAL_PAGE_NIGHTS = 10
USUAL_PAGES = 40
"""Nights with new pages that show the usual shares, fill rates and lengths; more where they had fewer pages in all."""

POOLED_PAGES = 5
"""New pages that are judged together: one page a night is judged by a few nights."""

NEW_SOURCE_PAGES = 10
NEW_SOURCE_SHARE = 0.8
"""Without a past, so many pages of which so many are shut, missing or unreadable tell enough."""

EXPECT_NIGHTS = 7
"""Nights over which [expect] is meant."""


class SourceState(StrEnum):
    """What a source is like; when several hold, the first of the list counts."""

    GONE = "gone"  # its listings, or the pages that they name, are no longer there
    BLOCKED = "blocked"  # it refuses us or gives no answer
    WALLED = "walled"  # its articles went behind a paywall or a consent wall
    CHANGED_LAYOUT = "changed_layout"  # pages read differently than before, or than expected
    QUIET = "quiet"  # it answers, and brings nothing new or far less than usual
    NEW = "new"  # too few nights are known
    OK = "ok"


WELL = frozenset({SourceState.OK, SourceState.NEW})

PAGE_STATES = frozenset({SourceState.GONE, SourceState.BLOCKED, SourceState.WALLED, SourceState.CHANGED_LAYOUT})
"""States that may rest on pages, and so last over nights without new pages."""


class Cause(StrEnum):
    """What a state rests on: it lasts as long as the same cause does."""

    NONE = ""
    LISTINGS = "listings"
    NEW_PAGES = "new_pages"
    KNOWN_PAGES = "known_pages"  # fetched again (analysis.canary_rules)
    TITLE = "title"
    DATE = "date"
    AUTHOR = "author"
    LENGTH = "length"
    EXPECTATION = "expectation"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: the state, its first night, what it rests on and the reason for a person."""

    state: SourceState
    since: date
    cause: Cause
    reason: str


def find_unanswered(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding | None:
    """Find listings that have not answered for some nights."""
    failing: list[SourceFigures] = []
    n_waiting = 0  # nights on which it was not asked, because it had failed
    for figures in [tonight, *(row.figures for row in reversed(before))]:
        if figures.n_up:
            break
        if figures.n_listings:
            failing.append(figures)
        elif not failing:
            n_waiting += 1
    if not failing or len(failing) + n_waiting < BAD_NIGHTS:
        return None
    last, since = failing[0], failing[-1].night
    n_gone = last.n_absent + last.n_unresolved
    kinds = [
        f"{count} {words}"
        for count, words in (
            (last.n_refused, "refused"),
            (last.n_absent, "not there any more"),
            (last.n_unresolved, "without an address (DNS)"),
            (last.n_unanswered, "not answered"),
        )
        if count
    ]
    listings = "its only listing" if last.n_listings == 1 else f"of {last.n_listings} listings"
    told = kinds[0].partition(" ")[2] if last.n_listings == 1 else ", ".join(kinds)
    state = SourceState.GONE if 2 * n_gone >= last.n_listings else SourceState.BLOCKED
    return Finding(state, since, Cause.LISTINGS, f"no good answer: {listings} {told}")


def find_shut_pages(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding | None:
    """Find new pages that are missing, shut, walled or without a text."""
    if not tonight.n_new:
        return None
    previous = before[-1] if before else None
    for name, state, words in (
        ("n_missing", SourceState.GONE, "not there (HTTP 404 or 410)"),
        ("n_shut", SourceState.BLOCKED, "refused or not answered"),
        ("n_walled", SourceState.WALLED, "behind a wall"),
        ("n_unusable", SourceState.CHANGED_LAYOUT, "without a usable text"),
    ):
        lasts = rests_on(previous, Cause.NEW_PAGES, state)
        pool, usual = _pooled(tonight, before, "n_new", lasts=lasts)
        k, n, k_before, n_before = (_total(nights, of) for nights in (pool, usual) for of in (name, "n_new"))
        stays = lasts and is_most(k, n, k_before, n_before)
        alone = not n_before and n >= NEW_SOURCE_PAGES and k >= NEW_SOURCE_SHARE * n and state is not SourceState.WALLED
        if stays or alone or (not lasts and has_jumped(k, n, k_before, n_before)):
            was = f", before {k_before} of {n_before}" if n_before else ""
            first = next(figures.night for figures in pool if getattr(figures, name))
            return Finding(state, first, Cause.NEW_PAGES, f"{k} of {n} new pages {words}{was}")
    return None


def find_lasting(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding | None:
    """Give the state of the night before where it rested on pages and there are no new ones that could end it.

    What rested on listings ends with their first answer, and what rested on known pages when those read well again.
    """
    previous = before[-1] if before else None
    if previous is None or tonight.n_new or previous.state not in PAGE_STATES:
        return None
    if previous.cause == Cause.LISTINGS or (previous.cause == Cause.KNOWN_PAGES and tonight.n_again):
        return None
    return Finding(SourceState(previous.state), previous.since, Cause(previous.cause), previous.reason)


def rests_on(row: SourceStateRow | None, cause: Cause, state: SourceState) -> bool:
    """Say whether the state of a night is this one and rests on this cause."""
    return row is not None and row.state == state and row.cause == cause


def is_most(k: int, n: int, k_before: int, n_before: int) -> bool:
    """Say whether a share that has jumped is still up; how probable that is was asked when it jumped."""
    return k >= HALF * n and k / n - (k_before / n_before if n_before else 0.0) >= LEAST_JUMP


def find_other_layout(
    tonight: SourceFigures, before: Sequence[SourceStateRow], expect: SourceExpectRow | None
) -> Finding | None:
    """Find articles that read differently than before, or than expected."""
    if not tonight.n_articles:
        return None
    previous = before[-1] if before else None
    for name, cause, words in (
        ("title_fill", Cause.TITLE, "a title"),
        ("date_fill", Cause.DATE, "a date of their own"),
        ("author_fill", Cause.AUTHOR, "an author"),
    ):
        lasts = rests_on(previous, cause, SourceState.CHANGED_LAYOUT)
        pool, usual = _pooled(tonight, before, "n_articles", lasts=lasts)
        k, n = _filled(pool, name)
        k_before, n_before = _filled(usual, name)
        lacking = n - k, n, n_before - k_before, n_before
        if (n and n_before and is_most(*lacking)) if lasts else has_jumped(*lacking):
            first = next((figures.night for figures in pool if _lacks(figures, name)), pool[0].night)
            text = f"{k} of {n} new articles with {words}, before {k_before} of {n_before}"
            return Finding(SourceState.CHANGED_LAYOUT, first, cause, text)
    found = _other_length(tonight, before)
    return found if found or expect is None else _below_expectation(tonight, before, expect)


def _lacks(figures: SourceFigures, name: str) -> bool:
    share = getattr(figures, name)
    return share is not None and share <= HALF


def _other_length(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding | None:
    """Find texts that are much shorter or longer than usual on some nights in a row."""
    known = [row for row in before if row.figures.median_text_chars is not None]
    latest = [*(row.figures for row in known), tonight][-BAD_NIGHTS:]
    usual = [row.figures.median_text_chars for row in known[: 1 - BAD_NIGHTS] if row.state not in PAGE_STATES]
    lengths = [figures.median_text_chars for figures in latest if figures.median_text_chars is not None]
    lengths_before = [length for length in usual if length is not None][-USUAL_PAGE_NIGHTS:]
    if len(lengths) < BAD_NIGHTS or _total(latest, "n_articles") < LEAST_PAGES:
        return None
    if not has_other_length(lengths, lengths_before):
        return None
    text = f"median text {lengths[-1]:,.0f} characters, before {median(lengths_before):,.0f}"
    return Finding(SourceState.CHANGED_LAYOUT, latest[0].night, Cause.LENGTH, text)


def _below_expectation(
    tonight: SourceFigures, before: Sequence[SourceStateRow], expect: SourceExpectRow
) -> Finding | None:
    """Find fill rates that are lower than [expect] says by more than chance, in this night, too."""
    nights = [*(row.figures for row in before), tonight][-EXPECT_NIGHTS:]
    for name, least, words in (
        ("title_fill", expect.title_fill, "a title"),
        ("date_fill", expect.date_fill, "a date of their own"),
    ):
        k, n = _filled(nights, name)
        share = getattr(tonight, name)
        if share is None or share >= least:
            continue
        if binomial_tail_below(k, n, least) < CHANCE:
            text = f"{k} of {n} new articles with {words}, [expect] {name} is {least:g}"
            return Finding(SourceState.CHANGED_LAYOUT, tonight.night, Cause.EXPECTATION, text)
    return None


def _pooled(
    tonight: SourceFigures, before: Sequence[SourceStateRow], name: str, *, lasts: bool
) -> tuple[list[SourceFigures], list[SourceFigures]]:
    """Give the nights that are judged together, oldest first, and the usual ones before them, newest first.

    A state that lasts is judged by the newest few pages, so that it ends soon; one that may begin is judged by more of
    them, but none from an earlier one.
    """
    known = [row for row in before if getattr(row.figures, name)]
    pool, enough = [tonight], LEAST_PAGES if lasts else POOLED_PAGES
    while known and _total(pool, name) < enough:
        if known[-1].state in PAGE_STATES and not lasts:
            break
        pool.insert(0, known.pop().figures)
    usual: list[SourceFigures] = []
    n_pages = 0
    for row in reversed(known):
        if len(usual) >= USUAL_PAGE_NIGHTS and n_pages >= USUAL_PAGES:
            break
        if row.state not in PAGE_STATES:
            usual.append(row.figures)
            n_pages += int(getattr(row.figures, name))
    return pool, usual


def _total(nights: Sequence[SourceFigures], name: str) -> int:
    return sum(int(getattr(figures, name)) for figures in nights)


def _filled(nights: Sequence[SourceFigures], name: str) -> tuple[int, int]:
    """Give how many articles have it, of those of which it is known."""
    known = [(figures.n_articles, share) for figures in nights if (share := getattr(figures, name)) is not None]
    return sum(round(n * share) for n, share in known), sum(n for n, _share in known)
