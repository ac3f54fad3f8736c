"""The untrained multilingual encoder: the base model's layers under embeddings made for the new vocabulary."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from analysis.scorers.target import TARGET_MARK
from analysis.training.parallel import ParallelPair
from analysis.training.word_alignment import Floats, Translations, align_words

_LOG = logging.getLogger(__name__)
_TARGET_STARTS_AS = "company"
_USUAL_PIECES_FROM = 1000  # ids of the base vocabulary below are special or unused pieces
_NOISE = 0.5  # of the spread of English embeddings, for pieces that nothing is known of
_SMOOTHING = 3  # English occurrences that every piece of both vocabularies is given
_ENCODE_AT_ONCE = 5000


def make_encoder(
    base: Path, tokenizer: Any, parallel: Mapping[str, Sequence[ParallelPair]], english: Sequence[str]
) -> BertModel:
    """The base model with embeddings for the pieces of ``tokenizer``.

    A piece of both vocabularies keeps its English embedding, blended with that of its translations by how often it
    is met in English and in the other languages; other pieces get the mean of their translations, and those without
    a translation noise about the mean of the English embeddings. The mark of the target starts as "company".

    Args:
        base: folder of the English base model.
        tokenizer: of the new vocabulary.
        parallel: pairs by language.
        english: sentences that show how often a piece is met in English.
    """
    base_tokenizer = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
    model = BertModel.from_pretrained(str(base), local_files_only=True)
    known = model.embeddings.word_embeddings.weight.detach().numpy()
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    sums = np.zeros((len(vocabulary), known.shape[1]))
    evidence = np.zeros(len(vocabulary))
    for language, pairs in sorted(parallel.items()):
        ids = list(
            zip(
                encode(base_tokenizer, [each.english for each in pairs]),
                encode(tokenizer, [each.other for each in pairs]),
                strict=True,
            )
        )
        translations = align_words(ids, len(base_tokenizer), len(vocabulary))
        for piece, found in translations.items():
            sums[piece] += found.count * _blend(found, known)
            evidence[piece] += found.count
        _LOG.info("word embeddings: %s %d pairs, %d pieces translated", language, len(pairs), len(translations))
    weights = _place(
        vocabulary, base_tokenizer.get_vocab(), known, sums, evidence, _frequencies(tokenizer, english, len(vocabulary))
    )
    config = BertConfig(
        **{**model.config.to_dict(), "vocab_size": len(vocabulary), "pad_token_id": tokenizer.pad_token_id}
    )
    state = model.state_dict()
    state["embeddings.word_embeddings.weight"] = torch.from_numpy(weights)
    encoder = BertModel(config)
    encoder.load_state_dict(state)
    return encoder


def encode(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Ids of the pieces of each text, without special tokens."""
    found: list[list[int]] = []
    for i in range(0, len(texts), _ENCODE_AT_ONCE):
        part = list(texts[i : i + _ENCODE_AT_ONCE])
        found.extend(tokenizer(part, add_special_tokens=False, verbose=False)["input_ids"])
    return found


def _blend(found: Translations, known: npt.NDArray[np.float32]) -> Floats:
    """The mean of the translations, as long as they are: a mean of directions alone would be too short."""
    vectors = known[found.english]
    mean = found.weights @ vectors
    length = found.weights @ np.linalg.norm(vectors, axis=1)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12) * length)


def _frequencies(tokenizer: Any, texts: Sequence[str], n_pieces: int) -> Floats:
    counts = np.zeros(n_pieces)
    for ids in encode(tokenizer, texts):
        np.add.at(counts, ids, 1)
    return counts


def _place(
    vocabulary: Mapping[str, int],
    base_vocabulary: Mapping[str, int],
    known: npt.NDArray[np.float32],
    sums: Floats,
    evidence: Floats,
    english_counts: Floats,
) -> npt.NDArray[np.float32]:
    weights = np.zeros((len(vocabulary), known.shape[1]), dtype=np.float32)
    mean, spread = known[_USUAL_PIECES_FROM:].mean(axis=0), known[_USUAL_PIECES_FROM:].std(axis=0)
    rng = np.random.default_rng(0)
    n_unknown = 0
    for piece, i in sorted(vocabulary.items(), key=lambda item: item[1]):
        own = base_vocabulary.get(_TARGET_STARTS_AS if piece == TARGET_MARK else piece)
        if own is not None and evidence[i] == 0:
            weights[i] = known[own]
        elif own is not None:
            share = (english_counts[i] + _SMOOTHING) / (english_counts[i] + _SMOOTHING + evidence[i])
            weights[i] = share * known[own] + (1 - share) * sums[i] / evidence[i]
        elif evidence[i] > 0:
            weights[i] = sums[i] / evidence[i]
        else:
            n_unknown += 1
            weights[i] = mean + _NOISE * spread * rng.standard_normal(len(mean))
    _LOG.info("word embeddings: %d of %d pieces without a translation", n_unknown, len(vocabulary))
    return weights
