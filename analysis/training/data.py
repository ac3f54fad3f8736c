"""The sentences that a checkpoint is trained on: where they come from, under which licence, and in which shares.

The sentences of newstone lie beside this file, ``authored/PART/LANG.jsonl``, parts in the order in which they were
written. A data folder has ``open/SOURCE.jsonl.gz`` and, where somebody has labelled, ``reader/*.jsonl``, which
``newstone label export --training`` writes: sentences of the press at which an earlier model hesitated. Each line is an
object with ``text``, ``target``, ``label`` and ``lang``, in the open sets also ``split``.
"""

import json
import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.data_files import numbered_lines
from analysis.scorers.base import Label
from analysis.scorers.windows import window_around
from pipelines.errors import DataFileError

AUTHORED = "authored"
"""Source of the sentences that were written for newstone."""

READER = "reader"
"""Source of the sentences that the person who trains has labelled; they are of the press and not for passing on."""

LONGEST_TEXT_CHARS = 360
"""Longer texts are cut around their target: about what 128 tokens hold in Latin script."""


@dataclass(frozen=True, slots=True)
class OpenSet:
    """A published set of labelled sentences; ``rows_per_epoch`` of its training part are drawn anew for each epoch."""

    name: str
    licence: str
    rows_per_epoch: int


OPEN_SETS: tuple[OpenSet, ...] = (
    OpenSet("newsmtsc", "MIT", 8800),  # all: the only English news, without it English press is forgotten
    OpenSet("finentity", "ODC-BY 1.0", 1200),
    OpenSet("rusentne", "MIT", 2500),
    OpenSet("chabsa", "CC BY 4.0", 1800),
    OpenSet("gerntsa", "CC BY 4.0", 2200),
    OpenSet("nsmc", "CC0 1.0", 200),  # film reviews without a target: a little Korean polarity, no more
)
"""Only sets whose licence allows to ship what was trained on them."""

OPEN_SET_NAMES = tuple(each.name for each in OPEN_SETS)

TEST_SETS = ("newsmtsc_rw", "newsmtsc_mt", "gerntsa", "rusentne", "chabsa")
"""Sets whose test part is measured on, never trained on."""

LICENCES: dict[str, str] = {AUTHORED: "MIT", READER: "the reader's own"} | {
    each.name: each.licence for each in OPEN_SETS
}
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


def read_authored(folder: Path | None = None, parts: Collection[str] | None = None) -> dict[str, list[Sentence]]:
    """The sentences written for newstone by language code, in the order of the parts and their files.

    Args:
        folder: holds ``PART/LANG.jsonl``; None is the one beside this file.
        parts: names of the parts to read; None reads all.

    Raises:
        DataFileError: no such file, it cannot be read, or a line is wrong; names the line.
    """
    folder = folder or Path(__file__).parent / AUTHORED
    files = sorted(
        (path for path in folder.glob("*/*.jsonl") if parts is None or path.parent.name in parts),
        key=lambda path: (path.parent.name, path.name),
    )
    if not files:
        wanted = "PART" if parts is None else " or ".join(sorted(parts))
        raise DataFileError(f"{folder} has no {wanted}/LANG.jsonl; give the folder of the authored sentences")
    rows: dict[str, list[_Row]] = {}
    for path in files:
        rows.setdefault(path.stem, []).extend(_rows(path))
    return {language: _grouped(rows[language], AUTHORED) for language in sorted(rows)}


def read_open(folder: Path, names: Iterable[str] = OPEN_SET_NAMES, split: str = "train") -> dict[str, list[Sentence]]:
    """The sentences of one part of open sets by the name of the set; sets without a file are left out.

    Args:
        folder: holds ``open/``.
        names: which sets.
        split: "train", "dev" or "test"; a set without this part gives an empty list.

    Raises:
        DataFileError: a file cannot be read or a line is wrong; names the line.
    """
    found: dict[str, list[Sentence]] = {}
    for name in names:
        path = folder / "open" / f"{name}.jsonl.gz"
        if path.is_file():
            found[name] = _grouped((row for row in _rows(path) if row.split == split), name)
    return found


def read_reader(folder: Path) -> dict[str, list[Sentence]]:
    """The sentences that readers labelled by language code, in the order of the files; empty where there are none.

    Args:
        folder: holds ``reader/``, whose files may each have several languages.

    Raises:
        DataFileError: a file cannot be read or a line is wrong; names the line.
    """
    rows: dict[str, list[_Row]] = {}
    for path in sorted((folder / READER).glob("*.jsonl")):
        for row in _rows(path):
            rows.setdefault(row.language, []).append(row)
    return {language: _grouped(rows[language], READER) for language in sorted(rows)}


def read_grouped(path: Path, source: str) -> list[Sentence]:
    """The sentences of one file with all their targets, in the order of the file.

    Args:
        path: JSON lines, plain or ``.gz``.
        source: what :attr:`Sentence.source` says.

    Raises:
        DataFileError: the file cannot be read or a line is wrong; names the line.
    """
    return _grouped(_rows(path), source)


def draw_open(available: dict[str, list[Sentence]], rng: random.Random) -> list[Sentence]:
    """One epoch's share of the open sets: about ``rows_per_epoch`` each, or all where there are fewer.

    Labels come as often as the set has them. Even labels would teach shares that its test part does not have, where
    seven rows in ten may be neutral.
    """
    drawn: list[Sentence] = []
    for each in OPEN_SETS:
        sentences = available.get(each.name, [])
        n = 0
        for sentence in rng.sample(sentences, len(sentences)):
            if n >= each.rows_per_epoch:
                break
            drawn.append(sentence)
            n += len(sentence.aims)
    return drawn


def count_rows(sentences: Iterable[Sentence]) -> dict[str, int]:
    """Rows (targets) per source, sorted by source."""
    counts: dict[str, int] = {}
    for each in sentences:
        counts[each.source] = counts.get(each.source, 0) + len(each.aims)
    return dict(sorted(counts.items()))


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
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line)
            target = "" if row["target"] is None else str(row["target"])
            aim = Aim(target, Label(row["label"]))
            yield _Row(str(row["text"]), aim, str(row["lang"]), row.get("split"))
        except (ValueError, KeyError, TypeError) as error:
            raise DataFileError(
                f"{path}, line {number}: {error!r}; each line must be an object with text, target, lang and label"
            ) from error
