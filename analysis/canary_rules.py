"""The rule for known pages that were fetched again (:mod:`crawler.canaries`): were they readable, and are no longer?

It needs no news: an outlet that prints twice a week shows a wall or a new layout on two nights, and not with its third
article in two weeks. It says nothing where a new page of the night was read well: then the outlet is readable, and what
became of older pages is its habit.
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
    ("n_again_missing", SourceState.GONE, "not there any more (HTTP 404 or 410)"),
    ("n_again_shut", SourceState.BLOCKED, "refused or not answered"),
    ("n_again_walled", SourceState.WALLED, "behind a wall"),
    ("n_again_unusable", SourceState.CHANGED_LAYOUT, "without a usable text"),
)


def find_changed_known_pages(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding | None:
    """Find pages that were read well before and are not when they are fetched again."""
    if is_read(tonight):
        return None
    previous = before[-1] if before else None
    for name, state, words in _KINDS:
        lasts = rests_on(previous, Cause.KNOWN_PAGES, state)
        if previous is not None and lasts and not tonight.n_again and tonight.n_new:
            return Finding(state, previous.since, Cause.KNOWN_PAGES, previous.reason)  # new pages, none of them read
        pool = [tonight] if lasts else _latest(tonight, before)
        began = previous.since if previous is not None and lasts else pool[0].night if pool else tonight.night
        k, n = _total(pool, name), _total(pool, "n_again")
        usual = _usual([row for row in before if row.night < began], name)
        k_before, n_before = _total(usual, name), _total(usual, "n_again")
        if n and (is_most(k, n, k_before, n_before) if lasts else has_jumped(k, n, k_before, n_before)):
            first = next(figures.night for figures in pool if getattr(figures, name))
            text = f"{k} of {n} known pages that were fetched again {words}, before {k_before} of {n_before}"
            return Finding(state, first, Cause.KNOWN_PAGES, text)
    return None


def is_read(figures: SourceFigures) -> bool:
    """Say whether a new page of a night was read well; those behind a paywall count as articles, too."""
    return figures.n_articles > figures.n_walled


def _latest(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> list[SourceFigures]:
    """Give the nights that are judged together, oldest first; none before a page was read, or of another state."""
    pool = [tonight] if tonight.n_again else []
    for row in reversed(before):
        if len(pool) == POOLED_NIGHTS or is_read(row.figures) or row.state in PAGE_STATES:
            break
        if row.figures.n_again:
            pool.insert(0, row.figures)
    return pool


def _usual(before: Sequence[SourceStateRow], name: str) -> list[SourceFigures]:
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
        if getattr(row.figures, name) >= HALF * row.figures.n_again:
            found += held
        held = []
        found.append(row.figures)
    usual: list[SourceFigures] = []
    for figures in reversed(found):
        if len(usual) >= USUAL_PAGE_NIGHTS and _total(usual, "n_again") >= USUAL_PAGES:
            break
        usual.append(figures)
    return usual


def _total(nights: Sequence[SourceFigures], name: str) -> int:
    return sum(int(getattr(figures, name)) for figures in nights)
