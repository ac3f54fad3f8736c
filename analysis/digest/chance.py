"""What chance alone would bring: how far a change is from 0, which of many changes stand out, whether a theme rose."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from analysis.measures import Estimate

FALSE_MOVES = 0.1
"""Expected share of chance among the changes of other companies that are told (false discovery rate)."""

_NORMAL = NormalDist()
_Z_95 = _NORMAL.inv_cdf(0.975)
_SMALLEST_P = 1e-12  # keeps the quantile finite


def has_interval(difference: Estimate) -> bool:
    """Say whether a difference can be told from 0 at all."""
    return difference.low is not None and difference.high is not None and not difference.too_few


def moved(difference: Estimate) -> bool:
    """Say whether the interval of a difference excludes 0."""
    if difference.low is None or difference.high is None or difference.too_few:
        return False
    return difference.low > 0 or difference.high < 0


def distance_from_zero(difference: Estimate) -> float:
    """Give the distance of a change from 0 in standard errors; over 1.96 exactly where :func:`moved` holds.

    The error is that of the side toward 0, as the bounds of skewed values lie at unequal distances.
    """
    if difference.value is None or difference.low is None or difference.high is None or not difference.value:
        return 0.0
    value, bound = difference.value, difference.low if difference.value > 0 else difference.high
    error = abs(value - bound) / _Z_95
    return abs(value) / error if error else math.inf


def standing_out(differences: Sequence[Estimate]) -> list[bool]:
    """Say which of many changes stand out from chance; of those on average a tenth at most is chance.

    Benjamini and Hochberg 1995, on the changes that have an interval.
    """
    p_values = [
        2 * (1 - _NORMAL.cdf(distance_from_zero(one))) if has_interval(one) else math.nan for one in differences
    ]
    known = sorted(p for p in p_values if not math.isnan(p))
    passed = [p for rank, p in enumerate(known, start=1) if p <= FALSE_MOVES * rank / len(known)]
    limit = max(passed, default=-1.0)
    return [moved(one) and p <= limit for one, p in zip(differences, p_values, strict=True)]


def chance_of_rise(k_now: int, n_now: int, k_before: int, n_before: int) -> float:
    """Give the probability of at least ``k_now`` of ``n_now`` where both spans have the same share of a theme.

    One-sided exact test of Fisher 1922: given ``k_now + k_before`` in all, the number in the week is hypergeometric.
    """
    k, n = k_now + k_before, n_now + n_before
    ways = math.comb(n, n_now)
    return sum(math.comb(k, j) * math.comb(n - k, n_now - j) for j in range(k_now, min(k, n_now) + 1)) / ways


def distance_of(p_value: float) -> float:
    """Give a one-sided probability as a distance in standard errors, to rank it among others."""
    return _NORMAL.inv_cdf(1 - max(p_value, _SMALLEST_P))
