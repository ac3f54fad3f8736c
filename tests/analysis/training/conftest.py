"""A base model and an encoder of two small layers, and folders of training data of the real form."""

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from analysis.scorers.target import TARGET_MARK
from analysis.training.parallel import PARALLEL_LANGUAGES
from tests.analysis.tiny_tokenizer import save_tokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_NAMES = ("Alpha", "Bravo", "Carol", "Delta", "Echo", "Fox", "Golf", "Hotel")
_GOOD = ("wins praise", "shines in tests", "delights users", "breaks sales records")
_BAD = ("loses trust", "fails in court", "angers users", "drops its best product")
_DUTCH = {"wins": "wint", "praise": "lof", "loses": "verliest", "trust": "vertrouwen", "while": "terwijl"}
_UNUSED = [f"[unused{i}]" for i in range(994)]  # so that ordinary pieces have ids from 999 on, as in BERT
_LETTERS = "abcdefghiklmnoprstuvz"
_MAX_TOKENS = 64


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


def _write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Weights are the same on every run for one number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def authored(tmp_path: Path) -> Path:
    """Two parts: one of English and Dutch, one of English."""
    folder = tmp_path / "authored"
    for language in ("en", "nl"):
        _write_rows(folder / "1" / f"{language}.jsonl", rows_of_a_language(language))
    _write_rows(
        folder / "2" / "en.jsonl",
        [{"text": "Golf drops Hotel at noon", "target": "Hotel", "label": "negative", "lang": "en"}],
    )
    return folder


@pytest.fixture
def development(tmp_path: Path) -> Path:
    folder = tmp_path / "development"
    for language in ("en", "nl"):
        rows = [row | {"lang": language} for row in rows_of_a_language(f"development {language}")[:24]]
        _write_rows(folder / f"{language}.jsonl", rows)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Open sets with a training and a test part, and parallel text of every language."""
    folder = tmp_path / "data"
    (folder / "open").mkdir(parents=True)
    (folder / "parallel").mkdir()
    for name in ("newsmtsc", "newsmtsc_rw", "gerntsa"):
        with gzip.open(folder / "open" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in open_rows())
    for language in PARALLEL_LANGUAGES:
        with gzip.open(folder / "parallel" / f"{language}.tsv.gz", "wt", encoding="utf-8") as file:
            file.writelines(f"{family}\t{english}\t{other}\n" for family, english, other in parallel_rows(language))
    return folder


def parallel_rows(language: str) -> list[tuple[str, str, str]]:
    """40 sentences whose translation is word by word, some of which must not be trained on."""
    rng = random.Random(language)
    rows = []
    for i in range(40):
        english = [*rng.sample(sorted(_DUTCH), 3), rng.choice(_NAMES).lower()]
        other = " ".join(_DUTCH.get(word, word) for word in english)
        rows.append((("ntrex", "tatoeba", "newstest")[i % 3], " ".join(english), other))
    return rows


def _all_words() -> list[str]:
    texts = [row["text"] for language in ("en", "nl") for row in rows_of_a_language(language)]
    texts += [row["text"] for language in ("en", "nl") for row in rows_of_a_language(f"development {language}")]
    return sorted({word for text in [*texts, *_DUTCH, *_DUTCH.values(), "company"] for word in text.lower().split()})


def _save_encoder(folder: Path, vocabulary: Mapping[str, int], mark: str | None) -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=_MAX_TOKENS,
        pad_token_id=0,
    )
    BertModel(config).save_pretrained(folder)
    save_tokenizer(folder, vocabulary, _MAX_TOKENS, mark)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An English base model of the form of all-MiniLM-L6-v2."""
    pieces = [*_SPECIAL, *_UNUSED, *_all_words(), *"abcdefghijklmnopqrstuvwxyz0123456789"]
    _save_encoder(tmp_path / "base", {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}, None)
    return tmp_path / "base"


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """An encoder whose vocabulary has the mark of the target, as alignment writes it."""
    pieces = [*_SPECIAL, TARGET_MARK, *_all_words()]
    _save_encoder(tmp_path / "encoder", {piece: i for i, piece in enumerate(pieces)}, TARGET_MARK)
    return tmp_path / "encoder"
