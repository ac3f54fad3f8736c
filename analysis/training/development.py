"""The development sentences: written by others than the training text and never trained on.

About the first 40 of each language were there before training, the others came after it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from analysis.training.data import Sentence, read_grouped
from pipelines.errors import DataFileError

NEAR_DUPLICATE_SIMILARITY = 0.3
"""Shared part of the shingles (Jaccard) from which two sentences count as the same template.

Among the 800 sentences that a language has in part 1 of the authored ones at most four pairs reach it; the closest
pairs below are about different events.
"""

_SHINGLE_CHARS = 4
_SHINGLE_CHARS_DENSE = 3  # Chinese, Japanese and Korean say as much in fewer characters
_DENSE_LANGUAGES = frozenset({"ja", "ko", "zh"})


def read_development(folder: Path | None = None) -> dict[str, list[Sentence]]:
    """The development sentences by language code.

    Args:
        folder: holds ``LANG.jsonl``; None is the one beside this file.

    Raises:
        DataFileError: no such file, it cannot be read, or a line is wrong; names the line.
    """
    folder = folder or Path(__file__).parent / "development"
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise DataFileError(f"{folder} has no LANG.jsonl; give the folder of the development sentences")
    return {path.stem: read_grouped(path, "development") for path in files}


def without_near_duplicates(training: Sequence[Sentence], development: Iterable[Sentence]) -> list[Sentence]:
    """The training sentences that are not of the template of a development sentence, in their order.

    Args:
        training: of one language.
        development: of the same language; may be empty.
    """
    having: dict[str, list[int]] = defaultdict(list)
    n_shingles: list[int] = []
    for i, sentence in enumerate(development):
        own = _shingles(sentence)
        n_shingles.append(len(own))
        for shingle in own:
            having[shingle].append(i)
    return [each for each in training if not _resembles(_shingles(each), having, n_shingles)]


def _resembles(own: frozenset[str], having: dict[str, list[int]], n_shingles: list[int]) -> bool:
    shared: Counter[int] = Counter()
    for shingle in own:
        shared.update(having.get(shingle, ()))
    return any(n >= NEAR_DUPLICATE_SIMILARITY * (len(own) + n_shingles[i] - n) for i, n in shared.items())


def _shingles(sentence: Sentence) -> frozenset[str]:
    """Pieces of the sentence with its names and numbers taken out."""
    text = sentence.text
    for target in sorted((aim.target for aim in sentence.aims if aim.target), key=len, reverse=True):
        text = text.replace(target, "_")
    text = re.sub(r"\d+", "0", text).lower()
    length = _SHINGLE_CHARS_DENSE if sentence.language in _DENSE_LANGUAGES else _SHINGLE_CHARS
    return frozenset(text[i : i + length] for i in range(max(1, len(text) - length + 1)))
