"""ISO weeks, Monday to Sunday, UTC."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.measures import Span
from pipelines.errors import UsageError

DAYS = 7

_WRITTEN = re.compile(r"(\d{4})-W(\d{2})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One week of ISO 8601; ``year`` is that of its Thursday."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    @property
    def span(self) -> Span:
        """Its days."""
        monday = date.fromisocalendar(self.year, self.number, 1)
        return Span(monday, monday + timedelta(days=DAYS - 1))

    def earlier(self, weeks: int) -> "Week":
        """Give the week that many weeks before."""
        return week_of(self.span.since - timedelta(weeks=weeks))


def week_of(day: date) -> Week:
    """Give the week in which a day lies."""
    year, number, _weekday = day.isocalendar()
    return Week(year, number)


def last_complete_week(today: date) -> Week:
    """Give the newest week that was over before ``today`` (a day in UTC) began."""
    return week_of(today - timedelta(weeks=1))


def parse_week(text: str, *, today: date) -> Week:
    """Read a week that a person writes as 2025-W06; ``today`` is the day in UTC.

    Raises:
        UsageError: it is no week of that year, or it has not begun.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no week; write it as 2025-W06")
    week = Week(int(match[1]), int(match[2]))
    try:
        first = week.span.since
    except (ValueError, OverflowError) as error:
        last = week_of(date(week.year, 12, 28)) if week.year else None  # 28 December is always in the last week
        known = f"its weeks run to {last}" if last else "there is no year 0"
        raise UsageError(f"{text!r} is no week of {week.year}; {known}") from error
    if first > today:
        raise UsageError(f"{week} has not begun; the last complete week is {last_complete_week(today)}")
    return week
