"""Intervals of means and of their differences: against slow resampling, and against known truth."""

import numpy as np
import pytest

from analysis.bootstrap import LARGE, estimate_difference, estimate_mean, estimate_means, t_quantile
from tests.analysis.statistics import populations
from tests.analysis.statistics.populations import Population, Values

T_975 = {1: 12.706205, 2: 4.302653, 4: 2.776445, 5: 2.570582, 9: 2.262157, 29: 2.045230, 99: 1.984217}
"""Quantiles of Student's t by degrees of freedom, from printed tables."""

LEFT_TAIL = np.array([0.3, 0.25, 0.35, 0.3, 0.2, 0.3, 0.4, 0.28, 0.31, -0.9])


def resampled(values: Values, *, n: int = 200_000) -> Values:
    """Means of resamples, drawn one value at a time, minus the mean."""
    generator = np.random.default_rng(5)
    means: Values = np.mean(values[generator.integers(0, len(values), (n, len(values)))], axis=1)
    deviations: Values = means - values.mean()
    return deviations


@pytest.mark.parametrize("degrees", sorted(T_975))
def test_the_t_quantile_agrees_with_printed_tables(degrees: int) -> None:
    assert t_quantile(degrees) == pytest.approx(T_975[degrees], abs=1e-6)


@pytest.mark.parametrize("values", [LEFT_TAIL, -LEFT_TAIL], ids=["tail to the left", "tail to the right"])
def test_the_interval_is_that_of_student_and_twice_what_the_stretched_percentiles_lie_beyond(values: Values) -> None:
    low, high = np.quantile(resampled(values), [0.025, 0.975])
    stretch = T_975[9] / 1.959964 * np.sqrt(10 / 9)
    half = T_975[9] * values.std(ddof=1) / np.sqrt(10)
    estimate = estimate_mean(values)
    assert estimate.value == pytest.approx(values.mean(), abs=1e-12)
    assert estimate.low == pytest.approx(values.mean() - half - 2 * max(-stretch * low - half, 0), abs=0.03 * half)
    assert estimate.high == pytest.approx(values.mean() + half + 2 * max(stretch * high - half, 0), abs=0.03 * half)
    # the percentile of the tail is the wider one, that of the other side is not
    assert stretch * max(-low, high) > 1.1 * half
    assert stretch * min(-low, high) < 0.9 * half
    assert (estimate.n, estimate.too_few) == (10, False)


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, 4 * LARGE])
def test_many_values_have_the_interval_of_slow_resampling_whether_drawn_or_expanded(size: int) -> None:
    # so skewed that it shows in the interval even of a large sample
    values = np.minimum(-np.log((np.arange(size) + 0.5) / size) / 6, 1)
    high = np.quantile(resampled(values, n=40_000), 0.975)
    half = 1.96 * values.std() / np.sqrt(size)
    estimate = estimate_mean(values)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.high - values.mean() == pytest.approx(high + (high - half), rel=0.05)
    assert estimate.high - values.mean() > 1.02 * half
    assert values.mean() - estimate.low == pytest.approx(half, rel=0.02)


def test_an_interval_depends_on_its_own_values_alone_and_not_on_their_order() -> None:
    generator = np.random.default_rng(1)
    groups = [np.tanh(generator.normal(0, 0.5, size)) for size in (7, 12, 7, 300, 3, 7)]
    together = estimate_means(groups)
    assert [estimate_mean(group) for group in groups] == list(together)
    assert estimate_means([group[::-1] for group in reversed(groups)]) == together[::-1]
    assert together[0] != together[2]


def test_under_the_minimum_there_is_a_mean_but_no_interval() -> None:
    values = np.array([0.1, 0.2, 0.3, 0.6])
    few = estimate_mean(values)
    assert few.value == pytest.approx(0.3)
    assert (few.low, few.high, few.n, few.too_few) == (None, None, 4, True)
    allowed = estimate_mean(values, minimum_voices=4)
    assert allowed.low is not None
    assert not allowed.too_few
    assert estimate_mean(np.append(values, 0.2), minimum_voices=6).too_few
    nothing = estimate_mean(np.array([]))
    assert (nothing.value, nothing.low, nothing.n, nothing.too_few) == (None, None, 0, True)
    assert estimate_mean(np.array([0.5]), minimum_voices=1).too_few


def test_bounds_stay_between_minus_one_and_one_and_equal_values_leave_no_doubt() -> None:
    estimate = estimate_mean(np.array([1.0, 1.0, 1.0, 1.0, -1.0]))
    assert estimate.high == 1
    assert estimate.low is not None
    assert -1 <= estimate.low < 0
    same = estimate_mean(np.full(8, 0.25))
    assert (same.low, same.high) == (0.25, 0.25)
    assert estimate_difference(np.full(8, 0.25), np.full(5, -0.5)).high == -0.75


@pytest.mark.parametrize("size", [6, 8, 20, 60])
@pytest.mark.parametrize(
    "population", [populations.spread, populations.two_sided, populations.leaning, populations.skewed]
)
def test_the_interval_of_a_mean_covers_the_truth_in_93_to_97_of_100_cases(population: Population, size: int) -> None:
    samples = population(np.random.default_rng(3), (3000 if size < 20 else 1500, size))
    assert 0.93 <= coverage(list(samples), populations.true_mean(population)) <= 0.97


@pytest.mark.parametrize(
    "population", [populations.spread, populations.two_sided, populations.leaning, populations.skewed]
)
def test_of_five_values_the_interval_is_at_most_a_point_off(population: Population) -> None:
    samples = population(np.random.default_rng(3), (2000, 5))
    assert 0.92 <= coverage(list(samples), populations.true_mean(population)) <= 0.98


def test_where_nine_of_ten_stories_are_neutral_some_dozens_are_needed() -> None:
    truth = populations.true_mean(populations.mostly_neutral)
    generator = np.random.default_rng(3)
    assert coverage(list(populations.mostly_neutral(generator, (1500, 8))), truth) < 0.93
    assert 0.93 <= coverage(list(populations.mostly_neutral(generator, (1500, 80))), truth) <= 0.97


def test_copies_counted_as_voices_would_promise_too_much() -> None:
    """The control of the simulation: the same articles without their stories are not covered."""
    truth = populations.true_mean(populations.spread)
    generator = np.random.default_rng(4)
    by_story: list[Values] = []
    by_article: list[Values] = []
    for _ in range(800):
        n_copies = generator.integers(1, 11, 12)
        stories = populations.spread(generator, 12)
        articles = np.clip(np.repeat(stories, n_copies) + generator.normal(0, 0.05, n_copies.sum()), -1, 1)
        by_article.append(articles)
        starts = np.concatenate(([0], np.cumsum(n_copies)[:-1]))
        by_story.append(np.add.reduceat(articles, starts) / n_copies)
    assert 0.93 <= coverage(by_story, truth) <= 0.97
    assert coverage(by_article, truth) < 0.8


def coverage(samples: list[Values], truth: float) -> float:
    """The share of samples whose interval holds the truth."""
    held = [
        estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high
        for estimate in estimate_means(samples)
    ]
    return float(np.mean(held))


def test_a_difference_is_now_minus_before_with_the_doubt_of_both() -> None:
    generator = np.random.default_rng(2)
    before, now = generator.normal(-0.2, 0.2, 30), generator.normal(0.2, 0.1, 40)
    difference = estimate_difference(before, now)
    assert difference.value == pytest.approx(now.mean() - before.mean())
    assert difference.n == 70
    squares = before.var(ddof=1) / 30 + now.var(ddof=1) / 40
    assert difference.low == pytest.approx(now.mean() - before.mean() - 2.02 * np.sqrt(squares), abs=0.01)
    assert difference.high == pytest.approx(now.mean() - before.mean() + 2.02 * np.sqrt(squares), abs=0.01)
    # one sample against itself: were both resampled alike, nothing would be in doubt
    itself = estimate_difference(before, before)
    alone = estimate_mean(before)
    assert itself.high is not None
    assert alone.high is not None
    assert alone.value is not None
    assert itself.high == pytest.approx(np.sqrt(2) * (alone.high - alone.value), rel=0.1)


@pytest.mark.parametrize("size", [LARGE - 1, LARGE], ids=["drawn", "expanded"])
def test_a_difference_leans_where_its_samples_do(size: int) -> None:
    """A tail to the right in ``now`` and one in ``before`` pull to opposite sides."""
    flat = 0.01 * np.sin(np.arange(size))
    tail = np.where(np.arange(size) % 50 == 0, 0.9, flat)
    up, down = estimate_difference(flat, tail), estimate_difference(tail, flat)
    for difference, sign in ((up, 1), (down, -1)):
        assert difference.low is not None
        assert difference.high is not None
        assert difference.value is not None
        above, below = difference.high - difference.value, difference.value - difference.low
        assert (above / below) ** sign > 1.05


def test_samples_of_one_size_are_resampled_independently() -> None:
    """Were they resampled alike, the deviations of one would hide those of the other, and with them its tail."""
    tail = np.minimum(-np.log((np.arange(20) + 0.5) / 20) / 4, 1)
    difference = estimate_difference(tail / 2, tail)
    assert difference.low is not None
    assert difference.high is not None
    assert difference.value is not None
    assert difference.high - difference.value > 1.03 * (difference.value - difference.low)


def test_too_few_on_either_side_is_too_few_for_a_difference() -> None:
    few, enough = np.array([0.1, 0.2, 0.3, 0.6]), np.linspace(-0.5, 0.5, 9)
    for before, now in ((few, enough), (enough, few)):
        difference = estimate_difference(before, now)
        assert difference.too_few
        assert difference.low is None
        assert difference.value == pytest.approx(now.mean() - before.mean())
    assert estimate_difference(np.array([]), enough).value is None


@pytest.mark.parametrize(("n_before", "n_now"), [(5, 20), (12, 10), (40, 40)])
def test_the_interval_of_a_difference_covers_the_truth_in_93_to_97_of_100_cases(n_before: int, n_now: int) -> None:
    truth = populations.true_mean(populations.spread) - populations.true_mean(populations.two_sided)
    generator = np.random.default_rng(8)
    held = 0
    for _ in range(800):
        difference = estimate_difference(
            populations.two_sided(generator, n_before), populations.spread(generator, n_now)
        )
        assert difference.low is not None
        assert difference.high is not None
        held += difference.low <= truth <= difference.high
    assert 0.93 <= held / 800 <= 0.97
