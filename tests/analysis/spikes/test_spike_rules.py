"""The rules of spikes on simulated press: how often noise is told, how often an event is."""

import numpy as np
import pytest

from analysis.spike_rules import score_polarity, score_volume, told_days
from analysis.spikes import SpikeSettings
from tests.analysis.spikes.simulated import WINDOW, Floats, daily_counts, daily_voices, windows

SETTINGS = SpikeSettings()
YEAR = 365 + WINDOW


def told_volumes(counts: Floats) -> float:
    """The share of entity-days that are told as spikes in volume."""
    n_told = n_days = 0
    for series in counts:
        days = np.arange(WINDOW, len(series))
        before = windows(series)
        z = score_volume(series[WINDOW:], before, np.ones(before.shape, dtype=bool), days % 7).z
        z = np.where(series[WINDOW:] >= SETTINGS.minimum_voices, z, 0.0)
        n_told += len(told_days(days, z, SETTINGS.z, SETTINGS.cool_down_days))
        n_days += len(days)
    return n_told / n_days


@pytest.mark.parametrize("dispersion", [None, 20.0, 5.0, 3.0], ids=["poisson", "k=20", "k=5", "k=3"])
@pytest.mark.parametrize("mean", [0.3, 1.0, 3.0, 8.0, 40.0, 200.0], ids=lambda mean: f"mean {mean:g}")
def test_noise_in_volume_is_told_on_less_than_one_percent_of_days(mean: float, dispersion: float | None) -> None:
    assert told_volumes(daily_counts(np.random.default_rng(11), mean, 60, YEAR, dispersion)) < 0.01


def found_volumes(mean: float, factor: float, dispersion: float | None, seed: int) -> float:
    """The share of days found on which the rate is that factor of what it was; any weekday."""
    draw = np.random.default_rng(seed)
    counts = daily_counts(draw, mean, 2000, WINDOW, dispersion)
    starts = draw.integers(0, 7, len(counts))
    counts = np.stack([np.roll(row, -start) for row, start in zip(counts, starts, strict=True)])
    days = draw.poisson(factor * mean, len(counts)).astype(np.float64)
    weekdays = draw.integers(0, 5, len(counts))
    aligned = np.stack([np.roll(row, start - day) for row, start, day in zip(counts, starts, weekdays, strict=True)])
    z = score_volume(days, aligned, np.ones(aligned.shape, dtype=bool), (weekdays + WINDOW) % 7).z
    return float(((z >= SETTINGS.z) & (days >= SETTINGS.minimum_voices)).mean())


@pytest.mark.parametrize(
    ("mean", "factor", "dispersion", "least"),
    [
        pytest.param(8, 3, None, 0.65, id="three times 8 a day"),
        pytest.param(8, 4, None, 0.95, id="four times 8 a day"),
        pytest.param(20, 3, None, 0.95, id="three times 20 a day"),
        pytest.param(20, 3, 20.0, 0.7, id="three times 20 a day, uneven press"),
        pytest.param(2, 6, None, 0.8, id="six times 2 a day"),
    ],
)
def test_a_day_with_much_more_voices_is_told(
    mean: float, factor: float, dispersion: float | None, least: float
) -> None:
    assert found_volumes(mean, factor, dispersion, 12) >= least


def test_three_voices_after_a_silent_month_are_no_certainty_but_ten_are() -> None:
    silent = np.zeros((2, WINDOW))
    z = score_volume(np.array([3.0, 10.0]), silent, np.ones(silent.shape, dtype=bool), np.array([2, 2])).z
    assert z[0] < SETTINGS.z < z[1]


def test_a_drop_in_volume_is_never_told() -> None:
    busy = np.full((1, WINDOW), 50.0)
    assert score_volume(np.zeros(1), busy, np.ones(busy.shape, dtype=bool), np.array([2])).z[0] == 0


def test_a_busy_monday_is_usual_where_mondays_are_busy_and_a_busy_sunday_is_not() -> None:
    days = np.arange(WINDOW)
    before = np.where(days % 7 < 5, 20.0, 3.0)[None, :].repeat(2, axis=0)
    before[1] = np.roll(before[0], 1)  # the judged day is a Sunday: the window begins on one
    z = score_volume(np.array([21.0, 21.0]), before, np.ones(before.shape, dtype=bool), np.array([0, 6])).z
    assert z[0] < 1
    assert z[1] > SETTINGS.z


def test_an_earlier_event_does_not_hide_the_next() -> None:
    before = np.full((2, WINDOW), 8.0) + np.tile([1.0, -1.0], WINDOW // 2)
    before[1, 10] = 300.0
    z = score_volume(np.array([30.0, 30.0]), before, np.ones(before.shape, dtype=bool), np.array([2, 2])).z
    assert z[1] > SETTINGS.z
    assert z[1] > 0.5 * z[0]


@pytest.mark.parametrize(("n_known", "is_judged"), [(13, False), (14, True)])
def test_with_less_than_two_weeks_of_observed_days_nothing_is_said(n_known: int, is_judged: bool) -> None:
    before = np.full((1, WINDOW), 8.0)
    observed = (np.arange(WINDOW) >= WINDOW - n_known)[None, :]
    scores = score_volume(np.array([60.0]), before, observed, np.array([2]))
    assert bool(scores.z[0] > SETTINGS.z) is is_judged
    assert bool(np.isnan(scores.z[0])) is not is_judged


def test_unobserved_days_do_not_count_whatever_stands_in_them() -> None:
    before = np.full((2, WINDOW), 8.0)
    observed = np.ones(before.shape, dtype=bool)
    observed[:, 5:10] = False
    before[1, 5:10] = 500.0
    scores = score_volume(np.array([20.0, 20.0]), before, observed, np.array([2, 2]))
    assert scores.z[0] == scores.z[1]
    assert scores.usual.tolist() == [8.0, 8.0]


def told_polarities(n: Floats, sums: Floats, squares: Floats) -> float:
    """The share of entity-days that are told as spikes in polarity, of either direction."""
    n_told = n_days = 0
    for voices, total, square in zip(n, sums, squares, strict=True):
        days = np.arange(WINDOW, len(voices))
        before = windows(voices)
        observed = np.ones(before.shape, dtype=bool)
        z = score_polarity(voices[WINDOW:], total[WINDOW:], before, windows(total), windows(square), observed).z
        z = np.where(voices[WINDOW:] >= SETTINGS.minimum_voices, z, np.nan)
        n_told += sum(len(told_days(days, sign * z, SETTINGS.z, SETTINGS.cool_down_days)) for sign in (1, -1))
        n_days += len(days)
    return n_told / n_days


@pytest.mark.parametrize("three_valued", [False, True], ids=["normal", "three values"])
@pytest.mark.parametrize(("spread", "drift"), [(0.35, 0.0), (0.5, 0.0), (0.45, 0.1)])
@pytest.mark.parametrize(("least", "most"), [(5, 40), (0, 8)], ids=["5 to 40 voices", "0 to 8 voices"])
def test_noise_in_polarity_is_told_on_less_than_one_percent_of_days(
    least: int, most: int, spread: float, drift: float, three_valued: bool
) -> None:
    draw = np.random.default_rng(13)
    n = draw.integers(least, most + 1, (60, YEAR)).astype(np.float64)
    sums, squares = daily_voices(draw, draw.normal(0, drift, n.shape), n, spread, three_valued=three_valued)
    assert told_polarities(n, sums, squares) < 0.01


@pytest.mark.parametrize(
    ("n_voices", "shift", "spread", "share"),
    [
        pytest.param(15, -0.4, 0.35, 0.6, id="-0.4 over 15 voices"),
        pytest.param(15, 0.4, 0.35, 0.6, id="+0.4 over 15 voices"),
        pytest.param(15, -0.4, 0.25, 0.95, id="-0.4 over 15 voices of one mind"),
        pytest.param(30, -0.4, 0.35, 0.95, id="-0.4 over 30 voices"),
        pytest.param(15, -0.6, 0.35, 0.95, id="-0.6 over 15 voices"),
    ],
)
def test_a_day_of_another_tone_is_told(n_voices: int, shift: float, spread: float, share: float) -> None:
    draw = np.random.default_rng(14)
    n = draw.integers(5, 41, (1500, WINDOW + 1)).astype(np.float64)
    n[:, -1] = n_voices
    levels = np.zeros(n.shape)
    levels[:, -1] = shift
    sums, squares = daily_voices(draw, levels, n, spread, three_valued=False)
    observed = np.ones((len(n), WINDOW), dtype=bool)
    z = score_polarity(n[:, -1], sums[:, -1], n[:, :-1], sums[:, :-1], squares[:, :-1], observed).z
    assert float((np.sign(shift) * z >= SETTINGS.z).mean()) >= share


def test_the_same_mean_over_fewer_voices_is_less_sure() -> None:
    n = np.array([40.0, 10.0, 5.0])
    before = np.full((3, WINDOW), 12.0)
    squares = np.full((3, WINDOW), 12 * 0.16)
    observed = np.ones(before.shape, dtype=bool)
    z = -score_polarity(n, -0.35 * n, before, 0 * before, squares, observed).z
    assert z[0] > SETTINGS.z > z[1] > z[2] > 0


def test_without_scored_voices_before_nothing_is_said_of_a_tone() -> None:
    before = np.zeros((1, WINDOW))
    observed = np.ones(before.shape, dtype=bool)
    scores = score_polarity(np.array([30.0]), np.array([-25.0]), before, before, before, observed)
    assert np.isnan(scores.z[0])
    assert np.isnan(scores.usual[0])


def test_within_the_cool_down_only_a_larger_spike_is_told() -> None:
    z = np.array([0, 5, 4, 6, 4, np.nan, 0, 0, 0, 0, 5, 4.9])
    days = np.arange(len(z))
    assert told_days(days, z, 3.5, 7) == [1, 3, 11]
    assert told_days(days, z, 3.5, 6) == [1, 3, 10]
    assert told_days(days, z, 3.5, 0) == [1, 2, 3, 4, 10, 11]


def test_the_cool_down_counts_days_not_places() -> None:
    assert told_days(np.array([1, 20, 22]), np.array([5.0, 4.0, 3.9]), 3.5, 7) == [0, 1]
