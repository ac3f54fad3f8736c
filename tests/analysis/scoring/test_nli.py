"""Checkpoints of natural language inference, asked with claims about the target."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    PreTrainedConfig,
    XLMRobertaConfig,
)

from analysis.scorers import InputForm, Pair, Precision, Probabilities, identify_scorer, load_scorer
from analysis.scorers.hypotheses import hypotheses, hypotheses_hash, hypothesis_languages
from analysis.scorers.nli import NliScorer
from pipelines.errors import ModelError
from tests.analysis.tiny_tokenizer import save_tokenizer

LANGUAGES = ("de", "en", "zh", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "ko", "tr", "ar")
MAX_TOKENS = 64
NAMES = ("contradiction", "neutral", "entailment")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = ("alpha", "beta", "gamma", "wins", "loses", "praise", "court", "market", "but", "the", "filler", ",", ".")


def _vocabulary() -> dict[str, int]:
    claims = [claim for language in LANGUAGES for name in ("alpha", "") for claim in hypotheses(name, language)]
    pieces = {piece for claim in claims for piece, _place in BertPreTokenizer().pre_tokenize_str(claim.lower())}
    return {word: i for i, word in enumerate((*_SPECIAL, *_WORDS, *sorted(pieces - set(_WORDS))))}


VOCABULARY = _vocabulary()
_SIZES = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "initializer_range": 0.3,
    "pad_token_id": 0,
}
BERT = BertConfig(max_position_embeddings=MAX_TOKENS, **_SIZES)
XLM_ROBERTA = XLMRobertaConfig(max_position_embeddings=MAX_TOKENS + 2, type_vocab_size=1, **_SIZES)
DEBERTA = DebertaV2Config(
    max_position_embeddings=MAX_TOKENS,
    relative_attention=True,
    pos_att_type=["p2c", "c2p"],
    position_buckets=16,
    position_biased_input=False,
    type_vocab_size=0,
    **_SIZES,
)

MakeInference = Callable[..., Path]


@pytest.fixture
def make_inference(tmp_path: Path) -> MakeInference:
    """A checkpoint whose classifier row for ``names[i]`` is the row of that label in ``NAMES``, whatever the order."""

    def make(
        folder_name: str = "inference",
        *,
        names: Sequence[str] = NAMES,
        rows: Sequence[int] = (0, 1, 2),
        architecture: PreTrainedConfig = BERT,
        **extra: object,
    ) -> Path:
        folder = tmp_path / folder_name
        torch.manual_seed(11)
        architecture.id2label = dict(enumerate(NAMES))
        AutoModelForSequenceClassification.from_config(architecture).save_pretrained(folder)
        save_tokenizer(folder, VOCABULARY, MAX_TOKENS)
        weights = load_file(folder / "model.safetensors")
        for key in [key for key in weights if key.split(".")[0] == "classifier" and len(weights[key]) == len(NAMES)]:
            weights[key] = weights[key][list(rows)] * 12  # answers that differ clearly from one claim to the next
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        config = json.loads((folder / "config.json").read_text())
        config |= {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}} | extra
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make


def load(folder: Path, **options: object) -> NliScorer:
    scorer = load_scorer(str(folder), **({"precision": Precision.FLOAT32} | options))  # type: ignore[arg-type]
    assert isinstance(scorer, NliScorer)
    return scorer


def some_pairs(n: int) -> list[Pair]:
    chooser = random.Random(7)
    pairs = []
    for _ in range(n):
        target = chooser.choice(["alpha", "beta", "gamma"])
        words = [chooser.choice(_WORDS) for _ in range(chooser.randint(2, 70))]
        words.insert(chooser.randrange(len(words)), target)
        pairs.append(Pair(" ".join(words), target, chooser.choice(LANGUAGES)))
    return pairs


def as_list(answer: Probabilities) -> list[float]:
    return [answer.negative, answer.neutral, answer.positive]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_three_claims_of_its_own_that_name_the_target(language: str) -> None:
    claims = hypotheses("DeepSeek", language)
    assert len(set(claims)) == 3
    assert all("DeepSeek" in claim and "{" not in claim for claim in claims)
    whole = hypotheses("", language)
    assert len({*whole, *claims}) == 6
    assert not any("{" in claim for claim in whole)
    if language != "en":
        assert not {*claims, *whole} & {*hypotheses("DeepSeek", "en"), *hypotheses("", "en")}


def test_other_languages_are_asked_in_english_and_regions_as_their_language() -> None:
    assert hypothesis_languages() == set(LANGUAGES)
    assert hypotheses("Nokia", "fi") == hypotheses("Nokia", "und") == hypotheses("Nokia", "en")
    assert hypotheses("Nokia", "zh-TW") == hypotheses("Nokia", "ZH_hans") == hypotheses("Nokia", "zh")


def test_a_target_with_braces_is_named_as_it_is() -> None:
    assert "{target} {0}" in hypotheses("{target} {0}", "en")[0]


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        pytest.param(NAMES, (0, 1, 2), id="entailment-last"),
        pytest.param(("ENTAILMENT", "Neutral", "contradiction"), (2, 1, 0), id="entailment-first-any-case"),
        pytest.param(("neutral", "entailment", "contradiction"), (1, 2, 0), id="entailment-in-the-middle"),
        pytest.param(("entailment", "not_entailment"), (2, 0), id="two-way"),
        pytest.param(("not_entailment", "entailment"), (1, 2), id="two-way-reversed"),
    ],
)
def test_probabilities_are_the_softmax_over_the_entailment_of_three_claims(
    make_inference: MakeInference, names: tuple[str, ...], rows: tuple[int, ...]
) -> None:
    scorer = load(make_inference(names=names, rows=rows))
    reference = load(make_inference("reference"))
    assert scorer.input_form is InputForm.NLI
    pairs = [*some_pairs(10), Pair("the market", "", "de"), Pair("alpha wins", "alpha", "fi")]
    short = [pair for pair in pairs if len(pair.sentence.split()) < 40]
    for pair, answer in zip(short, scorer.score(short), strict=True):
        logits = []
        for claim in hypotheses(pair.target, pair.language):
            with torch.inference_mode():
                inputs = reference._tokenizer(pair.sentence, claim, return_tensors="pt")
                logits.append(reference._model(**inputs).logits[0, NAMES.index("entailment")])
        expected = torch.stack(logits).softmax(0).tolist()
        assert as_list(answer) == pytest.approx(expected, abs=1e-5)
        assert sum(as_list(answer)) == pytest.approx(1.0, abs=1e-9)
    assert len({as_list(answer)[0] for answer in scorer.score(short)}) == len(short)


def test_the_answer_is_about_the_target_and_in_the_language_of_the_pair(make_inference: MakeInference) -> None:
    scorer = load(make_inference())
    sentence = "alpha wins , but beta loses ."
    asked = [Pair(sentence, "alpha", "en"), Pair(sentence, "beta", "en"), Pair(sentence, "alpha", "de")]
    assert len(set(scorer.score(asked))) == 3
    assert scorer.score([Pair(sentence, "alpha", "de-AT")]) == scorer.score([asked[2]])
    assert scorer.score([Pair(sentence, "alpha", "fi")]) == scorer.score([asked[0]])


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize(
    "architecture", [pytest.param(each, id=each.model_type) for each in (BERT, XLM_ROBERTA, DEBERTA)]
)
def test_answers_do_not_depend_on_company_order_or_threads(
    make_inference: MakeInference, architecture: PreTrainedConfig, precision: Precision
) -> None:
    folder = make_inference(architecture=architecture)
    pairs = some_pairs(60)
    known = dict(zip(pairs, load(folder, precision=precision, threads=1).score(pairs), strict=True))
    assert len(set(known.values())) > 50
    scorer = load(folder, precision=precision, threads=3)
    for seed in range(4):
        some = random.Random(seed).sample(pairs, random.Random(seed).randint(1, len(pairs)))
        assert scorer.score(some) == [known[pair] for pair in some]
    assert scorer.score(pairs[:1]) == [known[pairs[0]]]


def test_bfloat16_chooses_the_labels_of_float32(make_inference: MakeInference) -> None:
    folder = make_inference()
    pairs = some_pairs(120)
    exact, fast = (load(folder, precision=each).score(pairs) for each in (Precision.FLOAT32, Precision.BFLOAT16))
    assert [answer.label for answer in fast] == [answer.label for answer in exact]
    assert fast != exact  # otherwise bfloat16 was not used at all


def test_each_distinct_pair_costs_three_inputs(make_inference: MakeInference) -> None:
    scorer = load(make_inference())
    pairs = some_pairs(5)
    answers = scorer.score([*pairs, *pairs, *pairs])
    assert scorer.rows_computed == 3 * 5
    assert answers[:5] == answers[5:10] == answers[10:]
    assert scorer.score([]) == []


def test_a_long_sentence_is_read_around_its_target_and_alike_by_all_claims(make_inference: MakeInference) -> None:
    scorer = load(make_inference())
    filler = "filler the market , " * 60
    ends = [Pair(f"{filler} court alpha {end} {filler}", "alpha", "pt") for end in ("wins praise", "loses but")]
    for pair in ends:
        premises = set()
        for encoded in scorer._encode([pair]):
            assert 40 < len(encoded.token_ids) <= MAX_TOKENS
            tokens = scorer._tokenizer.convert_ids_to_tokens(encoded.token_ids)
            premises.add(tuple(tokens[: tokens.index("[SEP]")]))
        [premise] = premises
        assert "alpha" in premise
    first, second = scorer.score(ends)
    assert first != second


def test_a_target_longer_than_the_input_is_still_answered(make_inference: MakeInference) -> None:
    target = " ".join(["alpha"] * 100)
    [answer] = load(make_inference()).score([Pair(f"the {target} wins", target, "en")])
    assert sum(as_list(answer)) == pytest.approx(1.0)


def test_a_temperature_of_the_language_softens_the_answer(make_inference: MakeInference) -> None:
    pairs = [Pair("alpha wins praise", "alpha", language) for language in ("de", "fr")]
    plain = load(make_inference("plain")).score(pairs)
    soft = load(make_inference("soft", newstone_temperature={"de": 50.0})).score(pairs)
    assert max(as_list(soft[0])) < max(as_list(plain[0])) - 0.01
    assert soft[0].label is plain[0].label
    assert soft[1] == plain[1]


def test_the_revision_names_the_claims_and_no_choice_that_changes_nothing(make_inference: MakeInference) -> None:
    folder = make_inference()
    identity = identify_scorer(str(folder))
    assert identity.revision == f"{identity.checkpoint.content_hash}+{hypotheses_hash()}"
    assert identify_scorer(str(folder), input_form=InputForm.NLI).revision == identity.revision
    assert (identity.languages, identity.input_form) == (None, InputForm.NLI)


def test_numbered_labels_are_read_as_inference_with_a_mapping(make_inference: MakeInference) -> None:
    folder = make_inference(names=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match=r'not those of natural language inference.*"LABEL_2" = "entailment"'):
        load(folder, input_form=InputForm.NLI)
    mapping = dict(zip(("LABEL_0", "LABEL_1", "LABEL_2"), NAMES, strict=True))
    pairs = some_pairs(4)
    expected = load(make_inference("named")).score(pairs)
    assert load(folder, labels=mapping).score(pairs) == expected
    in_config = make_inference("config", names=tuple(mapping), newstone_labels=mapping)
    assert load(in_config).score(pairs) == expected


def test_inference_asked_as_a_classifier_of_sentiment_is_refused(make_inference: MakeInference) -> None:
    with pytest.raises(ModelError, match=r"labels are those of natural language inference: set input_form = \"nli\""):
        load_scorer(str(make_inference()), input_form=InputForm.SENTENCE)
