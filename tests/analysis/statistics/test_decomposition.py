"""Mix and within: by hand, and that they always add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.decomposition import split_change
from tests.analysis.statistics.populations import Values


def split(before: list[tuple[float, float]], now: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Groups as (voices, own mean) in both spans."""
    weight_before, tone_before = (np.array(column) for column in zip(*before, strict=True))
    weight_now, tone_now = (np.array(column) for column in zip(*now, strict=True))
    mix, within = split_change(weight_before, weight_before * tone_before, weight_now, weight_now * tone_now)
    return mix.tolist(), within.tolist()


def test_other_tone_with_the_same_shares_is_all_within() -> None:
    mix, within = split([(2, 0.5), (6, 0.0)], [(1, -0.5), (3, 0.0)])
    assert mix == pytest.approx([0, 0])
    assert within == pytest.approx([0.25 * -1.0, 0])


def test_other_shares_with_the_same_tone_are_all_mix() -> None:
    # the mean goes from 0.1 to 0.3; the reference is 0.2
    mix, within = split([(1, 0.5), (4, 0.0)], [(3, 0.5), (2, 0.0)])
    assert within == pytest.approx([0, 0])
    assert mix == pytest.approx([0.4 * (0.5 - 0.2), -0.4 * (0.0 - 0.2)])


def test_both_at_once_by_hand() -> None:
    # shares 0.25, 0.75 and 0.5, 0.5; means 0.4 * 0.25 + 0.2 * 0.75 = 0.25 and -0.2 * 0.5 + 0.2 * 0.5 = 0
    mix, within = split([(1, 0.4), (3, 0.2)], [(5, -0.2), (5, 0.2)])
    assert mix == pytest.approx([0.25 * (0.1 - 0.125), -0.25 * (0.2 - 0.125)])
    assert within == pytest.approx([0.375 * -0.6, 0])
    assert sum(mix) + sum(within) == pytest.approx(-0.25)


def test_a_new_and_an_ended_group_are_all_mix_measured_from_the_mean_of_both_spans() -> None:
    # means 0.2 and 0.4, reference 0.3; the first group ended, the last is new
    mix, within = split([(2, 0.1), (2, 0.3), (0, 0.0)], [(0, 0.0), (2, 0.3), (2, 0.5)])
    assert within == [0, 0, 0]
    assert mix == pytest.approx([-0.5 * (0.1 - 0.3), 0, 0.5 * (0.5 - 0.3)])


sides = st.integers(1, 8).flatmap(
    lambda n: st.tuples(
        *(arrays(np.float64, n, elements=st.sampled_from([0.0, 0.0, 0.5, 1.0, 3.0, 40.0])) for _ in range(2)),
        *(arrays(np.float64, n, elements=st.floats(-1, 1)) for _ in range(2)),
    )
)


@given(sides)
def test_mix_and_within_add_up_to_the_change(case: tuple[Values, Values, Values, Values]) -> None:
    weight_before, weight_now, tone_before, tone_now = case
    weight_before[0] += 1
    weight_now[-1] += 1
    mix, within = split_change(weight_before, weight_before * tone_before, weight_now, weight_now * tone_now)
    change = np.average(tone_now, weights=weight_now) - np.average(tone_before, weights=weight_before)
    assert mix.sum() + within.sum() == pytest.approx(change, abs=1e-12)
    one_sided = (weight_before == 0) | (weight_now == 0)
    assert (within[one_sided] == 0).all()
