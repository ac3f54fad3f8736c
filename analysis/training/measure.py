"""How good a checkpoint is on held-out sentences."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from analysis.scorers.base import Label, Pair, Scorer
from analysis.sentiment_evaluation import compare_labels
from analysis.training.data import Sentence
from analysis.training.names import Pool, swap_one


@dataclass(frozen=True, slots=True)
class HeldOutFigures:
    """Figures in 0..1; None where there was nothing to count.

    ``macro_f1`` is over all rows, ``by_language`` the same per language. ``all_targets_right`` is the part of the
    sentences with two or more targets of different label in which every target got its label. ``swap_invariance``
    is the part of rows whose label stays when the name is replaced by another.
    """

    n_sentences: int
    n_rows: int
    macro_f1: float | None
    by_language: dict[str, float | None]
    n_contrasting: int
    all_targets_right: float | None
    n_swapped: int
    swap_invariance: float | None

    def to_json_dict(self) -> dict[str, object]:
        """The same, fit for ``json.dumps``."""
        return asdict(self)


def measure(scorer: Scorer, sentences: Sequence[Sentence], pool: Pool) -> HeldOutFigures:
    """Scores ``sentences`` and compares; names for the swaps come from ``pool``, always the same for a sentence."""
    labels = _labels(scorer, sentences)
    pairs: dict[str, list[tuple[Label, Label]]] = defaultdict(list)
    right: list[bool] = []
    for sentence, found in zip(sentences, labels, strict=True):
        answers = [(aim.label, label) for aim, label in zip(sentence.aims, found, strict=True)]
        pairs[sentence.language].extend(answers)
        if len({aim.label for aim in sentence.aims}) > 1:
            right.append(all(true is label for true, label in answers))
    same = _same_after_swap(scorer, sentences, labels, pool)
    everything = [each for part in pairs.values() for each in part]
    return HeldOutFigures(
        n_sentences=len(sentences),
        n_rows=len(everything),
        macro_f1=compare_labels(everything, n_rows=len(everything)).macro_f1,
        by_language={code: compare_labels(part, n_rows=len(part)).macro_f1 for code, part in sorted(pairs.items())},
        n_contrasting=len(right),
        all_targets_right=sum(right) / len(right) if right else None,
        n_swapped=len(same),
        swap_invariance=sum(same) / len(same) if same else None,
    )


def _labels(scorer: Scorer, sentences: Sequence[Sentence]) -> list[list[Label]]:
    pairs = [Pair(each.text, aim.target, each.language) for each in sentences for aim in each.aims]
    answers = iter(scorer.score(pairs))
    return [[next(answers).label for _ in each.aims] for each in sentences]


def _same_after_swap(
    scorer: Scorer, sentences: Sequence[Sentence], labels: Sequence[Sequence[Label]], pool: Pool
) -> list[bool]:
    before: list[Label] = []
    swapped: list[Pair] = []
    for sentence, found in zip(sentences, labels, strict=True):
        for i, aim in enumerate(sentence.aims):
            rng = random.Random(f"{sentence.text}\0{aim.target}")  # noqa: S311 - not for secrets
            changed = swap_one(sentence, aim.target, pool, rng)
            if changed is not sentence:
                swapped.append(Pair(changed.text, changed.aims[i].target, changed.language))
                before.append(found[i])
    return [answer.label is label for answer, label in zip(scorer.score(swapped), before, strict=True)]
