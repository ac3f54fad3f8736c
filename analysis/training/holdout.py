"""Which authored sentences a training run never sees, so that it can be measured on them."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.training.data import Sentence

NEAR_DUPLICATE_SIMILARITY = 0.3
"""Shared part of the shingles (Jaccard) from which two sentences count as the same template.

Among 800 authored sentences of a language at most four pairs reach it; the closest pairs below are about different
events.
"""

_SHINGLE_CHARS = 4
_SHINGLE_CHARS_DENSE = 3  # Chinese, Japanese and Korean say as much in fewer characters
_DENSE_LANGUAGES = frozenset({"ja", "ko", "zh"})


@dataclass(frozen=True, slots=True)
class Split:
    """All rows of a sentence, and all sentences of a template, are on the same side."""

    training: tuple[Sentence, ...]
    held_out: tuple[Sentence, ...]


def hold_out(sentences: Sequence[Sentence], *, share: float, n_seen: int = 0) -> Split:
    """Splits the sentences of one language; the same sentences give the same split on every machine.

    Args:
        sentences: in the order of their file.
        share: part of all sentences to hold out, 0..1; a template that would go beyond it is left to training.
        n_seen: the first so many were already in the training of the checkpoint that training starts from. They are
            never held out, nor is a near-duplicate of them: a figure on them would be too good.
    """
    groups = _template_groups(sentences)
    unseen = [group for group in groups if min(group) >= n_seen]
    unseen.sort(key=lambda group: min(_hash(sentences[i].text) for i in group))
    wanted = round(share * len(sentences))
    chosen: set[int] = set()
    for group in unseen:
        if len(chosen) + len(group) <= wanted:
            chosen.update(group)
    return Split(
        training=tuple(each for i, each in enumerate(sentences) if i not in chosen),
        held_out=tuple(each for i, each in enumerate(sentences) if i in chosen),
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _template_groups(sentences: Sequence[Sentence]) -> list[list[int]]:
    """Numbers of sentences that are near-duplicates of each other, directly or through others."""
    shingles = [_shingles(each) for each in sentences]
    leader = list(range(len(sentences)))

    def find(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    having: dict[str, list[int]] = defaultdict(list)
    for i, own in enumerate(shingles):
        shared: Counter[int] = Counter()
        for shingle in own:
            shared.update(having[shingle])
            having[shingle].append(i)
        for j, n in shared.items():
            if n >= NEAR_DUPLICATE_SIMILARITY * (len(own) + len(shingles[j]) - n):
                leader[find(i)] = find(j)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(sentences)):
        groups[find(i)].append(i)
    return list(groups.values())


def _shingles(sentence: Sentence) -> frozenset[str]:
    """Pieces of the sentence with its names and numbers taken out."""
    text = sentence.text
    for target in sorted((aim.target for aim in sentence.aims if aim.target), key=len, reverse=True):
        text = text.replace(target, "_")
    text = re.sub(r"\d+", "0", text).lower()
    length = _SHINGLE_CHARS_DENSE if sentence.language in _DENSE_LANGUAGES else _SHINGLE_CHARS
    return frozenset(text[i : i + length] for i in range(max(1, len(text) - length + 1)))
