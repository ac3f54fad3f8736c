"""Crontab expressions: what they name, on which days clocks change, and what is refused with which words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newstone.config import parse_settings
from newstone.schedule.crontab import last_time, next_time, parse_crontab
from pipelines.errors import ConfigError

BERLIN = ZoneInfo("Europe/Berlin")


def _times(expression: str, begin: datetime, end: datetime, zone: ZoneInfo = BERLIN) -> list[str]:
    """Give the moments after ``begin`` and before ``end``, local, with their offsets."""
    crontab, found, moment = parse_crontab(expression), [], begin
    while (moment := next_time(crontab, zone, moment)) < end:
        found.append(moment.astimezone(zone).strftime("%a %d %H:%M%z"))
    return found


def _between(first: str, last: str) -> tuple[datetime, datetime]:
    return tuple(datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (first, last))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("0 7 * * 0", ["Sun 09"]),
        ("0 7 * * 7", ["Sun 09"]),
        ("0 7 * * sun", ["Sun 09"]),
        ("0 7 * * 1", ["Mon 03"]),
        ("0 7 * * MON-fri", ["Mon 03", "Tue 04", "Wed 05", "Thu 06", "Fri 07"]),
        ("0 7 * * 5-7", ["Fri 07", "Sat 08", "Sun 09"]),
        ("0 7 * * sat-sun", ["Sat 08", "Sun 09"]),
        ("0 7 * * */2", ["Tue 04", "Thu 06", "Sat 08", "Sun 09"]),
        ("0 7 5 * *", ["Wed 05"]),
        ("0 7 5 * sun", ["Wed 05", "Sun 09"]),
        ("0 7 */4 * wed,sun", ["Wed 05", "Sun 09"]),
        ("0 7 4-8/2 3 *", ["Tue 04", "Thu 06", "Sat 08"]),
        ("0 7 * feb *", []),
    ],
)
def test_days_are_those_of_a_crontab(expression: str, named: list[str]) -> None:
    found = _times(expression, *_between("2025-03-02T12:00", "2025-03-09T23:00"))
    assert found == [f"{day} 07:00+0100" for day in named]


@pytest.mark.parametrize(
    ("expression", "spring", "autumn"),
    [
        (
            "30 2 * * *",
            ["Sat 29 02:30+0100", "Sun 30 03:00+0200", "Mon 31 02:30+0200"],
            ["Sat 25 02:30+0200", "Sun 26 02:30+0200", "Mon 27 02:30+0100"],
        ),
        ("*/20 2 * * sun", ["Sun 30 03:00+0200"], ["Sun 26 02:00+0200", "Sun 26 02:20+0200", "Sun 26 02:40+0200"]),
        ("30 1-3 * * sun", ["Sun 30 01:30+0100", "Sun 30 03:00+0200", "Sun 30 03:30+0200"], None),
    ],
    ids=["fixed time", "within the hour", "around the hour"],
)
def test_a_fixed_time_runs_once_on_the_days_on_which_clocks_change(
    expression: str, spring: list[str], autumn: list[str] | None
) -> None:
    assert _times(expression, *_between("2025-03-29T00:00", "2025-04-01T00:00")) == spring
    if autumn is not None:
        assert _times(expression, *_between("2025-10-25T00:00", "2025-10-28T00:00")) == autumn


def test_a_job_of_every_hour_follows_the_time_that_passes() -> None:
    begin, end = _between("2025-03-30T00:30", "2025-03-30T05:00")
    assert _times("30 * * * *", begin, end) == ["Sun 30 01:30+0100", "Sun 30 03:30+0200", "Sun 30 04:30+0200"]
    begin, end = _between("2025-10-26T01:45", "2025-10-26T03:45")
    assert _times("30 * * * *", begin, end) == ["Sun 26 02:30+0200", "Sun 26 02:30+0100", "Sun 26 03:30+0100"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("expression", ["30 2 * * *", "0 0 * * *", "*/17 */5 * * *", "59 23 28-31 * 7"])
def test_the_last_time_and_the_next_one_are_neighbours(zone: str, expression: str) -> None:
    crontab, place = parse_crontab(expression), ZoneInfo(zone)
    moment = datetime(2011, 12, 1, tzinfo=UTC)  # Apia had no 30 December 2011, Sao Paulo no midnight in some Octobers
    for _ in range(120):
        following = next_time(crontab, place, moment)
        assert following > moment
        assert last_time(crontab, place, following) == following
        if last_time(crontab, place, following - timedelta(seconds=1)) != moment:
            assert moment == datetime(2011, 12, 1, tzinfo=UTC)  # only where the walk began between two times
        moment = following


def test_a_leap_day_is_found_across_a_century_without_one() -> None:
    crontab = parse_crontab("0 0 29 2 *")
    assert next_time(crontab, ZoneInfo("UTC"), datetime(2096, 3, 1, tzinfo=UTC)) == datetime(2104, 2, 29, tzinfo=UTC)
    assert last_time(crontab, ZoneInfo("UTC"), datetime(2104, 2, 28, tzinfo=UTC)) == datetime(2096, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("30 25 * * *", "hour 25 is beyond 0 to 23"),
        ("60 2 * * *", "minute 60 is beyond 0 to 59"),
        ("0 2 0 * *", "day of month 0 is beyond 1 to 31"),
        ("0 2 * * 8", "day of week 8 is beyond 0 to 7"),
        ("0 2 * * tues", "day of week 'tues' is none; write 0 to 7 or one of sun, mon"),
        ("0 2 30 feb *", "day 30 never comes in month feb"),
        ("*/0 * * * *", "the step is beyond 1 to 60"),
        ("5/15 * * * *", 'a step needs a range, such as "5-59/2"'),
        ("0 2 * * fri-mon", "'fri-mon' runs backwards"),
        ("0 2 1,,2 * *", "day of month '1,,2' is none"),
        ("@daily", "write five fields as in a crontab"),
        ("30 2 * *", "write five fields as in a crontab"),
    ],
)
def test_a_wrong_expression_is_refused_with_its_value_and_a_remedy(expression: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(f'[schedule]\nnightly = "{expression}"\n', origin="/p/newstone.toml")
    message = str(caught.value)
    assert message.startswith(f"/p/newstone.toml: schedule.nightly = {expression!r}: ")
    assert words in message


def test_a_29_february_on_one_day_of_the_week_may_be_decades_away() -> None:
    sunday = parse_crontab("0 0 29 2 */7")
    utc = ZoneInfo("UTC")
    assert next_time(sunday, utc, datetime(2060, 3, 1, tzinfo=UTC)) == datetime(2088, 2, 29, tzinfo=UTC)
    assert next_time(sunday, utc, datetime(2088, 3, 1, tzinfo=UTC)) == datetime(2128, 2, 29, tzinfo=UTC)
    assert last_time(sunday, utc, datetime(2088, 2, 1, tzinfo=UTC)) == datetime(2060, 2, 29, tzinfo=UTC)
