"""Rules of alerts as records, and which crossings of a threshold are told. Days are those of UTC."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from db.read import Evidence, Story


class AlertMeasure(StrEnum):
    """What a rule measures: voices of a day, their mean polarity, or voices of a day on one theme."""

    VOLUME = "volume"
    POLARITY = "polarity"
    THEME = "theme"


class Direction(StrEnum):
    """Which way a z-score counts."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; exactly one of ``z``, ``above`` and ``below`` is set. ``entity`` "" is the subject of the watchlist.

    ``above`` and ``below`` are voices, or polarity from -1 to 1. Of days before ``mute_until`` nothing is told.
    ``languages`` () are all; with ``z`` they are always all.
    """

    name: str
    entity: str = ""
    measure: AlertMeasure = AlertMeasure.VOLUME
    theme: str | None = None
    z: float | None = None
    above: float | None = None
    below: float | None = None
    direction: Direction = Direction.BOTH
    minimum_voices: int = 5
    cool_down_days: int = 3
    mute_until: date | None = None
    languages: tuple[str, ...] = ()

    @property
    def is_polarity(self) -> bool:
        """True where the value is a polarity, false where it is a number of voices."""
        return self.measure is AlertMeasure.POLARITY

    @property
    def z_bound(self) -> tuple[str, float] | None:
        """How the z-score is compared, such as ``("z ≤", -3.5)``; voices only rise. None for an absolute threshold."""
        if self.z is None:
            return None
        if not self.is_polarity or self.direction is Direction.UP:
            return "z ≥", self.z
        return ("z ≤", -self.z) if self.direction is Direction.DOWN else ("|z| ≥", self.z)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A day (UTC) on which a rule's threshold was crossed.

    ``usual`` is the median of the days before, None where they had nothing; ``z`` is None for an absolute threshold.
    ``n_voices`` are the voices behind ``value``, for polarity the scored ones; ``low`` and ``high`` bound the 95 %
    interval of a polarity and are None where voices are too few or the value counts voices.
    """

    rule: Rule
    entity: str
    name: str
    day: date
    value: float
    usual: float | None
    z: float | None
    n_voices: int
    low: float | None
    high: float | None

    @property
    def is_rise(self) -> bool:
        """True where the value is high for the rule."""
        if self.z is not None:
            return self.z > 0
        return self.rule.above is not None


@dataclass(frozen=True, slots=True)
class Alert:
    """A crossing with the stories and sentences behind it; ``theme_names`` by language, () without a theme."""

    crossing: Crossing
    theme_names: tuple[tuple[str, str], ...]
    stories: tuple[Story, ...]
    sentences: tuple[Evidence, ...]


class Verdict(StrEnum):
    """What becomes of a crossing."""

    TELL = "tell"
    TOLD = "told"
    COOL_DOWN = "cool-down"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Decision:
    """A crossing and what becomes of it."""

    crossing: Crossing
    verdict: Verdict


def decide(crossings: Sequence[Crossing], told: Collection[tuple[str, date]]) -> tuple[Decision, ...]:
    """Say of each crossing whether it is told; ``told`` are rules and days that were.

    Crossings are taken by day, so that the first of a row of days is told and the cool-down counts from it. A late
    article may let an earlier day cross after a later one was told: the cool-down counts both ways.
    """
    known = set(told)
    decisions = []
    for crossing in sorted(crossings, key=lambda one: one.day):
        rule, day = crossing.rule, crossing.day
        days = [other for name, other in known if name == rule.name]
        if day in days:
            verdict = Verdict.TOLD
        elif rule.mute_until is not None and day < rule.mute_until:
            verdict = Verdict.MUTED
        elif any(abs((day - other).days) <= rule.cool_down_days for other in days):
            verdict = Verdict.COOL_DOWN
        else:
            verdict = Verdict.TELL
            known.add((rule.name, day))
        decisions.append(Decision(crossing, verdict))
    return tuple(decisions)
