"""The weekly e-mail as records: everything its text says is a field here, with the rows that it came from.

Days are those of UTC, polarity runs from -1 to 1, earned media only.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from analysis.digest.weeks import Week
from analysis.measures import Change, Contribution, Estimate, Series, Term
from analysis.reader_labels import LanguagePrecision
from db.read import Evidence, Story
from db.source_health import SpanHealth
from db.source_states import SourceStateRow
from db.week import EntityCounts, Provenance, Unscored

Language = Literal["en", "de"]
"""Languages of the wording."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One entity in the week and in the week before it; a count is None where it had no article."""

    change: Change
    now: EntityCounts | None
    before: EntityCounts | None


class MoveKind(StrEnum):
    """What kind of move it is, which decides the sentence that tells it."""

    VOLUME_SPIKE = "volume_spike"  # voices of one day, against the days before
    POLARITY_SPIKE = "polarity_spike"  # mean polarity of one day, against the days before
    POLARITY_CHANGE = "polarity_change"  # mean polarity of the week, against the week before
    SHARE_CHANGE = "share_change"  # share of voice of the week, against the week before
    THEME_RISE = "theme_rise"  # share of a theme in the voices, against the four weeks before


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that left its usual range, and what stands behind it.

    ``value`` and ``usual`` are voices, polarity or a share (0 to 1), as ``kind`` says; ``n`` counts the voices behind
    ``value``, ``n_before`` those behind ``usual`` (None for a spike: a median of days). ``difference`` has the 95 %
    interval of a change; ``z`` is the robust z-score of a spike. ``strength`` orders the moves: the distance from the
    usual in units of its own uncertainty. ``contributions`` are the groups that made a change of polarity.
    ``tells_before``: the stories are those of the week before. ``also`` names the entities
    that moved in the same way at the same time, more than half of whose voices are also about this one, each with its
    difference from the usual. Of a share, ``n`` and ``n_before`` count the voices of all entities on the panel of
    ``n_sources`` sources.
    """

    kind: MoveKind
    entity: str
    name: str
    theme: str | None
    day: date | None
    value: float
    usual: float
    n: int
    n_before: int | None
    difference: Estimate | None
    z: float | None
    strength: float
    stories: tuple[Story, ...]
    terms: tuple[Term, ...]
    sentences: tuple[Evidence, ...]
    contributions: tuple[Contribution, ...]
    tells_before: bool = False
    also: tuple[tuple[str, float], ...] = ()
    n_sources: int | None = None

    @property
    def upward(self) -> bool:
        """True where it rose."""
        return self.value > self.usual

    @property
    def n_own(self) -> int:
        """Voices that ``value`` is the share of, of a share."""
        return round(self.value * self.n)

    @property
    def n_own_before(self) -> int:
        """Voices that ``usual`` is the share of, of a share."""
        return round(self.usual * (self.n_before or 0))

    @property
    def is_its_own(self) -> bool:
        """True where a share moved with its own voices; else those of the other entities moved it."""
        return self.n_own > self.n_own_before if self.upward else self.n_own < self.n_own_before


@dataclass(frozen=True, slots=True)
class NewTheme:
    """A theme of the subject that has voices now and none, or few, in the four weeks before.

    ``stories`` are those of the theme with the widest reach.
    """

    theme: str
    names: tuple[tuple[str, str], ...]
    n_now: int
    n_all_now: int
    n_before: int
    n_all_before: int
    stories: tuple[Story, ...]

    def name_in(self, language: str) -> str:
        """Give its name in a language, else its id."""
        return dict(self.names).get(language, self.theme)


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that one weekly e-mail says.

    ``others`` are the further entities with at least ``minimum_voices`` voices, most voices first;
    ``n_others_quiet`` counts those below, ``n_covered`` all entities with an article in the week. ``trend`` holds the
    last twelve weeks of the subject. ``n_moves`` counts all moves found, of which ``moves`` are the strongest;
    ``n_compared`` how many changes were tested. ``n_voices_earlier`` are the voices of the subject in the four weeks
    before. ``source_states`` are those of the enabled sources at the end of the week, none where no night was judged by
    then. ``newest_health`` is that of the newest day with a crawl where the week has none. ``is_over`` is false where
    the week still runs.
    """

    week: Week
    language: Language
    is_over: bool
    minimum_voices: int
    subject: Standing
    others: tuple[Standing, ...]
    n_others_quiet: int
    n_covered: int
    trend: Series
    moves: tuple[Move, ...]
    n_moves: int
    n_compared: int
    stories: tuple[Story, ...]
    n_stories: int
    n_voices_earlier: int
    new_themes: tuple[NewTheme, ...]
    unscored: tuple[Unscored, ...]
    health: SpanHealth
    newest_health: SpanHealth | None
    precision: tuple[LanguagePrecision, ...]
    uncertain: tuple[Evidence, ...]
    provenance: Provenance
    source_states: tuple[SourceStateRow, ...] = ()

    @property
    def has_coverage(self) -> bool:
        """True where any watched entity has an article in the week, or had a voice that could fall silent."""
        return bool(self.n_covered or self.moves)
