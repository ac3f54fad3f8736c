"""When did a share leave its usual range? Small counts, compared with the same source's own nights."""

import math
from collections.abc import Sequence
from statistics import median

CHANCE = 1e-3
"""Probability under which a jump is no chance; as for silence."""

LEAST_PAGES = 3
"""Fewer new pages than this tell nothing about a layout or a wall."""

HALF = 0.5
"""Share of new pages from which on they count as shut, walled or unreadable: most of them."""

LEAST_JUMP = 0.3
"""A share must also have risen by so much: a source of which half is walled on every night stays as it is."""

LENGTH_RATIO = 3.0
"""A median text so many times shorter or longer than usual is another layout: a teaser, or the whole page."""

LENGTH_SPREADS = 5.0
"""... and as many times the usual spread of the nightly medians (MAD, scaled to a standard deviation)."""

LEAST_MEDIANS = 5
"""Nights that show the usual length of a text."""

MAD_SCALE = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""


def has_jumped(k: int, n: int, k_before: int, n_before: int) -> bool:
    """Say whether ``k`` of ``n`` is most of them, far more than before, and no chance.

    The chance is that of Fisher's exact test, one-sided: were the kinds of page spread evenly over all nights.
    """
    if n < LEAST_PAGES or not n_before or k < HALF * n or k / n - k_before / n_before < LEAST_JUMP:
        return False
    return hypergeometric_tail(k, n, k_before, n_before) < CHANCE


def hypergeometric_tail(k: int, n: int, k_before: int, n_before: int) -> float:
    """Give the probability that at least ``k`` of ``n`` are marked if ``k + k_before`` of all are, drawn at random."""
    marked, everything = k + k_before, n + n_before
    total = _log_choose(everything, n)
    return sum(
        math.exp(_log_choose(marked, i) + _log_choose(everything - marked, n - i) - total)
        for i in range(k, min(n, marked) + 1)
        if n - i <= everything - marked
    )


def binomial_tail_below(k: int, n: int, share: float) -> float:
    """Give the probability of at most ``k`` of ``n`` where each is marked with chance ``share``."""
    if share >= 1.0:
        return 0.0 if k < n else 1.0
    if share <= 0.0:
        return 1.0
    return sum(
        math.exp(_log_choose(n, i) + i * math.log(share) + (n - i) * math.log1p(-share)) for i in range(min(k, n) + 1)
    )


def poisson_tail_below(k: int, mean: float) -> float:
    """Give the probability of at most ``k`` where ``mean`` is expected."""
    if mean <= 0.0:
        return 1.0
    return sum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(k + 1))


def has_other_length(medians: Sequence[float], medians_before: Sequence[float]) -> bool:
    """Say whether each of these nightly median lengths is far from the usual one, all in the same direction."""
    usual = [math.log(value) for value in medians_before if value > 0]
    if not medians or len(usual) < LEAST_MEDIANS:
        return False
    middle = median(usual)
    spread = MAD_SCALE * median(abs(value - middle) for value in usual)
    bound = max(math.log(LENGTH_RATIO), LENGTH_SPREADS * spread)
    moves = [math.log(max(value, 1.0)) - middle for value in medians]
    return all(move > bound for move in moves) or all(move < -bound for move in moves)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
