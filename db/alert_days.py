"""What a rule of an alert looks at: one entity, perhaps one theme and some languages, day by day. Earned media only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import cast

from db.read import Evidence, Story
from db.snapshot import Snapshot
from db.times import from_stored


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at; ``theme`` None is all themes, no ``languages`` all languages."""

    entity: str
    theme: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayVoices:
    """One day (UTC) with articles: its voices, and the polarity (-1 to 1) of each scored one, lowest first."""

    day: date
    n_voices: int
    polarities: tuple[float, ...]


def read_days(snapshot: Snapshot, subject: Subject, since: date, until: date) -> dict[date, DayVoices]:
    """Give the days of a span that have articles; both ends count."""
    rows = snapshot.fetch(_sql("alert_days"), {**_filters(subject), "since": since, "until": until})
    days = cast("list[tuple[date, int, list[float]]]", rows)
    return {day: DayVoices(day, n_voices, tuple(polarities)) for day, n_voices, polarities in days}


def read_day_stories(snapshot: Snapshot, subject: Subject, day: date, limit: int) -> tuple[Story, ...]:
    """Give the stories of a day with the widest reach: outlets, then articles."""
    rows = snapshot.fetch(_sql("alert_stories"), {**_filters(subject), "day": day, "limit": limit})
    return tuple(Story(*(_value(value) for value in row)) for row in rows)  # type: ignore[arg-type]


def read_day_sentences(
    snapshot: Snapshot, subject: Subject, day: date, limit: int, *, sign: int = 0
) -> tuple[Evidence, ...]:
    """Give the strongest sentences of a day, one per story; ``sign`` 1: positive ones, -1: negative ones, 0: both."""
    rows = snapshot.fetch(_sql("alert_sentences"), {**_filters(subject), "day": day, "sign": sign, "limit": limit})
    return tuple(Evidence(*(_value(value) for value in row)) for row in rows)  # type: ignore[arg-type]


def _filters(subject: Subject) -> dict[str, object]:
    languages: Sequence[str] | None = list(subject.languages) or None
    return {"entity": subject.entity, "theme": subject.theme, "languages": languages}


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return from_stored(value)
    return tuple(value) if isinstance(value, list) else value


def _sql(name: str) -> str:
    return (resources.files("db") / "queries" / f"{name}.sql").read_text(encoding="utf-8")
