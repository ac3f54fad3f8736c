"""Days and nights by number: day 0 is 6 January 2025, night n begins on day n at 02:30 UTC."""

from datetime import UTC, date, datetime, time, timedelta

FIRST_DAY = date(2025, 1, 6)
"""A Monday; any would do."""

NIGHT_TIME = time(2, 30, tzinfo=UTC)
"""The default of [schedule] nightly."""

BACKLOG_DAYS = 10
"""Days before the first night from which feeds already hold items."""


def date_of(day: int) -> date:
    """Give the date of a day."""
    return FIRST_DAY + timedelta(days=day)


def moment(day: int, seconds: float = 0.0) -> datetime:
    """Give the time (UTC) so many seconds after the midnight that begins a day."""
    return datetime.combine(date_of(day), time(0, tzinfo=UTC)) + timedelta(seconds=seconds)


def night_start(night: int) -> datetime:
    """Give the time (UTC) at which a night begins."""
    return datetime.combine(date_of(night), NIGHT_TIME)


def day_of(when: datetime) -> int:
    """Give the number of the day (UTC) that a time falls on."""
    return (when.astimezone(UTC).date() - FIRST_DAY).days


def is_weekend(day: int) -> bool:
    """Tell whether a day is a Saturday or a Sunday."""
    return date_of(day).weekday() >= 5
