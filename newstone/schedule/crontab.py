"""Crontab expressions: five fields, and the moments that they name in a time zone.

The rules are those of cron (crontab(5), Vixie): day of month and day of week are joined by *or* where both are
restricted, 0 and 7 are Sunday. On the two days on which clocks change, a job with fixed hours runs exactly once: a time
that does not exist runs when the clocks have jumped, a time that comes twice runs the first time. A job whose hours are
``*`` or ``*/n`` follows the time that passes: it skips what does not exist and runs in both of two equal hours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SUNDAY = 7  # the other number for 0, so that "fri-sun" and "6-7" are ranges

LONGEST_PAUSE_DAYS = 40 * 366 + 1
"""29 February on one day of the week ("0 0 29 2 */7") may be 40 years away, around 2100; an expression that names no
day within this names none."""

SHAPE = 'write five fields as in a crontab, such as "30 2 * * *" (02:30 every day), or "" for never'


@dataclass(frozen=True, slots=True)
class Field:
    """What one of the five places may hold."""

    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()
    first_word: int = 0  # what words[0] stands for


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, MONTHS, 1),
    Field("day of week", 0, SUNDAY, WEEKDAYS),
)

_TERM = re.compile(r"(?P<first>\*|[0-9]+|[a-z]+)(-(?P<last>[0-9]+|[a-z]+))?(/(?P<step>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Crontab:
    """A parsed expression; weekdays count from 0 = Sunday to 6."""

    expression: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool  # the day of month begins with "*"
    any_weekday: bool
    any_hour: bool

    def names_day(self, day: date) -> bool:
        """Say whether a local day is one of those meant."""
        if day.month not in self.months:
            return False
        in_days, in_weekdays = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return in_days and in_weekdays
        return in_days or in_weekdays


@lru_cache(maxsize=64)
def parse_crontab(expression: str) -> Crontab:
    """Parse five fields.

    Raises:
        ValueError: says which field is wrong, its value and what may stand there.
    """
    words = expression.lower().split()
    if len(words) != len(FIELDS):
        raise ValueError(SHAPE)
    minutes, hours, days, months, weekdays = (
        _parse_field(field, word) for field, word in zip(FIELDS, words, strict=True)
    )
    parsed = Crontab(
        expression=" ".join(words),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(number % SUNDAY for number in weekdays),
        any_day=words[2].startswith("*"),
        any_weekday=words[4].startswith("*"),
        any_hour=words[1].startswith("*"),
    )
    if not any(parsed.names_day(date(2000, 1, 1) + timedelta(days=n)) for n in range(LONGEST_PAUSE_DAYS)):
        raise ValueError(f"day {words[2]} never comes in month {words[3]}; name another day or month")
    return parsed


def _parse_field(field: Field, text: str) -> frozenset[int]:
    numbers: set[int] = set()
    for term in text.split(","):
        found = _TERM.fullmatch(term)
        if found is None:
            raise ValueError(f"{field.name} {text!r} is none; {SHAPE}")
        if found["first"] == "*":
            if found["last"]:
                raise ValueError(f'{field.name} {term!r}: "*" takes no range; write "*" or two numbers')
            first, last = field.lowest, field.highest - (field.highest == SUNDAY)
        else:
            first = _parse_number(field, found["first"])
            last = first if found["last"] is None else _parse_number(field, found["last"], is_end=True)
            if found["step"] and not found["last"]:
                raise ValueError(f'{field.name} {term!r}: a step needs a range, such as "{first}-{field.highest}/2"')
        step = int(found["step"] or 1)
        if not 1 <= step <= field.highest - field.lowest + 1:
            raise ValueError(f"{field.name} {term!r}: the step is beyond 1 to {field.highest - field.lowest + 1}")
        if last < first:
            raise ValueError(f'{field.name} {term!r} runs backwards; write two ranges, such as "5-6,0-1"')
        numbers.update(range(first, last + 1, step))
    return frozenset(numbers)


def _parse_number(field: Field, word: str, *, is_end: bool = False) -> int:
    if word.isdigit():
        number = int(word)
    elif word in field.words:
        number = field.words.index(word) + field.first_word
        if is_end and number == 0:
            number = SUNDAY
    else:
        known = f" or one of {', '.join(field.words)}" if field.words else ""
        raise ValueError(f"{field.name} {word!r} is none; write {field.lowest} to {field.highest}{known}")
    if not field.lowest <= number <= field.highest:
        raise ValueError(f"{field.name} {word} is beyond {field.lowest} to {field.highest}")
    return number


def next_time(crontab: Crontab, zone: ZoneInfo, after: datetime) -> datetime:
    """Give the first moment (UTC) later than ``after`` that an expression names in a zone."""
    day = after.astimezone(zone).date() - timedelta(days=1)  # yesterday's last times may have been moved into today
    for n in range(LONGEST_PAUSE_DAYS + 1):
        for moment in _moments(crontab, zone, day + timedelta(days=n)):
            if moment > after:
                return moment
    raise AssertionError(f"{crontab.expression} names no day, which parse_crontab refuses")


def last_time(crontab: Crontab, zone: ZoneInfo, until: datetime) -> datetime:
    """Give the last moment (UTC) at or before ``until`` that an expression names in a zone."""
    day = until.astimezone(zone).date() + timedelta(days=1)
    for n in range(LONGEST_PAUSE_DAYS + 1):
        for moment in reversed(list(_moments(crontab, zone, day - timedelta(days=n)))):
            if moment <= until:
                return moment
    raise AssertionError(f"{crontab.expression} names no day, which parse_crontab refuses")


def _moments(crontab: Crontab, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """Give the moments of one local day in order (UTC), each once."""
    if not crontab.names_day(day):
        return
    found: set[datetime] = set()
    for hour in crontab.hours:
        for minute in crontab.minutes:
            local = datetime.combine(day, time(hour, minute), tzinfo=zone)
            first = local.astimezone(UTC)
            if first.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):  # skipped by the clocks
                if not crontab.any_hour:
                    found.add(_end_of_gap(local, zone))
                continue
            found.add(first)
            if crontab.any_hour:
                found.add(local.replace(fold=1).astimezone(UTC))  # the same moment, but where the hour comes twice
    yield from sorted(found)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment (UTC) at which the clocks jump over a local time."""
    before = local.replace(fold=1).astimezone(UTC)  # with the offset after the jump: a moment before it (PEP 495)
    after = local.replace(fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
