"""What holds for every date string."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from pipelines.dates import FUTURE_TOLERANCE, DateCandidate, choose_date, parse_date
from pipelines.records import DateBasis
from tests.properties.examples import FEW, FIXED

NOW = datetime(2025, 2, 1, 12, tzinfo=UTC)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Kolkata", "", "No/Where"])
LANGUAGES = st.sampled_from(["en", "de", "zh", "ja", "ar", "tr", "und", "xx"])
PIECES = st.sampled_from(
    [
        *(
            "2025",
            "01",
            "28",
            "9999",
            "0000",
            "-1",
            "1e309",
            "31",
            "02",
            "29",
            "12",
            "24:00",
            "10:00",
            "PM",
            "午後",
            "오전",
        ),
        *(
            "Jan",
            "January",
            "28.",
            "Mär",
            "يناير",
            "2568",
            "1738058400",
            "99999999999",
            "+99:99",
            "-00:00",
            "CST",
            "MESZ",
            "Z",
        ),
        *(
            "T",
            "-",
            "/",
            ".",
            ",",
            " ",
            "年",
            "月",
            "日",
            "ago",
            "in",
            "hours",
            "million",
            "years",
            "yesterday",
            "\x00",
            "\ud800",
            "٢٠٢٥",
        ),
    ]
)
STRINGS = st.lists(PIECES, max_size=10).map("".join) | st.lists(PIECES, max_size=8).map(" ".join) | st.text(max_size=50)
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2025, 1, 31)).map(lambda naive: naive.replace(microsecond=0))  # noqa: DTZ001


@FIXED
@given(STRINGS, ZONES, LANGUAGES)
def test_reading_a_date_never_raises_and_gives_utc(raw: str, zone: str, language: str) -> None:
    found = parse_date(raw, zone=zone, language=language, now=NOW)
    if found is not None:
        assert found.at.tzinfo is UTC
        assert 1990 <= found.at.year <= 9999 or found.at.year == 1989  # the first day of 1990 in a zone east of UTC


@FIXED
@given(st.lists(STRINGS, max_size=4), ZONES, LANGUAGES)
def test_the_date_of_an_article_never_lies_after_its_fetch(raws: list[str], zone: str, language: str) -> None:
    bases = [DateBasis.JSON_LD, DateBasis.META, DateBasis.FEED, DateBasis.TEXT]
    candidates = [DateCandidate(raw, basis) for raw, basis in zip(raws, bases, strict=False)]
    chosen = choose_date(candidates, zone=zone, language=language, fetched_at=NOW)
    assert chosen.at <= NOW
    assert chosen.raw in (*raws, "")


@FIXED
@given(MOMENTS, ZONES, LANGUAGES)
def test_exact_forms_come_back_as_they_were(naive: datetime, zone: str, language: str) -> None:
    moment = naive.replace(tzinfo=UTC)
    for raw in (moment.isoformat(), moment.isoformat().replace("+00:00", "Z"), format_datetime(moment)):
        found = parse_date(raw, zone=zone, language=language, now=NOW)
        assert found is not None
        assert found.at == moment


@FEW
@given(MOMENTS, st.integers(-12 * 4, 14 * 4))
def test_an_offset_of_any_zone_is_read(naive: datetime, quarters: int) -> None:
    offset = timedelta(minutes=15 * quarters)
    sign, minutes = "-" if quarters < 0 else "+", abs(15 * quarters)
    raw = f"{(naive + offset).isoformat()}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    found = parse_date(raw, zone="Asia/Tokyo", language="ja", now=NOW)
    assert found is not None
    assert found.at == naive.replace(tzinfo=UTC)


@FEW
@given(st.timedeltas(FUTURE_TOLERANCE + timedelta(days=2), timedelta(days=300_000)))
def test_a_date_far_ahead_gives_way_to_any_other(ahead: timedelta) -> None:
    future = DateCandidate((NOW + ahead).isoformat(), DateBasis.JSON_LD)
    honest = DateCandidate("2025-01-28T10:00:00Z", DateBasis.FEED)
    chosen = choose_date([future, honest], zone="UTC", language="en", fetched_at=NOW)
    assert chosen.basis is DateBasis.FEED
    assert choose_date([future], zone="UTC", language="en", fetched_at=NOW).at <= NOW
