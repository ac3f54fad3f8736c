"""How well a scorer agrees with labelled sentences."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.data_files import numbered_lines
from analysis.scorers.base import LABELS, Label, Pair, Probabilities, Scorer
from analysis.scoring import supports_language
from pipelines.errors import DataFileError

_DECIMALS = 4  # of the figures in the report
_RESAMPLES = 2000
_RESAMPLES_AT_ONCE = 100  # bounds the memory: each resample holds a weight for every sentence
_INTERVAL = (2.5, 97.5)  # percentiles
_CONFIDENCE_BINS = 10


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """One row of an evaluation file."""

    pair: Pair
    label: Label


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A labelled row and what the scorer said; rows of one sentence are not independent of each other."""

    sentence: str
    label: Label
    answer: Probabilities


@dataclass(frozen=True, slots=True)
class SentimentFigures:
    """Figures over one set of rows, each in 0..1; None where there was nothing to count.

    ``f1`` has the labels that occur among the true or the predicted labels; ``macro_f1`` is the mean over these, as
    in scikit-learn, and ``macro_f1_interval`` its 95 % percentile interval over resampled sentences. ``n`` counts
    scored rows, ``n_unscored`` rows in languages that the model was not validated on; those enter no other figure.

    ``expected_calibration_error`` is the mean distance between the probability of the chosen label and the part of
    the rows in which it is right, over ten bins of equal width (Guo et al. 2017, "On Calibration of Modern Neural
    Networks"); few rows make it larger than it is. ``all_targets_right`` is the part of the ``n_contrasting``
    sentences with targets of different label in which every target got its label.
    """

    n: int
    n_unscored: int
    macro_f1: float | None
    macro_f1_interval: tuple[float, float] | None
    accuracy: float | None
    f1: dict[Label, float]
    expected_calibration_error: float | None
    n_contrasting: int
    all_targets_right: float | None

    def to_json_dict(self) -> dict[str, object]:
        """The same, fit for ``json.dumps``; figures rounded to 4 decimals."""
        interval = self.macro_f1_interval
        return {
            "n": self.n,
            "n_unscored": self.n_unscored,
            "macro_f1": _rounded(self.macro_f1),
            "macro_f1_interval": None if interval is None else [_rounded(each) for each in interval],
            "accuracy": _rounded(self.accuracy),
            "f1": {label.value: round(value, _DECIMALS) for label, value in self.f1.items()},
            "expected_calibration_error": _rounded(self.expected_calibration_error),
            "n_contrasting": self.n_contrasting,
            "all_targets_right": _rounded(self.all_targets_right),
        }


@dataclass(frozen=True, slots=True)
class SentimentReport:
    """Figures over all rows and per language; ``languages`` is sorted by code."""

    model_id: str
    model_revision: str
    overall: SentimentFigures
    languages: dict[str, SentimentFigures]

    def to_json_dict(self) -> dict[str, object]:
        """Model, the figures over all rows at the top level, and ``languages`` with the same keys per language."""
        return {
            "model_id": self.model_id,
            "model_revision": self.model_revision,
            **self.overall.to_json_dict(),
            "languages": {code: figures.to_json_dict() for code, figures in self.languages.items()},
        }


def evaluate_sentiment(path: Path, scorer: Scorer) -> SentimentReport:
    """Scores every row of a file and compares.

    Args:
        path: JSON lines, plain or ``.gz``, with ``text``, ``target`` (null: the sentence as a whole), ``lang`` and
            ``label`` (negative, neutral, positive); other keys are ignored.
        scorer: the model.

    Raises:
        DataFileError: the file cannot be read, has no rows, or a row is wrong; names line and key.
    """
    rows = list(read_labelled_pairs(path))
    if not rows:
        raise DataFileError(f"{path} has no rows; each line must be a JSON object with text, target, lang and label")
    scored = [row for row in rows if supports_language(scorer, row.pair.language)]
    answers = scorer.score([row.pair for row in scored])
    judged: dict[str, list[JudgedRow]] = defaultdict(list)
    for row, answer in zip(scored, answers, strict=True):
        judged[row.pair.language].append(JudgedRow(row.pair.sentence, row.label, answer))
    n_rows = Counter(row.pair.language for row in rows)
    return SentimentReport(
        model_id=scorer.model_id,
        model_revision=scorer.revision,
        overall=compare([each for part in judged.values() for each in part], n_rows=len(rows)),
        languages={code: compare(judged[code], n_rows=n_rows[code]) for code in sorted(n_rows)},
    )


def compare(rows: Sequence[JudgedRow], *, n_rows: int) -> SentimentFigures:
    """Figures for judged rows out of ``n_rows`` rows, the rest of which was not scored."""
    by_sentence: dict[str, list[JudgedRow]] = defaultdict(list)
    for row in rows:
        by_sentence[row.sentence].append(row)
    confusions = np.zeros((len(by_sentence), len(LABELS), len(LABELS)))
    for i, part in enumerate(by_sentence.values()):
        for row in part:
            confusions[i, LABELS.index(row.label), LABELS.index(row.answer.label)] += 1
    total = confusions.sum(axis=0)
    contrasting = [part for part in by_sentence.values() if len({row.label for row in part}) > 1]
    n_all_right = sum(all(row.answer.label is row.label for row in part) for part in contrasting)
    scores = _f1(total)
    present = total.sum(axis=0) + total.sum(axis=1) > 0
    return SentimentFigures(
        n=len(rows),
        n_unscored=n_rows - len(rows),
        macro_f1=float(_macro_f1(total)) if rows else None,
        macro_f1_interval=_macro_f1_interval(confusions) if rows else None,
        accuracy=float(total.trace()) / len(rows) if rows else None,
        f1={label: float(score) for label, score, seen in zip(LABELS, scores, present, strict=True) if seen},
        expected_calibration_error=_calibration_error(rows) if rows else None,
        n_contrasting=len(contrasting),
        all_targets_right=n_all_right / len(contrasting) if contrasting else None,
    )


def _f1(confusion: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """F1 per label of confusion matrices of shape [..., true, predicted]; 0 for labels that do not occur."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    occurrences = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return np.asarray(2 * hits / np.maximum(occurrences, 1))


def _macro_f1(confusion: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean of F1 over the labels that occur, per confusion matrix."""
    occurs = confusion.sum(axis=-1) + confusion.sum(axis=-2) > 0
    return np.asarray(_f1(confusion).sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1))


def _macro_f1_interval(confusions: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Percentile bootstrap over sentences; confusion matrices are of shape [sentences, true, predicted]."""
    n = len(confusions)
    rng = np.random.default_rng(0)
    scores: list[npt.NDArray[np.float64]] = []
    for _ in range(_RESAMPLES // _RESAMPLES_AT_ONCE):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES_AT_ONCE)
        scores.append(_macro_f1(np.tensordot(weights, confusions, axes=1)))
    low, high = np.percentile(np.concatenate(scores), _INTERVAL)
    return float(low), float(high)


def _calibration_error(rows: Sequence[JudgedRow]) -> float:
    confidence = np.array([max(row.answer.negative, row.answer.neutral, row.answer.positive) for row in rows])
    is_right = np.array([row.answer.label is row.label for row in rows])
    bins = np.minimum((confidence * _CONFIDENCE_BINS).astype(int), _CONFIDENCE_BINS - 1)
    gaps = np.bincount(bins, confidence - is_right)
    return float(np.abs(gaps).sum() / len(rows))


def read_labelled_pairs(path: Path) -> Iterator[LabelledPair]:
    """The rows of an evaluation file in their order; empty lines are skipped.

    Raises:
        DataFileError: as :func:`evaluate_sentiment`.
    """
    for number, line in numbered_lines(path):
        if line.strip():
            yield _parse_row(line, f"{path}, line {number}")


def _parse_row(line: str, place: str) -> LabelledPair:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"{place}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise DataFileError(f"{place}: must be a JSON object with text, target, lang and label")
    missing = [key for key in ("text", "target", "lang", "label") if key not in row]
    if missing:
        raise DataFileError(f"{place}: key {missing[0]!r} is missing")
    label = row["label"]
    if not isinstance(label, str) or label not in set(LABELS):
        raise DataFileError(f"{place}: label is {label!r}; use negative, neutral or positive")
    target = "" if row["target"] is None else _text(row, "target", place)
    return LabelledPair(Pair(_text(row, "text", place), target, _text(row, "lang", place)), Label(label))


def _text(row: dict[str, object], key: str, place: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise DataFileError(f"{place}: {key} is {value!r}; it must be a text that is not empty")
    return value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
