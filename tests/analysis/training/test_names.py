import random

import pytest

from analysis.scorers.base import Label
from analysis.training.data import Aim, Sentence
from analysis.training.names import (
    can_be_swapped,
    collect_names,
    exchange,
    invent_name,
    script_of,
    swap_names,
    swap_one,
)


def _sentence(text: str, *targets: str, language: str = "en") -> Sentence:
    labels = (Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL)
    return Sentence(text, tuple(Aim(each, labels[i]) for i, each in enumerate(targets)), language, "authored")


@pytest.mark.parametrize(
    ("sentence", "target", "expected"),
    [
        pytest.param(_sentence("Orvane wins.", "Orvane"), "Orvane", True, id="a-name-on-its-own"),
        pytest.param(_sentence("Shares of Orvane's rival fell.", "Orvane"), "Orvane", True, id="possessive"),
        pytest.param(_sentence("Orvane beats the old Orvane.", "Orvane"), "Orvane", False, id="stands-twice"),
        pytest.param(_sentence("GPT-5 wins.", "GPT"), "GPT", False, id="part-of-a-product-name"),
        pytest.param(_sentence("Qwen3 wins.", "Qwen"), "Qwen", False, id="number-attached"),
        pytest.param(_sentence("Metaverse firms fall.", "Meta"), "Meta", False, id="part-of-a-word"),
        pytest.param(
            _sentence("Alibaba Cloud wins.", "Alibaba Cloud", "Alibaba"), "Alibaba", False, id="in-another-target"
        ),
        pytest.param(_sentence("She won.", "she"), "she", False, id="not-there"),
        pytest.param(_sentence("the maker won.", "maker"), "maker", False, id="not-a-name"),
        pytest.param(_sentence("华为发布新品。", "华为", language="zh"), "华为", True, id="chinese-has-no-spaces"),
        pytest.param(
            _sentence("DeepSeek发布新品。", "DeepSeek", language="zh"), "DeepSeek", True, id="latin-in-chinese"
        ),
        pytest.param(
            _sentence("ソニーミュージックが発表", "ソニー", language="ja"), "ソニー", False, id="katakana-goes-on"
        ),
        pytest.param(
            _sentence("삼성전자는 웃었다.", "삼성전자", language="ko"), "삼성전자", True, id="korean-particle"
        ),
    ],
)
def test_only_names_that_stand_alone_are_swapped(sentence: Sentence, target: str, expected: bool) -> None:
    assert can_be_swapped(sentence, target) is expected


def test_a_swap_changes_text_and_target_together_and_keeps_the_labels() -> None:
    sentence = _sentence("Orvane beats Kelorn in every test.", "Orvane", "Kelorn")
    pool = collect_names([sentence, _sentence("Travio and Brask met.", "Travio", "Brask")])
    n_changed = 0
    for seed in range(60):
        swapped = swap_names(sentence, pool, random.Random(seed))
        first, second = swapped.aims
        assert swapped.text == f"{first.target} beats {second.target} in every test."
        assert (first.label, second.label) == (Label.POSITIVE, Label.NEGATIVE)
        assert first.target != second.target
        n_changed += swapped != sentence
    assert 10 < n_changed < 50


def test_new_names_are_of_the_same_language_and_script() -> None:
    pool = collect_names(
        [
            _sentence("Яндекс и Сбер растут.", "Яндекс", "Сбер", language="ru"),
            _sentence("Газпром растёт.", "Газпром", language="ru"),
            _sentence("Лукойлу трудно.", "Лукойлу", language="ru"),
            _sentence("Яндексу легко.", "Яндексу", language="ru"),
            _sentence("Orvane wins.", "Orvane"),
        ]
    )
    given = _sentence("Лукойлу грозит штраф.", "Лукойлу", language="ru")
    assert {swap_one(given, "Лукойлу", pool, random.Random(seed)).aims[0].target for seed in range(20)} == {"Яндексу"}


def test_a_name_without_a_substitute_stays() -> None:
    sentence = _sentence("华为发布新品。", "华为", language="zh")
    assert swap_one(sentence, "华为", {}, random.Random(0)) is sentence


def test_invented_names_look_like_names_and_seldom_repeat() -> None:
    names = {invent_name(random.Random(seed)) for seed in range(200)}
    assert len(names) > 190
    assert all(script_of(each) == "LATIN" and each[0].isupper() for each in names)


def test_exchanged_names_leave_the_labels_at_their_places() -> None:
    changed = exchange(_sentence("Orvane beats Kelorn, says Orvanex.", "Orvane", "Kelorn"), "Orvane", "Kelorn")
    assert changed is None  # "Orvane" goes on in "Orvanex"
    changed = exchange(_sentence("Orvane beats Kelorn.", "Orvane", "Kelorn"), "Orvane", "Kelorn")
    assert changed is not None
    assert changed.text == "Kelorn beats Orvane."
    assert [(aim.target, aim.label) for aim in changed.aims] == [("Kelorn", Label.POSITIVE), ("Orvane", Label.NEGATIVE)]


def test_names_of_different_script_are_not_exchanged() -> None:
    sentence = _sentence("华为与Orvane合作。", "华为", "Orvane", language="zh")
    assert exchange(sentence, "华为", "Orvane") is None
