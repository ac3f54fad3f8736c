"""Dates as publishers write them, and the choice among several."""

from datetime import UTC, date, datetime

import pytest

from pipelines.dates import ChosenDate, DateCandidate, choose_date, parse_date
from pipelines.records import DateBasis

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)

CASES = [
    # ISO 8601
    ("2025-01-27T10:00:00Z", "UTC", "en", "2025-01-27T10:00", True),
    ("2025-01-27T10:00:00.123+01:00", "UTC", "en", "2025-01-27T09:00", True),
    ("2025-01-27T10:00:00+0100", "UTC", "en", "2025-01-27T09:00", True),
    ("2025-01-27 10:00", "Europe/Berlin", "de", "2025-01-27T09:00", True),
    ("2025-07-27T10:00", "Europe/Berlin", "de", "2025-07-27T08:00", True),
    ("20250127T100000Z", "UTC", "en", "2025-01-27T10:00", True),
    ("2025-01-27", "Asia/Tokyo", "ja", "2025-01-26T15:00", False),
    ("20250127", "UTC", "en", "2025-01-27T00:00", False),
    # RFC 822, with zones that Python and feedparser misread
    ("Mon, 27 Jan 2025 10:00:00 +0000", "UTC", "en", "2025-01-27T10:00", True),
    ("Mon, 27 Jan 2025 10:00:00 GMT", "Europe/Paris", "fr", "2025-01-27T10:00", True),
    ("27 Jan 25 10:00 UT", "UTC", "en", "2025-01-27T10:00", True),
    ("Mon, 27 Jan 2025 10:00:00 CST", "Asia/Shanghai", "zh", "2025-01-27T02:00", True),
    ("Mon, 27 Jan 2025 10:00:00 CST", "Asia/Taipei", "zh", "2025-01-27T02:00", True),
    ("Mon, 27 Jan 2025 10:00:00 CST", "", "zh", "2025-01-27T02:00", True),
    ("Mon, 27 Jan 2025 10:00:00 CST", "America/Chicago", "en", "2025-01-27T16:00", True),
    ("Mon, 27 Jan 2025 10:00:00 JST", "Asia/Tokyo", "ja", "2025-01-27T01:00", True),
    ("Mon, 27 Jan 2025 10:00:00 JST", "UTC", "en", "2025-01-27T01:00", True),
    ("Mon, 27 Jan 2025 10:00:00 KST", "Asia/Seoul", "ko", "2025-01-27T01:00", True),
    ("Sun, 27 Jul 2025 10:00:00 CEST", "Europe/Paris", "fr", "2025-07-27T08:00", True),
    ("Sun, 27 Jul 2025 10:00:00 MESZ", "Europe/Berlin", "de", "2025-07-27T08:00", True),
    ("Mon, 27 Jan 2025 10:00:00 MEZ", "UTC", "de", "2025-01-27T09:00", True),
    ("Mon, 27 Jan 2025 10:00:00 IST", "Asia/Kolkata", "hi", "2025-01-27T04:30", True),
    ("Mon, 27 Jan 2025 10:00:00 IST", "Asia/Jerusalem", "he", "2025-01-27T08:00", True),
    ("Mon, 27 Jan 2025 10:00:00 EST", "America/New_York", "en", "2025-01-27T15:00", True),
    ("Mon, 27 Jan 2025 10:00:00 MSK", "Europe/Moscow", "ru", "2025-01-27T07:00", True),
    ("Mon, 27 Jan 2025 03:00:00 PM", "Europe/London", "en", "2025-01-27T15:00", True),
    # English
    ("Jan 27, 2025 2:05 PM EST", "America/New_York", "en", "2025-01-27T19:05", True),
    ("January 27, 2025 at 2:05 p.m. ET", "America/New_York", "en", "2025-01-27T19:05", True),
    ("July 27th, 2025", "UTC", "en", "2025-07-27T00:00", False),
    ("27 January 2025", "Europe/London", "en", "2025-01-27T00:00", False),
    ("12:05 AM, Jan 27 2025", "UTC", "en", "2025-01-27T00:05", True),
    ("Published: 27 January 2025 10:00 GMT", "Europe/London", "en", "2025-01-27T10:00", True),
    # numbers: who writes the day first
    ("6/7/2024", "America/New_York", "en", "2024-06-07T04:00", False),
    ("6/7/2024", "Europe/London", "en", "2024-07-05T23:00", False),
    ("27/1/2025 14:05", "Europe/Madrid", "es", "2025-01-27T13:05", True),
    ("27.01.2025, 14:05 Uhr", "Europe/Berlin", "de", "2025-01-27T13:05", True),
    ("27.01.25", "Europe/Vienna", "de", "2025-01-26T23:00", False),
    ("27.1.2025 klo 14.05", "Europe/Helsinki", "fi", "2025-01-27T12:05", True),
    ("1/27/2025", "Europe/London", "en", "2025-01-27T00:00", False),
    ("2016/6/29", "Asia/Tokyo", "ja", "2016-06-28T15:00", False),
    ("2016/6/29 8:05", "Asia/Tokyo", "ja", "2016-06-28T23:05", True),
    # East Asia
    ("2024年5月1日", "Asia/Shanghai", "zh", "2024-04-30T16:00", False),
    ("2024年5月1日 10:30", "Asia/Shanghai", "zh", "2024-05-01T02:30", True),
    ("2024年5月1日 下午3:30", "Asia/Shanghai", "zh", "2024-05-01T07:30", True),
    ("2024年05月01日10時30分", "Asia/Tokyo", "ja", "2024-05-01T01:30", True),
    ("2024年5月1日(水) 午後3時30分", "Asia/Tokyo", "ja", "2024-05-01T06:30", True),
    ("2025년 1월 27일 오후 2시 5분", "Asia/Seoul", "ko", "2025-01-27T05:05", True),
    ("2025.01.27. 오후 2:05", "Asia/Seoul", "ko", "2025-01-27T05:05", True),
    ("입력 2025-01-27 14:05", "Asia/Seoul", "ko", "2025-01-27T05:05", True),
    # month names
    ("27. Januar 2025, 14:05 Uhr", "Europe/Berlin", "de", "2025-01-27T13:05", True),
    ("Montag, 27. Januar 2025", "Europe/Berlin", "de", "2025-01-26T23:00", False),
    ("27. Juli 2025, 14:05 Uhr MESZ", "UTC", "de", "2025-07-27T12:05", True),
    ("27. März 2025", "Europe/Berlin", "de", "2025-03-26T23:00", False),
    ("27 gennaio 2025 alle 14:05", "Europe/Rome", "it", "2025-01-27T13:05", True),
    ("27. tammikuuta 2025", "Europe/Helsinki", "fi", "2025-01-26T22:00", False),
    ("27 Ocak 2025, 14:05", "Europe/Istanbul", "tr", "2025-01-27T11:05", True),
    ("27 stycznia 2025", "Europe/Warsaw", "pl", "2025-01-26T23:00", False),
    ("27 января 2025, 14:05", "Europe/Moscow", "ru", "2025-01-27T11:05", True),
    ("27 січня 2025", "Europe/Kyiv", "uk", "2025-01-26T22:00", False),
    ("27 يناير 2025", "Asia/Riyadh", "ar", "2025-01-26T21:00", False),
    ("27 كانون الثاني / يناير 2025", "Asia/Amman", "ar", "2025-01-26T21:00", False),
    ("24 نيسان / أبريل 2020", "Asia/Amman", "ar", "2020-04-23T21:00", False),
    ("٢٧ يناير ٢٠٢٥", "Asia/Riyadh", "ar", "2025-01-26T21:00", False),
    ("27 janvier 2025 à 14h05", "Europe/Paris", "fr", "2025-01-27T13:05", True),
    ("27 de enero de 2025", "Europe/Madrid", "es", "2025-01-26T23:00", False),
    ("27 de janeiro de 2025", "America/Sao_Paulo", "pt", "2025-01-27T03:00", False),
    ("27 มกราคม 2568", "Asia/Bangkok", "th", "2025-01-26T17:00", False),
    ("27 Januari 2025 14:05 WIB", "Asia/Jakarta", "id", "2025-01-27T07:05", True),
    ("Thứ hai, 27/1/2025, 14:05 (GMT+7)", "Asia/Ho_Chi_Minh", "vi", "2025-01-27T07:05", True),
    ("27 जनवरी 2025", "Asia/Kolkata", "hi", "2025-01-26T18:30", False),
    # relative and technical
    ("3 hours ago", "UTC", "en", "2025-03-01T09:00", True),
    ("vor 3 Stunden", "Europe/Berlin", "de", "2025-03-01T09:00", True),
    ("2小时前", "Asia/Shanghai", "zh", "2025-03-01T10:00", True),
    ("1737972000", "UTC", "en", "2025-01-27T10:00", True),
    ("1737972000000", "UTC", "en", "2025-01-27T10:00", True),
]


@pytest.mark.parametrize(
    ("raw", "zone", "language", "expected", "has_time"),
    CASES,
    ids=[f"{raw} in {zone or 'no zone'}" for raw, zone, *_ in CASES],
)
def test_a_date_is_read_as_its_publisher_means_it(
    raw: str, zone: str, language: str, expected: str, has_time: bool
) -> None:
    parsed = parse_date(raw, zone=zone, language=language, now=NOW)

    assert parsed is not None
    assert parsed.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") == expected
    assert parsed.at.utcoffset() is not None
    assert parsed.has_time is has_time


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "Monday",
        "January 2025",
        "2025",
        "0001-01-01T00:00:00",
        "1970-01-01",
        "2025-13-45",
        "no date here",
        "5 " * 150,
    ],
    ids=[
        "empty",
        "blank",
        "weekday",
        "month only",
        "year only",
        "null date",
        "epoch",
        "no such day",
        "prose",
        "too long",
    ],
)
def test_what_names_no_day_is_no_date(raw: str) -> None:
    assert parse_date(raw, zone="Europe/Berlin", language="en", now=NOW) is None


def choose(*candidates: tuple[str, DateBasis], zone: str = "UTC") -> ChosenDate:
    made = [DateCandidate(raw, basis) for raw, basis in candidates]
    return choose_date(made, zone=zone, language="en", fetched_at=NOW)


def test_the_first_candidate_decides_the_day() -> None:
    chosen = choose(("2025-01-27T10:00Z", DateBasis.JSON_LD), ("2025-02-20T10:00Z", DateBasis.FEED))

    assert (chosen.at.day, chosen.basis) == (27, DateBasis.JSON_LD)


def test_a_clock_time_is_taken_from_a_candidate_of_the_same_day() -> None:
    chosen = choose(("2025-01-27", DateBasis.JSON_LD), ("2025-01-27T10:00:00Z", DateBasis.META))

    assert (chosen.at.hour, chosen.has_time, chosen.basis) == (10, True, DateBasis.META)


def test_a_clock_time_of_the_day_after_is_not_taken() -> None:
    chosen = choose(("2025-01-27", DateBasis.META), ("2025-01-28T09:00:00Z", DateBasis.JSON_LD))

    assert (chosen.at.day, chosen.has_time) == (27, False)


def test_the_day_of_a_date_is_the_one_that_it_writes() -> None:
    parsed = parse_date("2025-01-27T01:00+09:00", zone="UTC", language="en", now=NOW)

    assert parsed is not None
    assert (parsed.day.isoformat(), parsed.at.day) == ("2025-01-27", 26)


def test_a_named_zone_with_another_clock_time_is_not_taken() -> None:
    chosen = choose(("2025-01-27 10:00", DateBasis.META), ("2025-01-27T17:07:00+01:00", DateBasis.TEXT), zone="UTC")

    assert (chosen.at.hour, chosen.basis) == (10, DateBasis.META)


def test_a_clock_time_of_another_day_is_not_taken() -> None:
    chosen = choose(("2025-01-27", DateBasis.JSON_LD), ("2025-02-20T10:00:00Z", DateBasis.META))

    assert (chosen.at.day, chosen.has_time) == (27, False)


def test_a_named_zone_goes_before_a_bare_clock_time() -> None:
    chosen = choose(("2025-01-27 10:00", DateBasis.META), ("2025-01-27T10:00:00+09:00", DateBasis.FEED), zone="UTC")

    assert (chosen.at.hour, chosen.basis) == (1, DateBasis.FEED)


def test_the_future_is_passed_over_for_another_candidate() -> None:
    chosen = choose(("2026-01-01T00:00Z", DateBasis.JSON_LD), ("2025-02-20T10:00Z", DateBasis.URL))

    assert (chosen.at.day, chosen.basis, chosen.clamped) == (20, DateBasis.URL, False)


def test_a_lone_future_date_is_clamped_to_the_fetch() -> None:
    chosen = choose(("2026-01-01T00:00Z", DateBasis.JSON_LD))

    assert (chosen.at, chosen.clamped) == (NOW, True)


def test_without_a_readable_candidate_the_first_fetch_counts() -> None:
    assert choose(("soon", DateBasis.TEXT)) == ChosenDate(NOW, True, DateBasis.FIRST_SEEN, "")


@pytest.mark.parametrize("raw", ["2025-01-20T00:00:00+09:00", "2025-01-20 00:00", "Mon, 20 Jan 2025 00:00:00 +0900"])
def test_midnight_to_the_second_is_a_day_and_no_time(raw: str) -> None:
    found = parse_date(raw, zone="Asia/Tokyo", language="ja", now=datetime(2025, 6, 1, tzinfo=UTC))
    assert found is not None
    assert not found.has_time
    assert found.day == date(2025, 1, 20)
    assert found.at == datetime(2025, 1, 19, 15, tzinfo=UTC)
