"""Outlets with little news: what their known pages tell when they are fetched again."""

from datetime import timedelta

import pytest

from db.source_states import SourceStateRow
from tests.health.course import Course, known

KINDS = [
    pytest.param("walled", "n_again_walled", id="behind-a-wall"),
    pytest.param("changed_layout", "n_again_unusable", id="no-text"),
    pytest.param("blocked", "n_again_shut", id="refused"),
    pytest.param("gone", "n_again_missing", id="not-there"),
]


def again(kind: str = "", n: int = 2, of: int = 2) -> dict[str, object]:
    return {"n_again": of, **({kind: n} if kind else {})}


def seldom(nights: int = 28) -> Course:
    """A source that was well for weeks and prints on every seventh day; its known pages read well."""
    course = Course()
    for number in range(nights):
        course.night(1 if number % 7 == 0 else 0, **again())
    assert course.rows[-1].state == "ok"
    return course


def states(rows: list[SourceStateRow]) -> list[str]:
    return [row.state for row in rows]


@pytest.mark.parametrize(("state", "kind"), KINDS)
def test_known_pages_that_read_no_longer_are_told_on_the_second_night_without_any_news(state: str, kind: str) -> None:
    course = seldom()
    began = course.next_night
    rows = course.nights([0] * 10, **again(kind))
    assert states(rows) == ["ok", *[state] * 9]
    assert {row.since for row in rows[1:]} == {began}
    assert rows[-1].cause == "known_pages"
    assert rows[1].reason.startswith("4 of 4 known pages ")
    assert rows[1].reason.endswith(" when fetched again, before 0 of 42 pages")


@pytest.mark.parametrize(("state", "kind"), KINDS)
def test_it_ends_on_the_first_night_on_which_they_read_again(state: str, kind: str) -> None:
    course = seldom()
    assert states(course.nights([0] * 3, **again(kind)))[-1] == state
    assert course.night(0, **again()).state == "ok"
    assert course.night(0, **again()).state == "ok"


def test_it_lasts_while_there_is_nothing_to_tell_by() -> None:
    course = seldom()
    course.nights([0] * 3, **again("n_again_walled"))
    assert states(course.nights([0] * 3)) == ["walled"] * 3
    assert states(course.nights([2, 2], n_articles=0, n_walled=2)) == ["walled"] * 2  # enough news, none of it read
    assert course.night(1).state == "ok"


@pytest.mark.parametrize(("state", "kind"), KINDS)
def test_new_pages_of_the_same_nights_count_with_them(state: str, kind: str) -> None:
    new = kind.replace("again_", "")
    course = seldom()
    assert course.night(2, n_articles=0, **{new: 2}).state == "ok"  # too few, and no known page tells
    row = course.night(0, **again(kind))
    assert (row.state, row.since, row.cause) == (state, course.next_night - timedelta(days=2), "known_pages")
    assert ", and 2 of 2 new ones, before 0 of 4" in row.reason
    course = seldom()
    assert course.night(1, n_articles=0, **{new: 1}, **again(kind)).state == state  # three pages of one night


def test_new_pages_that_do_not_read_tell_nothing_where_known_ones_do() -> None:
    course = seldom()
    assert states(course.nights([1] * 3, n_articles=0, n_walled=1, **again())) == ["ok"] * 3


def test_it_ends_with_a_new_article_that_reads() -> None:
    course = seldom()
    course.nights([0] * 3, **again("n_again_unusable"))
    assert course.night(1, **again("n_again_unusable")).state == "ok"


def test_one_bad_night_or_one_deleted_page_is_no_outage() -> None:
    course = seldom()
    assert course.night(0, **again("n_again_shut")).state == "ok"
    assert course.night(0, **again()).state == "ok"
    assert states(course.nights([0, 0], **again("n_again_missing", 1))) == ["ok", "ok"]


def test_a_source_whose_known_pages_were_never_fetched_again_is_not_judged_by_them() -> None:
    course = known(n_new=3)
    assert states(course.nights([1] * 4, **again("n_again_walled"), n_articles=0)) == ["ok"] * 4


def test_an_outlet_that_shuts_its_older_pages_is_told_once_and_then_known_for_it() -> None:
    course = seldom()
    told = []
    for _week in range(12):
        told.append(course.night(1, **again("n_again_walled")).state)
        told += states(course.nights([0] * 6, **again("n_again_walled")))
    assert told[:7] == ["ok", "ok", *["walled"] * 5]
    assert set(told[21:]) == {"ok"}


def test_an_outage_that_is_over_does_not_make_the_next_one_usual() -> None:
    course = seldom()
    for _ in range(2):
        assert states(course.nights([0] * 20, **again("n_again_walled")))[1:] == ["walled"] * 19
        course.nights([0, 1, 0], **again())
        assert course.rows[-1].state == "ok"
