"""A scorer whose answers mean nothing: a hash of the pair. It stands in for the model, which a year cannot wait for."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from analysis.scorers.base import InputForm, Pair, Probabilities
from newstone.settings import ScoreSettings

STEPS = 1_000_000
"""Probabilities are multiples of 1/STEPS, as those of every scorer."""


class DiceScorer:
    """Gives every pair an answer that depends on it alone."""

    model_id = "dice"
    revision = "1"
    languages: frozenset[str] | None = None
    input_form = InputForm.PAIR

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        """Give one answer per pair."""
        return [_answer(pair) for pair in pairs]


def open_dice(settings: ScoreSettings, root: Path) -> DiceScorer:
    """Take the place of :func:`newstone.stages.scoring.open_scorer`."""
    del settings, root
    return DiceScorer()


def _answer(pair: Pair) -> Probabilities:
    digest = hashlib.sha256(f"{pair.sentence}\n{pair.target}".encode()).digest()
    first, second = sorted(int.from_bytes(digest[at : at + 4], "big") % (STEPS + 1) for at in (0, 4))
    return Probabilities(first / STEPS, (second - first) / STEPS, (STEPS - second) / STEPS)
