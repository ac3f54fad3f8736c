from collections.abc import Sequence

import pytest

from analysis.scorers import InputForm, Label, Pair, Probabilities
from analysis.training.data import Aim, Sentence
from analysis.training.measure import by_language, judge, measure

_CERTAIN = {
    Label.NEGATIVE: Probabilities(1.0, 0.0, 0.0),
    Label.NEUTRAL: Probabilities(0.0, 1.0, 0.0),
    Label.POSITIVE: Probabilities(0.0, 0.0, 1.0),
}
_POOL = {("en", "LATIN"): ("Travio", "Brask", "Nubira"), ("de", "LATIN"): ("Travio", "Brask", "Nubira")}


class _Scorer:
    model_id = "by-rule"
    revision = "r1"
    languages = None
    input_form = InputForm.PAIR

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        return [_CERTAIN[self.label(pair)] for pair in pairs]

    def label(self, pair: Pair) -> Label:
        raise NotImplementedError


class _ByPlace(_Scorer):
    """The name at the beginning is praised, the other blamed, whatever they are called."""

    def label(self, pair: Pair) -> Label:
        return Label.POSITIVE if pair.sentence.startswith(pair.target) else Label.NEGATIVE


class _ByName(_Scorer):
    """Kelorn is blamed wherever it stands, and everybody else praised."""

    def label(self, pair: Pair) -> Label:
        return Label.NEGATIVE if pair.target == "Kelorn" else Label.POSITIVE


def _sentences() -> list[Sentence]:
    aims = (Aim("Orvane", Label.POSITIVE), Aim("Kelorn", Label.NEGATIVE))
    return [
        Sentence("Orvane beats Kelorn in every test.", aims, "en", "development"),
        Sentence("Orvane hat Kelorn abgehängt.", aims, "de", "development"),
    ]


@pytest.mark.parametrize(
    ("scorer", "invariance"), [pytest.param(_ByPlace(), 1.0, id="by-place"), pytest.param(_ByName(), 0.0, id="by-name")]
)
def test_exchanged_names_show_whether_a_scorer_goes_by_the_name(scorer: _Scorer, invariance: float) -> None:
    measured = measure(scorer, _sentences(), _POOL)
    assert measured.overall.macro_f1 == 1.0  # nothing shows before
    assert measured.overall.all_targets_right == 1.0
    assert (measured.n_exchanged, measured.swap_invariance) == (4, invariance)


def test_replaced_names_show_it_too() -> None:
    assert measure(_ByPlace(), _sentences(), _POOL).replacement_invariance == 1.0
    by_name = measure(_ByName(), _sentences(), _POOL)
    assert by_name.n_replaced == 4
    assert by_name.replacement_invariance == 0.5  # Kelorn is gone, and with it the blame


def test_rows_come_in_the_order_of_the_targets_and_are_told_apart_by_language() -> None:
    sentences = _sentences()
    rows = judge(_ByPlace(), sentences)
    assert [row.label for row in rows] == [Label.POSITIVE, Label.NEGATIVE] * 2
    assert measure(_ByPlace(), sentences, _POOL).rows == rows
    assert by_language(sentences, rows) == {"de": rows[2:], "en": rows[:2]}
