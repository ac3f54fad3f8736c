"""Voices of each day, and what stands behind a day: stories, sentences, texts. Earned media; days are those of UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db.read import Evidence, Story
from db.snapshot import Snapshot
from db.statements import columns_of, fetch_records, load_statement, named_theme, of_theme, to_record


@dataclass(frozen=True, slots=True)
class DailyVoices:
    """Voices about one entity on one day whose longest-known source has been there since ``there_since``.

    ``polarity_sum`` and ``polarity_squares`` are sums over the scored voices, of their polarity and of its square.
    """

    entity: str
    day: date
    there_since: date
    n_voices: int
    n_scored: int
    polarity_sum: float
    polarity_squares: float


@dataclass(frozen=True, slots=True)
class KnownDays:
    """Of which days something is known.

    ``with_articles`` are days on which any watched entity was named; ``first_crawl`` to ``last_crawl`` the days on
    which sources were asked (None: never), ``answered`` those of them on which one answered.
    """

    with_articles: tuple[date, ...]
    first_crawl: date | None
    last_crawl: date | None
    answered: frozenset[date]


@dataclass(frozen=True, slots=True)
class AskedDay:
    """A day of an entity; ``direction`` is that of the sentences wanted: -1, 1, or 0 for either."""

    entity: str
    day: date
    direction: int = 0


@dataclass(frozen=True, slots=True)
class AskedSpan:
    """Days of an entity, both ends included."""

    entity: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class StoryText:
    """A title, or a sentence that names the entity; ``story_id`` tells which voice it belongs to.

    ``name`` is the entity as the sentence writes it, "" for a title.
    """

    story_id: str
    language: str
    text: str
    name: str = ""


def read_daily_voices(
    snapshot: Snapshot, entities: Sequence[str], since: date, until: date, gap_days: int, theme: str | None = None
) -> list[DailyVoices]:
    """Give the voices of each of the entities and each day, by how long a source of theirs has been there.

    A source that was silent for more than ``gap_days`` begins anew; before ``since`` nothing is looked at. How often a
    source publishes is also seen from what came after ``until``.
    """
    parameters = {"entities": list(entities), "since": since, "until": until, "gap_days": gap_days}
    sql = load_statement("daily_voices", theme=of_theme(theme))
    return fetch_records(snapshot, DailyVoices, sql, parameters | named_theme(theme))


def read_known_days(snapshot: Snapshot, since: date, until: date) -> KnownDays:
    """Give the days of which something is known: days with articles in the span, and all days with a crawl."""
    rows = snapshot.fetch(load_statement("daily_known"), {"since": since, "until": until})
    named = sorted(day for day, has_articles, _ in rows if has_articles and isinstance(day, date))
    asked = {day: bool(answered) for day, has_articles, answered in rows if not has_articles and isinstance(day, date)}
    return KnownDays(
        tuple(named), min(asked, default=None), max(asked, default=None), frozenset(d for d, ok in asked.items() if ok)
    )


def read_stories(
    snapshot: Snapshot,
    asked: Sequence[AskedDay],
    limit: int,
    theme: str | None = None,
    languages: Sequence[str] = (),
) -> dict[tuple[str, date], tuple[Story, ...]]:
    """Give the stories of each day with the widest reach: outlets, articles, then sentences about the entity.

    No ``languages`` are all languages.
    """
    keys = sorted({(one.entity, one.day) for one in asked})
    if not keys:
        return {}
    parameters = {
        "entities": [key[0] for key in keys],
        "days": [key[1] for key in keys],
        "languages": list(languages) or None,
        "limit": limit,
    }
    sql = load_statement("daily_stories", theme=of_theme(theme), columns=columns_of(Story, "t"))
    rows = snapshot.fetch(sql, parameters | named_theme(theme))
    found: dict[tuple[str, date], list[Story]] = {key: [] for key in keys}
    for entity, day, *values in rows:
        found[entity, day].append(to_record(Story, values))  # type: ignore[index]
    return {key: tuple(stories) for key, stories in found.items()}


def read_strongest(
    snapshot: Snapshot, asked: Sequence[AskedDay], limit: int, theme: str | None = None
) -> dict[AskedDay, tuple[Evidence, ...]]:
    """Give the strongest sentences of each day in the direction asked for (0: positive and negative ones by turns).

    One of each story comes before a second one.
    """
    days = sorted(set(asked), key=lambda one: (one.entity, one.day, one.direction))
    if not days:
        return {}
    parameters = {
        "entities": [one.entity for one in days],
        "days": [one.day for one in days],
        "directions": [one.direction for one in days],
        "limit": limit,
    }
    sql = load_statement("daily_sentences", theme=of_theme(theme, "v"), columns=columns_of(Evidence, "r"))
    rows = snapshot.fetch(sql, parameters | named_theme(theme))
    found: dict[AskedDay, list[Evidence]] = {one: [] for one in days}
    for entity, day, direction, *values in rows:
        found[AskedDay(entity, day, direction)].append(to_record(Evidence, values))  # type: ignore[arg-type]
    return {one: tuple(sentences) for one, sentences in found.items()}


def read_texts(
    snapshot: Snapshot, asked: Sequence[AskedSpan], limit: int, theme: str | None = None
) -> list[list[StoryText]]:
    """Give for each span, in order, titles and sentences about the entity, of at most ``limit`` voices a language."""
    found: list[list[StoryText]] = [[] for _ in asked]
    if not asked:
        return found
    parameters = {
        "places": list(range(len(asked))),
        "entities": [one.entity for one in asked],
        "firsts": [one.since for one in asked],
        "lasts": [one.until for one in asked],
        "limit": limit,
    }
    sql = load_statement("daily_texts", theme=of_theme(theme))
    for place, *values in snapshot.fetch(sql, parameters | named_theme(theme)):
        found[place].append(to_record(StoryText, values))  # type: ignore[call-overload]
    return found
