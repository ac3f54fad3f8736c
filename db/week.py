"""What the weekly e-mail asks of an open snapshot. Days are those of UTC, both inclusive; earned media only."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.read import Evidence, Story
from db.snapshot import Snapshot
from db.source_health import USUAL_DAYS
from db.statements import fetch_records, load_statement


@dataclass(frozen=True, slots=True)
class EntityCounts:
    """One entity in a span: articles (reach), voices and outlets, and how many articles and voices have a polarity."""

    entity: str
    n_articles: int
    n_voices: int
    n_outlets: int
    n_scored: int
    n_scored_voices: int


@dataclass(frozen=True, slots=True)
class Unscored:
    """Articles of one language without a polarity; ``reason`` is an outcome of the scorer, or the kind of body."""

    language: str
    reason: str
    n_articles: int


@dataclass(frozen=True, slots=True)
class ThemeVoices:
    """Voices of one theme now and in the 28 days before; of all voices of the entity where ``theme`` is None."""

    theme: str | None
    n_now: int
    n_before: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """What figures were made with; None where nothing was recorded."""

    model_id: str | None
    model_revision: str | None
    watchlist_version: str | None
    published_at: datetime | None


def read_counts(snapshot: Snapshot, since: date, until: date) -> dict[str, EntityCounts]:
    """Give the counts of every entity that has an article in the span, by its id."""
    sql = load_statement("week_outlets")
    counts = fetch_records(snapshot, EntityCounts, sql, {"since": since, "until": until})
    return {found.entity: found for found in counts}


def read_unscored(snapshot: Snapshot, entity: str, since: date, until: date) -> tuple[Unscored, ...]:
    """Give the articles of an entity that have no polarity, most first."""
    parameters = {"entity": entity, "since": since, "until": until}
    return tuple(fetch_records(snapshot, Unscored, load_statement("week_unscored"), parameters))


def read_theme_voices(snapshot: Snapshot, entity: str, since: date, until: date) -> tuple[ThemeVoices, ...]:
    """Give the voices of an entity by theme in the span and in the 28 days before; all voices first."""
    parameters = {"entity": entity, "since": since, "until": until, "usual_since": since - timedelta(days=USUAL_DAYS)}
    return tuple(fetch_records(snapshot, ThemeVoices, load_statement("week_themes"), parameters))


def read_shared_voices(snapshot: Snapshot, entity: str, other: str, since: date, until: date) -> tuple[int, int]:
    """Give the number of voices about an entity, and of those that are also about another one."""
    parameters = {"entity": entity, "other": other, "since": since, "until": until}
    n_voices, n_shared = snapshot.fetch(load_statement("week_shared"), parameters)[0]
    return int(str(n_voices)), int(str(n_shared))


def read_stories(
    snapshot: Snapshot,
    entity: str,
    since: date,
    until: date,
    limit: int,
    *,
    theme: str | None = None,
    sign: int = 0,
    usual: float = 0.0,
    by_mentions: bool = False,
) -> tuple[Story, ...]:
    """Give the stories about an entity, of one theme or of all, with the widest reach: outlets, then articles.

    ``sign`` 1 or -1 keeps those with a polarity above or below ``usual``. With ``by_mentions`` those of equal reach
    that name the entity oftener come first, else the earlier ones.
    """
    parameters = {
        "entity": entity,
        "since": since,
        "until": until,
        "limit": limit,
        "theme": theme,
        "sign": sign,
        "usual": usual,
        "by_mentions": by_mentions,
    }
    return tuple(fetch_records(snapshot, Story, load_statement("week_stories"), parameters))


def read_strongest(
    snapshot: Snapshot, entity: str, since: date, until: date, limit: int, *, sign: int = 0, theme: str | None = None
) -> tuple[Evidence, ...]:
    """Give the strongest sentences about an entity, at most one per story.

    ``sign`` is 1 for the most positive ones, -1 for the most negative ones, 0 for both.
    """
    parameters = {
        "entity": entity,
        "since": since,
        "until": until,
        "sign": sign,
        "theme": theme,
        "languages": None,
        "limit": limit,
    }
    return tuple(fetch_records(snapshot, Evidence, load_statement("strongest_sentences"), parameters))


def read_provenance(snapshot: Snapshot) -> Provenance:
    """Give what the figures of a snapshot were made with."""
    return fetch_records(snapshot, Provenance, load_statement("week_model"))[0]
