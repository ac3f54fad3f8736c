"""Simulated press with a known answer: noise with a weekday rhythm, and days on which something happened."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WINDOW = 28
RHYTHM = np.array([1.2, 1.25, 1.2, 1.2, 1.1, 0.55, 0.5])
"""Share of the mean volume on each weekday from Monday on."""


def daily_counts(
    draw: np.random.Generator, mean: float, n_series: int, n_days: int, dispersion: float | None
) -> Floats:
    """Numbers of voices, (series, days) from a Monday on; ``dispersion``: k of a negative binomial, None: Poisson."""
    rates = mean * RHYTHM[np.arange(n_days) % 7] * np.ones((n_series, 1))
    if dispersion is not None:
        rates = draw.gamma(dispersion, rates / dispersion)
    return draw.poisson(rates).astype(np.float64)


def daily_voices(
    draw: np.random.Generator, levels: Floats, n: Floats, spread: float, *, three_valued: bool
) -> tuple[Floats, Floats]:
    """Sums and sums of squares of the polarities of ``n`` voices of each day around the day's level."""
    shape = (*n.shape, int(n.max()))
    if three_valued:  # clearly negative, neutral or clearly positive, as a sure model answers
        share = (spread / 0.9) ** 2 / 2
        drawn = draw.random(shape)
        noise = np.where(drawn < share, -0.9, np.where(drawn < 2 * share, 0.9, 0.0))
    else:
        noise = draw.normal(0, spread, shape)
    values = np.where(np.arange(shape[-1]) < n[..., None], np.clip(levels[..., None] + noise, -1, 1), 0.0)
    return values.sum(axis=-1), (values**2).sum(axis=-1)


def windows(values: Floats) -> Floats:
    """The ``WINDOW`` days before each day from number ``WINDOW`` on, of one series."""
    return np.lib.stride_tricks.sliding_window_view(values, WINDOW)[:-1]
