"""Batches of fixed shapes, so that the answer for a pair cannot depend on its company.

The kernels of matrix multiplication choose their blocking by the shape of the whole batch, and different blocking
adds the same numbers in another order. Measured on 1,986 pairs scored in shuffled batches of varying shape: float32
differs by up to 6e-7, bfloat16 by up to 0.0035. With the shapes of this module every row was bit-equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

TOKENS_PER_BATCH = 512
"""Padded tokens in a batch of bfloat16: 512 was faster than 1024 and 2048, because activations stay in the cache."""

EXACT_TOKENS_PER_BATCH = 128
"""The same for float32, which multiplies as fast with 128 as with 512.

Mostly few sequences of many lengths are computed again in float32, and every batch that they leave half empty costs
as much as a full one.
"""

GPU_TOKENS_PER_BATCH = 4096
"""The same on a GPU, where a small batch takes as long as the start of its kernels."""

_BUCKETS_TOKENS: tuple[int, ...] = (16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448)
_LARGEST_BUCKET_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Batch:
    """``members`` are indices of sequences; the tensor has ``n_rows`` x ``n_tokens``, however few members there are."""

    n_rows: int
    n_tokens: int
    members: tuple[int, ...]


def tokens_per_batch(*, is_exact: bool, on_gpu: bool) -> int:
    """How many tokens a batch should have: ``is_exact`` is float32, otherwise bfloat16."""
    if on_gpu:
        return GPU_TOKENS_PER_BATCH
    return EXACT_TOKENS_PER_BATCH if is_exact else TOKENS_PER_BATCH


def plan_batches(lengths: Sequence[int], max_tokens: int, per_batch: int = TOKENS_PER_BATCH) -> list[Batch]:
    """Batches that hold every sequence once, short ones first.

    The shape of the batch that a sequence comes into is a function of its own length and the other two arguments.

    Args:
        lengths: tokens in each sequence, none above ``max_tokens``.
        max_tokens: longest input of the model.
        per_batch: tokens in a batch, padding included; a sequence that is longer stands alone.
    """
    by_bucket: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        by_bucket.setdefault(_bucket(length, max_tokens), []).append(index)
    batches: list[Batch] = []
    for n_tokens, members in sorted(by_bucket.items()):
        n_rows = max(1, per_batch // n_tokens)
        batches.extend(Batch(n_rows, n_tokens, tuple(members[i : i + n_rows])) for i in range(0, len(members), n_rows))
    return batches


def _bucket(length: int, max_tokens: int) -> int:
    for bucket in (*_BUCKETS_TOKENS, _LARGEST_BUCKET_TOKENS):
        if length <= bucket:
            return min(bucket, max_tokens)
    return max_tokens
