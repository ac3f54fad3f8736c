"""The sources stage: how each source did this night, and in what state it is."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from analysis.source_states import HISTORY_DAYS, is_our_outage, judge_source
from crawler.source import Source, load_sources, source_version
from db.loader import record_withdrawals
from db.source_states import (
    SourceExpectRow,
    SourceFigures,
    SourceStateRow,
    read_expectations,
    read_last_judged_night,
    read_night_of_run,
    read_nights,
    read_source_figures,
    read_source_history,
    record_expectations,
    record_source_states,
)
from db.writer import Writer, open_writer
from newstone.stages.context import StageClock, StageContext, StageResult
from pipelines.clock import utc_now

STAGE = "sources"

LOOK_BACK_DAYS = 35
"""Nights that were never judged are judged up to so many days back: enough to know at once what is usual."""


def judge_sources(context: StageContext) -> StageResult:
    """Judge the sources by this night and the nights before it, and record their states.

    A source whose file is gone counts as switched off from now on. A source that is not well is no problem of the run:
    it stands in the counts, in ``newstone status`` and in the digest. A night on which most sources fell silent at once
    was lost on our side: no source is judged by it, and that is a problem. ``n_in`` counts the sources that were asked
    in the newest night, ``n_out`` the states recorded.

    Raises:
        SourceError: a source file is wrong.
        StoreError: the database refused the rows.
    """
    clock = StageClock(STAGE)
    sources = load_sources(context.project.sources_dir)
    with open_writer(context.project.writer_file) as writer:
        record_withdrawals(writer, sources, utc_now())
        record_expectations(writer, [expect_row(source) for source in sources.values()], utc_now())
        nights = _nights_to_judge(writer, context.run_id)
        if not nights:
            return clock.result(n_in=0, n_out=0)
        judged = _Judged(writer, nights)
        problems: list[str] = []
        for night in nights:
            if (lost := judged.loss(night)) is None:
                judged.judge(night)
            elif night == nights[-1] and lost:
                problems.append(lost)
        n_recorded = record_source_states(writer, judged.rows, context.run_id, utc_now())
        counts = Counter(row.state for row in judged.rows if row.night == nights[-1])
    return clock.result(
        n_in=sum(figures.n_listings > 0 for figures in judged.figures[nights[-1]].values()),
        n_out=n_recorded,
        counts=counts,
        problems=tuple(problems),
    )


def expect_row(source: Source) -> SourceExpectRow:
    """Give what the database keeps of the expectations of a source."""
    expect = source.expect
    return SourceExpectRow(
        source_id=source.id,
        version=source_version(source),
        articles_per_day_min=expect.articles_per_day_min,
        articles_per_day_max=expect.articles_per_day_max,
        title_fill=expect.title_fill,
        date_fill=expect.date_fill,
    )


def _nights_to_judge(writer: Writer, run_id: str) -> Sequence[date]:
    """Give the nights since the last one judged, and that of this run, also where an earlier run of it was judged."""
    nights = read_nights(writer)
    mine = read_night_of_run(writer, run_id)
    last = read_last_judged_night(writer)
    since = nights[-1] - timedelta(days=LOOK_BACK_DAYS) if nights else date.min
    return [night for night in nights if night == mine or (night >= since and (last is None or night > last))]


class _Judged:
    """The figures and states that nights are judged with; grows by each night."""

    def __init__(self, writer: Writer, nights: Sequence[date]) -> None:
        self.rows: list[SourceStateRow] = []
        self.figures: defaultdict[date, dict[str, SourceFigures]] = defaultdict(dict)
        for figures in read_source_figures(writer, nights[0]):
            self.figures[figures.night][figures.source_id] = figures
        self._expectations = read_expectations(writer)
        self._past: defaultdict[str, list[SourceStateRow]] = defaultdict(list)
        for row in read_source_history(writer, nights[0] - timedelta(days=HISTORY_DAYS)):
            self._past[row.source_id].append(row)

    def loss(self, night: date) -> str | None:
        """Say for a person that a night was lost on our side, "" where the crawl has said so; None where it was not."""
        tonight = [figures for figures in self.figures[night].values() if figures.source_id in self._expectations]
        newest = {
            source_id: past[-1]
            for source_id, rows in self._past.items()
            if (past := [row for row in rows if row.night < night])
        }
        if not is_our_outage(tonight, newest):
            return None
        asked = [figures for figures in tonight if figures.n_listings]
        n_lost, n_asked = sum(not figures.n_up for figures in asked), len(asked)
        if n_lost == n_asked:
            return ""
        return (
            f"{n_lost} of {n_asked} sources gave no answer all at once: look at the network here; no source was judged"
            f" by the night of {night}"
        )

    def judge(self, night: date) -> None:
        """Judge all sources that are known by a night."""
        for source_id, expect in self._expectations.items():
            past = self._past[source_id]
            figures = self.figures[night].get(source_id)
            if figures is None and not past:
                continue  # never asked yet
            row = judge_source(figures or SourceFigures(source_id, night, None), past, expect)
            past[:] = [*(known for known in past if known.night != night), row]
            past.sort(key=lambda known: known.night)
            self.rows.append(row)
