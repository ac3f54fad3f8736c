"""What a rule of an alert looks at: one entity, perhaps one theme and some languages, day by day. Earned media only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db.read import Evidence
from db.snapshot import Snapshot
from db.statements import fetch_records, load_statement


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
    parameters = {**_filters(subject), "since": since, "until": until}
    return {each.day: each for each in fetch_records(snapshot, DayVoices, load_statement("alert_days"), parameters)}


def read_day_sentences(
    snapshot: Snapshot, subject: Subject, day: date, limit: int, *, sign: int = 0
) -> tuple[Evidence, ...]:
    """Give the strongest sentences of a day, one per story; ``sign`` 1: positive ones, -1: negative ones, 0: both."""
    parameters = {**_filters(subject), "since": day, "until": day, "sign": sign, "limit": limit}
    return tuple(fetch_records(snapshot, Evidence, load_statement("strongest_sentences"), parameters))


def _filters(subject: Subject) -> dict[str, object]:
    languages: Sequence[str] | None = list(subject.languages) or None
    return {"entity": subject.entity, "theme": subject.theme, "languages": languages}
