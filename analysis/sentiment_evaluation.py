"""How well a scorer agrees with labelled sentences."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.scorers.base import LABELS, Label, Pair, Scorer
from analysis.scoring import supports_language
from pipelines.errors import DataFileError

_DECIMALS = 4  # of the figures in the report


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """One row of an evaluation file."""

    pair: Pair
    label: Label


@dataclass(frozen=True, slots=True)
class SentimentFigures:
    """Figures over one set of rows, each in 0..1; None where no row was scored.

    ``f1`` has the labels that occur among the true or the predicted labels; ``macro_f1`` is the mean over these, as
    in scikit-learn. ``n`` counts scored rows, ``n_unscored`` rows in languages that the model was not validated on;
    those enter no other figure.
    """

    n: int
    n_unscored: int
    macro_f1: float | None
    accuracy: float | None
    f1: dict[Label, float]

    def to_json_dict(self) -> dict[str, object]:
        """The same, fit for ``json.dumps``; figures rounded to 4 decimals."""
        return {
            "n": self.n,
            "n_unscored": self.n_unscored,
            "macro_f1": _rounded(self.macro_f1),
            "accuracy": _rounded(self.accuracy),
            "f1": {label.value: round(value, _DECIMALS) for label, value in self.f1.items()},
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
    outcomes: dict[str, list[tuple[Label, Label]]] = defaultdict(list)
    for row, answer in zip(scored, answers, strict=True):
        outcomes[row.pair.language].append((row.label, answer.label))
    n_rows = Counter(row.pair.language for row in rows)
    return SentimentReport(
        model_id=scorer.model_id,
        model_revision=scorer.revision,
        overall=compare_labels([each for part in outcomes.values() for each in part], n_rows=len(rows)),
        languages={code: compare_labels(outcomes[code], n_rows=n_rows[code]) for code in sorted(n_rows)},
    )


def compare_labels(true_and_predicted: Sequence[tuple[Label, Label]], *, n_rows: int) -> SentimentFigures:
    """Figures for (true, predicted) labels out of ``n_rows`` rows, the rest of which was not scored."""
    n = len(true_and_predicted)
    hits = Counter(true for true, predicted in true_and_predicted if true is predicted)
    n_true = Counter(true for true, _ in true_and_predicted)
    n_predicted = Counter(predicted for _, predicted in true_and_predicted)
    f1 = {
        label: 2 * hits[label] / (n_true[label] + n_predicted[label])
        for label in LABELS
        if n_true[label] + n_predicted[label]
    }
    return SentimentFigures(
        n=n,
        n_unscored=n_rows - n,
        macro_f1=sum(f1.values()) / len(f1) if f1 else None,
        accuracy=hits.total() / n if n else None,
        f1=f1,
    )


def read_labelled_pairs(path: Path) -> Iterator[LabelledPair]:
    """The rows of an evaluation file in their order; empty lines are skipped.

    Raises:
        DataFileError: as :func:`evaluate_sentiment`.
    """
    for number, line in _numbered_lines(path):
        if line.strip():
            yield _parse_row(line, f"{path}, line {number}")


def _numbered_lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            yield from enumerate(file, start=1)
    except (OSError, EOFError) as error:
        raise DataFileError(f"{path} cannot be read: {error}; give a file of JSON lines, plain or .gz") from error
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path} is not UTF-8 ({error}); save it as UTF-8") from error


def _parse_row(line: str, place: str) -> LabelledPair:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataFileError(f"{place}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise DataFileError(f"{place}: must be a JSON object with text, target, lang and label")
    missing = [key for key in ("text", "target", "lang", "label") if key not in row]
    if missing:
        raise DataFileError(f"{place}: key {missing[0]!r} is missing")
    label = row["label"]
    if label not in set(LABELS):
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
