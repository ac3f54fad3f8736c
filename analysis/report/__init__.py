"""The report page: coverage of the subject and its competitors in one HTML file.

``facts`` reads everything from the snapshot once; ``payload`` packs the sums and sentences that the scripts filter;
``headline`` and ``tables`` write what stands in the page without a script; ``charts`` makes the Vega-Lite
specifications; ``page`` puts them into ``report.html``. In the browser ``numbers.js`` adds up, ``charts.js`` draws,
``page.js`` and ``sections.js`` are the page, ``filters.js`` its controls, ``sentences.js`` the panel behind a point,
``start.js`` begins.
"""

from datetime import date, datetime

from analysis.measures import MINIMUM_VOICES
from analysis.report.facts import gather_facts, report_span
from analysis.report.page import render_page
from analysis.spikes import SpikeSettings
from db.read import Grain, Snapshot

__all__ = ["build_report"]


def build_report(
    snapshot: Snapshot,
    *,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
    days: int = 365,
    grain: Grain | None = None,
    minimum_voices: int = MINIMUM_VOICES,
    spikes: SpikeSettings | None = None,
) -> str:
    """Give the page as HTML. Missing ends of the span are the last day with coverage and ``days`` before it.

    ``grain`` None: days up to 45 days, weeks up to two years, else months. ``now`` is told as the time of making.
    Days are in UTC, inclusive.

    Raises:
        UsageError: no watched company was in the press in the span, or it ends before it begins.
    """
    facts = gather_facts(
        snapshot,
        report_span(snapshot, since, until, days),
        grain,
        now=now,
        minimum_voices=minimum_voices,
        spikes=spikes or SpikeSettings(minimum_voices=minimum_voices),
    )
    return render_page(facts)
