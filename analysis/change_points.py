"""Change points: weeks from which on the press about an entity runs on another level, in volume or in tone.

Weekly series are split by PELT (Killick, Fearnhead and Eckley 2012; ruptures) under a weighted squared error: each week
weighs the inverse of its variance, so that the gain of a split is near a chi-square and one penalty serves all series.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from analysis.bootstrap import estimate_mean
from analysis.measures import MINIMUM_VOICES, ChangePoint, Estimate, Measure, Span
from analysis.spikes import GAP_DAYS, lay_out
from db.daily import DailyVoices, read_daily_voices, read_known_days
from db.read import EntityName, Grain
from db.snapshot import Snapshot
from db.voices import day_of, read_voices
from db.watched import check_span, check_theme, read_entities

MINIMUM_WEEKS = 4
"""Weeks on either side of a change: less is a spike, or an event that passes."""

PENALTY = 4.0
"""Gain that a change must bring, in units of the logarithm of the number of weeks; tests/analysis/spikes holds what it
gives: under 5 % false alarms in a year of noise.
"""

MINIMUM_DAYS = 4
"""Observed days of a week under which its volume is not known."""

VOLUME_DRIFT_FLOOR = 0.1
"""Least standard deviation of a week's volume around its level, as a share of it, beyond a Poisson count's."""

POLARITY_DRIFT_FLOOR = 0.03
"""Least standard deviation of a week's true mean polarity around its level."""

CLIP = 3.0
"""Standard deviations from the median of the weeks around beyond which a week counts no further: one is a spike."""

_AROUND_WEEKS = 4  # on either side of a week, for that median

_NORMAL_MAD = 1.4826  # makes the median absolute deviation of a normal distribution its standard deviation

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Week:
    monday: date
    n_voices: float  # a week of seven days, of sources that were there all along
    polarities: Floats


def find_change_points(
    snapshot: Snapshot,
    entities: Sequence[str] | None,
    span: Span,
    *,
    theme: str | None = None,
    minimum_voices: int = MINIMUM_VOICES,
) -> tuple[ChangePoint, ...]:
    """Give the weeks (from Monday) with which a new level begins, by entity, measure and week.

    Needs at least eight weeks. The estimates are over all weeks of the level before and of the level after. Those of
    polarity are means over voices; those of volume are mean voices a week, of sources that were there from the first
    week on, with ``n`` voices, and have their interval over weeks.

    Raises:
        UsageError: the watchlist does not name an entity or theme, or the span ends before it begins.
    """
    check_span(span.since, span.until)
    check_theme(snapshot, theme)
    named = read_entities(snapshot, entities)
    mondays, observed_days = _weeks(snapshot, span)
    if len(mondays) < 2 * MINIMUM_WEEKS:
        return ()
    since, until = mondays[0], mondays[-1] + timedelta(days=6)
    ids = [one.entity for one in named]
    daily = read_daily_voices(snapshot, ids, since - timedelta(days=2 * GAP_DAYS), until, GAP_DAYS, theme)
    voices = read_voices(snapshot, ids, since, until, Grain.WEEK, theme)
    scored = ~np.isnan(voices.polarity)
    found: list[ChangePoint] = []
    for place, entity in enumerate(named):
        counts = _count([row for row in daily if row.entity == entity.entity], mondays, observed_days)
        mine = scored & (voices.series == place)
        buckets, polarities = voices.bucket[mine], voices.polarity[mine]
        by_week = {day_of(int(bucket)): polarities[buckets == bucket] for bucket in np.unique(buckets)}
        weeks = [_Week(monday, n, by_week.get(monday, np.empty(0))) for monday, n in zip(mondays, counts, strict=True)]
        found += _volume_changes(entity, [week for week in weeks if not math.isnan(week.n_voices)], minimum_voices)
        found += _polarity_changes(entity, [week for week in weeks if len(week.polarities)], minimum_voices)
    return tuple(found)


def split_volume(counts: Floats) -> list[int]:
    """Give the places at which weekly numbers of voices, ``(weeks,)``, change their level."""
    roots = 2 * np.sqrt(counts + 3 / 8)  # Anscombe 1948: the variance of a Poisson count becomes 1
    floor = 1 + VOLUME_DRIFT_FLOOR**2 * float(np.median(counts)) if len(counts) else 1.0
    return _split(roots, np.full(len(roots), floor))


def split_polarity(means: Floats, n: Floats, variance: float) -> list[int]:
    """Give the places at which weekly mean polarities over ``n`` voices of that variance change their level."""
    return _split(means, variance / n + POLARITY_DRIFT_FLOOR**2)


def _split(values: Floats, variances: Floats) -> list[int]:
    """Give the places at which a new level begins; ``variances`` are the least that the weeks can have."""
    import ruptures

    if len(values) < 2 * MINIMUM_WEEKS:
        return []
    # from week to week, so that a change of level does not count as noise
    steps = np.diff(values) / np.sqrt(variances[1:] + variances[:-1])
    variances = variances * max(float((_NORMAL_MAD * np.median(np.abs(steps))) ** 2), 1.0)
    reach = CLIP * np.sqrt(variances)
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(values, _AROUND_WEEKS, mode="reflect"), 2 * _AROUND_WEEKS + 1
    )
    middle = np.median(around, axis=1)
    signal = np.column_stack((np.clip(values, middle - reach, middle + reach), 1 / variances))
    search = ruptures.Pelt(custom_cost=_weighted_cost(), min_size=MINIMUM_WEEKS, jump=1).fit(signal)
    return [int(end) for end in search.predict(pen=PENALTY * math.log(len(values)))[:-1]]


def _weighted_cost() -> object:
    """Give the cost of a segment of a signal (value, weight): the weighted squared distance from its mean."""
    from ruptures.base import BaseCost

    class WeightedCost(BaseCost):  # type: ignore[misc]
        model = "weighted"
        min_size = 1

        def fit(self, signal: Floats) -> "WeightedCost":
            self.signal = signal
            values, weights = signal[:, 0] - signal[:, 0].mean(), signal[:, 1]
            moments = np.column_stack((weights, weights * values, weights * values**2))
            self.sums = np.vstack((np.zeros(3), moments.cumsum(axis=0)))
            return self

        def error(self, start: int, end: int) -> float:
            weight, first, second = self.sums[end] - self.sums[start]
            return float(second - first**2 / weight)

    return WeightedCost()


def _weeks(snapshot: Snapshot, span: Span) -> tuple[list[date], list[int]]:
    """Give the Mondays of the whole weeks of a span, from the first one known without a long gap, and observed days."""
    first = span.since + timedelta(days=-span.since.weekday() % 7)
    n = ((span.until - first).days + 1) // 7
    before = first - timedelta(days=2 * GAP_DAYS)
    if n < 1:
        return [], []
    until = first + timedelta(days=7 * n - 1)
    known = read_known_days(snapshot, before, until)
    if not known.with_articles:
        return [], []
    days = lay_out(known, before, until, (until - before).days)
    observed = days.observed[2 * GAP_DAYS :].reshape(n, 7).sum(axis=1)
    # old articles that some page still lists do not begin a series that goes on much later
    begins = max(math.ceil((int(days.start[-1]) - 2 * GAP_DAYS) / 7), 0)
    mondays = [first + timedelta(days=7 * place) for place in range(begins, n)]
    return mondays, [int(days) for days in observed[begins:]]


def _count(rows: Sequence[DailyVoices], mondays: Sequence[date], observed_days: Sequence[int]) -> list[float]:
    """Give the voices of each week as of seven days, of sources that were there on its first; NaN where not known."""
    counts = [0.0] * len(mondays)
    for row in rows:
        if row.day >= mondays[0] and row.there_since <= mondays[0]:
            counts[(row.day - mondays[0]).days // 7] += row.n_voices
    return [
        count * 7 / days if days >= MINIMUM_DAYS else math.nan
        for count, days in zip(counts, observed_days, strict=True)
    ]


def _volume_changes(entity: EntityName, weeks: Sequence[_Week], minimum_voices: int) -> list[ChangePoint]:
    counts = np.array([week.n_voices for week in weeks])
    places = split_volume(counts)
    levels = [_volume(part, minimum_voices) for part in np.split(counts, places)]
    return _changes(entity, Measure.VOLUME, weeks, places, levels)


def _polarity_changes(entity: EntityName, weeks: Sequence[_Week], minimum_voices: int) -> list[ChangePoint]:
    if not weeks:
        return []
    groups = [week.polarities for week in weeks]
    together = np.concatenate(groups)
    if len(together) < 2 * MINIMUM_WEEKS * minimum_voices:
        return []
    within = together - np.repeat([group.mean() for group in groups], [len(group) for group in groups])
    variance = float((within**2).sum() / max(len(together) - len(groups), 1))
    means = np.array([group.mean() for group in groups])
    places = split_polarity(means, np.array([len(group) for group in groups], dtype=np.float64), variance)
    parts = np.split(np.arange(len(groups)), places)
    levels = [estimate_mean(np.concatenate([groups[i] for i in part]), minimum_voices) for part in parts]
    return _changes(entity, Measure.POLARITY, weeks, places, levels)


def _volume(counts: Floats, minimum_voices: int) -> Estimate:
    """Give the mean voices a week with its interval over weeks."""
    n = round(float(counts.sum()))
    highest = max(float(counts.max()), 1.0)
    part = estimate_mean(counts / highest, MINIMUM_WEEKS)  # means are resampled between -1 and 1
    if part.value is None or part.low is None or part.high is None or n < minimum_voices:
        return Estimate(None if part.value is None else part.value * highest, None, None, n, too_few=True)
    return Estimate(part.value * highest, part.low * highest, part.high * highest, n, too_few=False)


def _changes(
    entity: EntityName, measure: Measure, weeks: Sequence[_Week], places: Sequence[int], levels: Sequence[Estimate]
) -> list[ChangePoint]:
    return [
        ChangePoint(entity.entity, entity.name, measure, weeks[place].monday, levels[i], levels[i + 1])
        for i, place in enumerate(places)
    ]
