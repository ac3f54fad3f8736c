"""Sentences in English and in another language that carry the English encoder over to that language.

A data folder has ``parallel/LANG.tsv.gz`` with three fields per line: family, English, other language.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.data_files import numbered_lines
from pipelines.errors import DataFileError

PARALLEL_LANGUAGES = ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh")
"""ISO 639-1 codes of the languages beside English."""

FAMILY_LICENCES: dict[str, str] = {
    "tatoeba": "CC BY 2.0 FR",
    "tico19": "CC0 1.0",
    "ntrex": "CC BY-SA 4.0",
}
"""The families that are trained on. Others in the files (WMT test sets, for research only) are left to measuring."""

MEASURED_FAMILY = "newstest"
"""News of the WMT translation task; retrieval is measured on it and nothing learns from it."""

_SHORTEST_ENGLISH_CHARS = 8


@dataclass(frozen=True, slots=True)
class ParallelPair:
    """One sentence in two languages; ``language`` is that of ``other``."""

    family: str
    english: str
    other: str
    language: str


def read_parallel(folder: Path, language: str) -> list[ParallelPair]:
    """The pairs of one language that may be trained on, in an order that depends on nothing but the file.

    Args:
        folder: holds ``parallel/``.
        language: one of :data:`PARALLEL_LANGUAGES`.

    Raises:
        DataFileError: the file cannot be read or a line has not three fields; names the line.
    """
    pairs = [
        pair
        for pair in _lines(folder, language)
        if pair.family in FAMILY_LICENCES and len(pair.english) >= _SHORTEST_ENGLISH_CHARS
    ]
    random.Random(0).shuffle(pairs)  # noqa: S311 - not for secrets
    return pairs


def read_measured(folder: Path, language: str, n: int) -> list[ParallelPair]:
    """The first ``n`` pairs of news that nothing learns from; none for a language that has no such news.

    Args:
        folder: holds ``parallel/``.
        language: one of :data:`PARALLEL_LANGUAGES`.
        n: at most so many.

    Raises:
        DataFileError: as :func:`read_parallel`.
    """
    found = [pair for pair in _lines(folder, language) if pair.family == MEASURED_FAMILY]
    return found[:n]


def _lines(folder: Path, language: str) -> Iterator[ParallelPair]:
    path = folder / "parallel" / f"{language}.tsv.gz"
    for number, line in numbered_lines(path):
        fields = line.rstrip("\n").split("\t")
        if len(fields) != 3:
            raise DataFileError(
                f"{path}, line {number}: {len(fields)} fields; each line must have family, English and other language"
            )
        yield ParallelPair(fields[0], fields[1], fields[2], language)
