"""When listings are asked again, as pure functions of what came in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.polling import (
    LONGEST_SECONDS,
    LONGEST_WISH_SECONDS,
    SHORTEST_SECONDS,
    FailureClass,
    PollRecord,
    after_answer,
    after_failure,
    failure_class,
    is_asked_tonight,
    is_due,
    max_age_seconds,
    nights_between,
)
from pipelines.outcomes import FeedOutcome

NOW = datetime(2025, 3, 1, 2, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answered(n_items: int, n_new: int, times: int, gap: timedelta = HOUR) -> PollRecord:
    """A listing of so many items that was asked some times, so many of them new each time."""
    record = after_answer(None, NOW, n_items=n_items, n_new=n_items)
    for number in range(1, times + 1):
        record = after_answer(record, NOW + gap * number, n_items=n_items, n_new=n_new)
    return record


def nights_asked(record: PollRecord, n_nights: int, *, is_network_up: bool = True) -> list[int]:
    """The numbers of the nights in which a listing that keeps failing is asked; night 1 follows its last answer."""
    asked, start = [], record.asked_at
    for night in range(1, n_nights + 1):
        now = start + DAY * night
        if is_asked_tonight(record, now, now - DAY if is_network_up else start):
            asked.append(night)
            record = after_failure(record, now, FailureClass.SOFT)
    return asked


def test_a_listing_that_was_never_asked_is_due_in_night_and_poll() -> None:
    assert is_due(None, NOW)
    assert is_asked_tonight(None, NOW, NOW)


def test_a_feed_that_turns_over_is_polled_every_half_hour_and_a_quiet_one_once_a_day() -> None:
    assert answered(20, 20, 8).interval_seconds == SHORTEST_SECONDS
    assert answered(20, 0, 8).interval_seconds == LONGEST_SECONDS


def test_the_interval_follows_the_share_of_known_items() -> None:
    intervals = [answered(40, n_new, 20).interval_seconds for n_new in (1, 2, 5, 10, 20)]
    assert intervals == [10 * 3600.0, 5 * 3600.0, 2 * 3600.0, 3600.0, 1800.0]  # an hour for a quarter new


def test_an_interval_at_most_doubles_however_quiet_the_hour_was() -> None:
    busy = answered(20, 20, 8)
    assert after_answer(busy, busy.asked_at + HOUR, n_items=20).interval_seconds == 2 * SHORTEST_SECONDS
    assert after_answer(busy, busy.asked_at + HOUR, n_items=None).interval_seconds == 2 * SHORTEST_SECONDS


def test_a_feed_that_is_all_new_after_a_long_silence_is_polled_more_often_not_less() -> None:
    quiet = answered(20, 0, 8)
    back = after_answer(quiet, quiet.asked_at + 20 * DAY, n_items=20, n_new=20)
    assert back.interval_seconds == LONGEST_SECONDS / 2


@pytest.mark.parametrize(
    ("wish_seconds", "interval_seconds"),
    [(0.0, 1800.0), (600.0, 1800.0), (3600.0, 3600.0), (86_400.0, LONGEST_WISH_SECONDS)],
    ids=["none", "shorter", "an-hour", "a-day"],
)
def test_what_a_publisher_wishes_lengthens_the_interval_within_reason(
    wish_seconds: float, interval_seconds: float
) -> None:
    busy = answered(20, 20, 8)
    after = after_answer(busy, busy.asked_at + HOUR, n_items=20, n_new=20, wish_seconds=wish_seconds)
    assert after.interval_seconds == interval_seconds


@given(
    st.lists(
        st.tuples(st.integers(1, 10_000_000), st.integers(0, 500), st.integers(0, 500), st.floats(0, 1e9)), max_size=20
    )
)
def test_whatever_comes_in_the_interval_keeps_its_bounds(answers: list[tuple[int, int, int, float]]) -> None:
    record, now = None, NOW
    for seconds, n_items, n_new, wish_seconds in answers:
        now += timedelta(seconds=seconds)
        record = after_answer(record, now, n_items=n_items, n_new=min(n_new, n_items), wish_seconds=wish_seconds)
        assert SHORTEST_SECONDS <= record.interval_seconds <= LONGEST_SECONDS
        assert record.next_at == now + timedelta(seconds=record.interval_seconds)
        assert record.turnover_days > 0


def test_a_poll_comes_a_little_early_rather_than_a_round_late() -> None:
    record = answered(40, 10, 20)  # due in an hour
    assert not is_due(record, record.asked_at + HOUR - timedelta(minutes=6))
    assert is_due(record, record.asked_at + HOUR - timedelta(seconds=20))


@pytest.mark.parametrize(
    ("outcome", "status", "n_items", "expected"),
    [
        (FeedOutcome.OK, 200, 3, None),
        (FeedOutcome.UNCHANGED, 304, 0, None),
        (FeedOutcome.EMPTY, 200, 0, None),
        (FeedOutcome.MALFORMED, 200, 3, None),
        (FeedOutcome.MALFORMED, 200, 0, FailureClass.SOFT),
        (FeedOutcome.NOT_A_FEED, 200, 0, FailureClass.SOFT),
        (FeedOutcome.HTTP_ERROR, 404, 0, FailureClass.SOFT),
        (FeedOutcome.HTTP_ERROR, 401, 0, FailureClass.SOFT),
        (FeedOutcome.HTTP_ERROR, 403, 0, FailureClass.SOFT),
        (FeedOutcome.ROBOTS, None, 0, FailureClass.SOFT),
        (FeedOutcome.HTTP_ERROR, 429, 0, FailureClass.TEMPORARY),
        (FeedOutcome.HTTP_ERROR, 503, 0, FailureClass.TEMPORARY),
        (FeedOutcome.HTTP_ERROR, None, 0, FailureClass.TEMPORARY),
        (FeedOutcome.TIMEOUT, None, 0, FailureClass.TEMPORARY),
        (FeedOutcome.CONNECTION_ERROR, None, 0, FailureClass.TEMPORARY),
        (FeedOutcome.GONE, 410, 0, FailureClass.HARD),
    ],
)
def test_every_outcome_has_its_class(
    outcome: FeedOutcome, status: int | None, n_items: int, expected: FailureClass | None
) -> None:
    assert failure_class(outcome, status, n_items) is expected


def pauses(failure: FailureClass, n: int) -> Iterator[float]:
    record, now = answered(20, 1, 3), NOW + DAY
    for _ in range(n):
        record = after_failure(record, now, failure)
        yield (record.next_at - now) / HOUR
        now = record.next_at


def test_polls_of_a_failing_feed_back_off_by_class() -> None:
    assert list(pauses(FailureClass.TEMPORARY, 8)) == [0.5, 1, 2, 4, 8, 16, 24, 24]
    assert list(pauses(FailureClass.SOFT, 4)) == [6, 12, 24, 24]
    assert list(pauses(FailureClass.HARD, 2)) == [156, 156]


def test_a_failing_feed_is_asked_nightly_for_two_weeks_then_every_third_after_two_months_every_seventh_night() -> None:
    quiet = answered(20, 0, 3, gap=DAY)  # nothing is known to drop out of it
    asked = nights_asked(quiet, 100)
    assert asked[:14] == list(range(1, 15))
    gaps = [later - earlier for earlier, later in pairwise(asked[13:])]
    assert gaps[:15] == [3] * 15
    assert set(gaps[16:]) == {7}


def test_a_busy_feed_is_asked_every_night_however_long_it_has_failed() -> None:
    busy = answered(20, 10, 5, gap=DAY)  # what it lists has dropped out after two days
    assert nights_asked(busy, 90) == list(range(1, 91))
    slower = answered(20, 5, 5, gap=DAY)  # after four days
    assert nights_between(after_failure(slower, NOW + 9 * DAY, FailureClass.SOFT)) == 1
    assert nights_asked(slower, 30)[14:] == [16, 18, 20, 22, 24, 26, 28, 30]


def test_while_nothing_at_all_answers_every_feed_is_asked_every_night() -> None:
    quiet = answered(20, 0, 3, gap=DAY)
    assert nights_asked(quiet, 40, is_network_up=False) == list(range(1, 41))


def test_nights_in_which_the_machine_was_off_are_no_bad_nights() -> None:
    failing = after_failure(answered(20, 0, 3, gap=DAY), NOW + 5 * DAY, FailureClass.SOFT)
    assert after_failure(failing, NOW + 40 * DAY, FailureClass.SOFT).bad_nights == 2


def test_failed_polls_of_one_day_are_one_bad_night() -> None:
    record = answered(20, 0, 3)
    for hour in range(10):
        record = after_failure(record, NOW + 5 * HOUR + hour * HOUR, FailureClass.TEMPORARY)
    assert (record.failures, record.bad_nights) == (10, 1)


def test_an_answer_ends_all_back_off() -> None:
    failing = answered(20, 0, 3)
    for night in range(30):
        failing = after_failure(failing, NOW + night * DAY, FailureClass.SOFT)
    back = after_answer(failing, NOW + 31 * DAY, n_items=20, n_new=20)
    assert (back.failures, back.bad_nights, nights_between(back)) == (0, 0, 1)
    assert back.next_at - back.asked_at <= DAY


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_years() -> None:
    future = after_failure(answered(20, 0, 3), NOW + 3650 * DAY, FailureClass.HARD)
    assert is_due(future, NOW)
    assert is_asked_tonight(future, NOW, NOW)
    assert after_answer(future, NOW, n_items=20, n_new=20).next_at <= NOW + DAY
    assert after_failure(future, NOW, FailureClass.SOFT).next_at <= NOW + DAY
    for back in (timedelta(0), HOUR):  # no time passed since the last answer, or less than none: nothing is learned
        known = answered(20, 1, 3)
        record = after_answer(known, known.asked_at - back, n_items=20, n_new=7)
        assert record.new_per_day == known.new_per_day


def test_a_feed_that_is_all_new_says_only_that_at_least_so_much_is_new_a_day() -> None:
    busy = answered(20, 10, 3)
    assert busy.new_per_day == pytest.approx(240)
    weekend = after_answer(busy, busy.asked_at + 2 * DAY, n_items=20, n_new=20)
    assert weekend.new_per_day == busy.new_per_day


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("max-age=600", 600), ("public, Max-Age=3600, must-revalidate", 3600), ("s-maxage=60", 0), ("no-store", 0)],
)
def test_max_age_is_read_from_cache_control(header: str, seconds: int) -> None:
    assert max_age_seconds(header) == seconds
