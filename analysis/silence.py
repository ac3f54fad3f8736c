"""When silence is no chance: is a source without news quiet, or only having a slow night?

A source is compared with its own nights, weekday by weekday, so that one that rests on weekends is not quiet on every
Sunday. Given that a weekday brought ``T`` new pages in ``E`` nights and that nothing changed, the ``T`` fall anywhere
in the ``E + k`` nights of that weekday with equal chance, so that ``k`` more nights stay empty with probability
``(E / (E + k)) ** T``. This is the conditional test of two Poisson rates (Przyborowski and Wilenski 1940, Biometrika
31, 313); it needs no estimate of the rate and so is right after a few nights, too. Weekdays multiply. News come in
bursts, so ``T`` is divided by the dispersion of the source's own nights (quasi-Poisson, McCullagh and Nelder 1989,
section 6.2).

By construction about :data:`CHANCE` of the nights of a healthy source are called quiet, whatever its rate, and a source
with 5 new pages a night is found after two empty ones, one with a page a day after eight or nine.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

CHANCE = 1e-3
"""Probability under which a silence of two nights or more is none: a false alarm in 1,000 nights of a source, that is
about one a week among 200 sources."""

CHANCE_ONE_NIGHT = 1e-6
"""The same where only one of the nights usually has news: a holiday is commoner than chance, and the next one tells."""

USUAL_NIGHTS = 28
"""Nights that show what is usual: four of each weekday. Ten, as for the shares, hold only one weekend."""

LARGEST_MULTIPLE = 3.0
"""A night counts at most so many times the median of nights with news: an archive listed once is no rate."""

PRIOR_NIGHTS = 7
PRIOR_DISPERSION = 1.5
"""Until a source has shown its own dispersion, it counts as that of so many nights with this one; a strict Poisson
process has 1, and newsrooms are less even than that."""

FEW_SHARE = 0.25
"""Less than this share of the usual in two nights is too few, where it is no chance."""

FEW_Z = 3.1
"""Signed root of the deviance from which on it is none: a probability of CHANCE, one-sided."""

NORMAL_DAYS = (0.5, 2.0)
"""A night this long after the one before counts toward the usual; others bring half a day or a heap of days."""


@dataclass(frozen=True, slots=True)
class NewsNight:
    """One night on which a source answered: its new pages, and the days since it was last asked (None: never)."""

    night: date
    n_new: int
    days: float | None

    @property
    def is_normal(self) -> bool:
        """True where it is fit to show what is usual."""
        return self.days is not None and NORMAL_DAYS[0] <= self.days <= NORMAL_DAYS[1]

    @property
    def exposure(self) -> float:
        """Days of news that its silence is evidence of: at most one, since feeds name what is recent only."""
        return 0.0 if self.days is None else min(self.days, 1.0)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a source: by weekday (0 is Monday) the days seen and the new pages in them."""

    days: tuple[float, ...]
    n_new: tuple[float, ...]
    dispersion: float

    @property
    def per_night(self) -> float:
        """New pages a night, over all weekdays."""
        return sum(self.n_new) / sum(self.days)

    def expected(self, nights: Sequence[NewsNight]) -> float:
        """Give the new pages that are usual in these nights; a weekday never seen has none."""
        return sum(
            night.exposure * self.n_new[night.night.weekday()] / self.days[night.night.weekday()]
            for night in nights
            if self.days[night.night.weekday()]
        )


def usual_of(nights: Sequence[NewsNight]) -> Usual | None:
    """Give what is usual by the newest normal nights, at most four weeks of them; None without any."""
    normal = [night for night in nights if night.is_normal][-USUAL_NIGHTS:]
    if not normal:
        return None
    lively = [night.n_new for night in normal if night.n_new]
    largest = LARGEST_MULTIPLE * median(lively) if lively else 0.0
    days, n_new = [0.0] * 7, [0.0] * 7
    for night in normal:
        days[night.night.weekday()] += night.days or 0.0
        n_new[night.night.weekday()] += min(night.n_new, largest)
    squares, n_free = 0.0, 0
    by_weekday: defaultdict[int, list[NewsNight]] = defaultdict(list)
    for night in normal:
        by_weekday[night.night.weekday()].append(night)
    for weekday, same in by_weekday.items():
        if n_new[weekday]:
            n_free += len(same) - 1
            for night in same:
                mean = n_new[weekday] / days[weekday] * (night.days or 0.0)
                squares += (min(night.n_new, largest) - mean) ** 2 / mean
    dispersion = (squares + PRIOR_NIGHTS * PRIOR_DISPERSION) / (n_free + PRIOR_NIGHTS)
    return Usual(tuple(days), tuple(n_new), max(1.0, dispersion))


def log_chance_of_silence(silent: Sequence[NewsNight], usual: Usual) -> float:
    """Give the natural logarithm of the probability that these nights are empty though nothing changed."""
    exposures = [0.0] * 7
    for night in silent:
        exposures[night.night.weekday()] += night.exposure
    return -sum(
        n_new / usual.dispersion * math.log1p(exposure / days)
        for n_new, exposure, days in zip(usual.n_new, exposures, usual.days, strict=True)
        if days
    )


def is_silence(silent: Sequence[NewsNight], usual: Usual) -> bool:
    """Say whether nights without news in a row are more than chance."""
    n_telling = sum(usual.n_new[night.night.weekday()] > 0 for night in silent)
    if not n_telling:
        return False
    return log_chance_of_silence(silent, usual) < math.log(CHANCE_ONE_NIGHT if n_telling == 1 else CHANCE)


def is_too_few(nights: Sequence[NewsNight], usual: Usual) -> bool:
    """Say whether nights with some news have far less than usual, beyond chance.

    The likelihood ratio test of two Poisson rates, its root divided by that of the dispersion.
    """
    weekdays = sorted({night.night.weekday() for night in nights if usual.days[night.night.weekday()]})
    n_new, expected = sum(night.n_new for night in nights), usual.expected(nights)
    n_usual = sum(usual.n_new[weekday] for weekday in weekdays)
    if not expected or n_new >= FEW_SHARE * expected:
        return False
    # if nothing changed, all fall on these nights in the proportion of what is expected there and what was there
    total, share = n_new + n_usual, expected / (expected + n_usual)
    deviance = 2 * (
        (n_new * math.log(n_new / (total * share)) if n_new else 0.0)
        + n_usual * math.log(n_usual / (total * (1 - share)))
    )
    return math.sqrt(max(deviance, 0.0) / usual.dispersion) > FEW_Z
