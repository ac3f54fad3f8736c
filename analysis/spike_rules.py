"""When a day leaves its usual range: the statistics of spikes, on arrays, without a database.

Shapes: ``(days, window)`` for the days before, oldest first, and ``(days,)`` for the days that are judged. Column ``j``
of ``window`` columns lies ``window - j`` days before the judged day.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

MINIMUM_BASELINE_DAYS = 14
"""Observed days before a day without which nothing is said of it: two of every weekday."""

MINIMUM_BASELINE_VOICES = 20
"""Scored voices before a day without which nothing is said of its polarity: their spread is known within 16 %."""

CLIP = 3.5
"""Standard deviations beyond which an earlier day counts no further, so that one event does not hide the next."""

WEEKEND_PRIOR_VOICES = 10.0
"""Voices of evidence for "weekends are like working days", which they seldom are."""

WEEKDAY_PRIOR_VOICES = 40.0
"""Voices of evidence for "this weekday is like the others of its kind", which they mostly are."""

DISPERSION_FLOOR = 0.01
"""Least squared variation of the rate from day to day: even a daily 500 voices vary by 10 % without an event."""

LEAST_VARIANCE = 1.0
"""Least variance of a day's voices: after a silent month one voice is one standard deviation, not seven."""

POLARITY_DRIFT_FLOOR = 0.03
"""Least standard deviation of the true daily polarity around its level."""

POLARITY_SPREAD_FLOOR = 0.1
"""Least standard deviation of the polarity of one voice: a few equal voices prove no certainty."""

_NORMAL_MAD = 1.4826  # makes the median absolute deviation of a normal distribution its standard deviation
_SATURDAY = 5  # Monday is 0
_TINY = 1e-9  # keeps divisions defined where nothing is known


@dataclass(frozen=True, slots=True)
class Scores:
    """What the rule says of each judged day: ``usual`` and ``z``, both NaN where too little is known."""

    usual: Floats
    z: Floats


def score_volume(counts: Floats, before: Floats, observed: Truths, weekdays: Whole) -> Scores:
    """Judge numbers of voices against those of the days before; ``z`` is never below 0. ``weekdays``: Monday is 0.

    The variance of a count with mean ``m`` is ``m + a m²`` (negative binomial). ``m`` is the mean of the observed days,
    times the factor of weekend or working day and that of the weekday, both drawn to 1 where voices are few; ``a``
    comes from the residuals by moments, not below a floor. The uncertainty of ``m`` adds to the variance. ``z`` is the
    distance from ``m`` in standard deviations, on the scale of a power of the count: 1 where scatter is that of a
    Poisson count, down to 1/3 where days differ beyond that (Wilson and Hilferty 1931: the cube root of a gamma
    variable is near normal), as the long upper tail of such series would else be taken for events.

    Earlier days are cut at a robust distance (median and MAD of the counts' square roots, Anscombe 1948, never below
    those of a Poisson count), so that neither a MAD of 0 nor an earlier event decides. ``usual`` is their median. A
    drop is never told: it has no stories behind it, and a source that fell silent looks the same.
    """
    kept = np.where(observed, np.minimum(before, _ceiling(before, observed)), 0.0)
    n = np.maximum(observed.sum(axis=1), 1).astype(np.float64)
    level = (kept.sum(axis=1) + 0.5) / n  # the half is Jeffreys' prior of a Poisson rate
    expected, own, evidence, parameters = _expected(kept, observed, level, weekdays)
    means = np.where(observed, expected, 0.0)
    squares = ((kept - means) ** 2).sum(axis=1) * n / np.maximum(n - parameters, 1.0)
    moment = (squares - means.sum(axis=1)) / np.maximum((means**2).sum(axis=1), _TINY)
    excess = np.maximum(moment, DISPERSION_FLOOR)
    # 1 / evidence is the squared relative error of a mean of Poisson counts, the second factor that of their scatter
    variance = np.maximum(own + (excess + (1 + excess * own) / evidence) * own**2, LEAST_VARIANCE)
    power = 1 - 2 / 3 * np.maximum(moment, 0.0) * own**2 / variance
    z = np.maximum(((counts / own) ** power - 1) / power * own / np.sqrt(variance), 0.0)
    enough = observed.sum(axis=1) >= MINIMUM_BASELINE_DAYS
    return Scores(np.where(enough, median_of(before, observed), np.nan), np.where(enough, z, np.nan))


def score_polarity(
    n: Floats, total: Floats, n_before: Floats, total_before: Floats, squares_before: Floats, observed: Truths
) -> Scores:
    """Judge daily mean polarities against the days before.

    ``n`` counts scored voices, ``total`` and ``squares`` are the sums of their polarities and of the squares. A day's
    mean has the variance ``s² / n + t²``: ``s²`` is the variance of voices, ``t²`` that of the days' true means
    (DerSimonian and Laird 1986, not below a floor). ``z`` is the distance of the day's mean from the level of the days
    before over the root of that variance and the level's own. Earlier days are cut at three standard deviations around
    the median. ``usual`` is the median of the days before, weighted by voices.
    """
    counted = np.where(observed, n_before, 0.0)
    sums = np.where(observed, total_before, 0.0)
    voices = counted.sum(axis=1)
    days = (counted > 0).sum(axis=1)
    enough = (
        (observed.sum(axis=1) >= MINIMUM_BASELINE_DAYS) & (voices >= MINIMUM_BASELINE_VOICES) & (days >= 2) & (n > 0)
    )
    known = np.maximum(voices, 1.0)
    grand = sums.sum(axis=1) / known
    spread = np.where(observed, squares_before, 0.0).sum(axis=1) - known * grand**2
    variance = np.maximum(spread / np.maximum(known - 1, 1.0), POLARITY_SPREAD_FLOOR**2)
    means = sums / np.maximum(counted, 1.0)
    middle = _weighted_median(means, counted)
    errors = variance[:, None] / np.maximum(counted, 1.0)
    drift = _drift(means - middle[:, None], counted, errors)
    reach = CLIP * np.sqrt(errors + drift[:, None])
    clipped = middle[:, None] + np.clip(means - middle[:, None], -reach, reach)
    weights = np.where(counted > 0, 1 / (errors + drift[:, None]), 0.0)
    weight = np.maximum(weights.sum(axis=1), _TINY)
    level = (weights * clipped).sum(axis=1) / weight
    z = (total / np.maximum(n, 1.0) - level) / np.sqrt(variance / np.maximum(n, 1.0) + drift + 1 / weight)
    return Scores(np.where(enough, middle, np.nan), np.where(enough, z, np.nan))


def told_days(days: Whole, z: Floats, threshold: float, cool_down_days: int) -> list[int]:
    """Give the places of the days that are told, for one entity, measure and direction; ``days`` are day numbers.

    Within ``cool_down_days`` after a told day only a larger ``z`` is told, and begins the count anew.
    """
    told: list[int] = []
    for place in np.flatnonzero(z >= threshold).tolist():
        if told and days[place] - days[told[-1]] <= cool_down_days and z[place] <= z[told[-1]]:
            continue
        told.append(place)
    return told


def _ceiling(before: Floats, observed: Truths) -> Floats:
    """Give the count, ``(days, 1)``, beyond which an earlier day counts no further."""
    roots = 2 * np.sqrt(before + 3 / 8)
    middle = median_of(roots, observed)[:, None]
    mad = median_of(np.abs(roots - middle), observed)[:, None]
    highest = middle + CLIP * np.maximum(_NORMAL_MAD * mad, 1.0)
    ceiling: Floats = (highest / 2) ** 2 - 3 / 8
    return ceiling


def _expected(kept: Floats, observed: Truths, level: Floats, weekdays: Whole) -> tuple[Floats, Floats, Floats, Floats]:
    """Give expected counts of the days before, that of the judged day, the voices it rests on, and the parameters."""
    window = kept.shape[1]
    day = (weekdays[:, None] - np.arange(window, -1, -1)) % 7  # the judged day is the last column
    expected = np.zeros(day.shape)
    evidence = np.zeros(day.shape)
    parameters = np.zeros_like(level)
    for numbers in (range(_SATURDAY), range(_SATURDAY, 7)):
        among = observed & (day[:, :-1] >= numbers.start) & (day[:, :-1] < numbers.stop)
        found = np.where(among, kept, 0.0).sum(axis=1) + WEEKEND_PRIOR_VOICES
        foreseen = among.sum(axis=1) * level + WEEKEND_PRIOR_VOICES
        of_kind = found / foreseen
        parameters += 1 - WEEKEND_PRIOR_VOICES / foreseen
        for number in numbers:
            same = observed & (day[:, :-1] == number)
            counted = np.where(same, kept, 0.0).sum(axis=1) + WEEKDAY_PRIOR_VOICES
            usual = same.sum(axis=1) * level * of_kind + WEEKDAY_PRIOR_VOICES
            share = 1 - WEEKDAY_PRIOR_VOICES / usual
            parameters += share * (1 - 1 / len(numbers))
            here = day == number
            expected = np.where(here, (level * of_kind * counted / usual)[:, None], expected)
            evidence = np.where(here, (1 / (share**2 / counted + (1 - share) ** 2 / found))[:, None], evidence)
    return expected[:, :-1], expected[:, -1], evidence[:, -1], parameters


def median_of(values: Floats, observed: Truths) -> Floats:
    """Give the medians of the observed columns; 0 where none is."""
    n = observed.sum(axis=1)
    ordered = np.sort(np.where(observed, values, np.inf), axis=1)
    low = np.take_along_axis(ordered, np.maximum((n - 1) // 2, 0)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ordered, np.minimum(n // 2, values.shape[1] - 1)[:, None], axis=1)[:, 0]
    middle: Floats = np.where(n > 0, (low + np.where(n % 2 == 1, low, high)) / 2, 0.0)
    return middle


def _weighted_median(values: Floats, weights: Floats) -> Floats:
    """Give the lowest value that half of the weight does not exceed."""
    order = np.argsort(np.where(weights > 0, values, np.inf), axis=1)
    running = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    place = (running < running[:, -1:] / 2).sum(axis=1)
    at = np.take_along_axis(order, np.minimum(place, values.shape[1] - 1)[:, None], axis=1)
    middle: Floats = np.take_along_axis(values, at, axis=1)[:, 0]
    return middle


def _drift(residuals: Floats, counted: Floats, errors: Floats) -> Floats:
    """Give the variance of the days' true means, ``(days,)``, by moments of the cut residuals."""
    weights = np.where(counted > 0, 1 / errors, 0.0)
    weight = np.maximum(weights.sum(axis=1), _TINY)
    heterogeneity = np.where(counted > 0, np.minimum(residuals**2 / errors, CLIP**2), 0.0).sum(axis=1)
    days = (counted > 0).sum(axis=1)
    scale = np.maximum(weight - (weights**2).sum(axis=1) / weight, _TINY)
    drift: Floats = np.maximum((heterogeneity - (days - 1)) / scale, POLARITY_DRIFT_FLOOR**2)
    return drift
