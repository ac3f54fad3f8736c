"""Silence and chance: a healthy source is hardly ever called quiet, whatever its rate, and a silent one soon."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.share_jumps import has_jumped, has_other_length
from analysis.silence import NewsNight, is_silence, is_too_few, usual_of
from tests.health.course import FIRST, Course

NIGHTS = 120


def poisson(mean: float, chance: random.Random) -> int:
    """A Poisson number, by the waiting times of its events."""
    n, time = 0, chance.expovariate(1.0)
    while time < mean:
        n, time = n + 1, time + chance.expovariate(1.0)
    return n


def year_of(rate: float, weekend: float, chance: random.Random, nights: int = NIGHTS) -> list[int]:
    """New pages night by night; those of Sunday and Monday nights are of the weekend."""
    days = (FIRST + timedelta(days=number) for number in range(nights))
    return [poisson(rate * (weekend if day.weekday() in (6, 0) else 1.0), chance) for day in days]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    rate=st.floats(0.2, 40.0), weekend=st.sampled_from([0.0, 0.3, 1.0]), seed=st.integers(0, 2**32), extra=st.booleans()
)
def test_a_source_with_a_steady_rate_is_rarely_called_quiet(
    rate: float, weekend: float, seed: int, extra: bool
) -> None:
    chance = random.Random(seed)
    course = Course(expect=None)
    counts = year_of(rate, weekend, chance)
    if extra:
        counts[60] += 400  # somebody listed an archive
    quiet = sum(row.state == "quiet" for row in course.nights(counts))
    # a chance of 1 in 1,000 a night, and a silence that was taken for one lasts until the next page
    assert quiet <= 0.05 * NIGHTS


@pytest.mark.parametrize(("rate", "weekend"), [(0.05, 1.0), (0.2, 1.0), (1.0, 0.3), (5.0, 0.0), (30.0, 0.3)])
def test_of_all_nights_of_steady_sources_less_than_one_percent_are_called_quiet(rate: float, weekend: float) -> None:
    chance = random.Random(7)
    n_nights = NIGHTS if rate >= 0.2 else 4 * NIGHTS  # a slow source has few silences
    rows = [row for _ in range(12) for row in Course(expect=None).nights(year_of(rate, weekend, chance, n_nights))]
    assert sum(row.state == "quiet" for row in rows) < 0.01 * len(rows)
    assert {row.state for row in rows} <= {"ok", "new", "quiet"}


@given(n_new=st.integers(1, 200), n_silent=st.integers(2, 60))
@settings(deadline=None)
def test_a_longer_silence_of_a_busier_source_is_never_less_telling(n_new: int, n_silent: int) -> None:
    def nights(count: int, since: int, n: int) -> list[NewsNight]:
        return [NewsNight(FIRST + timedelta(days=since + number), n, 1.0) for number in range(count)]

    usual, busier = usual_of(nights(28, 0, n_new)), usual_of(nights(28, 0, n_new + 1))
    assert usual is not None
    assert busier is not None
    if is_silence(nights(n_silent, 28, 0), usual):
        assert is_silence(nights(n_silent + 1, 28, 0), usual)
        assert is_silence(nights(n_silent, 28, 0), busier)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
@settings(deadline=None)
def test_what_is_usual_is_never_too_few(counts: list[int]) -> None:
    nights = [NewsNight(FIRST + timedelta(days=number), count, 1.0) for number, count in enumerate(counts)]
    usual = usual_of(nights)
    assert usual is not None
    assert usual.dispersion >= 1.0
    assert not is_too_few(nights[-7:], usual) or sum(counts[-7:]) < 0.25 * usual.expected(nights[-7:])


def night_of(number: int, n_new: int, days: float = 1.0) -> NewsNight:
    return NewsNight(FIRST + timedelta(days=number), n_new, days)


def test_the_usual_is_that_of_the_newest_four_weeks_without_days_on_which_news_heaped_up() -> None:
    usual = usual_of([*(night_of(n, 9) for n in range(28)), *(night_of(n, 2) for n in range(28, 56))])
    assert usual is not None
    assert usual.per_night == 2.0
    heaped = usual_of([*(night_of(n, 5) for n in range(28)), night_of(58, 100, 30.0)])
    assert heaped is not None
    assert heaped.per_night == 5.0


def test_the_dispersion_is_the_sources_own_once_enough_nights_are_known() -> None:
    def dispersion(*counts: int) -> float:
        usual = usual_of([night_of(7 * week, count) for week, count in enumerate(counts)])
        assert usual is not None
        return usual.dispersion

    assert dispersion(5) == 1.5
    assert dispersion(0, 10) == pytest.approx((10 + 7 * 1.5) / (1 + 7))  # each is off by 5 from a mean of 5
    assert dispersion(*[5] * 28) == 1.0


@pytest.mark.parametrize(
    ("k", "n", "k_before", "n_before", "is_jump"),
    [
        pytest.param(2, 2, 0, 1000, False, id="two-pages"),
        pytest.param(3, 3, 0, 1000, True, id="three-pages"),
        pytest.param(40, 100, 0, 400, False, id="less-than-half"),
        pytest.param(50, 100, 0, 400, True, id="half"),
        pytest.param(60, 100, 140, 400, False, id="a-quarter-more"),
        pytest.param(70, 100, 140, 400, True, id="a-third-more"),
        pytest.param(5, 5, 0, 0, False, id="nothing-before"),
    ],
)
def test_a_share_jumps_where_it_is_most_of_enough_pages_and_far_more_than_before(
    k: int, n: int, k_before: int, n_before: int, is_jump: bool
) -> None:
    assert has_jumped(k, n, k_before, n_before) is is_jump


@pytest.mark.parametrize(
    ("lengths", "before", "is_other"),
    [
        pytest.param([900, 900], [3000] * 5, True, id="a-third"),
        pytest.param([1100, 1100], [3000] * 5, False, id="more-than-a-third"),
        pytest.param([9100, 9100], [3000] * 5, True, id="three-times"),
        pytest.param([900, 9100], [3000] * 5, False, id="one-up-one-down"),
        pytest.param([900, 900], [3000] * 4, False, id="four-nights-known"),
        pytest.param([900, 900], [1000, 2000, 3000, 6000, 9000], False, id="always-uneven"),
    ],
)
def test_a_length_is_another_where_all_nights_are_far_off_in_one_direction(
    lengths: list[float], before: list[float], is_other: bool
) -> None:
    assert has_other_length(lengths, before) is is_other
