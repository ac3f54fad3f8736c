"""How fast a year of daily intervals is, beside a loop over the days in numpy and beside scipy.stats.bootstrap.

::

    python bench/bootstrap.py [--days 365] [--repeats 3]

One series of daily buckets of 1 to 60 voices with a polarity each; 95 % intervals of the means of the days with five
voices and more, 10,000 resamples each. All in one process, in turns; the median of the repeats. The loop draws the
resamples of each day anew; scipy is called once a day, with its vectorised percentile method. Prints a Markdown table.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped,unused-ignore]

from analysis import bootstrap
from analysis.measures import MINIMUM_VOICES

Values = NDArray[np.float64]
Bounds = list[tuple[float, float]]


def ours(days: Sequence[Values]) -> Bounds:
    """All days at once, as the series are built; nothing is kept from an earlier repeat."""
    bootstrap.forget_resamples()
    estimates = bootstrap.estimate_means(days)
    return [(e.low, e.high) for e in estimates if e.low is not None and e.high is not None]


def numpy_loop(days: Sequence[Values]) -> Bounds:
    """One day after the other: indices, means, percentiles."""
    generator = np.random.default_rng(1)
    bounds: Bounds = []
    for day in days:
        if len(day) >= MINIMUM_VOICES:
            drawn = generator.integers(0, len(day), (bootstrap.N_RESAMPLES, len(day)))
            low, high = np.percentile(day[drawn].mean(axis=1), [2.5, 97.5])
            bounds.append((float(low), float(high)))
    return bounds


def scipy_calls(days: Sequence[Values]) -> Bounds:
    """One call of scipy a day."""
    bounds: Bounds = []
    for day in days:
        if len(day) >= MINIMUM_VOICES:
            found = stats.bootstrap(
                (day,), np.mean, n_resamples=bootstrap.N_RESAMPLES, method="percentile", vectorized=True, rng=1
            ).confidence_interval
            bounds.append((float(found.low), float(found.high)))
    return bounds


METHODS: dict[str, Callable[[Sequence[Values]], Bounds]] = {
    "newstone": ours,
    "numpy, a loop over days": numpy_loop,
    "scipy.stats.bootstrap, a call a day": scipy_calls,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    sizes = generator.integers(1, 61, arguments.days)
    days = [np.tanh(generator.normal(0.1, 0.5, size)) for size in sizes]
    seconds: dict[str, list[float]] = {name: [] for name in METHODS}
    widths: dict[str, float] = {}
    for _ in range(arguments.repeats):
        for name, method in METHODS.items():
            started = time.perf_counter()
            bounds = method(days)
            seconds[name].append(time.perf_counter() - started)
            widths[name] = statistics.mean(high - low for low, high in bounds)
    first = statistics.median(seconds["newstone"])
    print(
        f"{arguments.days} days, {int((sizes >= MINIMUM_VOICES).sum())} intervals, {bootstrap.N_RESAMPLES} resamples\n"
    )
    print("| method | seconds | times ours | mean width |")
    print("|---|---|---|---|")
    for name, times in seconds.items():
        middle = statistics.median(times)
        print(f"| {name} | {middle:.2f} | {middle / first:.1f} | {widths[name]:.3f} |")


if __name__ == "__main__":
    main()
