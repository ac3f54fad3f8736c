import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.scorers.batches import (
    EXACT_TOKENS_PER_BATCH,
    GPU_TOKENS_PER_BATCH,
    TOKENS_PER_BATCH,
    plan_batches,
)
from analysis.scorers.windows import window_around


@given(
    before=st.text(alphabet="ab é中", max_size=60),
    after=st.text(alphabet="ab é中", max_size=60),
    max_chars=st.integers(6, 90),
)
def test_a_window_is_a_part_of_the_sentence_that_holds_the_target(before: str, after: str, max_chars: int) -> None:
    sentence = f"{before}TARGET{after}"
    window = window_around(sentence, "TARGET", max_chars)
    assert len(window) <= max_chars
    assert window in sentence
    assert "TARGET" in window


@pytest.mark.parametrize(
    ("sentence", "target", "max_chars", "window"),
    [
        pytest.param("short enough", "enough", 20, "short enough", id="short"),
        pytest.param("one two three four", "three", 12, "two three", id="cuts-at-spaces"),
        pytest.param("one two three four", "THREE", 12, "two three", id="other-case"),
        pytest.param("İİİİ one two three four", "FOUR", 9, "four", id="letters-that-grow-in-lower-case"),
        pytest.param("one two three four", "seven", 7, "one two", id="target-not-there"),
        pytest.param("one two three four", "", 7, "one two", id="no-target"),
        pytest.param("one two three four", "two three", 5, "two t", id="target-longer-than-window"),
    ],
)
def test_windows_by_example(sentence: str, target: str, max_chars: int, window: str) -> None:
    assert window_around(sentence, target, max_chars) == window


_SIZES = [pytest.param(size, id=str(size)) for size in (EXACT_TOKENS_PER_BATCH, TOKENS_PER_BATCH, GPU_TOKENS_PER_BATCH)]


@pytest.mark.parametrize("per_batch", _SIZES)
@given(lengths=st.lists(st.integers(1, 100), max_size=80))
def test_every_sequence_is_in_one_batch_that_is_long_enough(per_batch: int, lengths: list[int]) -> None:
    batches = plan_batches(lengths, 100, per_batch)
    assert sorted(i for batch in batches for i in batch.members) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch.members) <= batch.n_rows
        assert max(lengths[i] for i in batch.members) <= batch.n_tokens <= 100
        assert per_batch / 2 < batch.n_rows * batch.n_tokens <= per_batch


@pytest.mark.parametrize("per_batch", _SIZES)
def test_the_shape_for_a_sequence_does_not_depend_on_the_others(per_batch: int) -> None:
    lengths = [random.Random(3).randint(3, 400) for _ in range(200)]

    def shapes(some: list[int]) -> dict[int, tuple[int, int]]:
        return {
            some[member]: (batch.n_rows, batch.n_tokens)
            for batch in plan_batches(some, 512, per_batch)
            for member in batch.members
        }

    together = shapes(lengths)
    for length in set(lengths):
        assert shapes([length]) == {length: together[length]}


def test_a_sequence_longer_than_a_batch_stands_alone() -> None:
    [batch] = plan_batches([700], 1024, TOKENS_PER_BATCH)
    assert (batch.n_rows, batch.n_tokens) == (1, 1024)
