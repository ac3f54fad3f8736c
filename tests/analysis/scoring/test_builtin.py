"""The checkpoint that is installed with newstone."""

import json
from pathlib import Path

import pytest

from analysis.scorers import InputForm, Label, Pair, Precision, Scorer, load_scorer
from analysis.scorers.builtin import builtin_folder
from analysis.scorers.transformers_scorer import TransformersScorer
from analysis.sentiment_evaluation import evaluate_sentiment, read_labelled_pairs
from analysis.training.development import read_development
from analysis.training.finish import VALIDATED_MACRO_F1
from analysis.training.measure import measure
from analysis.training.pack import pack_checkpoint

_LARGEST_FILE_BYTES = 40_000_000  # git keeps every version of it
_LEAST_MACRO_F1_NEWSMTSC_RW = 0.72  # the card says more; arithmetic differs a little between processors
_SHARED = Path(__file__).parents[4] / "shared" / "training"

_OBVIOUS = [
    ("en", "Reviewers praised Orvane for its excellent and reliable new chip.", "Orvane", Label.POSITIVE),
    ("en", "Orvane was fined for fraud, and its customers are furious about the failure.", "Orvane", Label.NEGATIVE),
    ("de", "Tester loben Orvane für den hervorragenden und zuverlässigen neuen Chip.", "Orvane", Label.POSITIVE),
    ("de", "Orvane wurde wegen Betrugs verurteilt, die Kunden sind empört.", "Orvane", Label.NEGATIVE),
    ("fr", "Les testeurs saluent Orvane pour son excellente nouvelle puce.", "Orvane", Label.POSITIVE),
    ("fr", "Orvane a été condamné pour fraude et ses clients sont furieux.", "Orvane", Label.NEGATIVE),
    ("es", "Los expertos elogian a Orvane por su excelente y fiable chip.", "Orvane", Label.POSITIVE),
    ("es", "Orvane fue condenada por fraude y sus clientes están indignados.", "Orvane", Label.NEGATIVE),
    ("zh", "评测者称赞Orvane的新芯片性能出色、非常可靠。", "Orvane", Label.POSITIVE),
    ("zh", "Orvane因欺诈被罚款，用户对其严重故障非常愤怒。", "Orvane", Label.NEGATIVE),
    ("ja", "専門家はOrvaneの新型チップの優れた性能を高く評価した。", "Orvane", Label.POSITIVE),
    ("ja", "Orvaneは不正行為で罰金を科され、顧客の信頼を失った。", "Orvane", Label.NEGATIVE),
]


@pytest.fixture(scope="module")
def builtin() -> Scorer:
    return load_scorer()


def test_it_is_small_and_has_a_card() -> None:
    sizes = {path.name: path.stat().st_size for path in builtin_folder().iterdir() if path.is_file()}
    assert max(sizes.values()) <= _LARGEST_FILE_BYTES
    assert [name for name in sizes if name.endswith(".safetensors")] == ["model.int8.safetensors"]
    assert sizes["README.md"] > 0


def test_it_names_itself_and_its_languages(builtin: Scorer) -> None:
    assert isinstance(builtin, TransformersScorer)
    assert builtin.model_id.startswith("newstone-sentiment-")
    assert builtin.input_form is InputForm.MASKED
    config = json.loads((builtin_folder() / "config.json").read_bytes())
    figures = config["newstone_macro_f1"]
    assert sorted(figures) == "ar de en es fr it ja ko nl pl pt ru tr zh".split()  # noqa: SIM905
    assert builtin.languages == frozenset(code for code, macro_f1 in figures.items() if macro_f1 >= VALIDATED_MACRO_F1)
    assert set(config["newstone_temperature"]) == {"", *figures}


def test_its_figures_are_those_of_the_development_sentences() -> None:
    scorer = load_scorer(all_languages=True)
    sentences = [each for part in read_development().values() for each in part]
    measured = measure(scorer, sentences, {})
    stated = json.loads((builtin_folder() / "config.json").read_bytes())["newstone_macro_f1"]
    for language, figures in measured.languages.items():
        assert figures.macro_f1 == pytest.approx(stated[language], abs=0.03)  # packing and arithmetic differ a little


def test_the_name_of_the_target_changes_nothing(builtin: Scorer) -> None:
    names = ("Orvane", "OpenAI", "Huawei", "Нейрон", "小米")
    sentence = "{} was fined for fraud while Kelorn won the tender."
    assert len({builtin.score([Pair(sentence.format(name), name, "en")])[0] for name in names}) == 1


def test_two_targets_of_a_sentence_get_answers_of_their_own(builtin: Scorer) -> None:
    sentence = "Orvane won the contract because Kelorn had lost customer data again."
    winner, loser = builtin.score([Pair(sentence, name, "en") for name in ("Orvane", "Kelorn")])
    assert winner.label is Label.POSITIVE
    assert loser.label is Label.NEGATIVE


@pytest.mark.parametrize(
    ("language", "sentence", "target", "label"),
    [pytest.param(*each, id=f"{each[0]}-{each[3].value}") for each in _OBVIOUS],
)
def test_obvious_sentences_get_the_right_sign(
    builtin: Scorer, language: str, sentence: str, target: str, label: Label
) -> None:
    [answer] = builtin.score([Pair(sentence, target, language)])
    assert (answer.polarity > 0) == (label is Label.POSITIVE)


def test_both_precisions_choose_the_same_labels() -> None:
    pairs = [Pair(sentence, target, language) for language, sentence, target, _ in _OBVIOUS]
    exact, fast = (load_scorer(precision=each).score(pairs) for each in (Precision.FLOAT32, Precision.BFLOAT16))
    assert [answer.label for answer in exact] == [answer.label for answer in fast]


@pytest.mark.shared
@pytest.mark.slow
def test_packing_keeps_the_labels_of_a_full_checkpoint(tmp_path: Path) -> None:
    rows = _newsmtsc_rw()
    pairs = [row.pair for row in read_labelled_pairs(rows)]
    pack_checkpoint(_SHARED / "checkpoint", tmp_path / "packed", {"newstone_input": "pair"})
    answers = [
        load_scorer(str(folder), precision=Precision.FLOAT32).score(pairs)
        for folder in (_SHARED / "checkpoint", tmp_path / "packed")
    ]
    same = [one.label is other.label for one, other in zip(*answers, strict=True)]
    assert sum(same) / len(same) >= 0.99


@pytest.mark.shared
@pytest.mark.slow
def test_its_quality_on_english_news_is_that_of_its_card(builtin: Scorer) -> None:
    macro_f1 = evaluate_sentiment(_newsmtsc_rw(), builtin).overall.macro_f1
    assert macro_f1 is not None
    assert macro_f1 >= _LEAST_MACRO_F1_NEWSMTSC_RW


def _newsmtsc_rw() -> Path:
    rows = _SHARED / "open" / "newsmtsc_rw.jsonl.gz"
    if not rows.is_file() or not (_SHARED / "checkpoint").is_dir():
        pytest.skip("shared/training is not beside the checkout")
    return rows
