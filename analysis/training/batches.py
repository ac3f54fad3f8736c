"""The order in which a training run sees its sentences; a function of the seed alone."""

import random
from collections.abc import Iterator, Sequence

from analysis.training.data import Sentence, draw_open

_BATCHES_PER_CHUNK = 16  # sentences of like length are looked for among so many batches: little padding, random enough


def epoch_batches(
    authored: Sequence[Sentence],
    available: dict[str, list[Sentence]],
    *,
    epoch: int,
    batch_rows: int,
    seed: int,
) -> list[list[Sentence]]:
    """The batches of one epoch: all authored sentences and that epoch's draw of the open sets.

    All targets of a sentence are in the same batch, so that each step sees what tells them apart. A batch has
    ``batch_rows`` rows or a few less.
    """
    rng = random.Random(f"{seed}/{epoch}")  # noqa: S311 - not for secrets
    sentences = [*authored, *draw_open(available, rng)]
    rng.shuffle(sentences)
    batches: list[list[Sentence]] = []
    for chunk in _filled(sentences, batch_rows * _BATCHES_PER_CHUNK):
        batches.extend(_filled(sorted(chunk, key=_bytes), batch_rows))
    rng.shuffle(batches)
    return batches


def _filled(sentences: Sequence[Sentence], n_rows: int) -> Iterator[list[Sentence]]:
    part: list[Sentence] = []
    n = 0
    for each in sentences:
        if part and n + len(each.aims) > n_rows:
            yield part
            part, n = [], 0
        part.append(each)
        n += len(each.aims)
    if part:
        yield part


def _bytes(sentence: Sentence) -> int:
    # UTF-8 gives three bytes to a Chinese character and one to a Latin letter: closer to tokens than characters are.
    return len(sentence.text.encode())
