"""The pace of a host."""

from datetime import UTC, datetime

import pytest

from crawler.hosts import MAX_CRAWL_DELAY_SECONDS, MAX_FAILED_IN_ROW, HostBook, retry_after_seconds

NOW = datetime(2025, 1, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def book() -> HostBook:
    return HostBook(delay_seconds=1.0, concurrency=2, budget_seconds=100.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Fri, 31 Dec 99999999999999999999999 23:59:59 GMT", None),
        ("Mon, 20 Jan 2025 12:01:00 GMT", 60.0),
        ("Mon, 20 Jan 2025 11:00:00 GMT", 0.0),
        ("Mon, 20 Jan 2025 13:01:00 +0100", 60.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


def test_refusals_in_a_row_double_pause_and_delay_and_answers_bring_them_back(book: HostBook) -> None:
    assert [book.refusal("a", None, now=0.0) for _ in range(3)] == [2.0, 4.0, 8.0]
    assert book.host("a").delay_seconds == 8.0
    assert book.host("a").not_before == 8.0
    for _ in range(30):
        book.answer("a")
    assert book.host("a").delay_seconds == 1.0
    assert book.refusal("a", None, now=0.0) == 2.0
    assert book.host("b").delay_seconds == 1.0


def test_a_long_retry_after_closes_the_host(book: HostBook) -> None:
    assert book.refusal("a", 60.0, now=0.0) == 60.0
    assert book.why_not("a") == ""
    assert book.refusal("a", 3600.0, now=0.0) is None
    assert "3600 s" in book.why_not("a")


def test_crawl_delay_is_capped_and_takes_concurrency(book: HostBook) -> None:
    book.set_crawl_delay("a", 10_000)
    assert book.host("a").delay_seconds == MAX_CRAWL_DELAY_SECONDS
    assert book.host("a").concurrency == 1
    book.set_crawl_delay("b", 0)
    assert (book.host("b").delay_seconds, book.host("b").concurrency) == (1.0, 2)


def test_the_slower_wish_wins(book: HostBook) -> None:
    book.set_pace("a", 0.1, 2)
    assert book.host("a").delay_seconds == 1.0
    book.set_pace("a", 5.0, 1)
    book.set_pace("a", None, 2)
    assert (book.host("a").delay_seconds, book.host("a").concurrency) == (5.0, 1)


def test_a_host_is_charged_its_delay_or_its_transfers_until_its_share_is_gone(book: HostBook) -> None:
    book.set_pace("a", None, 1)
    book.spend("a", 0.1)
    assert book.left_seconds("a") == 99.0
    book.spend("a", 99.5)
    assert book.left_seconds("a") == 0.0
    assert "had its 100 s" in book.why_not("a")


def test_a_host_on_which_everything_fails_is_left_alone(book: HostBook) -> None:
    for _ in range(MAX_FAILED_IN_ROW - 1):
        book.finished("a", has_failed=True)
    book.finished("a", has_failed=False)
    assert book.why_not("a") == ""
    for _ in range(MAX_FAILED_IN_ROW):
        book.finished("a", has_failed=True)
    assert "failed" in book.why_not("a")
