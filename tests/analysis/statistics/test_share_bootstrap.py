"""Shares of voice: against the interval of Jeffreys, and against known truth."""

import numpy as np
import pytest

from analysis.change import count_namings
from analysis.share_bootstrap import NamingCounts, estimate_shares
from db.voices import Naming

ENTITIES = ("acme", "globex")


def counted(*namings: tuple[str, int]) -> NamingCounts:
    """Stories by the entities that they name, as in ("acme globex", 3)."""
    return count_namings([Naming(tuple(names.split()), n) for names, n in namings], ENTITIES)


@pytest.mark.parametrize(
    ("acme", "low", "high"),
    [
        pytest.param(3, 0.044134, 0.348578, id="few"),
        pytest.param(0, 0, 0.116639, id="none"),
        pytest.param(17, 0.651422, 0.955869, id="most"),
        pytest.param(20, 0.883361, 1, id="all"),
    ],
)
def test_where_every_story_names_one_entity_the_interval_is_that_of_jeffreys(
    acme: int, low: float, high: float
) -> None:
    """Bounds of the beta distribution with parameters acme + 1/2 and 20 - acme + 1/2, from tables."""
    sets = [pair for pair in (("acme", acme), ("globex", 20 - acme)) if pair[1]]
    share = estimate_shares(counted(*sets), counted(("globex", 9)))[0].before
    assert share.value == acme / 20
    assert share.low == pytest.approx(low, abs=0.006)
    assert share.high == pytest.approx(high, abs=0.006)
    assert (share.n, share.too_few) == (20, False)


def test_a_story_that_names_two_entities_counts_for_both() -> None:
    acme, globex = estimate_shares(counted(("acme globex", 4), ("globex", 2)), counted(("acme", 3), ("globex", 3)))
    assert acme.before.value == pytest.approx(4 / 10)
    assert globex.before.value == pytest.approx(6 / 10)
    assert acme.before.n == 10
    assert acme.now.value == 0.5
    assert acme.change.value == pytest.approx(0.5 - 0.4)
    assert globex.change.value == pytest.approx(0.5 - 0.6)
    assert acme.change.n == 16


def test_stories_that_all_name_both_leave_little_doubt_about_the_shares() -> None:
    """Resampling the counts of the entities apart would not see that they move together."""
    together = estimate_shares(counted(("acme globex", 50)), counted(("acme", 50), ("globex", 50)))[0]
    assert together.before.low is not None
    assert together.before.high is not None
    assert together.now.low is not None
    assert together.now.high is not None
    assert together.before.high - together.before.low < 0.25 * (together.now.high - together.now.low)


def test_more_stories_leave_less_doubt_and_the_spans_are_independent() -> None:
    counts = counted(("acme", 30), ("globex", 30))
    many = counted(("acme", 3000), ("globex", 3000))
    share, surer = estimate_shares(counts, counts)[0], estimate_shares(many, many)[0]
    assert share.before.high is not None
    assert surer.before.high is not None
    assert share.change.high is not None
    assert (surer.before.high - 0.5) == pytest.approx((share.before.high - 0.5) / 10, rel=0.1)
    assert share.change.high == pytest.approx(np.sqrt(2) * (share.before.high - 0.5), rel=0.05)


def test_too_few_voices_have_a_share_but_no_interval() -> None:
    acme, _globex = estimate_shares(counted(("acme", 3), ("globex", 1)), counted(("acme", 9)))
    assert (acme.before.value, acme.before.low, acme.before.n) == (0.75, None, 4)
    assert acme.before.too_few
    assert acme.change.value == 0.25
    assert acme.change.low is None
    assert not estimate_shares(counted(("acme", 3), ("globex", 1)), counted(("acme", 9)), 4)[0].change.too_few
    nothing = estimate_shares(counted(), counted(("acme", 9)))[0]
    assert (nothing.before.value, nothing.before.n, nothing.change.value) == (None, 0, None)


def test_the_only_watched_entity_has_all_voices_for_certain() -> None:
    only = count_namings([Naming(("acme",), 9)], ["acme"])
    (share,) = estimate_shares(only, only)
    assert (share.before.low, share.before.value, share.before.high) == (1, 1, 1)
    assert (share.change.low, share.change.high) == (0, 0)


def test_the_intervals_of_shares_cover_the_truth_in_93_to_97_of_100_cases() -> None:
    """Sets of named entities with known frequencies, in which the shares change from span to span."""
    names = [("acme",), ("globex",), ("acme", "globex")]
    frequencies = {"before": np.array([0.5, 0.3, 0.2]), "now": np.array([0.2, 0.5, 0.3])}
    truth = {side: (p[0] + p[2]) / (1 + p[2]) for side, p in frequencies.items()}
    generator = np.random.default_rng(6)
    held = np.zeros(3)
    n_cases = 600
    for _ in range(n_cases):
        sides = [
            count_namings([Naming(*pair) for pair in zip(names, generator.multinomial(n, p), strict=True)], ENTITIES)
            for n, p in ((25, frequencies["before"]), (40, frequencies["now"]))
        ]
        share = estimate_shares(sides[0], sides[1])[0]
        truths = (truth["before"], truth["now"], truth["now"] - truth["before"])
        for place, (estimate, true) in enumerate(zip((share.before, share.now, share.change), truths, strict=True)):
            assert estimate.low is not None
            assert estimate.high is not None
            held[place] += estimate.low <= true <= estimate.high
    assert ((held / n_cases >= 0.93) & (held / n_cases <= 0.97)).all()
