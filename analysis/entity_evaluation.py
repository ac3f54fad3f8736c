"""How well a watchlist finds the entities that a person marked."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.data_files import numbered_lines
from analysis.mentions import Matcher
from analysis.watchlist import Watchlist
from pipelines.errors import DataFileError


@dataclass(frozen=True, slots=True)
class EntityScores:
    """Counts over (text, entity) pairs, and over texts."""

    n_texts: int
    n_texts_right: int  # the set found is the set expected
    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float | None:
        """Share of the pairs found that are expected; None where nothing was found."""
        found = self.true_positives + self.false_positives
        return self.true_positives / found if found else None

    @property
    def recall(self) -> float | None:
        """Share of the pairs expected that were found; None where nothing was expected."""
        expected = self.true_positives + self.false_negatives
        return self.true_positives / expected if expected else None

    @property
    def f1(self) -> float | None:
        """Micro F1, 2 TP / (2 TP + FP + FN); None where nothing was expected nor found."""
        pairs = 2 * self.true_positives + self.false_positives + self.false_negatives
        return 2 * self.true_positives / pairs if pairs else None

    def to_json_dict(self) -> dict[str, float | int | None]:
        """Give the figures with names as keys, rates rounded to four places."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {
            **{key: None if rate is None else round(rate, 4) for key, rate in rates.items()},
            "texts": self.n_texts,
            "texts_right": self.n_texts_right,
            "texts_right_rate": round(self.n_texts_right / self.n_texts, 4) if self.n_texts else None,
            "true_positives": self.true_positives,
            "false_positives": self.false_positives,
            "false_negatives": self.false_negatives,
        }


@dataclass(frozen=True, slots=True)
class Miss:
    """One text in which something else was found than expected."""

    line: int
    language: str
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityEvaluation:
    """The figures over all texts and per language, and the texts that went wrong."""

    watchlist_version: str
    overall: EntityScores
    by_language: Mapping[str, EntityScores]
    misses: tuple[Miss, ...]

    def to_json_dict(self) -> dict[str, object]:
        """Give the evaluation as values that json can write."""
        return {
            **self.overall.to_json_dict(),
            "watchlist_version": self.watchlist_version,
            "languages": {key: scores.to_json_dict() for key, scores in sorted(self.by_language.items())},
            "misses": [
                {
                    "line": miss.line,
                    "lang": miss.language,
                    "missing": list(miss.missing),
                    "unexpected": list(miss.unexpected),
                }
                for miss in self.misses
            ],
        }


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    text: str
    expected: frozenset[str]
    language: str


def evaluate_entities(path: Path, watchlist: Watchlist) -> EntityEvaluation:
    """Compare what the watchlist finds with what a person marked in a JSONL file.

    Its rows have ``text``, ``expected`` (entity ids) and optionally ``lang``; without it the language is
    identified from the text.

    Raises:
        DataFileError: the file cannot be read, has no rows, or a row is wrong; the message names line and key.
    """
    matcher = Matcher(watchlist)
    tallies: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    misses: list[Miss] = []
    for row in _rows(path, watchlist):
        found = matcher.entities_in(row.text, row.language)
        unexpected, missing = found - row.expected, row.expected - found
        counts = (1, int(found == row.expected), len(found & row.expected), len(unexpected), len(missing))
        for key in ("", row.language):
            tallies[key] = [a + b for a, b in zip(tallies[key], counts, strict=True)]
        if missing or unexpected:
            misses.append(Miss(row.line, row.language, tuple(sorted(missing)), tuple(sorted(unexpected))))
    if not tallies:
        raise DataFileError(f"{path}: no rows; give one JSON object a line with the keys text and expected")
    overall = EntityScores(*tallies.pop(""))
    by_language = {key: EntityScores(*counts) for key, counts in tallies.items()}
    return EntityEvaluation(watchlist.version, overall, by_language, tuple(misses))


def _rows(path: Path, watchlist: Watchlist) -> Iterator[_Row]:
    for number, line in numbered_lines(path):
        if line.strip():
            yield _parse_row(f"{path}, line {number}", number, line, watchlist)


def _parse_row(place: str, number: int, line: str, watchlist: Watchlist) -> _Row:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"{place}: not JSON ({error}); write one JSON object a line") from error
    if not isinstance(raw, dict):
        raise DataFileError(f'{place}: {line[:40]!r} is no JSON object; write {{"text": …, "expected": […]}}')
    text, expected, language = raw.get("text"), raw.get("expected"), raw.get("lang")
    if not isinstance(text, str):
        raise DataFileError(f"{place}, key text: {text!r:.40} is no string; give the text to search")
    if not isinstance(expected, list) or not all(isinstance(part, str) for part in expected):
        raise DataFileError(f"{place}, key expected: {expected!r:.40} is no list of entity ids; write [] for none")
    if language is not None and not isinstance(language, str):
        raise DataFileError(f'{place}, key lang: {language!r:.40} is no string; write a code like "de" or leave it out')
    unknown = sorted(set(expected) - set(watchlist.entities))
    if unknown:
        known = ", ".join(sorted(watchlist.entities))
        raise DataFileError(f"{place}, key expected: {unknown[0]!r} is not in the watchlist; use one of {known}")
    language = language.lower().split("-")[0].split("_")[0] if language else _language_of(text)
    return _Row(number, text, frozenset(expected), language)


def _language_of(text: str) -> str:
    import py3langid

    language, _ = py3langid.classify(text)
    return str(language)
