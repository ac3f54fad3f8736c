"""How the sources were in a span of days: who answered, who was silent, who kept us out. Days are those of UTC."""

from dataclasses import dataclass
from datetime import date, timedelta

from db.gaps import find_gaps
from db.read import Grain
from db.snapshot import Snapshot
from db.statements import fetch_records, load_statement

USUAL_DAYS = 28
"""Days before a span in which a source shows whether it usually publishes: four weeks, like the base of spikes."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One enabled source in a span.

    ``n_checks`` counts requests for its feeds, ``n_good`` those that it answered; ``last_outcome`` and ``last_status``
    are those of the newest one, None where it was not asked. Of ``n_pages`` fetched pages, ``n_walled`` showed a
    paywall or a consent wall and ``n_blocked`` were refused (robots.txt, HTTP 401, 403, 429 and the like).
    ``n_articles`` were published in the span, ``n_articles_before`` in the 28 days before it.
    """

    source_id: str
    outlet: str
    n_checks: int
    n_good: int
    last_outcome: str | None
    last_status: int | None
    n_pages: int
    n_walled: int
    n_blocked: int
    n_articles: int
    n_articles_before: int


@dataclass(frozen=True, slots=True)
class CrawledDay:
    """One day on which feeds were asked: how many sources were asked, and how many answered."""

    day: date
    n_asked: int
    n_up: int


@dataclass(frozen=True, slots=True)
class SpanHealth:
    """The sources in a span.

    ``days`` are those on which feeds were asked. ``gaps`` are days between the first and the last good crawl of all
    time on which no source answered: nothing is known of them. ``first_crawl`` and ``last_crawl`` are the first and
    the last day on which a source answered, whenever that was, None where none ever did; ``last_asked`` is the last
    day on which one was asked.
    """

    since: date
    until: date
    sources: tuple[SourceHealth, ...]
    days: tuple[CrawledDay, ...]
    gaps: tuple[date, ...]
    first_crawl: date | None
    last_crawl: date | None
    last_asked: date | None


def read_source_health(snapshot: Snapshot, since: date, until: date) -> SpanHealth:
    """Read how the enabled sources were from ``since`` to ``until``, both inclusive."""
    span: dict[str, object] = {"since": since, "until": until}
    usual = {**span, "usual_since": since - timedelta(days=USUAL_DAYS)}
    sources = tuple(fetch_records(snapshot, SourceHealth, load_statement("health_sources"), usual))
    days = tuple(fetch_records(snapshot, CrawledDay, load_statement("health_days"), span))
    first, last, asked = (
        value if isinstance(value, date) else None for value in snapshot.fetch(load_statement("health_crawls"))[0]
    )
    up = {day.day for day in days if day.n_up}
    gaps = find_gaps(up, first, last, since, until, Grain.DAY)
    return SpanHealth(since, until, sources, days, gaps, first, last, asked)
