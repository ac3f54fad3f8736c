"""What the report page needs of a snapshot: sums from which it computes its numbers anew for each filter.

A *signature* is the set of (language, medium) pairs in which a story appeared in a bucket: a story meets a filter when
one of its pairs does. A *medium group* is "earned" or the name of a medium that is not earned; a story counts in each
group by itself. Days are in UTC and inclusive, ``bucket`` is the first day of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, cast

from db.read import Grain
from db.snapshot import Snapshot
from db.statements import fetch_records, load_statement, to_record

EARNED = "earned"
"""The medium group of all earned media."""

Signature = tuple[tuple[str, str], ...]
"""Sorted pairs of language (ISO 639-1) and medium."""

_OF_THEMES = "JOIN article_theme t ON t.revision_id = c.revision_id AND list_contains($entities, c.entity)"


@dataclass(frozen=True, slots=True)
class VoiceCell:
    """Voices that share entity, bucket, medium group and signature; ``theme`` is None for all themes.

    ``total`` and ``squares`` are sums of the polarity of the scored voices and of its square, ``positive`` and
    ``negative`` sums of their shares of positive and negative articles.
    """

    entity: str
    media: str
    bucket: date
    signature: Signature
    n_voices: int
    n_scored: int
    total: float
    squares: float
    positive: float
    negative: float
    theme: str | None = None


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
class ReportProvenance:
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


def voice_cells(snapshot: Snapshot, since: date, until: date, grain: Grain) -> list[VoiceCell]:
    """Give the voices that stand in one bucket of the span, of all entities."""
    return _cells(snapshot, VoiceCell, "report_voices", _asked(since, until, grain))


def theme_cells(snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain) -> list[VoiceCell]:
    """Give the voices of each theme for some entities that stand in one bucket of the span."""
    return _cells(snapshot, VoiceCell, "report_voices", _asked(since, until, grain), entities)


def long_stories(snapshot: Snapshot, since: date, until: date, grain: Grain) -> list[LongStory]:
    """Give the stories that stand in several buckets of the span, one row for each bucket."""
    return _cells(snapshot, LongStory, "report_long_stories", _asked(since, until, grain))


def long_themes(snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain) -> list[LongStory]:
    """Give the stories of each theme that stand in several buckets of the span, one row for each bucket."""
    return _cells(snapshot, LongStory, "report_long_stories", _asked(since, until, grain), entities)


def reach_cells(snapshot: Snapshot, since: date, until: date, grain: Grain) -> list[ReachCell]:
    """Give the articles of all entities by bucket, source and language."""
    return fetch_records(snapshot, ReachCell, load_statement("report_reach"), _asked(since, until, grain))


def outlets(snapshot: Snapshot, since: date, until: date) -> list[OutletName]:
    """Give the outlets with coverage in the span."""
    return fetch_records(snapshot, OutletName, load_statement("report_outlets"), {"since": since, "until": until})


def told_sentences(
    snapshot: Snapshot, since: date, until: date, grain: Grain, *, subject: str, lead: int, most: int, most_of_all: int
) -> list[ToldSentence]:
    """Give the strongest sentences, the most telling first, at most ``most_of_all``.

    Of each entity, bucket, medium group and direction (positive, negative) at most ``most``; the n-th of the subject
    goes before the (n / ``lead``)-th of a competitor.
    """
    limits = {"subject": subject, "lead": lead, "most": most, "most_of_all": most_of_all}
    sql = load_statement("report_sentences")
    return fetch_records(snapshot, ToldSentence, sql, _asked(since, until, grain) | limits)


def article_themes(snapshot: Snapshot, since: date, until: date) -> dict[str, tuple[str, ...]]:
    """Give the themes of each revision that has one."""
    themes: dict[str, tuple[str, ...]] = {}
    sql = load_statement("report_article_themes")
    rows = cast("list[tuple[str, str]]", snapshot.fetch(sql, {"since": since, "until": until}))
    for revision_id, theme in rows:
        themes[revision_id] = (*themes.get(revision_id, ()), theme)
    return themes


def provenance(snapshot: Snapshot, since: date, until: date) -> ReportProvenance:
    """Give model, watchlist and extractors of the snapshot."""
    sql = load_statement("report_provenance")
    return fetch_records(snapshot, ReportProvenance, sql, {"since": since, "until": until})[0]


_Cell = TypeVar("_Cell", VoiceCell, LongStory)


def _cells(
    snapshot: Snapshot,
    record: type[_Cell],
    name: str,
    asked: dict[str, object],
    themes_about: Sequence[str] | None = None,
) -> list[_Cell]:
    """Give the rows of a statement; ``themes_about`` are the entities whose themes are told apart, None tells none."""
    if themes_about is None:
        sql = load_statement(name, theme="", of_themes="")
    else:
        sql = load_statement(name, theme=", theme", of_themes=_OF_THEMES)
        asked = {**asked, "entities": list(themes_about)}
    rows = snapshot.fetch(sql, asked)
    return [
        to_record(record, [_signature(value) if isinstance(value, list) else value for value in row]) for row in rows
    ]


def _asked(since: date, until: date, grain: Grain) -> dict[str, object]:
    return {"since": since, "until": until, "grain": grain.value}


def _signature(pairs: Sequence[str]) -> Signature:
    return tuple((language, medium) for language, _, medium in (pair.partition(" ") for pair in pairs))
