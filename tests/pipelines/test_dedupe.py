"""Copies of one text are one story, whatever the order in which they come."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedupe import PERMUTATIONS, StoryItem, group_stories, similarity, text_signature

START = datetime(2025, 1, 27, tzinfo=UTC)
WORDS = [f"word{n}" for n in range(400)]


def text(seed: int, n_words: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=n_words))


def chinese(seed: int, n_characters: int = 300) -> str:
    return "".join(random.Random(seed).choices([chr(0x4E00 + n) for n in range(800)], k=n_characters))


def item(name: str, body: str, *, day: float = 0, article: str = "") -> StoryItem:
    return StoryItem(name, article or f"article-{name}", START + timedelta(days=day), text_signature(body))


@pytest.mark.parametrize("write", [text, chinese], ids=["words", "Chinese"])
def test_a_copy_with_a_new_head_and_tail_is_the_same_story(write: Callable[[int, int], str]) -> None:
    copy = f"{write(90, 20)} {write(1, 300)} {write(91, 20)}"

    stories = group_stories([item("a", write(1, 300)), item("b", copy, day=1), item("c", write(2, 300))])

    assert stories["a"] == stories["b"]
    assert stories["a"] != stories["c"]


def test_a_signature_is_the_same_every_time_and_ignores_case_and_punctuation() -> None:
    assert text_signature(text(1)) == text_signature(text(1).upper().replace(" ", ", "))
    assert len(text_signature(text(1))) == PERMUTATIONS
    assert all(0 <= value < 2**32 for value in text_signature(text(1)))


def test_the_estimate_is_near_the_true_similarity() -> None:
    shared = text(1, 400)
    estimate = similarity(text_signature(f"{shared} {text(2, 200)}"), text_signature(f"{shared} {text(3, 200)}"))

    assert estimate == pytest.approx(0.5, abs=0.19)  # three standard errors of 64 permutations


@pytest.mark.parametrize("body", ["", "Too short to tell.", "a " * 500], ids=["empty", "short", "one word repeated"])
def test_a_text_with_little_in_it_has_no_signature_and_no_copies(body: str) -> None:
    stories = group_stories([item("a", body), item("b", body)])

    assert text_signature(body) == ()
    assert stories["a"] != stories["b"]


def test_a_copy_after_more_than_two_weeks_is_another_story() -> None:
    stories = group_stories([item("a", text(1)), item("b", text(1), day=14.5), item("c", text(1), day=13.9)])

    assert stories["a"] == stories["c"] == stories["b"]  # b is joined by c, half a day before it
    assert len(set(group_stories([item("a", text(1)), item("b", text(1), day=14.5)]).values())) == 2


def test_revisions_of_one_article_are_one_story() -> None:
    stories = group_stories([item("a", text(1), article="x"), item("b", text(2), day=30, article="x")])

    assert stories["a"] == stories["b"]


def test_the_story_id_stays_when_later_copies_arrive() -> None:
    before = group_stories([item("a", text(1)), item("b", text(1), day=1)])
    after = group_stories([item("c", text(1), day=2), item("b", text(1), day=1), item("a", text(1))])

    assert after["a"] == before["a"] == after["c"]


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 3))
def test_the_order_of_the_items_does_not_matter(order: list[int], seed: int) -> None:
    items = [item(str(n), text(seed + n % 4) + (" " + text(n + 50, 30)), day=n * 3 % 20) for n in range(12)]

    assert group_stories([items[place] for place in order]) == group_stories(items)


def test_every_item_gets_a_story_even_among_a_thousand_copies() -> None:
    items = [item(f"{n:04}", text(1), day=n / 100) for n in range(1000)]

    assert len(set(group_stories(items).values())) == 1
    assert group_stories([]) == {}
