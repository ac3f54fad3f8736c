"""Tiny checkpoints of the real architectures, written to disk by the real libraries."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedConfig,
)

from tests.analysis.tiny_tokenizer import save_tokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "maker",
    "of",
    "chips",
    "wins",
    "loses",
    "praise",
    "court",
    "market",
    "falls",
    "rises",
    "calm",
    "report",
    "quarter",
    "day",
    "very",
    ",",
    ".",
    "the",
    "a",
    "in",
    "on",
    "and",
    "but",
    "with",
    "filler",
    "words",
    "stand",
    "here",
]
MAX_POSITIONS = 64


def write_tokenizer(folder: Path) -> None:
    vocabulary = {word: i for i, word in enumerate((*_SPECIAL, *_WORDS))}
    save_tokenizer(folder, vocabulary, MAX_POSITIONS)


def write_checkpoint(
    folder: Path,
    *,
    names: Sequence[str] = ("negative", "neutral", "positive"),
    row_order: Sequence[int] = (0, 1, 2),
    seed: int = 0,
    **extra_config: object,
) -> Path:
    """A checkpoint whose classifier row for ``names[i]`` is row ``row_order[i]`` of what the seed gives."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(_SPECIAL) + len(_WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MAX_POSITIONS,
        initializer_range=0.3,  # answers that differ clearly from one input to the next
        id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)},
        pad_token_id=0,
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.copy_(model.classifier.weight[list(row_order)].clone())
    model.save_pretrained(folder)
    write_tokenizer(folder)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | extra_config))
    return folder


@pytest.fixture
def make_checkpoint_of(tmp_path: Path) -> Callable[[PreTrainedConfig], Path]:
    """A checkpoint of the architecture of a configuration, with the same tokenizer as the others."""

    def make(config: PreTrainedConfig) -> Path:
        torch.manual_seed(0)
        folder = tmp_path / str(config.model_type)
        AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
        write_tokenizer(folder)
        return folder

    return make


@pytest.fixture
def make_checkpoint(tmp_path: Path) -> Callable[..., Path]:
    """``make_checkpoint(folder_name, **options of write_checkpoint)`` gives the folder."""

    def make(folder_name: str = "tiny", **options: object) -> Path:
        return write_checkpoint(tmp_path / folder_name, **options)  # type: ignore[arg-type]

    return make
