"""Polarities of simulated stories, -1 to 1, whose true mean is known from four million draws."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Shape = tuple[int, ...] | int
Population = Callable[[np.random.Generator, Shape], Values]


def spread(generator: np.random.Generator, shape: Shape) -> Values:
    """Some stories near 0, the others on either side."""
    near = generator.normal(0, 0.05, shape)
    return np.where(generator.random(shape) < 0.2, near, np.tanh(generator.normal(0.05, 0.55, shape)))


def two_sided(generator: np.random.Generator, shape: Shape) -> Values:
    """Half near 0, the others strong, as many friendly as hostile."""
    return _mixed(generator, shape, 0.5, 0.5)


def leaning(generator: np.random.Generator, shape: Shape) -> Values:
    """Half near 0, the others strong and mostly hostile."""
    return _mixed(generator, shape, 0.5, 0.7)


def skewed(generator: np.random.Generator, shape: Shape) -> Values:
    """Friendly, with a long tail to the hostile side."""
    return np.asarray(1 - 2 * generator.beta(1.2, 4, shape))


def mostly_neutral(generator: np.random.Generator, shape: Shape) -> Values:
    """Nine of ten near 0."""
    return _mixed(generator, shape, 0.9, 0.7)


@lru_cache
def true_mean(population: Population) -> float:
    return float(population(np.random.default_rng(99), 4_000_000).mean())


def _mixed(generator: np.random.Generator, shape: Shape, neutral: float, hostile: float) -> Values:
    strong = np.where(generator.random(shape) < hostile, -generator.beta(6, 2, shape), generator.beta(5, 2.5, shape))
    return np.where(generator.random(shape) < neutral, generator.normal(0.02, 0.06, shape), strong)
