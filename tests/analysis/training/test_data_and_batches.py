import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.scorers.base import Label
from analysis.training.batches import epoch_batches
from analysis.training.data import (
    AUTHORED,
    LICENCES,
    TEST_SETS,
    Aim,
    OpenSet,
    Sentence,
    count_rows,
    draw_open,
    read_authored,
    read_open,
)
from analysis.training.development import read_development, without_near_duplicates
from pipelines.errors import DataFileError

_EVENTS = (
    "opens a plant near the river in spring",
    "loses the case about patents for batteries",
    "has hired forty engineers from a rival",
    "recalls laptops because of burnt plugs",
    "sells its stake to a pension fund",
    "won the tender of the city library",
    "moves the head office to a quieter town",
    "doubled what it pays to suppliers",
    "was praised for clear manuals and calm support",
    "delays the tablet by another quarter",
)


def _sentences() -> list[Sentence]:
    aims = (Aim("Orvane", Label.NEUTRAL), Aim("Kelorn", Label.POSITIVE))
    return [Sentence(f"Orvane {each}.", aims, "en", AUTHORED) for each in _EVENTS]


def test_training_sentences_of_the_template_of_a_development_sentence_are_left_out() -> None:
    sentences = _sentences()
    twin = replace(sentences[3], text=sentences[3].text.replace("Orvane", "Zuhai"), aims=(Aim("Zuhai", Label.NEUTRAL),))
    assert without_near_duplicates(sentences, [twin]) == [*sentences[:3], *sentences[4:]]
    assert without_near_duplicates(sentences, []) == sentences


def test_the_development_sentences_are_read_by_language(development: Path) -> None:
    found = read_development(development)
    assert list(found) == ["en", "nl"]
    assert all(len(each.aims) == 2 for each in found["nl"])


def test_the_shipped_development_sentences_are_enough_and_none_is_trained_on() -> None:
    development = read_development()
    authored = read_authored()
    assert sorted(development) == sorted(authored) == "ar de en es fr it ja ko nl pl pt ru tr zh".split()  # noqa: SIM905
    for language, sentences in development.items():
        assert sum(len(each.aims) for each in sentences) >= 40
        assert not {each.text for each in sentences} & {each.text for each in authored[language]}


def test_every_shipped_target_stands_in_its_sentence() -> None:
    for part in (*read_authored().values(), *read_development().values()):
        for sentence in part:
            assert all(aim.target and aim.target in sentence.text for aim in sentence.aims)


def test_rows_of_a_sentence_are_read_as_one_from_all_parts(authored: Path) -> None:
    found = read_authored(authored)
    assert list(found) == ["en", "nl"]
    assert all(len(each.aims) == 2 for each in found["nl"])
    assert count_rows([*found["en"], *found["nl"]]) == {AUTHORED: 257}
    assert count_rows(read_authored(authored, {"2"})["en"]) == {AUTHORED: 1}


def test_of_open_sets_only_the_training_part_is_read(data: Path) -> None:
    available = read_open(data)
    assert count_rows(available["newsmtsc"]) == {"newsmtsc": 20}
    assert not any("test" in each.text for each in available["newsmtsc"])


def test_other_parts_can_be_read_to_measure(data: Path) -> None:
    tests = read_open(data, TEST_SETS, split="test")
    assert count_rows([each for part in tests.values() for each in part]) == {"gerntsa": 4, "newsmtsc_rw": 4}


def test_an_epoch_draws_so_many_rows_of_a_set_and_others_the_next_time(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    available = read_open(data)
    monkeypatch.setattr("analysis.training.data.OPEN_SETS", (OpenSet("newsmtsc", "MIT", rows_per_epoch=9),))
    one, other = draw_open(available, random.Random(0)), draw_open(available, random.Random(1))
    assert len(one) == len(set(one)) == 9
    assert set(one) != set(other)


def test_every_source_has_a_licence(data: Path) -> None:
    assert {AUTHORED, *read_open(data)} <= set(LICENCES)
    assert not {"umsab", "opener_en", "opener_es", "multibooked_ca"} & set(LICENCES)


def test_a_folder_without_sentences_is_named(authored: Path, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"no PART/LANG\.jsonl"):
        read_authored(tmp_path / "empty")
    with pytest.raises(DataFileError, match=r"no 8 or 9/LANG\.jsonl"):
        read_authored(authored, {"9", "8"})
    with pytest.raises(DataFileError, match=r"no LANG\.jsonl"):
        read_development(tmp_path / "empty")


def test_a_wrong_line_is_named(authored: Path) -> None:
    path = authored / "1" / "en.jsonl"
    path.write_text('{"text": "a", "target": "a", "lang": "en", "label": "fine"}\n', encoding="utf-8")
    with pytest.raises(DataFileError, match=r"en\.jsonl, line 1: .*fine"):
        read_authored(authored)
    path.write_bytes('{"text": "é"}'.encode("latin-1"))
    with pytest.raises(DataFileError, match=r"en\.jsonl is not UTF-8"):
        read_authored(authored)


def test_an_open_set_that_is_cut_off_is_named(data: Path) -> None:
    path = data / "open" / "newsmtsc.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataFileError, match=r"newsmtsc\.jsonl\.gz cannot be read"):
        read_open(data)


def test_an_epoch_has_every_authored_sentence_once_and_keeps_its_targets_together(data: Path, authored: Path) -> None:
    sentences = [each for part in read_authored(authored).values() for each in part]
    batches = epoch_batches(sentences, read_open(data), epoch=0, batch_rows=8, seed=3)
    seen = Counter(each for batch in batches for each in batch if each.source == AUTHORED)
    assert seen == Counter(sentences)
    assert max(sum(len(each.aims) for each in batch) for batch in batches) <= 8
    assert batches == epoch_batches(sentences, read_open(data), epoch=0, batch_rows=8, seed=3)
    assert batches != epoch_batches(sentences, read_open(data), epoch=1, batch_rows=8, seed=3)
