"""Temperatures that make probabilities mean what they say, one per language.

Temperature scaling after Guo et al. 2017, "On Calibration of Modern Neural Networks": logits are divided by one number,
which changes no label. A language has few rows, so its temperature is drawn to that of all languages.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.scorers.base import LABELS, Label, Probabilities

_PRIOR_ROWS = 100
"""Weight of the common temperature: as much as so many rows of the language."""

_CANDIDATES = np.exp(np.linspace(math.log(0.4), math.log(4.0), 231))  # steps of one per cent
_SMALLEST = 1e-6  # probabilities are multiples of it; zero has no logarithm


def fit_temperatures(answers: Sequence[tuple[str, Label, Probabilities]]) -> dict[str, float]:
    """The temperature per language with the least mean log loss; "" is that of all languages together.

    Args:
        answers: language, true label and what the scorer said at temperature 1, at least one, of rows that it was
            not trained on.

    Returns:
        Language code to temperature, rounded to two decimals.
    """
    by_language: dict[str, list[tuple[Label, Probabilities]]] = defaultdict(list)
    for language, label, found in answers:
        by_language[language].append((label, found))
    losses = {language: _losses(rows) for language, rows in sorted(by_language.items())}
    together = np.sum(list(losses.values()), axis=0) / len(answers)
    fitted = {"": float(_CANDIDATES[together.argmin()])}
    for language, total in losses.items():
        fitted[language] = float(_CANDIDATES[(total + _PRIOR_ROWS * together).argmin()])
    return {language: round(value, 2) for language, value in fitted.items()}


def _losses(rows: Sequence[tuple[Label, Probabilities]]) -> npt.NDArray[np.float64]:
    """Sum of the log losses of the rows at each candidate temperature."""
    logits = np.log(np.maximum([[each.negative, each.neutral, each.positive] for _, each in rows], _SMALLEST))
    true = np.array([LABELS.index(label) for label, _ in rows])
    total = np.empty(len(_CANDIDATES))
    for i, temperature in enumerate(_CANDIDATES):
        scaled = logits / temperature
        log_sums = np.log(np.exp(scaled).sum(axis=1))
        total[i] = float((log_sums - scaled[np.arange(len(true)), true]).sum())
    return total
