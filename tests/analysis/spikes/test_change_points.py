"""Change points: false alarms on a year of noise, and shifts that are there."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from analysis.change_points import find_change_points, split_polarity, split_volume
from analysis.measures import ChangePoint, Measure, Span
from analysis.report.facts import gather_facts
from analysis.spikes import SpikeSettings
from db.read import Grain
from db.snapshot import open_snapshot
from pipelines.errors import UsageError
from tests.analysis.spikes.conftest import FIRST, ordinary, publish_press
from tests.analysis.spikes.simulated import Floats, daily_counts
from tests.db.build import NOON

WEEKS = 52
SPREAD = 0.4


def weekly_counts(draw: np.random.Generator, mean: float, n_series: int, dispersion: float | None) -> Floats:
    weeks: Floats = daily_counts(draw, mean, n_series, 7 * WEEKS, dispersion).reshape(n_series, WEEKS, 7).sum(axis=2)
    return weeks


def weekly_means(draw: np.random.Generator, levels: Floats, n: Floats, drift: float) -> Floats:
    return levels + draw.normal(0, 1, n.shape) * np.sqrt(SPREAD**2 / n + drift**2)


@pytest.mark.parametrize("dispersion", [None, 5.0, 2.0], ids=["poisson", "k=5", "k=2"])
@pytest.mark.parametrize("mean", [1.0, 8.0, 50.0], ids=lambda mean: f"{mean:g} a day")
def test_a_year_of_even_volume_has_a_change_point_in_less_than_five_percent(
    mean: float, dispersion: float | None
) -> None:
    series = weekly_counts(np.random.default_rng(21), mean, 150, dispersion)
    assert sum(bool(split_volume(counts)) for counts in series) < 0.05 * len(series)


@pytest.mark.parametrize("drift", [0.0, 0.1])
def test_a_year_of_even_tone_has_a_change_point_in_less_than_five_percent(drift: float) -> None:
    draw = np.random.default_rng(22)
    n = draw.integers(5, 41, (200, WEEKS)).astype(np.float64)
    means = weekly_means(draw, np.zeros(n.shape), n, drift)
    alarms = sum(bool(split_polarity(m, k, SPREAD**2)) for m, k in zip(means, n, strict=True))
    assert alarms < 0.05 * len(n)


@pytest.mark.parametrize("dispersion", [None, 5.0], ids=["poisson", "k=5"])
def test_a_doubling_of_volume_is_found_where_it_is(dispersion: float | None) -> None:
    draw = np.random.default_rng(23)
    series = weekly_counts(draw, 4.0, 100, dispersion)
    series[:, 30:] = weekly_counts(draw, 8.0, 100, dispersion)[:, 30:]
    found = [split_volume(counts) for counts in series]
    assert sum(len(places) == 1 and abs(places[0] - 30) <= 2 for places in found) >= 95


def test_a_shift_of_polarity_by_three_tenths_is_found_where_it_is() -> None:
    draw = np.random.default_rng(24)
    n = draw.integers(5, 41, (100, WEEKS)).astype(np.float64)
    levels = np.zeros(n.shape)
    levels[:, 20:] = -0.3
    means = weekly_means(draw, levels, n, 0.05)
    found = [split_polarity(m, k, SPREAD**2) for m, k in zip(means, n, strict=True)]
    assert sum(len(places) == 1 and abs(places[0] - 20) <= 2 for places in found) >= 95


def test_one_loud_week_is_a_spike_and_no_change_point() -> None:
    counts = np.full(WEEKS, 20.0) + np.tile([2.0, -2.0], WEEKS // 2)
    counts[25] = 400
    assert split_volume(counts) == []


@pytest.mark.parametrize("n_weeks", [0, 1, 7])
def test_short_series_say_nothing(n_weeks: int) -> None:
    assert split_volume(np.arange(n_weeks, dtype=np.float64) * 50) == []


def changes_of(path: Path, until: date) -> tuple[ChangePoint, ...]:
    with open_snapshot(path) as snapshot:
        return find_change_points(snapshot, None, Span(FIRST, until))


def page_changes_of(path: Path, until: date, minimum_voices: int) -> tuple[ChangePoint, ...]:
    with open_snapshot(path) as snapshot:
        facts = gather_facts(
            snapshot,
            Span(FIRST, until),
            Grain.WEEK,
            now=NOON,
            minimum_voices=minimum_voices,
            spikes=SpikeSettings(),
        )
    return facts.change_points


def test_the_page_tells_a_new_level_by_the_minimum_of_the_configuration(tmp_path: Path) -> None:
    pages = [page for day in range(1, 141) for page in ordinary(day, 2 if day < 69 else 6)]
    snapshot, until = publish_press(tmp_path, pages), FIRST + timedelta(days=139)
    for minimum_voices, is_too_few in ((5, False), (1000, True)):
        (change,) = page_changes_of(snapshot, until, minimum_voices)
        assert (change.measure, change.after.too_few) == (Measure.VOLUME, is_too_few)


def test_a_new_level_in_the_snapshot_comes_with_both_levels_and_new_outlets_are_none(tmp_path: Path) -> None:
    pages = [page for day in range(1, 141) for page in ordinary(day, 2 if day < 69 else 6)]
    (tmp_path / "grown").mkdir()
    (tmp_path / "joined").mkdir()
    until = FIRST + timedelta(days=139)
    (change,) = changes_of(publish_press(tmp_path / "grown", pages), until)
    assert (change.entity, change.name, change.measure) == ("acme", "Acme", Measure.VOLUME)
    assert change.bucket == date(2025, 3, 10)  # a Monday, day 69
    assert change.before.value == pytest.approx(14)
    assert change.after.value == pytest.approx(42)
    assert change.after.low is not None
    assert change.after.high is not None
    assert change.after.low <= 42 <= change.after.high
    assert (change.before.n, change.after.n) == (14 * 9, 42 * 10)  # the first week is not whole

    joined = [page for day in range(1, 141) for page in ordinary(day, 2)]
    joined += [page for day in range(69, 141) for page in ordinary(day, 4, source_id="fresh", address="fresh")]
    assert changes_of(publish_press(tmp_path / "joined", joined), until) == ()


def test_an_unknown_entity_is_named(eventful: Path) -> None:
    with open_snapshot(eventful) as snapshot, pytest.raises(UsageError, match="initech"):
        find_change_points(snapshot, ["initech"], Span(FIRST, FIRST))
