"""Records of the analytics: numbers with n and interval, and the sentences behind them.

Days are those of UTC, spans include both ends. Polarity runs from -1 to 1. A voice is a story: one text and its copies.
Earned media only (no company newsrooms, no state media) unless a record says otherwise.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from db.read import Evidence, Grain, Story

MINIMUM_VOICES = 5
"""Default of the least number of scored voices under which a number is "too few" and has no interval."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``since`` to ``until``, both inclusive."""

    since: date
    until: date

    @property
    def n_days(self) -> int:
        """Number of days, at least 1."""
        return (self.until - self.since).days + 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over ``n`` voices with its 95 % interval, by bootstrap over voices.

    ``value`` is None where ``n`` is 0; ``low`` and ``high`` are None where ``too_few``.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    too_few: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a series; ``bucket`` is its first day.

    ``n_articles`` is reach, ``n_outlets`` counts sources, ``n_voices`` stories. Shares are over scored voices, None
    where none is. ``polarity.n`` counts scored voices. ``n_sources_up`` counts sources that answered in the bucket,
    None where no crawl took place in it.
    """

    bucket: date
    n_articles: int
    n_voices: int
    n_outlets: int
    share_positive: float | None
    share_neutral: float | None
    share_negative: float | None
    polarity: Estimate
    n_sources_up: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one entity in order; a bucket without articles is missing, never zero.

    ``gaps`` are the first days of buckets between the first and the last crawl in which no source answered: nothing is
    known of them. A missing bucket that is no gap was quiet.
    """

    entity: str
    name: str
    theme: str | None
    grain: Grain
    span: Span
    points: tuple[Point, ...]
    gaps: tuple[date, ...]


class GroupKind(StrEnum):
    """What a change is split by."""

    OUTLET = "outlet"
    LANGUAGE = "language"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Contribution:
    """The part of one group in a change of mean polarity.

    ``mix`` is what its larger or smaller share of the voices did, ``within`` what its own change of tone did; both are
    in units of polarity, and over all groups of one kind they add up to the change (Kitagawa 1955).
    """

    kind: GroupKind
    key: str
    label: str
    n_before: int
    n_now: int
    mix: float
    within: float


@dataclass(frozen=True, slots=True)
class Change:
    """One entity in two spans: share of voice on the panel of sources present in both, and polarity.

    ``share_before``, ``share_now`` and ``share_change`` are of the voices of all watched entities on that panel, 0 to
    1; ``n_sources`` is its size. ``polarity_change`` is now minus before on all sources. ``mix`` and ``within`` add up
    to its value with the groups of kind OUTLET; None where either span has no scored voice. ``contributions`` hold the
    groups of every kind, the largest first within a kind.
    """

    entity: str
    name: str
    before: Span
    now: Span
    n_articles_before: int
    n_articles_now: int
    n_voices_before: int
    n_voices_now: int
    n_sources: int
    share_before: Estimate
    share_now: Estimate
    share_change: Estimate
    polarity_before: Estimate
    polarity_now: Estimate
    polarity_change: Estimate
    mix: float | None
    within: float | None
    contributions: tuple[Contribution, ...]


class Measure(StrEnum):
    """What moved."""

    VOLUME = "volume"
    POLARITY = "polarity"


@dataclass(frozen=True, slots=True)
class Term:
    """A word that sets a set of texts apart: log-odds with an informative Dirichlet prior, as a z-score."""

    text: str
    language: str
    z: float
    n: int


@dataclass(frozen=True, slots=True)
class Spike:
    """A day on which something left its usual range, with what stands behind it.

    ``value`` is the number of voices or the mean polarity of ``day``; ``usual`` the median of the days before; ``z``
    the robust z-score, positive upward. ``sentences`` are the five strongest of the day.
    """

    entity: str
    name: str
    measure: Measure
    theme: str | None
    day: date
    value: float
    usual: float
    z: float
    n_voices: int
    stories: tuple[Story, ...]
    terms: tuple[Term, ...]
    sentences: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A bucket from which on a series runs on another level; the two estimates are over the voices of both sides."""

    entity: str
    name: str
    measure: Measure
    bucket: date
    before: Estimate
    after: Estimate
