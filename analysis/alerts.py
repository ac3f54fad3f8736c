"""Rules that say when a day is worth an alert, and what stands behind that day. Pure: nothing is sent or remembered.

::

    rules × days ─▶ CrossingFinder ─▶ decide (told before? cool-down? muted?) ─▶ explain ─▶ Alert

Nothing is said of a day on which no source answered. A rule for few voices waits until a later day was crawled, lest
an unfinished day look quiet, and is silent about days before the first crawl: nobody asked then. Earned media only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median

import numpy as np

from analysis.alert_rules import Alert, Crossing, Direction, Rule
from analysis.bootstrap import estimate_mean
from analysis.measures import MINIMUM_VOICES, Measure, Span
from analysis.spikes import DailyPress, SpikeSettings, find_outliers, read_daily_press
from analysis.timeline import gaps_of
from db.alert_days import DayVoices, Subject, read_day_sentences, read_days
from db.daily import AskedDay, read_known_days, read_stories
from db.read import EntityName, Grain
from db.snapshot import Snapshot
from db.themes import theme_names
from db.voices import Crawls, read_crawls
from db.watched import check_theme, read_entities, watched_entity
from pipelines.errors import UsageError

SHOWN_STORIES = 3
"""Stories and sentences that an alert shows: it is read on a telephone."""


_Found = tuple[date, float, float | None, float | None]
"""Day, value, usual and z."""


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Since when anything is known, and which days nothing is known of."""

    first_day: date
    gaps: frozenset[date]
    crawls: Crawls

    def is_complete(self, day: date) -> bool:
        """True where sources were asked before or on that day, and answered on a later one."""
        first, last = self.crawls.first_day, self.crawls.last_day
        if first is None or last is None or day < first or day in self.gaps:
            return False
        return any(up and later > day for later, up in self.crawls.n_sources_up.items())


class CrossingFinder:
    """Looks for the days of a span on which thresholds were crossed; reads for several rules only once what they share.

    ``baseline_days`` before a day make the usual; under ``minimum_voices`` scored voices a polarity has no interval.
    """

    def __init__(
        self, snapshot: Snapshot, span: Span, *, baseline_days: int = 28, minimum_voices: int = MINIMUM_VOICES
    ) -> None:
        self._snapshot = snapshot
        self._span = span
        self._baseline_days = baseline_days
        self._minimum_voices = minimum_voices
        self._since = span.since - timedelta(days=baseline_days)
        crawls = read_crawls(snapshot, Grain.DAY)
        known = read_known_days(snapshot, self._since, span.until)
        begins = [*known.with_articles, *([crawls.first_day] if crawls.first_day else [])]
        gaps = gaps_of(crawls, Span(self._since, span.until), Grain.DAY)
        self._calendar = _Calendar(min(begins, default=span.until), frozenset(gaps), crawls)
        self._days: dict[Subject, dict[date, DayVoices]] = {}
        self._press: dict[tuple[str, str | None], DailyPress] = {}

    def find(self, rule: Rule) -> tuple[Crossing, ...]:
        """Give the days on which a rule's threshold was crossed, in order.

        Raises:
            UsageError: the watchlist does not name the rule's entity or theme; names the rule.
            StoreError: no watchlist was recorded yet.
        """
        try:
            [named] = read_entities(self._snapshot, [watched_entity(self._snapshot, rule.entity or None)])
            check_theme(self._snapshot, rule.theme)
        except UsageError as error:
            raise UsageError(f"alert rule {rule.name!r}: {error}") from error
        subject = Subject(named.entity, rule.theme, rule.languages)
        if subject not in self._days:
            self._days[subject] = read_days(self._snapshot, subject, self._since, self._span.until)
        days = self._days[subject]
        found = self._by_bound(rule, days) if rule.z is None else self._by_z(rule, named.entity, rule.z)
        return tuple(
            _crossing(rule, named, days.get(each[0]), self._minimum_voices, each)
            for each in found
            if each[0] not in self._calendar.gaps
        )

    def _by_z(self, rule: Rule, entity: str, z: float) -> Iterator[_Found]:
        """Give the outliers by the rule's own threshold; its cool-down comes later."""
        settings = SpikeSettings(
            z=z, baseline_days=self._baseline_days, cool_down_days=0, minimum_voices=rule.minimum_voices
        )
        if (entity, rule.theme) not in self._press:
            self._press[entity, rule.theme] = read_daily_press(
                self._snapshot, [entity], self._span, settings, theme=rule.theme
            )
        wanted = Measure.POLARITY if rule.is_polarity else Measure.VOLUME
        outliers = find_outliers(self._press[entity, rule.theme], entity, self._span, settings)
        for one in sorted(outliers, key=lambda outlier: outlier.day):
            direction = Direction.UP if one.z > 0 else Direction.DOWN
            if one.measure is wanted and rule.direction in {Direction.BOTH, direction}:
                yield one.day, one.value, one.usual, one.z

    def _by_bound(self, rule: Rule, days: Mapping[date, DayVoices]) -> Iterator[_Found]:
        for offset in range(self._span.n_days):
            day = self._span.since + timedelta(days=offset)
            value = _value(rule, days.get(day), is_complete=self._calendar.is_complete(day))
            if value is None:
                continue
            crosses = value > rule.above if rule.above is not None else rule.below is not None and value < rule.below
            if crosses:
                yield day, value, self._usual(rule, days, day), None

    def _usual(self, rule: Rule, days: Mapping[date, DayVoices], day: date) -> float | None:
        """Give the median of the known days before; a day without articles counts 0 voices and no polarity."""
        calendar = self._calendar
        earlier = [day - timedelta(days=back) for back in range(1, self._baseline_days + 1)]
        known = [days.get(other) for other in earlier if other >= calendar.first_day and other not in calendar.gaps]
        if rule.is_polarity:
            values = [fmean(found.polarities) for found in known if found is not None and found.polarities]
        else:
            values = [0 if found is None else found.n_voices for found in known]
        return median(values) if values else None


def explain(snapshot: Snapshot, crossing: Crossing) -> Alert:
    """Look up what stands behind a crossing: the widest stories of its day, and its strongest sentences.

    Sentences are those that pull the way the polarity went; for a number of voices the strongest of either kind.
    """
    rule = crossing.rule
    subject = Subject(crossing.entity, rule.theme, rule.languages)
    asked = AskedDay(crossing.entity, crossing.day)
    stories = read_stories(snapshot, [asked], SHOWN_STORIES, rule.theme, rule.languages)
    sign = (1 if crossing.is_rise else -1) if rule.is_polarity else 0
    return Alert(
        crossing=crossing,
        theme_names=_names_of(snapshot, rule.theme),
        stories=stories[asked.entity, asked.day],
        sentences=read_day_sentences(snapshot, subject, crossing.day, SHOWN_STORIES, sign=sign),
    )


def _value(rule: Rule, found: DayVoices | None, *, is_complete: bool) -> float | None:
    """Give the number that is compared; None where it is not known or stands on too few voices."""
    if rule.is_polarity:
        polarities = found.polarities if found is not None else ()
        return fmean(polarities) if polarities and len(polarities) >= rule.minimum_voices else None
    n_voices = 0 if found is None else found.n_voices
    if rule.below is not None:
        return n_voices if is_complete else None
    return n_voices if n_voices >= rule.minimum_voices else None


def _crossing(rule: Rule, named: EntityName, voices: DayVoices | None, minimum_voices: int, found: _Found) -> Crossing:
    day, value, usual, z = found
    low = high = None
    n_voices = 0 if voices is None else voices.n_voices
    if rule.is_polarity and voices is not None:
        estimate = estimate_mean(np.array(voices.polarities), minimum_voices)
        low, high, n_voices = estimate.low, estimate.high, estimate.n
    return Crossing(rule, named.entity, named.name, day, value, usual, z, n_voices, low, high)


def _names_of(snapshot: Snapshot, theme: str | None) -> tuple[tuple[str, str], ...]:
    row = next((row for row in theme_names(snapshot) if row.theme == theme), None)
    return () if row is None else (("en", row.name_en), ("de", row.name_de))
