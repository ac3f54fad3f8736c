"""Architectures differ in their inputs: segments or none, positions from 0 or behind the padding token."""

from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import DebertaV2Config, DistilBertConfig, MPNetConfig, PreTrainedConfig, XLMRobertaConfig

from analysis.scorers import InputForm, Pair, Precision, load_scorer

_LABELS = {
    "vocab_size": 40,
    "id2label": {0: "negative", 1: "neutral", 2: "positive"},
    "label2id": {"negative": 0, "neutral": 1, "positive": 2},
    "pad_token_id": 0,
    "initializer_range": 0.3,
}
_SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64} | _LABELS
_CONFIGS: list[PreTrainedConfig] = [
    XLMRobertaConfig(max_position_embeddings=66, type_vocab_size=1, **_SIZES),
    MPNetConfig(max_position_embeddings=66, **_SIZES),
    DistilBertConfig(max_position_embeddings=64, dim=32, hidden_dim=64, n_layers=2, n_heads=2, **_LABELS),
    DebertaV2Config(
        max_position_embeddings=64,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_buckets=16,
        position_biased_input=False,
        type_vocab_size=0,
        **_SIZES,
    ),
]


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize("config", [pytest.param(config, id=config.model_type) for config in _CONFIGS])
def test_short_and_longest_inputs_are_scored_alone_as_in_company(
    make_checkpoint_of: Callable[[PreTrainedConfig], Path], config: PreTrainedConfig, precision: Precision
) -> None:
    scorer = load_scorer(str(make_checkpoint_of(config)), input_form=InputForm.PAIR, precision=precision)
    pairs = [Pair("alpha wins " + "very calm market " * n, "alpha", "en") for n in range(40)]
    together = scorer.score(pairs)
    assert [scorer.score([pair])[0] for pair in pairs[::8]] == together[::8]
    assert len(set(together)) > 10
