"""Crontab expressions against an oracle that knows no calendar: it walks through every minute that passes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from newstone.schedule.crontab import FIELDS, Field, _moments, last_time, next_time, parse_crontab

MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",  # midnight does not exist in spring
    "Africa/Cairo",  # clocks go back across midnight
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # back for Ramadan
    "Asia/Kathmandu",
)
DAYS = 4


def field_texts(field: Field) -> st.SearchStrategy[str]:
    numbers = st.integers(field.lowest, field.highest)
    ranges = st.tuples(numbers, numbers).map(sorted)
    terms = st.one_of(
        numbers.map(str),
        ranges.map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(ranges, st.integers(1, 5)).map(lambda it: f"{it[0][0]}-{it[0][1]}/{it[1]}"),
        st.integers(1, 7).map(lambda step: f"*/{step}"),
    )
    return st.one_of(st.just("*"), st.lists(terms, min_size=1, max_size=3).map(",".join))


def oracle_numbers(field: Field, text: str) -> set[int]:
    found = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        low, high = (field.lowest, field.highest) if first == "*" else (int(first), int(last or first))
        if first == "*" and field.name == "day of week":
            high = 6
        found |= {number for number in range(low, high + 1) if (number - low) % int(step or 1) == 0}
    return {number % 7 for number in found} if field.name == "day of week" else found


def oracle_moments(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Look at each minute as a clock on the wall shows it; what a jump leaves out is due when it has happened."""
    words = expression.split()
    minutes, hours, days, months, weekdays = map(oracle_numbers, FIELDS, words)

    def is_named(wall: datetime) -> bool:
        in_days, in_weekdays = wall.day in days, wall.isoweekday() % 7 in weekdays
        is_day = (in_days or in_weekdays) if "*" not in (words[2][0], words[4][0]) else in_days and in_weekdays
        return wall.minute in minutes and wall.hour in hours and wall.month in months and is_day

    seen: set[datetime] = set()
    moment = begin - timedelta(hours=4)  # what came before a clock went back
    wall = moment.astimezone(zone).replace(tzinfo=None) - MINUTE
    while moment < end:
        before, wall = wall, moment.astimezone(zone).replace(tzinfo=None)
        is_fixed = words[1][0] != "*"
        skipped = (before + MINUTE * n for n in range(1, (wall - before) // MINUTE))
        is_due = is_named(wall) and not (is_fixed and wall in seen)
        if (is_due or (is_fixed and any(map(is_named, skipped)))) and moment >= begin:
            yield moment
        seen.add(wall)
        moment += MINUTE


def changes_of(zone: ZoneInfo) -> list[datetime]:
    """Give the days of 2025 around which the clocks of a zone change, else one without a change."""
    days = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(364)]
    found = [d for d in days if d.astimezone(zone).utcoffset() != (d + timedelta(days=1)).astimezone(zone).utcoffset()]
    return found or days[58:59]


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(
    fields=st.tuples(*(field_texts(field) for field in FIELDS[:3]), st.just("*"), field_texts(FIELDS[4])),
    zone_name=st.sampled_from(ZONES),
    data=st.data(),
)
def test_the_moments_are_those_of_a_clock_on_the_wall(
    fields: tuple[str, ...], zone_name: str, data: st.DataObject
) -> None:
    zone, expression = ZoneInfo(zone_name), " ".join(fields)
    begin = data.draw(st.sampled_from(changes_of(zone))) - timedelta(days=1)
    end = begin + timedelta(days=DAYS)
    expected = list(oracle_moments(expression, zone, begin, end))
    crontab = parse_crontab(expression)
    days = (begin.date() + timedelta(days=n) for n in range(-1, DAYS + 2))
    found = {moment for day in days for moment in _moments(crontab, zone, day) if begin <= moment < end}
    assert sorted(found) == expected
    for seconds in data.draw(st.lists(st.integers(0, DAYS * 86_400 - 1), min_size=3, max_size=3)):
        point = begin + timedelta(seconds=seconds)
        following, passed = next_time(crontab, zone, point), last_time(crontab, zone, point)
        assert following == next((moment for moment in expected if moment > point), following) > point
        assert passed == next((moment for moment in reversed(expected) if moment <= point), passed) <= point
