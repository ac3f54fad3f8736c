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
    Aim,
    OpenSet,
    Sentence,
    count_rows,
    draw_open,
    read_authored,
    read_open,
)
from analysis.training.holdout import hold_out
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


def test_no_sentence_is_on_both_sides_and_none_is_lost() -> None:
    sentences = _sentences()
    split = hold_out(sentences, share=0.3)
    assert len(split.held_out) == 3
    assert Counter([*split.training, *split.held_out]) == Counter(sentences)


def test_the_split_follows_the_texts_and_not_their_order() -> None:
    sentences = _sentences()
    shuffled = random.Random(1).sample(sentences, len(sentences))
    assert set(hold_out(sentences, share=0.3).held_out) == set(hold_out(shuffled, share=0.3).held_out)


def test_sentences_that_differ_in_names_and_numbers_only_stay_together() -> None:
    pairs = [
        (each, replace(each, text=each.text.replace("Orvane", "Zuhai"), aims=(Aim("Zuhai", Label.NEUTRAL),)))
        for each in _sentences()
    ]
    held_out = set(hold_out([each for pair in pairs for each in pair], share=0.3).held_out)
    assert len(held_out) == 6
    assert all((one in held_out) == (other in held_out) for one, other in pairs)


def test_what_the_checkpoint_has_seen_is_not_held_out() -> None:
    sentences = _sentences()
    twin = replace(sentences[0], text=sentences[0].text.replace("Orvane", "Zuhai"), aims=(Aim("Zuhai", Label.NEUTRAL),))
    held_out = hold_out([*sentences, twin], share=1.0, n_seen=6).held_out
    assert set(held_out) == set(sentences[6:])


def test_rows_of_a_sentence_are_read_as_one(data: Path) -> None:
    authored = read_authored(data)
    assert list(authored) == ["en", "nl"]
    assert all(len(each.aims) == 2 for each in authored["en"])
    assert count_rows([*authored["en"], *authored["nl"]]) == {AUTHORED: 256}


def test_of_open_sets_only_the_training_part_is_read(data: Path) -> None:
    available = read_open(data)
    assert count_rows(available["newsmtsc"]) == {"newsmtsc": 20}
    assert not any("test" in each.text for each in available["newsmtsc"])


def test_rare_labels_are_drawn_first(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    available = read_open(data)
    monkeypatch.setattr("analysis.training.data.OPEN_SETS", (OpenSet("newsmtsc", "MIT", rows_per_epoch=9),))
    drawn = draw_open(available, random.Random(0))
    assert Counter(each.aims[0].label for each in drawn) == dict.fromkeys(Label, 3)


def test_every_source_has_a_licence(data: Path) -> None:
    assert {AUTHORED, *read_open(data)} <= set(LICENCES)
    assert not {"umsab", "opener_en", "opener_es", "multibooked_ca"} & set(LICENCES)


def test_a_wrong_line_is_named(data: Path) -> None:
    path = data / "authored" / "en.jsonl"
    path.write_text('{"text": "a", "target": "a", "lang": "en", "label": "fine"}\n', encoding="utf-8")
    with pytest.raises(DataFileError, match=r"en\.jsonl, line 1: .*fine"):
        read_authored(data)
    with pytest.raises(DataFileError, match=r"no LANG\.jsonl"):
        read_authored(data / "open")


def test_an_epoch_has_every_authored_sentence_once_and_keeps_its_targets_together(data: Path) -> None:
    authored = [each for part in read_authored(data).values() for each in part]
    batches = epoch_batches(authored, read_open(data), epoch=0, batch_rows=8, seed=3)
    seen = Counter(each for batch in batches for each in batch if each.source == AUTHORED)
    assert seen == Counter(authored)
    assert max(sum(len(each.aims) for each in batch) for batch in batches) <= 8
    assert batches == epoch_batches(authored, read_open(data), epoch=0, batch_rows=8, seed=3)
    assert batches != epoch_batches(authored, read_open(data), epoch=1, batch_rows=8, seed=3)
