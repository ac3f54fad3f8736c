"""Intervals of shares of voice by the Bayesian bootstrap over stories (Rubin 1981), jointly over entities.

A story that names two entities counts for both, so shares are ratios of sums over stories, and entities move against
each other: the stories are resampled, never the counts. Stories that name the same entities are alike, so a resample
is one gamma number for each such set, whatever the number of stories. Half a story that names the entity and half a
story that does not are added to each resample: where every story names one entity this is exactly the interval of
Jeffreys for a proportion (Brown, Cai and DasGupta 2001, "Interval Estimation for a Binomial Proportion"), which covers
well where an entity has few stories or none; plain resampling would call "none" certain.
"""

from dataclasses import dataclass

import numpy as np

from analysis.bootstrap import N_RESAMPLES, Values, percentiles, round_bound
from analysis.measures import MINIMUM_VOICES, Estimate

_SEED = 20250128
_CELLS = 4_000_000  # numbers held at once, 32 MB


@dataclass(frozen=True, slots=True)
class NamingCounts:
    """Stories of a span by the entities they name.

    ``named`` has the shape (sets, entities), 1 where the stories of the set name the entity, else 0; ``n_stories`` has
    the shape (sets,).
    """

    named: Values
    n_stories: Values


@dataclass(frozen=True, slots=True)
class ShareChange:
    """Share of voice of one entity, 0 to 1, in two spans, and now minus before."""

    before: Estimate
    now: Estimate
    change: Estimate


def estimate_shares(
    before: NamingCounts, now: NamingCounts, minimum_voices: int = MINIMUM_VOICES
) -> tuple[ShareChange, ...]:
    """Give the shares of all entities in two spans with their intervals, in the order of the columns of ``named``.

    ``n`` counts voices of all entities (a story that names two is two), of both spans for the change. About 0.1 s for
    23 entities and 100 sets.
    """
    earlier, later = _drawn(before, 0), _drawn(now, 1)
    counts = [(side.n_stories @ side.named, float((side.n_stories @ side.named).sum())) for side in (before, now)]
    changes: list[ShareChange] = []
    for place in range(before.named.shape[1]):
        values = [float(voices[place]) / total if total else None for voices, total in counts]
        sides = [
            _estimate(value, draws[:, place], round(total), minimum_voices)
            for value, draws, (_voices, total) in zip(values, (earlier, later), counts, strict=True)
        ]
        n = sum(side.n for side in sides)
        if values[0] is None or values[1] is None:
            change = Estimate(None, None, None, n, too_few=True)
        elif sides[0].too_few or sides[1].too_few:
            change = Estimate(values[1] - values[0], None, None, n, too_few=True)
        else:
            low, high = percentiles((later[:, place] - earlier[:, place])[None])
            change = Estimate(values[1] - values[0], round_bound(low[0], 1), round_bound(high[0], 1), n, too_few=False)
        changes.append(ShareChange(sides[0], sides[1], change))
    return tuple(changes)


def _estimate(value: float | None, draws: Values, n: int, minimum_voices: int) -> Estimate:
    if value is None or n < max(minimum_voices, 2):
        return Estimate(value, None, None, n, too_few=True)
    lower, upper = percentiles(draws[None])
    low = 0.0 if value == 0 else round_bound(lower[0], 1)
    high = 1.0 if value == 1 else round_bound(upper[0], 1)
    return Estimate(value, low, high, n, too_few=False)


def _drawn(side: NamingCounts, number: int) -> Values:
    """Give resampled shares, shape (resamples, entities)."""
    n_sets, n_entities = side.named.shape
    if n_entities == 1:
        return np.ones((N_RESAMPLES, 1))  # the only watched entity has all of the voices, whatever is drawn
    generator = np.random.default_rng((_SEED, number))
    halves = generator.gamma(0.5, size=(2, N_RESAMPLES, n_entities))
    voices = np.empty((N_RESAMPLES, n_entities))
    step = max(_CELLS // max(n_sets, 1), 1)
    for start in range(0, N_RESAMPLES, step):
        stop = min(start + step, N_RESAMPLES)
        weights = generator.gamma(side.n_stories, size=(stop - start, n_sets))
        voices[start:stop] = weights @ side.named
    total = voices.sum(axis=1, keepdims=True)
    shares: Values = (voices + halves[0]) / (total + halves[0] + halves[1])
    return shares
