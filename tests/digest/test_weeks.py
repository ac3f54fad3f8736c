"""ISO weeks as people write them."""

from datetime import date

import pytest

from analysis.digest.weeks import Week, last_complete_week, parse_week, week_of
from pipelines.errors import UsageError

TODAY = date(2025, 3, 5)


def test_a_week_runs_from_monday_to_sunday() -> None:
    span = parse_week("2025-W06", today=TODAY).span
    assert (span.since, span.until) == (date(2025, 2, 3), date(2025, 2, 9))


def test_the_first_week_of_a_year_may_begin_in_the_year_before() -> None:
    assert Week(2025, 1).span.since == date(2024, 12, 30)
    assert str(week_of(date(2024, 12, 31))) == "2025-W01"
    assert Week(2025, 1).earlier(1) == Week(2024, 52)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(date(2025, 3, 3), "2025-W09", id="on a Monday the week before is over"),
        pytest.param(date(2025, 3, 9), "2025-W09", id="on a Sunday the week still runs"),
        pytest.param(date(2025, 1, 1), "2024-W52", id="over the turn of the year"),
    ],
)
def test_the_last_complete_week_is_over(today: date, expected: str) -> None:
    week = last_complete_week(today)
    assert str(week) == expected
    assert week.span.until < today


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("2025-W60", "its weeks run to 2025-W52", id="no such week"),
        pytest.param("2025-W53", "its weeks run to 2025-W52", id="a short year has no week 53"),
        pytest.param("2025-W00", "no week of 2025", id="week zero"),
        pytest.param("0000-W01", "no year 0", id="year zero"),
        pytest.param("9999-W53", "its weeks run to 9999-W52", id="end of the calendar"),
        pytest.param("2025-W11", "has not begun; the last complete week is 2025-W09", id="future"),
        pytest.param("2025-06", "write it as 2025-W06", id="no W"),
        pytest.param("٢٠٢٥-W06", "write it as 2025-W06", id="other digits"),
    ],
)
def test_what_is_no_week_says_so_and_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_week(text, today=TODAY)


def test_the_week_that_runs_and_a_long_year_are_weeks() -> None:
    assert parse_week("2025-w10", today=TODAY) == Week(2025, 10)
    assert parse_week("2020-W53", today=TODAY) == Week(2020, 53)
