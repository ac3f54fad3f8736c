"""Word embeddings for new pieces: weighted means of the English embeddings that they translate to.

IBM model 1 (Brown et al. 1993, "The Mathematics of Statistical Machine Translation", section 4.2) is fitted in both
directions on parallel sentences; a pair of pieces weighs the geometric mean of its expected counts in the two.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LOG = logging.getLogger(__name__)
_ITERATIONS = 5
_LONGEST_TOKENS = 60  # longer sentences say little about which word is which and cost by the square
_TRANSLATIONS = 6  # of a piece, the strongest
_WEAKEST_SHARE = 0.1  # of the strongest translation

Ids = Sequence[int]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Translations:
    """The English pieces that a piece translates to; ``weights`` sum to 1, ``count`` is how much evidence there was."""

    english: Integers
    weights: Floats
    count: float


def align_words(pairs: Sequence[tuple[Ids, Ids]], n_english: int, n_other: int) -> dict[int, Translations]:
    """The translations of every piece of the other language that occurs in a pair of at most 60 pieces each.

    Args:
        pairs: ids of the English pieces and of the other language's pieces of each sentence.
        n_english: size of the English vocabulary.
        n_other: size of the other vocabulary.
    """
    links = _links(pairs, n_english)
    if links is None:
        return {}
    forward = _expected_counts(links, links.other_places, links.english, n_english)
    backward = _expected_counts(links, links.english_places, links.other, n_other)
    strength = np.sqrt(forward * backward)
    order = np.lexsort((links.english, -strength, links.other))
    found: dict[int, Translations] = {}
    for start, end in _runs(links.other[order]):
        best = order[start : min(end, start + _TRANSLATIONS)]
        weights = strength[best]
        total = float(strength[order[start:end]].sum())
        if total <= 0 or weights[0] <= 0:
            continue
        weights = weights * (weights >= _WEAKEST_SHARE * weights[0])
        found[int(links.other[order[start]])] = Translations(links.english[best], weights / weights.sum(), total)
    return found


@dataclass(frozen=True, slots=True)
class _Links:
    """Every pair of an English and another piece in one sentence pair: a possible translation."""

    kinds: npt.NDArray[np.int32]
    """Index of the pair of pieces, per link."""
    english_places: npt.NDArray[np.int32]
    other_places: npt.NDArray[np.int32]
    """Which occurrence of a piece in the text, per link."""
    english: Integers
    other: Integers
    """The two pieces, per kind."""


def _links(pairs: Sequence[tuple[Ids, Ids]], n_english: int) -> _Links | None:
    keys: list[Integers] = []
    english_places: list[npt.NDArray[np.int32]] = []
    other_places: list[npt.NDArray[np.int32]] = []
    n_english_seen = n_other_seen = 0
    for english, other in pairs:
        if not english or not other or max(len(english), len(other)) > _LONGEST_TOKENS:
            continue
        e, o = np.asarray(english, dtype=np.int64), np.asarray(other, dtype=np.int64)
        keys.append(np.repeat(o, len(e)) * n_english + np.tile(e, len(o)))
        other_places.append(np.repeat(np.arange(n_other_seen, n_other_seen + len(o), dtype=np.int32), len(e)))
        english_places.append(np.tile(np.arange(n_english_seen, n_english_seen + len(e), dtype=np.int32), len(o)))
        n_english_seen += len(e)
        n_other_seen += len(o)
    if not keys:
        return None
    kinds, index = np.unique(np.concatenate(keys), return_inverse=True)
    return _Links(
        kinds=index.astype(np.int32),
        english_places=np.concatenate(english_places),
        other_places=np.concatenate(other_places),
        english=kinds % n_english,
        other=kinds // n_english,
    )


def _expected_counts(links: _Links, generated: npt.NDArray[np.int32], given: Integers, n_given: int) -> Floats:
    """Expected number of times that a given piece generated the other, per kind of link, after EM."""
    probability: Floats = np.ones(len(given))
    counts: Floats = probability
    for _ in range(_ITERATIONS):
        share: Floats = probability[links.kinds]
        share = share / np.bincount(generated, share)[generated]
        counts = np.asarray(np.bincount(links.kinds, share, minlength=len(given)), dtype=np.float64)
        totals = np.bincount(given, counts, minlength=n_given)
        probability = counts / np.maximum(totals[given], 1e-12)
    return counts


def _runs(values: Integers) -> Iterator[tuple[int, int]]:
    starts = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1))
    ends = np.concatenate((starts[1:], [len(values)]))
    yield from zip(starts.tolist(), ends.tolist(), strict=True)
