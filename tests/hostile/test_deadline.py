"""A page that holds up its process costs itself and nothing else."""

import re

from pipelines.stage import StageFailure, run_stage


def find(text: str) -> bool:
    return re.search(r"(?:a|aa)+$", text) is not None  # C code that lets no signal and no other thread in


def test_an_item_that_takes_too_long_ends_with_its_process_and_the_others_are_done() -> None:
    items = ["a", "aa", "a" * 60 + "!", "aaa", "b"]
    results = list(run_stage(find, items, workers=2, item_seconds=3))
    held = results.pop(2)
    assert isinstance(held, StageFailure)
    assert "more than 3 s" in held.reason
    assert results == [True, True, True, False]
