"""A checkpoint of two small layers, and a folder of training data of the real form."""

import gzip
import json
import random
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from tests.analysis.tiny_tokenizer import save_tokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_NAMES = ("Alpha", "Bravo", "Carol", "Delta", "Echo", "Fox", "Golf", "Hotel")
_GOOD = ("wins praise", "shines in tests", "delights users", "breaks sales records")
_BAD = ("loses trust", "fails in court", "angers users", "drops its best product")
_LETTERS = "abcdefghiklmnoprstuvz"


def rows_of_a_language(language: str) -> list[dict[str, str]]:
    """64 sentences with two names of different label and many words of no meaning, so that no two are alike."""
    rng = random.Random(language)
    rows = []
    for i in range(64):
        first, second = _NAMES[i % 8], _NAMES[(i + 3) % 8]
        rest = " ".join("".join(rng.choices(_LETTERS, k=6)) for _ in range(14))
        text = f"{first} {_GOOD[i % 4]} while {second} {_BAD[i // 4 % 4]} {rest} {i}"
        rows += [
            {"text": text, "target": first, "label": "positive", "lang": language},
            {"text": text, "target": second, "label": "negative", "lang": language},
        ]
    return rows


def open_rows() -> list[dict[str, str | None]]:
    """20 rows to train on and 4 of a test part, neutral far more often than the others."""
    labels = ["neutral"] * 14 + ["positive"] * 3 + ["negative"] * 3
    rows: list[dict[str, str | None]] = [
        {"text": f"Hotel reports number {i} .", "target": "Hotel", "label": label, "lang": "en", "split": "train"}
        for i, label in enumerate(labels)
    ]
    rows += [
        {"text": f"Fox test {i} .", "target": "Fox", "label": "neutral", "lang": "en", "split": "test"}
        for i in range(4)
    ]
    return rows


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "authored").mkdir(parents=True)
    (folder / "open").mkdir()
    for language in ("en", "nl"):
        lines = "".join(json.dumps(row) + "\n" for row in rows_of_a_language(language))
        (folder / "authored" / f"{language}.jsonl").write_text(lines, encoding="utf-8")
    with gzip.open(folder / "open" / "newsmtsc.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in open_rows())
    return folder


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "start"
    words = {
        word
        for rows in (rows_of_a_language("en"), rows_of_a_language("nl"))
        for row in rows
        for word in row["text"].lower().split()
    }
    vocabulary = {word: i for i, word in enumerate([*_SPECIAL, *sorted(words)])}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        id2label={0: "negative", 1: "neutral", 2: "positive"},
        label2id={"negative": 0, "neutral": 1, "positive": 2},
        pad_token_id=0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    save_tokenizer(folder, vocabulary, 64)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"newstone_input": "pair"}))
    return folder
