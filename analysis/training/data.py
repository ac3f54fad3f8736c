"""The sentences that a checkpoint is trained on: where they come from, under which licence, and in which shares.

A data folder has ``authored/LANG.jsonl`` and ``open/SOURCE.jsonl.gz``; each line is an object with ``text``,
``target``, ``label`` and ``lang``, in the open sets also ``split``.
"""

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.scorers.base import LABELS, Label
from analysis.scorers.windows import window_around
from pipelines.errors import DataFileError

AUTHORED = "authored"
"""Source of the sentences that were written for newstone."""

LONGEST_TEXT_CHARS = 360
"""Longer texts are cut around their target: about what 128 tokens hold in Latin script."""


@dataclass(frozen=True, slots=True)
class OpenSet:
    """A published set of labelled sentences; ``rows_per_epoch`` of its training part are drawn anew for each epoch."""

    name: str
    licence: str
    rows_per_epoch: int


OPEN_SETS: tuple[OpenSet, ...] = (
    OpenSet("newsmtsc", "MIT", 2800),  # the only English news: without it English press is forgotten
    OpenSet("finentity", "ODC-BY 1.0", 500),
    OpenSet("rusentne", "MIT", 450),
    OpenSet("chabsa", "CC BY 4.0", 350),
    OpenSet("gerntsa", "CC BY 4.0", 300),
    OpenSet("nsmc", "CC0 1.0", 100),  # film reviews without a target: a little Korean polarity, no more
)
"""Only sets whose licence allows to ship what was trained on them."""

LICENCES: dict[str, str] = {AUTHORED: "MIT"} | {each.name: each.licence for each in OPEN_SETS}
"""The licence of every source."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A name as it stands in the sentence ("" for the sentence as a whole) and the sentiment toward it."""

    target: str
    label: Label


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with all its labelled targets; one row of training for each of them."""

    text: str
    aims: tuple[Aim, ...]
    language: str
    source: str


def read_authored(folder: Path) -> dict[str, list[Sentence]]:
    """The sentences of ``folder/authored`` by language code, each list in the order of its file.

    Raises:
        DataFileError: no such file, or a line is wrong; names the line.
    """
    files = sorted((folder / "authored").glob("*.jsonl"))
    if not files:
        raise DataFileError(f"{folder}/authored has no LANG.jsonl; give the folder that holds authored/ and open/")
    return {path.stem: _grouped(_rows(path), AUTHORED) for path in files}


def read_open(folder: Path, sets: Iterable[OpenSet] = OPEN_SETS) -> dict[str, list[Sentence]]:
    """The sentences of the training parts of open sets by the name of the set; sets without a file are left out.

    Raises:
        DataFileError: a line is wrong; names the line.
    """
    found: dict[str, list[Sentence]] = {}
    for each in sets:
        path = folder / "open" / f"{each.name}.jsonl.gz"
        if path.is_file():
            found[each.name] = _grouped((row for row in _rows(path) if row.split == "train"), each.name)
    return found


def draw_open(available: dict[str, list[Sentence]], rng: random.Random) -> list[Sentence]:
    """One epoch's share of the open sets: ``rows_per_epoch`` each, or all where there are fewer.

    Sentences of the rarer labels come first until labels are even, so that a set with seven neutral rows in ten does
    not teach to answer neutral.
    """
    drawn: list[Sentence] = []
    for each in OPEN_SETS:
        drawn.extend(_draw_even(available.get(each.name, []), each.rows_per_epoch, rng))
    return drawn


def count_rows(sentences: Iterable[Sentence]) -> dict[str, int]:
    """Rows (targets) per source, sorted by source."""
    counts: dict[str, int] = {}
    for each in sentences:
        counts[each.source] = counts.get(each.source, 0) + len(each.aims)
    return dict(sorted(counts.items()))


def _draw_even(sentences: Sequence[Sentence], n_rows: int, rng: random.Random) -> list[Sentence]:
    waiting: dict[Label, list[Sentence]] = {label: [] for label in LABELS}
    for each in rng.sample(sentences, len(sentences)):
        waiting[each.aims[0].label].append(each)
    drawn: list[Sentence] = []
    n = 0
    while n < n_rows and any(waiting.values()):
        for label in LABELS:
            if waiting[label] and n < n_rows:
                drawn.append(waiting[label].pop())
                n += len(drawn[-1].aims)
    return drawn


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    aim: Aim
    language: str
    split: str | None


def _grouped(rows: Iterable[_Row], source: str) -> list[Sentence]:
    aims: dict[tuple[str, str], dict[str, Aim]] = {}
    for row in rows:
        text = window_around(row.text, row.aim.target, LONGEST_TEXT_CHARS)
        # A name that stands twice in a sentence is kept once: the input does not say which place is meant.
        aims.setdefault((text, row.language), {}).setdefault(row.aim.target, row.aim)
    return [Sentence(text, tuple(each.values()), language, source) for (text, language), each in aims.items()]


def _rows(path: Path) -> Iterator[_Row]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                target = "" if row["target"] is None else str(row["target"])
                aim = Aim(target, Label(row["label"]))
                yield _Row(str(row["text"]), aim, str(row["lang"]), row.get("split"))
            except (ValueError, KeyError, TypeError) as error:
                raise DataFileError(
                    f"{path}, line {number}: {error!r}; each line must be an object with text, target, lang and label"
                ) from error
