"""What the snapshot says about where it does not look: sources, languages, feeds and walls. Days are those of UTC."""

from dataclasses import dataclass
from datetime import date

from db.snapshot import Snapshot
from db.statements import fetch_records, load_statement


@dataclass(frozen=True, slots=True)
class SourceYield:
    """One enabled source.

    ``n_checks`` and ``n_good`` count requests for its feeds and those answered well, ``n_pages`` pages and failed
    attempts, all at any time, as ``n_articles``.
    ``n_in_span`` were published in the span and ``n_naming`` of them name the entity. ``n_until`` were published up to
    the end of the span, from ``first_on`` to ``last_on``; both None where none was.
    """

    source_id: str
    outlet: str
    language: str
    medium: str
    earned: bool
    n_checks: int
    n_good: int
    n_pages: int
    n_articles: int
    n_in_span: int
    n_naming: int
    n_until: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class LanguageYield:
    """One language in a span, earned media; ``n_articles`` and voices are about the entity."""

    language: str
    n_published: int
    n_articles: int
    n_voices: int
    n_scored_voices: int


@dataclass(frozen=True, slots=True)
class BadFeed:
    """A feed whose newest request did not go well; ``last_good_on`` is None where none ever did."""

    source_id: str
    outlet: str
    url: str
    outcome: str
    status: int | None
    asked_on: date
    first_asked_on: date
    last_good_on: date | None


@dataclass(frozen=True, slots=True)
class WalledPages:
    """Pages of one source with a text or a wall before it."""

    source_id: str
    outlet: str
    n_pages: int
    n_paywall: int
    n_consent_wall: int


@dataclass(frozen=True, slots=True)
class CrawledSpan:
    """First and last day of crawling; ``in_span`` is False where no day of the span was crawled: then of all time."""

    first: date | None
    last: date | None
    in_span: bool


def read_source_yields(snapshot: Snapshot, entity: str, since: date, until: date) -> list[SourceYield]:
    """Read the enabled sources by name; ``since`` and ``until`` are both inclusive."""
    parameters = {"entity": entity, "since": since, "until": until}
    return fetch_records(snapshot, SourceYield, load_statement("blind_sources"), parameters)


def read_language_yields(snapshot: Snapshot, entity: str, since: date, until: date) -> list[LanguageYield]:
    """Read the languages of the sources and of what they published, by code."""
    parameters = {"entity": entity, "since": since, "until": until}
    return fetch_records(snapshot, LanguageYield, load_statement("blind_languages"), parameters)


def read_bad_feeds(snapshot: Snapshot, until: date) -> list[BadFeed]:
    """Read the feeds that did not answer well when they were last asked up to a day, by outlet."""
    return fetch_records(snapshot, BadFeed, load_statement("blind_feeds"), {"until": until})


def read_walled_pages(snapshot: Snapshot, since: date, until: date) -> list[WalledPages]:
    """Read the sources with at least one walled page fetched in a span, by outlet."""
    parameters = {"since": since, "until": until}
    return fetch_records(snapshot, WalledPages, load_statement("blind_walls"), parameters)


def read_crawled_span(snapshot: Snapshot, since: date, until: date) -> CrawledSpan:
    """Read when crawls took place in a span, or, where none did, at all."""
    row = snapshot.fetch(load_statement("blind_crawls"), {"since": since, "until": until})[0]
    first, last, first_ever, last_ever = (value if isinstance(value, date) else None for value in row)
    if first is not None:
        return CrawledSpan(first, last, in_span=True)
    return CrawledSpan(first_ever, last_ever, in_span=False)
