"""What analysts ask of the snapshot, as typed rows. Days are in UTC and inclusive; datetimes are aware and in UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from db.query import QueryFormat, QueryResult, run_query
from db.snapshot import Snapshot, open_snapshot
from db.statements import fetch_records
from db.watched import EntityName, check_span, read_entities, watched_entity

__all__ = [
    "EntityName",
    "Evidence",
    "Grain",
    "QueryFormat",
    "QueryResult",
    "Snapshot",
    "Story",
    "TimelinePoint",
    "VoiceShare",
    "covered_days",
    "covered_days_of",
    "evidence",
    "list_entities",
    "open_snapshot",
    "run_query",
    "share_of_voice",
    "timeline",
    "top_stories",
]


class Grain(StrEnum):
    """Length of a bucket; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class TimelinePoint:
    """One bucket of earned media about one entity; ``bucket`` is its first day.

    ``n_articles`` is reach, ``n_stories`` voices. Shares and ``mean_polarity`` (-1 to 1) are over scored voices and
    None where none is; ``ci_low`` and ``ci_high`` bound the 95 % interval and are None where ``too_few``.
    ``n_sources_up`` counts sources that answered in the bucket, None where it was not crawled.
    """

    bucket: date
    n_articles: int
    n_stories: int
    n_outlets: int
    n_scored: int
    n_scored_stories: int
    share_positive: float | None
    share_neutral: float | None
    share_negative: float | None
    mean_polarity: float | None
    ci_low: float | None
    ci_high: float | None
    too_few: bool
    n_sources_up: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence behind a point, with the way back to the page, the extractor, the watchlist and the model.

    ``sentence_start`` and ``sentence_end`` are offsets of ``sentence`` in the title or the text, ``start`` and ``end``
    of ``surface`` in ``sentence``, all in characters. Probabilities, ``polarity`` and
    ``label`` are None where the sentence is not scored; ``score_outcome`` says why.
    """

    published_at: datetime
    outlet: str
    medium: str | None
    earned: bool
    language: str
    title: str
    url: str
    where: str
    sentence: str
    sentence_start: int
    sentence_end: int
    surface: str
    start: int
    end: int
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    polarity: float | None
    label: str | None
    score_outcome: str
    model_id: str | None
    model_revision: str | None
    watchlist_version: str
    extractor: str
    part: str
    record_offset: int
    page_id: str
    story_id: str
    article_id: str
    revision_id: str
    mention_id: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story about an entity; title, URL, outlet, language and date are those of the earliest copy."""

    story_id: str
    title: str
    url: str
    outlet: str
    language: str
    published_at: datetime
    n_articles: int
    n_outlets: int
    outlets: tuple[str, ...]
    n_scored: int
    mean_polarity: float | None


@dataclass(frozen=True, slots=True)
class VoiceShare:
    """How much of the coverage one entity has; shares are over all watched entities, None where nothing was found."""

    entity: str
    name: str
    role: str
    n_articles: int
    n_stories: int
    n_outlets: int
    share_articles: float | None
    share_stories: float | None
    n_scored_stories: int
    mean_polarity: float | None
    ci_low: float | None
    ci_high: float | None
    too_few: bool


def list_entities(path: Path) -> list[EntityName]:
    """Give the entities of the current watchlist, the subject first, then by name.

    Raises:
        StoreError: there is no snapshot.
    """
    with open_snapshot(path) as snapshot:
        return list(read_entities(snapshot, None))


def covered_days(path: Path) -> tuple[date, date] | None:
    """Give the first and the last day (UTC) with an article about any watched entity, None where there is none.

    Raises:
        StoreError: there is no snapshot.
    """
    with open_snapshot(path) as snapshot:
        return covered_days_of(snapshot)


def covered_days_of(snapshot: Snapshot) -> tuple[date, date] | None:
    """Give the same of a snapshot that is open."""
    first, last = snapshot.fetch("SELECT min(published_on), max(published_on) FROM coverage")[0]
    return (first, last) if isinstance(first, date) and isinstance(last, date) else None


def timeline(path: Path, entity: str, since: date, until: date, grain: Grain = Grain.DAY) -> list[TimelinePoint]:
    """Give the buckets that have articles, in order; a missing bucket is missing, never zero.

    Raises:
        UsageError: the watchlist does not name the entity, or ``since`` is after ``until``.
        StoreError: there is no snapshot.
    """
    with open_snapshot(path) as snapshot:
        check_span(since, until)
        watched_entity(snapshot, entity)
        sql = "SELECT {columns} FROM timeline($1, $2, $3, $4) ORDER BY bucket"
        return fetch_records(snapshot, TimelinePoint, sql, [entity, since, until, grain.value])


def evidence(path: Path, entity: str, since: date, until: date) -> list[Evidence]:
    """Give the sentences behind a span of days, all media, by time of publication.

    Raises:
        UsageError: the watchlist does not name the entity, or ``since`` is after ``until``.
        StoreError: there is no snapshot.
    """
    with open_snapshot(path) as snapshot:
        check_span(since, until)
        watched_entity(snapshot, entity)
        sql = "SELECT {columns} FROM evidence_between($1, $2, $3)"
        sql += " ORDER BY published_at, revision_id, place <> 'title', sentence_start, mention_id"
        return fetch_records(snapshot, Evidence, sql, [entity, since, until])


def top_stories(path: Path, entity: str, since: date, until: date, limit: int = 10) -> list[Story]:
    """Give the stories with the widest reach (outlets, then articles) in earned media.

    Raises:
        UsageError: the watchlist does not name the entity, or ``since`` is after ``until``.
        StoreError: there is no snapshot.
    """
    with open_snapshot(path) as snapshot:
        check_span(since, until)
        watched_entity(snapshot, entity)
        sql = "SELECT {columns} FROM top_stories($1, $2, $3)"
        sql += " ORDER BY n_outlets DESC, n_articles DESC, published_at, story_id LIMIT $4"
        return fetch_records(snapshot, Story, sql, [entity, since, until, limit])


def share_of_voice(path: Path, since: date, until: date) -> list[VoiceShare]:
    """Give one row per watched entity, most voices first, earned media.

    Raises:
        UsageError: ``since`` is after ``until``.
        StoreError: there is no snapshot.
    """
    with open_snapshot(path) as snapshot:
        check_span(since, until)
        sql = "SELECT {columns} FROM share_of_voice($1, $2) ORDER BY n_stories DESC, entity"
        return fetch_records(snapshot, VoiceShare, sql, [since, until])
