"""How good a checkpoint is on labelled sentences, and whether names change its answers."""

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.scorers.base import Label, Pair, Scorer
from analysis.sentiment_evaluation import JudgedRow, SentimentFigures, compare
from analysis.training.data import Sentence
from analysis.training.names import Pool, exchange, swap_one


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures over all rows and per language, with the rows that they are of.

    ``swap_invariance`` is the part of ``n_exchanged`` rows whose label stays with its place when two names of the
    sentence are exchanged, and ``replacement_invariance`` of ``n_replaced`` rows when all of its names are replaced
    by others; None where no row could be changed.
    """

    overall: SentimentFigures
    languages: dict[str, SentimentFigures]
    rows: list[JudgedRow]
    """In the order of the sentences and their targets."""
    n_exchanged: int
    swap_invariance: float | None
    n_replaced: int
    replacement_invariance: float | None

    def to_json_dict(self) -> dict[str, object]:
        """The figures, fit for ``json.dumps``."""
        return {
            **self.overall.to_json_dict(),
            "n_exchanged": self.n_exchanged,
            "swap_invariance": self.swap_invariance,
            "n_replaced": self.n_replaced,
            "replacement_invariance": self.replacement_invariance,
            "languages": {code: figures.to_json_dict() for code, figures in self.languages.items()},
        }


def judge(scorer: Scorer, sentences: Sequence[Sentence]) -> list[JudgedRow]:
    """What the scorer says of every target, in the order of the sentences and their targets."""
    pairs = [Pair(each.text, aim.target, each.language) for each in sentences for aim in each.aims]
    true = [(each.text, aim.label) for each in sentences for aim in each.aims]
    answers = scorer.score(pairs)
    return [JudgedRow(text, label, answer) for (text, label), answer in zip(true, answers, strict=True)]


def measure(scorer: Scorer, sentences: Sequence[Sentence], pool: Pool) -> Measured:
    """Scores ``sentences`` and compares; other names come from ``pool``, always the same for a sentence."""
    rows = judge(scorer, sentences)
    waiting = iter(rows)
    labels = [[next(waiting).answer.label for _ in sentence.aims] for sentence in sentences]
    exchanged = _same_after(scorer, sentences, labels, _exchanged)
    replaced = _same_after(scorer, sentences, labels, lambda each: _replaced(each, pool))
    return Measured(
        overall=compare(rows, n_rows=len(rows)),
        languages={code: compare(part, n_rows=len(part)) for code, part in by_language(sentences, rows).items()},
        rows=rows,
        n_exchanged=len(exchanged),
        swap_invariance=sum(exchanged) / len(exchanged) if exchanged else None,
        n_replaced=len(replaced),
        replacement_invariance=sum(replaced) / len(replaced) if replaced else None,
    )


def by_language(sentences: Sequence[Sentence], rows: Sequence[JudgedRow]) -> dict[str, list[JudgedRow]]:
    """The rows that :func:`judge` gave for ``sentences``, by language code, sorted."""
    codes = [each.language for each in sentences for _ in each.aims]
    found: dict[str, list[JudgedRow]] = {code: [] for code in sorted(set(codes))}
    for code, row in zip(codes, rows, strict=True):
        found[code].append(row)
    return found


def _same_after(
    scorer: Scorer,
    sentences: Sequence[Sentence],
    labels: Sequence[Sequence[Label]],
    change: Callable[[Sentence], Sentence | None],
) -> list[bool]:
    before: list[Label] = []
    changed_pairs: list[Pair] = []
    for sentence, found in zip(sentences, labels, strict=True):
        changed = change(sentence)
        if changed is None:
            continue
        for aim_before, aim, label in zip(sentence.aims, changed.aims, found, strict=True):
            if aim_before.target != aim.target:
                changed_pairs.append(Pair(changed.text, aim.target, changed.language))
                before.append(label)
    return [answer.label is label for answer, label in zip(scorer.score(changed_pairs), before, strict=True)]


def _exchanged(sentence: Sentence) -> Sentence | None:
    """With the first two names that can be exchanged in each other's place."""
    for first, second in itertools.combinations(sentence.aims, 2):
        changed = exchange(sentence, first.target, second.target)
        if changed is not None:
            return changed
    return None


def _replaced(sentence: Sentence, pool: Pool) -> Sentence | None:
    """With every name replaced that can be, always by the same for a sentence."""
    rng = random.Random(sentence.text)  # noqa: S311 - not for secrets
    changed = sentence
    for aim in sentence.aims:
        changed = swap_one(changed, aim.target, pool, rng)
    return None if changed is sentence else changed
