"""The state of a source after a night: is it well, and if not, what happened to it and since when?

A pure judgement of one source by its figures of this night, those of its nights before and what its file expects. It
holds these principles:

- One bad night is no outage. A source that gives no good answer is blocked or gone on the second night.
- A source is compared with itself: a newspaper that was always behind a wall is well, one that went behind it walled.
- No evidence changes nothing: a night on which it was not asked, or whose new pages were not come to, keeps the state.
- Where little is new, known pages tell, which are fetched again: not readable any more on two nights, it is ill.
- It comes back as soon as it is back: the first night that is as usual makes it ok.
- What has lasted for longer than the history that it is compared with is its new usual, such as a new layout; walls,
  refusals and silence last as long as they last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.canary_rules import find_changed_known_pages
from analysis.source_news import News
from analysis.source_rules import (
    WELL,
    Cause,
    Finding,
    SourceState,
    find_lasting,
    find_other_layout,
    find_shut_pages,
    find_unanswered,
)
from db.source_states import SourceExpectRow, SourceFigures, SourceStateRow

HISTORY_DAYS = 130
"""Days of history that a judgement needs: a long silence (90), four weeks before it, and some missed nights."""

NEW_NIGHTS = 7
"""Nights with an answer until which a source is new: one of each weekday."""


def judge_source(
    tonight: SourceFigures, past: Sequence[SourceStateRow], expect: SourceExpectRow | None
) -> SourceStateRow:
    """Give the state of a source after a night; ``past`` holds its nights before, oldest first, of HISTORY_DAYS."""
    before = [row for row in past if row.night < tonight.night]
    previous = before[-1] if before else None
    found = find_unanswered(tonight, before)
    if found is None and previous is not None and not tonight.n_up and not tonight.n_new:
        # it was not asked, or gave no good answer for the first time
        return replace(previous, figures=tonight, n_nights=previous.n_nights + 1)
    news = News(tonight, before)
    found = found or find_shut_pages(tonight, before) or find_changed_known_pages(tonight, before)
    found = found or find_other_layout(tonight, before, expect)
    found = found or news.finding(expect) or find_lasting(tonight, before) or _well(tonight, before)
    lasts = previous is not None and previous.state == found.state
    since = min(found.since, previous.since) if previous is not None and lasts else found.since
    good = [row.night for row in before if row.state in WELL and row.night < since]
    return SourceStateRow(
        state=found.state.value,
        since=since,
        n_nights=(previous.n_nights if previous and lasts else sum(row.night >= since for row in before)) + 1,
        last_good_night=max(good, default=previous.last_good_night if previous else None),
        last_new_night=news.last_new_night,
        n_silent=news.n_silent,
        usual_new=news.usual_new,
        cause=found.cause.value,
        reason=found.reason,
        figures=tonight,
    )


def _well(tonight: SourceFigures, before: Sequence[SourceStateRow]) -> Finding:
    n_known = sum(row.figures.n_up > 0 for row in before) + (tonight.n_up > 0)
    if n_known < NEW_NIGHTS and not any(row.state == SourceState.OK for row in before):
        return Finding(SourceState.NEW, tonight.night, Cause.NONE, f"{n_known} of {NEW_NIGHTS} nights known")
    return Finding(SourceState.OK, tonight.night, Cause.NONE, "")


def is_our_outage(tonight: Sequence[SourceFigures], newest: Mapping[str, SourceStateRow]) -> bool:
    """Say whether a night was lost on our side: of the sources that used to answer, most fell silent all at once.

    ``newest`` is the newest judged night of each source. One source alone cannot tell.
    """
    asked = [
        figures
        for figures in tonight
        if figures.n_listings and (row := newest.get(figures.source_id)) is not None and row.figures.n_up
    ]
    # not even a refusal came
    n_lost = sum(figures.n_unresolved + figures.n_unanswered == figures.n_listings for figures in asked)
    return n_lost > 1 and n_lost > len(asked) / 2
