"""The rule for known pages that were fetched again (:mod:`crawler.canaries`): were they readable, and are no longer?

It needs no news: an outlet that prints twice a week shows a wall or a new layout on two nights, and not with its third
article in two weeks. New pages of the same nights are counted with them. It says nothing where a new page of the night
was read well: then the outlet is readable, and what became of older pages is its habit.
"""

from collections.abc import Sequence

from analysis.share_jumps import HALF, has_jumped
from analysis.source_rules import (
    PAGE_STATES,
    USUAL_PAGE_NIGHTS,
    USUAL_PAGES,
    Cause,
    Finding,
    SourceState,
    is_most,
    rests_on,
)
from db.source_states import SourceFigures, SourceStateRow

POOLED_NIGHTS = 2
"""Nights that are judged together: one bad night is no outage."""

_KINDS = (
    ("missing", SourceState.GONE, "not there any more (HTTP 404 or 410)"),
    ("shut", SourceState.BLOCKED, "refused or not answered"),
    ("walled", SourceState.WALLED, "behind a wall"),
    ("unusable", SourceState.CHANGED_LAYOUT, "without a usable text"),
)
"""Endings of the names of the figures, what they show, and in words."""


def find_changed_known_pages(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding | None:
    """Find pages that were read well before and are not when they are fetched again."""
    if is_read(tonight):
        return None
    previous = before[-1] if before else None
    for kind, state, words in _KINDS:
        lasts = rests_on(previous, Cause.KNOWN_PAGES, state)
        if previous is not None and lasts and not tonight.n_again and tonight.n_new:
            return Finding(state, previous.since, Cause.KNOWN_PAGES, previous.reason)  # new pages, none of them read
        pool = [tonight] if lasts else _latest(tonight, before)
        k_known, n_known = _known(pool, kind)
        if not n_known or k_known < HALF * n_known:
            continue
        began = previous.since if previous is not None and lasts else pool[0].night
        usual = _usual([row for row in before if row.night < began], kind)
        k, n = _known_and_new(pool, kind)
        k_before, n_before = _known_and_new(usual, kind)
        if is_most(k, n, k_before, n_before) if lasts else has_jumped(k, n, k_before, n_before):
            first = next(figures.night for figures in pool if _known_and_new([figures], kind)[0])
            text = f"{k_known} of {n_known} known pages {words} when fetched again"
            if n > n_known:
                text += f", and {k - k_known} of {n - n_known} new ones"
            return Finding(state, first, Cause.KNOWN_PAGES, f"{text}, before {k_before} of {n_before} pages")
    return None


def is_read(figures: SourceFigures) -> bool:
    """Say whether a new page of a night was read well; those behind a paywall count as articles, too."""
    return figures.n_articles > figures.n_walled


def _latest(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> list[SourceFigures]:
    """Give the nights that are judged together, oldest first; none before a page was read, or of another state."""
    pool = [tonight] if tonight.n_again or tonight.n_new else []
    for row in reversed(before):
        if len(pool) == POOLED_NIGHTS or is_read(row.figures) or row.state in PAGE_STATES:
            break
        if row.figures.n_again or row.figures.n_new:
            pool.insert(0, row.figures)
    return pool


def _usual(before: Sequence[SourceStateRow], kind: str) -> list[SourceFigures]:
    """Give the nights that show what usually becomes of known pages, newest first.

    Nights of an outage are left out where the pages were readable after it. Where they were not, though the source was
    well again, it was no outage: this outlet shuts its older pages, and that is usual for it.
    """
    found: list[SourceFigures] = []
    held: list[SourceFigures] = []
    for row in [row for row in before if row.figures.n_again]:
        if row.state in PAGE_STATES:
            held.append(row.figures)
            continue
        k, n = _known([row.figures], kind)
        if k >= HALF * n:
            found += held
        held = []
        found.append(row.figures)
    usual: list[SourceFigures] = []
    for figures in reversed(found):
        if len(usual) >= USUAL_PAGE_NIGHTS and _known(usual, kind)[1] >= USUAL_PAGES:
            break
        usual.append(figures)
    return usual


def _known(nights: Sequence[SourceFigures], kind: str) -> tuple[int, int]:
    """Give how many known pages that were fetched again became of a kind, and of how many."""
    return _total(nights, f"n_again_{kind}"), _total(nights, "n_again")


def _known_and_new(nights: Sequence[SourceFigures], kind: str) -> tuple[int, int]:
    """Give the same of these and of the new pages."""
    k, n = _known(nights, kind)
    return k + _total(nights, f"n_{kind}"), n + _total(nights, "n_new")


def _total(nights: Sequence[SourceFigures], name: str) -> int:
    return sum(int(getattr(figures, name)) for figures in nights)
