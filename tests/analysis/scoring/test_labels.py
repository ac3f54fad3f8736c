import itertools

import pytest

from analysis.scorers.base import Label, Probabilities
from analysis.scorers.labels import parse_labels
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


def test_numbered_labels_are_refused_with_the_mapping_to_write() -> None:
    with pytest.raises(ModelError, match=r'LABEL_0.*\{"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "posi'):
        parse_labels({0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"})


def test_numbered_labels_are_read_with_a_mapping() -> None:
    scheme = parse_labels(
        {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, {"label_0": "positive", "LABEL_1": "Negative", "LABEL_2": "neutral"}
    )
    assert scheme.labels == (Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL)


@pytest.mark.parametrize(
    ("names", "mapping", "message"),
    [
        pytest.param(["negative", "positive"], None, "means neutral", id="two-classes"),
        pytest.param(["entailment", "neutral", "contradiction"], None, "'entailment' says nothing", id="nli"),
        pytest.param(["a", "b", "c"], {"a": "good"}, "names 'good'; use negative", id="unknown-meaning"),
        pytest.param(["negative", "neutral", "positive"], {"x": "neutral"}, "'x', which the checkpoint", id="stray"),
    ],
)
def test_what_cannot_be_understood_is_refused(names: list[str], mapping: dict[str, str] | None, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse_labels(dict(enumerate(names)), mapping)


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
