"""Quiet hours: across midnight, in a time zone, and on the days on which clocks change."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newstone.delivery.quiet_hours import quiet_until

NIGHT = "22:00-07:00"


@pytest.mark.parametrize(
    ("now", "hours", "zone", "ends"),
    [
        pytest.param("2025-01-27 23:30", NIGHT, "UTC", "2025-01-28 07:00", id="before midnight"),
        pytest.param("2025-01-28 03:00", NIGHT, "UTC", "2025-01-28 07:00", id="after midnight"),
        pytest.param("2025-01-28 07:00", NIGHT, "UTC", None, id="the end is not quiet"),
        pytest.param("2025-01-28 22:00", NIGHT, "UTC", "2025-01-29 07:00", id="the beginning is"),
        pytest.param("2025-01-28 12:00", NIGHT, "UTC", None, id="noon"),
        pytest.param("2025-01-28 12:30", "12:00-13:00", "UTC", "2025-01-28 13:00", id="within a day"),
        pytest.param("2025-01-28 12:30", "", "UTC", None, id="none"),
        pytest.param("2025-01-28 12:30", "12:30-12:30", "UTC", None, id="two equal times"),
        pytest.param("2025-01-27 21:30", NIGHT, "Europe/Berlin", "2025-01-28 06:00", id="another zone"),
        pytest.param("2025-01-27 22:30", NIGHT, "Asia/Shanghai", "2025-01-27 23:00", id="morning in Shanghai"),
        pytest.param("2025-03-30 00:30", NIGHT, "Europe/Berlin", "2025-03-30 05:00", id="spring: an hour less"),
        pytest.param("2025-10-26 00:30", NIGHT, "Europe/Berlin", "2025-10-26 06:00", id="autumn: an hour more"),
        pytest.param(
            "2025-03-30 00:30", "23:00-02:30", "Europe/Berlin", "2025-03-30 01:30", id="an end that is skipped"
        ),
        pytest.param("2025-10-25 23:30", "23:00-02:30", "Europe/Berlin", "2025-10-26 00:30", id="an end shown twice"),
        pytest.param("2025-10-26 01:10", "23:00-02:30", "Europe/Berlin", "2025-10-26 01:30", id="its second time"),
    ],
)
def test_quiet_hours_end_when_the_clock_of_their_zone_says_so(
    now: str, hours: str, zone: str, ends: str | None
) -> None:
    found = quiet_until(_utc(now), hours, zone)
    assert found == (None if ends is None else _utc(ends))


@given(
    now=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_the_end_is_ahead_within_a_day_and_not_quiet_itself(
    now: datetime, begin: object, end: object, zone: str
) -> None:
    hours = f"{begin:%H:%M}-{end:%H:%M}"
    until = quiet_until(now, hours, zone)
    if until is None:
        return
    assert 0 < (until - now).total_seconds() <= 25 * 3600
    assert quiet_until(until, hours, zone) is None


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
