import itertools
import json
import re
import tomllib

import pytest

from analysis.scorers.base import Label, Probabilities
from analysis.scorers.labels import parse_entailment, parse_labels, says_entailment
from pipelines.errors import ModelError


@pytest.mark.parametrize(
    "names",
    [pytest.param(order, id="-".join(order)) for order in itertools.permutations(["NEGATIVE", "Neutral", "positive"])],
)
def test_columns_follow_the_names_in_any_order_and_case(names: tuple[str, ...]) -> None:
    scheme = parse_labels(dict(enumerate(names)))
    assert [label.value for label in scheme.labels] == [name.lower() for name in names]


def test_stars_are_folded_into_three_labels() -> None:
    scheme = parse_labels(dict(enumerate(["1 star", "2 stars", "3 stars", "4 stars", "5 stars"])))
    assert scheme.columns(Label.NEGATIVE) == (0, 1)
    assert scheme.columns(Label.NEUTRAL) == (2,)
    assert scheme.columns(Label.POSITIVE) == (3, 4)


def test_very_negative_and_very_positive_are_folded() -> None:
    scheme = parse_labels(dict(enumerate(["Very Negative", "Negative", "Neutral", "Positive", "very_positive"])))
    assert scheme.columns(Label.NEGATIVE) == (0, 1)
    assert scheme.columns(Label.POSITIVE) == (3, 4)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["Negativ", "Neutral", "Positiv"], id="de"),
        pytest.param(["négatif", "neutre", "positif"], id="fr"),
        pytest.param(["negativo", "neutro", "positivo"], id="es-it-pt"),
        pytest.param(["negatief", "neutraal", "positief"], id="nl"),
        pytest.param(["negatywny", "neutralny", "pozytywny"], id="pl"),
        pytest.param(["отрицательный", "Нейтральный", "положительный"], id="ru"),
        pytest.param(["Olumsuz", "Nötr", "Olumlu"], id="tr"),
        pytest.param(["سلبي", "محايد", "ايجابي"], id="ar"),
        pytest.param(["负面", "中性", "正面"], id="zh"),
        pytest.param(["ネガティブ", "ニュートラル", "ポジティブ"], id="ja"),
        pytest.param(["부정", "중립", "긍정"], id="ko"),
        pytest.param(["NEG", "NEU", "POS"], id="short"),
        pytest.param(["N", "NEU", "P"], id="letters"),
        pytest.param(["-1", "0", "1"], id="signs"),
    ],
)
def test_plain_names_are_read_in_many_languages(names: list[str]) -> None:
    assert parse_labels(dict(enumerate(names))).labels == (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
    backwards = parse_labels(dict(enumerate(reversed(names))))
    assert backwards.labels == (Label.POSITIVE, Label.NEUTRAL, Label.NEGATIVE)


def test_words_and_marks_of_degree_are_folded() -> None:
    spanish = parse_labels(dict(enumerate(["P+", "P", "NEU", "NONE", "N", "N+"])))
    assert spanish.columns(Label.POSITIVE) == (0, 1)
    assert spanish.columns(Label.NEUTRAL) == (2, 3)
    assert spanish.columns(Label.NEGATIVE) == (4, 5)
    german = parse_labels(
        dict(enumerate(["sehr negativ", "eher-negativ", "neutral", "leicht_positiv", "sehr positiv"]))
    )
    assert german.columns(Label.NEGATIVE) == (0, 1)
    assert german.columns(Label.POSITIVE) == (3, 4)


@pytest.mark.parametrize(
    ("names", "mapping"),
    [
        pytest.param(["LABEL_0", "LABEL_1", "LABEL_2"], ["negative", "neutral", "positive"], id="three"),
        pytest.param(["0", "1", "2"], ["negative", "neutral", "positive"], id="numbers-without-sign"),
        pytest.param(
            [f"LABEL_{i}" for i in range(5)], ["negative", "negative", "neutral", "positive", "positive"], id="five"
        ),
        pytest.param(
            ["mixed", "positive", "negative", "neutral"],
            ["neutral", "positive", "negative", "neutral"],
            id="one-unknown",
        ),
    ],
)
def test_unknown_labels_are_refused_with_a_mapping_that_can_be_pasted(names: list[str], mapping: list[str]) -> None:
    with pytest.raises(ModelError) as caught:
        parse_labels(dict(enumerate(names)))
    [line] = re.findall(r"labels = \{.*?\}", str(caught.value))
    [entry] = re.findall(r'"newstone_labels": (\{.*?\})', str(caught.value))
    assert tomllib.loads(line)["labels"] == json.loads(entry) == dict(zip(names, mapping, strict=True))
    parse_labels(dict(enumerate(names)), json.loads(entry))


def test_numbered_labels_are_read_with_a_mapping() -> None:
    scheme = parse_labels(
        {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, {"label_0": "positive", "LABEL_1": "Negative", "LABEL_2": "neutral"}
    )
    assert scheme.labels == (Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL)


@pytest.mark.parametrize(
    ("names", "mapping", "message"),
    [
        pytest.param(["negative", "positive"], None, "means neutral", id="two-classes"),
        pytest.param(["entailment", "neutral", "contradiction"], None, r"'entailment' says nothing.*\"nli\"", id="nli"),
        pytest.param(["N", "P"], None, "'N' says nothing", id="letters-that-are-no-set"),
        pytest.param(
            ["negative", "neutral", "positive"], {"Stray_One": "neutral"}, "'Stray_One'", id="stray-as-written"
        ),
        pytest.param(["a", "b", "c"], {"a": "good"}, "names 'good'; use negative", id="unknown-meaning"),
        pytest.param(["negative", "neutral", "positive"], {"x": "neutral"}, "'x', which the checkpoint", id="stray"),
    ],
)
def test_what_cannot_be_understood_is_refused(names: list[str], mapping: dict[str, str] | None, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse_labels(dict(enumerate(names)), mapping)


@pytest.mark.parametrize(
    ("names", "mapping", "column"),
    [
        pytest.param(["entailment", "neutral", "contradiction"], None, 0, id="first"),
        pytest.param(["CONTRADICTION", "Neutral", "Entailment"], None, 2, id="last-any-case"),
        pytest.param(["neutral", "entailment", "contradiction"], None, 1, id="middle"),
        pytest.param(["entailment", "not_entailment"], None, 0, id="two-way"),
        pytest.param(["Not-Entailment", "entailment"], None, 1, id="two-way-reversed"),
        pytest.param(
            ["LABEL_0", "LABEL_1", "LABEL_2"],
            {"LABEL_0": "contradiction", "LABEL_1": "entailment", "LABEL_2": "neutral"},
            1,
            id="mapped",
        ),
    ],
)
def test_labels_of_inference_are_read_by_name(names: list[str], mapping: dict[str, str] | None, column: int) -> None:
    assert says_entailment(dict(enumerate(names)), mapping)
    assert parse_entailment(dict(enumerate(names)), mapping).entailment == column


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["negative", "neutral", "positive"], id="sentiment"),
        pytest.param(["neutral", "contradiction"], id="without-entailment"),
        pytest.param(["entailment", "neutral", "paraphrase"], id="something-else"),
        pytest.param(["entailment"], id="alone"),
    ],
)
def test_other_labels_are_not_those_of_inference(names: list[str]) -> None:
    assert not says_entailment(dict(enumerate(names)))
    with pytest.raises(ModelError, match=r'labels = \{.*"entailment"'):
        parse_entailment(dict(enumerate(names)))


def test_gaps_in_the_numbering_are_refused() -> None:
    with pytest.raises(ModelError, match="without a gap"):
        parse_labels({0: "negative", 2: "neutral", 3: "positive"})


@pytest.mark.parametrize(
    ("probabilities", "label"),
    [
        pytest.param((0.5, 0.3, 0.2), Label.NEGATIVE, id="negative"),
        pytest.param((0.1, 0.2, 0.7), Label.POSITIVE, id="positive"),
        pytest.param((0.2, 0.4, 0.4), Label.NEUTRAL, id="tie-with-neutral"),
        pytest.param((0.4, 0.2, 0.4), Label.NEGATIVE, id="tie-without-neutral"),
    ],
)
def test_the_label_is_the_most_probable_one(probabilities: tuple[float, float, float], label: Label) -> None:
    assert Probabilities(*probabilities).label is label


def test_polarity_is_positive_minus_negative() -> None:
    assert Probabilities(0.25, 0.25, 0.5).polarity == 0.25
