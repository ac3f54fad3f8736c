"""What the report page needs of a snapshot: sums from which it computes its numbers anew for each filter.

A *signature* is the set of (language, medium) pairs in which a story appeared in a bucket: a story meets a filter when
one of its pairs does. A *medium group* is "earned" or the name of a medium that is not earned; a story counts in each
group by itself. Days are in UTC and inclusive, ``bucket`` is the first day of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import TypeVar

from db.read import EntityName, Grain
from db.snapshot import Snapshot
from db.times import from_stored

EARNED = "earned"
"""The medium group of all earned media."""

Signature = tuple[tuple[str, str], ...]
"""Sorted pairs of language (ISO 639-1) and medium."""


@dataclass(frozen=True, slots=True)
class VoiceCell:
    """Voices that share entity, bucket, medium group and signature; ``theme`` is None for all themes.

    ``total`` and ``squares`` are sums of the polarity of the scored voices and of its square, ``positive`` and
    ``negative`` sums of their shares of positive and negative articles.
    """

    entity: str
    theme: str | None
    media: str
    bucket: date
    signature: Signature
    n_voices: int
    n_scored: int
    total: float
    squares: float
    positive: float
    negative: float


@dataclass(frozen=True, slots=True)
class LongStory:
    """One bucket of a story that stands in several; ``theme`` is None for all themes.

    Counts and ``total`` (of polarity) are over its scored articles.
    """

    entity: str
    media: str
    story_id: str
    bucket: date
    signature: Signature
    n_scored: int
    total: float
    n_positive: int
    n_negative: int
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class ReachCell:
    """Articles of one entity, bucket, source and language; sums are over scored articles, sentences all mentions."""

    entity: str
    bucket: date
    source_id: str
    language: str
    n_articles: int
    n_sentences: int
    n_scored: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True)
class OutletName:
    """An outlet; ``country`` is ISO 3166-1 alpha-2 or None."""

    source_id: str
    name: str
    medium: str
    earned: bool
    country: str | None


@dataclass(frozen=True, slots=True)
class ToldSentence:
    """A strong sentence about an entity in a bucket.

    ``start`` and ``end`` are offsets of the naming in ``sentence`` in characters. Probabilities are None where it is
    not scored; ``score_outcome`` says why.
    """

    entity: str
    bucket: date
    source_id: str
    language: str
    published_at: datetime
    revision_id: str
    title: str
    url: str
    sentence: str
    start: int
    end: int
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    score_outcome: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where numbers come from; ``published_at`` is the time of the checks of the snapshot.

    ``n_coverage`` counts articles per entity in the span, ``n_unscored`` those without any scored sentence.
    """

    published_at: datetime | None
    model_id: str | None
    model_revision: str | None
    watchlist_version: str | None
    extractors: str | None
    n_unscored: int
    n_coverage: int


def list_entities_of(snapshot: Snapshot) -> list[EntityName]:
    """Give the entities of the current watchlist, the subject first, then by name."""
    rows = snapshot.fetch("SELECT entity, name, role FROM entities ORDER BY role <> 'subject', name, entity")
    return _records(EntityName, rows)


def covered_days_of(snapshot: Snapshot) -> tuple[date, date] | None:
    """Give the first and the last day with an article about any watched entity, None where there is none."""
    first, last = snapshot.fetch("SELECT min(published_on), max(published_on) FROM coverage")[0]
    return (first, last) if isinstance(first, date) and isinstance(last, date) else None


def voice_cells(snapshot: Snapshot, since: date, until: date, grain: Grain) -> list[VoiceCell]:
    """Give the voices that stand in one bucket of the span, of all entities."""
    return [
        VoiceCell(_text(row[0]), None, _text(row[1]), _day(row[2]), _signature(row[3]), *_sums(row[4:]))
        for row in _fetch(snapshot, "report_voices", since=since, until=until, grain=grain.value)
    ]


def theme_cells(snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain) -> list[VoiceCell]:
    """Give the voices of each theme for some entities that stand in one bucket of the span."""
    rows = _fetch(snapshot, "report_theme_voices", since=since, until=until, grain=grain.value, entities=list(entities))
    return [
        VoiceCell(_text(row[0]), _text(row[1]), _text(row[2]), _day(row[3]), _signature(row[4]), *_sums(row[5:]))
        for row in rows
    ]


def long_stories(snapshot: Snapshot, since: date, until: date, grain: Grain) -> list[LongStory]:
    """Give the stories that stand in several buckets of the span, one row for each bucket."""
    return _long(_fetch(snapshot, "report_long_stories", since=since, until=until, grain=grain.value))


def long_themes(snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain) -> list[LongStory]:
    """Give the stories of each theme that stand in several buckets of the span, one row for each bucket."""
    return _long(
        _fetch(snapshot, "report_long_themes", since=since, until=until, grain=grain.value, entities=list(entities))
    )


def reach_cells(snapshot: Snapshot, since: date, until: date, grain: Grain) -> list[ReachCell]:
    """Give the articles of all entities by bucket, source and language."""
    return _records(ReachCell, _fetch(snapshot, "report_reach", since=since, until=until, grain=grain.value))


def outlets(snapshot: Snapshot, since: date, until: date) -> list[OutletName]:
    """Give the outlets with coverage in the span."""
    return _records(OutletName, _fetch(snapshot, "report_outlets", since=since, until=until))


def told_sentences(
    snapshot: Snapshot, since: date, until: date, grain: Grain, *, subject: str, lead: int, most: int, most_of_all: int
) -> list[ToldSentence]:
    """Give the strongest sentences, the most telling first, at most ``most_of_all``.

    Of each entity, bucket, medium group and direction (positive, negative) at most ``most``; the n-th of the subject
    goes before the (n / ``lead``)-th of a competitor.
    """
    rows = _fetch(
        snapshot,
        "report_sentences",
        since=since,
        until=until,
        grain=grain.value,
        subject=subject,
        lead=lead,
        most=most,
        most_of_all=most_of_all,
    )
    return _records(ToldSentence, rows)


def article_themes(snapshot: Snapshot, since: date, until: date) -> dict[str, tuple[str, ...]]:
    """Give the themes of each revision that has one."""
    themes: dict[str, tuple[str, ...]] = {}
    for revision_id, theme in _fetch(snapshot, "report_article_themes", since=since, until=until):
        themes[_text(revision_id)] = (*themes.get(_text(revision_id), ()), _text(theme))
    return themes


def provenance(snapshot: Snapshot, since: date, until: date) -> Provenance:
    """Give model, watchlist and extractors of the snapshot."""
    return _records(Provenance, _fetch(snapshot, "report_provenance", since=since, until=until))[0]


_R = TypeVar("_R")


def _records(record: type[_R], rows: Sequence[tuple[object, ...]]) -> list[_R]:
    return [record(*(from_stored(value) if isinstance(value, datetime) else value for value in row)) for row in rows]


def _fetch(snapshot: Snapshot, query: str, **parameters: object) -> list[tuple[object, ...]]:
    sql = resources.files("db").joinpath("queries", f"{query}.sql").read_text(encoding="utf-8")
    return snapshot.fetch(sql, parameters)


def _signature(value: object) -> Signature:
    assert isinstance(value, list)
    return tuple((language, medium) for language, _, medium in (pair.partition(" ") for pair in value))


def _long(rows: Sequence[tuple[object, ...]]) -> list[LongStory]:
    return [
        LongStory(_text(row[0]), _text(row[1]), _text(row[2]), _day(row[3]), _signature(row[4]), *row[5:])  # type: ignore[arg-type]
        for row in rows
    ]


def _sums(values: Sequence[object]) -> tuple[int, int, float, float, float, float]:
    return tuple(values)  # type: ignore[return-value]


def _text(value: object) -> str:
    assert isinstance(value, str)
    return value


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value
