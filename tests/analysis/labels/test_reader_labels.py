"""Labels in the database, and how right the current model is by them."""

from dataclasses import replace

import pytest

from analysis.reader_labels import LanguagePrecision, Proportion, live_precision, wilson_proportion
from analysis.scorers.base import Label
from db.reader_labels import (
    Drawn,
    ExportedMention,
    LabelReport,
    ReaderLabel,
    TrainingLabel,
    label_stock,
    load_reader_labels,
    training_labels,
)
from db.writer import open_writer
from pipelines.errors import StoreError
from tests.analysis.labels.conftest import SURE, Press, Probabilities, Said
from tests.db import build

NEGATIVE: Probabilities = (0.8, 0.1, 0.1)
NEUTRAL: Probabilities = (0.1, 0.8, 0.1)
POSITIVE: Probabilities = (0.1, 0.1, 0.8)
NEXT_MODEL = replace(build.MODEL, model_revision="r2")


def by_language(press: Press) -> dict[str, LanguagePrecision]:
    with press.opened() as store:
        return {each.language: each for each in live_precision(store)}


@pytest.mark.parametrize(
    ("n_right", "n", "low", "high"),
    [
        pytest.param(8, 10, 0.4902, 0.9433, id="eight-of-ten"),
        pytest.param(0, 5, 0.0, 0.4345, id="none"),
        pytest.param(5, 5, 0.5655, 1.0, id="all"),
        pytest.param(81, 263, 0.2553, 0.3662, id="newcombe-1998"),
    ],
)
def test_the_interval_is_that_of_wilson(n_right: int, n: int, low: float, high: float) -> None:
    found = wilson_proportion(n_right, n)
    assert (found.low, found.value, found.high) == pytest.approx((low, n_right / n, high), abs=5e-5)


def test_no_label_is_no_share(press: Press) -> None:
    assert wilson_proportion(0, 0) == Proportion(0, 0, None, None, None)
    press.load([Said("Acme grows.")])
    assert by_language(press) == {}


def test_only_the_random_sample_counts_and_the_uncertain_stand_apart(press: Press) -> None:
    ids = [
        each.mention_id
        for each in press.load(
            [Said(f"Acme fails in {i}.", NEGATIVE) for i in range(4)]
            + [Said(f"Acme wins in {i}.", POSITIVE) for i in range(6)]
            + [Said(f"Acme zögert in {i}.", NEUTRAL, "de") for i in range(3)]
        )
    ]
    press.label({ids[0]: "negative", ids[1]: "neutral", ids[2]: "unclear", ids[4]: "positive", ids[5]: "positive"})
    press.label({ids[3]: "neutral", ids[6]: "positive", ids[10]: "positive", ids[11]: "unclear"}, Drawn.UNCERTAIN)
    found = by_language(press)
    english = found["en"]
    assert list(found) == ["en", "de"]
    assert (english.model_id, english.model_revision) == (build.MODEL.model_id, build.MODEL.model_revision)
    assert (english.n, english.n_right, english.n_unclear, english.n_not_scored) == (4, 3, 1, 0)
    assert english.precision == wilson_proportion(3, 4)
    assert {row.label: (row.precision.n_right, row.precision.n) for row in english.by_label} == {
        Label.NEGATIVE: (1, 2),
        Label.NEUTRAL: (0, 0),
        Label.POSITIVE: (2, 2),
    }
    assert english.of_the_uncertain == wilson_proportion(1, 2)
    assert (found["de"].n, found["de"].of_the_uncertain.n, found["de"].n_unclear) == (0, 1, 0)


def test_labels_measure_the_model_that_is_in_use_now(press: Press) -> None:
    mentions = press.load([Said(f"Acme fails in {i}.", NEGATIVE) for i in range(4)])
    press.label({each.mention_id: "negative" for each in mentions})
    assert by_language(press)["en"].precision == wilson_proportion(4, 4)
    press.score(mentions[:3], [NEGATIVE, POSITIVE, NEUTRAL], NEXT_MODEL)
    found = by_language(press)["en"]
    assert found.model_revision == "r2"
    assert (found.n, found.n_right, found.n_not_scored) == (3, 1, 1)


def test_labels_outlive_a_changed_watchlist(press: Press) -> None:
    said = Said("Acme fails.", NEGATIVE)
    [before] = press.load([said])
    press.label({before.mention_id: "negative"})
    [after] = press.load([said], NEXT_MODEL, watchlist_version="w2")
    assert after.mention_id != before.mention_id
    assert (by_language(press)["en"].n, by_language(press)["en"].n_right) == (1, 1)


def test_a_changed_label_counts_and_the_same_again_adds_nothing(press: Press) -> None:
    [mention] = press.load([Said("Acme fails.", NEGATIVE)])
    one, other = {mention.mention_id: "neutral"}, {mention.mention_id: "negative"}
    assert press.label(one) == LabelReport(1, 0, 0)
    assert press.label(one) == LabelReport(0, 0, 1)
    assert press.label(other) == LabelReport(0, 1, 0)
    assert (by_language(press)["en"].n, by_language(press)["en"].n_right) == (1, 1)
    assert press.label(one) == LabelReport(0, 1, 0)  # the clock stood still, and the newest counts all the same
    assert by_language(press)["en"].n_right == 0
    assert press.label(one, note="read it twice") == LabelReport(0, 1, 0)
    with press.opened() as store:
        assert store.fetch("SELECT count(*) FROM reader_label") == [(4,)]
        assert store.fetch("SELECT note, label, counts FROM reader_labels") == [("read it twice", "neutral", True)]


def test_of_two_readers_the_newest_label_counts_and_their_agreement_is_told(press: Press) -> None:
    ids = [each.mention_id for each in press.load([Said("Acme fails.", NEGATIVE), Said("Acme dips.", NEGATIVE)])]
    press.label(dict.fromkeys(ids, "negative"), reader="ada")
    press.label({ids[0]: "negative", ids[1]: "neutral"}, reader="bob")
    assert (by_language(press)["en"].n, by_language(press)["en"].n_right) == (2, 1)
    with press.opened() as store:
        stock = label_stock(store)
    assert [(each.reader, each.label, each.n, each.n_shared, each.n_agreed) for each in stock] == [
        ("ada", "negative", 2, 2, 1),
        ("bob", "negative", 1, 1, 1),
        ("bob", "neutral", 1, 1, 0),
    ]


def test_a_sentence_that_is_drawn_at_random_later_measures_and_no_longer_trains(press: Press) -> None:
    [mention] = press.load([Said("Acme fails.", NEGATIVE)])
    labels = {mention.mention_id: "negative"}
    press.label(labels, Drawn.UNCERTAIN)
    with press.opened() as store:
        assert training_labels(store) == (TrainingLabel("Acme fails.", "Acme", "negative", "en"),)
    assert press.label(labels, Drawn.RANDOM) == LabelReport(0, 1, 0)
    assert press.label(labels, Drawn.UNCERTAIN) == LabelReport(0, 0, 1)  # the first table again
    assert by_language(press)["en"].n == 1
    with press.opened() as store:
        assert training_labels(store) == ()


def test_unclear_labels_do_not_train(press: Press) -> None:
    [mention] = press.load([Said("Acme fails.", NEGATIVE)])
    press.label({mention.mention_id: "unclear"}, Drawn.UNCERTAIN)
    with press.opened() as store:
        assert training_labels(store) == ()


def test_what_the_model_had_said_is_kept_with_the_label(press: Press) -> None:
    [mention] = press.load([Said("Acme fails.", SURE)])
    press.score([mention], [POSITIVE], NEXT_MODEL)
    press.label({mention.mention_id: "negative"})  # exported before the model changed
    with press.opened() as store:
        [row] = store.fetch("SELECT model_revision, p_negative, p_neutral, p_positive, target FROM reader_label")
    assert row == ("r1", *SURE, "Acme")


def test_a_label_of_an_unknown_mention_is_refused_and_none_is_added(press: Press) -> None:
    [mention] = press.load([Said("Acme fails.", NEGATIVE)])
    known = ReaderLabel(ExportedMention(mention.mention_id, "tiny", "r1"), "negative", "", Drawn.RANDOM)
    unknown = replace(known, mention=ExportedMention("feed", "tiny", "r1"))
    with open_writer(press.store) as writer, pytest.raises(StoreError, match="feed"):
        load_reader_labels(writer, [known, unknown], "ada", build.NOON)
    assert by_language(press) == {}


def test_the_snapshot_has_the_labels(press: Press) -> None:
    mentions = press.load([Said("Acme fails.", NEGATIVE), Said("Acme wins.", POSITIVE)])
    press.label({each.mention_id: "negative" for each in mentions})
    with press.published() as snapshot:
        [found] = live_precision(snapshot)
    assert found.precision == wilson_proportion(1, 2)
