"""Checkpoints that read the sentence with the target hidden, and answer at its place."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForTokenClassification

from analysis.scorers import InputForm, Pair, Precision, load_scorer
from analysis.scorers.target import TARGET_MARK
from analysis.scorers.transformers_scorer import TransformersScorer, read_at_mark
from pipelines.errors import ModelError
from tests.analysis.tiny_tokenizer import save_tokenizer

_WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "wins", "loses", "to", "alpha", "beta", "gamma", "and", ".")
_MakeMasked = Callable[..., Path]


@pytest.fixture
def make_masked(tmp_path: Path) -> _MakeMasked:
    def make(name: str = "masked", *, has_mark: bool = True, **extra: object) -> Path:
        folder = tmp_path / name
        words = (*_WORDS, TARGET_MARK) if has_mark else _WORDS
        torch.manual_seed(3)
        config = BertConfig(
            vocab_size=len(words),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=32,
            initializer_range=0.4,
            id2label={0: "negative", 1: "neutral", 2: "positive"},
            label2id={"negative": 0, "neutral": 1, "positive": 2},
            pad_token_id=0,
        )
        BertForTokenClassification(config).save_pretrained(folder)
        save_tokenizer(folder, {word: i for i, word in enumerate(words)}, 32, mark=TARGET_MARK if has_mark else None)
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"newstone_input": "masked"} | extra))
        return folder

    return make


def _load(folder: Path) -> TransformersScorer:
    scorer = load_scorer(str(folder), precision=Precision.FLOAT32)
    assert isinstance(scorer, TransformersScorer)
    return scorer


def test_the_answer_is_the_models_own_at_the_mark(make_masked: _MakeMasked) -> None:
    scorer = _load(make_masked())
    assert scorer.input_form is InputForm.MASKED
    [answer] = scorer.score([Pair("alpha wins and beta loses .", "beta", "en")])
    inputs = scorer._tokenizer(f"alpha wins and {TARGET_MARK} loses .", return_tensors="pt")
    place = inputs["input_ids"][0].tolist().index(scorer._tokenizer.get_vocab()[TARGET_MARK])
    with torch.inference_mode():
        expected = scorer._model(**inputs).logits[0, place].softmax(-1).tolist()
    assert [answer.negative, answer.neutral, answer.positive] == pytest.approx(expected, abs=2e-6)


def test_the_name_of_the_target_changes_nothing_and_its_place_does(make_masked: _MakeMasked) -> None:
    scorer = _load(make_masked())
    first, same, other = scorer.score(
        [
            Pair("alpha wins and gamma loses .", "alpha", "en"),
            Pair("beta wins and gamma loses .", "beta", "en"),
            Pair("alpha wins and gamma loses .", "gamma", "en"),
        ]
    )
    assert first == same
    assert first != other


def test_a_target_that_is_not_in_the_sentence_still_gets_an_answer_of_its_own(make_masked: _MakeMasked) -> None:
    scorer = _load(make_masked())
    absent, another, none = scorer.score([Pair("alpha wins .", name, "en") for name in ("beta", "gamma", "")])
    assert len({absent, another, none}) == 3


def test_a_temperature_flattens_and_changes_no_label(make_masked: _MakeMasked) -> None:
    temperatures = {"de": 3.0, "": 1.5}
    plain, scaled = _load(make_masked()), _load(make_masked("scaled", newstone_temperature=temperatures))
    pairs = [Pair("alpha wins and beta loses .", "beta", language) for language in ("de", "fr")]
    usual, (german, french) = plain.score(pairs)[0], scaled.score(pairs)
    assert german.label is french.label is usual.label
    assert max(german.positive, german.negative) < max(french.positive, french.negative)
    logits = torch.tensor([usual.negative, usual.neutral, usual.positive]).log()
    expected = (logits / 3.0).softmax(-1).tolist()
    assert [german.negative, german.neutral, german.positive] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("value", [{"de": 0}, {"de": "hot"}, [1.0]])
def test_a_wrong_temperature_is_named(make_masked: _MakeMasked, value: object) -> None:
    with pytest.raises(ModelError, match=r"newstone_temperature of checkpoint .* numbers above 0"):
        _load(make_masked(newstone_temperature=value))


def test_a_vocabulary_without_the_mark_is_refused(make_masked: _MakeMasked) -> None:
    with pytest.raises(ModelError, match=r"its vocabulary has no \[TARGET\]; set its input to 'pair' or 'sentence'"):
        _load(make_masked(has_mark=False))


def test_a_long_sentence_is_cut_around_its_target(make_masked: _MakeMasked) -> None:
    scorer = _load(make_masked())
    filler = "and " * 60
    far, near = scorer.score(
        [Pair(f"{filler}alpha loses {filler}", "alpha", "en"), Pair(f"{filler}alpha wins {filler}", "alpha", "en")]
    )
    assert far != near


def test_the_window_is_around_the_name_itself_and_as_wide_for_any_name(make_masked: _MakeMasked) -> None:
    scorer = _load(make_masked())
    rest = "and " * 60
    one, other = scorer.score(
        [Pair(f"alphabet {rest} {name} loses {rest}", name, "en") for name in ("alpha", "a very long name of a firm")]
    )
    assert one == other


def test_a_mark_that_somebody_wrote_is_a_word_like_another(make_masked: _MakeMasked) -> None:
    scorer = _load(make_masked())
    written, word = scorer.score([Pair(f"{mark} wins .", "", "en") for mark in (TARGET_MARK, "TARGET")])
    assert written == word


def test_several_marks_are_averaged_and_none_is_the_first_token() -> None:
    logits = torch.arange(24, dtype=torch.float32).reshape(2, 4, 3)
    ids = torch.tensor([[2, 9, 5, 9], [2, 5, 5, 0]])
    found = read_at_mark(logits, ids, 9)
    assert torch.equal(found[0], (logits[0, 1] + logits[0, 3]) / 2)
    assert torch.equal(found[1], logits[1, 0])
