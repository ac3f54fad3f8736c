"""Publication dates as publishers write them: one string in, one moment in UTC out.

The order is: ISO 8601, RFC 822, numeric and East Asian forms, and only then dateparser with the source's language
and zone. feedparser's own reading is never used: it takes today's month for ``2016/6/29`` and ``2024年5月1日``, reads
CST as US Central for China, ignores JST, CEST and MESZ, and drops PM.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.records import DateBasis

EARLIEST_YEAR = 1990
"""No news page on the web is older; an earlier year is an empty database field (1970-01-01, 0001-01-01)."""

BUDDHIST_ERA_YEARS, BUDDHIST_FROM_YEAR = 543, 2500
"""Thai pages write 2568 for 2025; no other page names a year that far ahead."""

MAX_RAW_CHARS = 200
"""A longer string is prose, not a date."""

FUTURE_TOLERANCE = timedelta(hours=26)
"""A date up to this far ahead is today in a zone east of us, or a clock that runs ahead; beyond it is no news date."""

ZONE_STEP = timedelta(minutes=15)
"""Offsets of zones are whole multiples of this (IANA tz since 1972)."""

MAX_ZONE_SHIFT = timedelta(hours=26)
"""The same clock time in two zones lies at most this far apart (UTC-12 to UTC+14)."""

ZONE_OFFSET_MINUTES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "mez": 60,
    "mesz": 120, "mest": 120, "eet": 120, "eest": 180, "msk": 180, "мск": 180, "trt": 180, "ist": 330, "pkt": 300,
    "wib": 420, "ict": 420, "wita": 480, "hkt": 480, "sgt": 480, "pht": 480, "pst8": 480, "myt": 480, "awst": 480,
    "jst": 540, "kst": 540, "wit": 540, "acst": 570, "aest": 600, "acdt": 630, "aedt": 660, "nzst": 720, "nzdt": 780,
    "brt": -180, "art": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "nst": -210, "ndt": -150,
    "ast": -240, "adt": -180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "sast": 120, "cat": 120, "eat": 180, "wat": 60,
    "gst": 240, "irst": 210,
}  # fmt: skip
"""Minutes east of UTC, read only where the source's own zone does not use the abbreviation (IANA tz, RFC 822 §5)."""

SEASONAL_ZONES = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "eastern time": "America/New_York", "pacific time": "America/Los_Angeles",
}  # fmt: skip
"""Abbreviations that mean standard or summer time, whichever holds that day."""

MONTH_FIRST_ZONES = ("America/", "US/", "Pacific/Honolulu", "Asia/Manila")
"""Zones whose English-language press writes 6/29/2016."""

DAY_FIRST_AMERICAS = ("America/Toronto", "America/Vancouver", "America/Jamaica", "America/Port_of_Spain")

_ENGLISH_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip
_ZONE = r"(?P<zone>Z|UTC[+-]\d{1,2}(?::?\d{2})?|GMT[+-]\d{1,2}(?::?\d{2})?|[+\-−]\d{1,2}(?::?\d{2})?|[A-Za-zА-я]{1,5})"
_CLOCK = (
    r"(?P<hour>\d{1,2})\s?[:.h時时点시]\s?(?P<minute>\d{2})[分분]?(?:\s?[:.]?\s?(?P<second>\d{2})[秒초]?(?:[.,]\d+)?)?"
)
_HALF = r"(?P<half>a\.?m\.?|p\.?m\.?|上午|下午|晚上|午前|午後|오전|오후|凌晨|早上|中午)"
_AFTERNOON = ("p", "下午", "晚上", "午後", "오후")

_ISO = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})"
    r"(?:(?:[T ]\s?|\s+)(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,:]\d+)?)?\s*"
    r"(?P<zone>Z|[+\-−]\d{1,2}:?(?:\d{2})?|[A-Z]{2,5})?(?:\[[\w/]+\])?)?",
    re.IGNORECASE,
)
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s+)?(?P<day>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<year>\d{4}|\d{2})"
    rf"(?:,?\s+(?:at\s+)?{_CLOCK}\s*(?:{_HALF})?\s*(?:{_ZONE})?)?(?:\s*\([^)]*\))?",
    re.IGNORECASE,
)
_MONTH_DAY_YEAR = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s+)?(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    rf"(?:,?\s*(?:at|[-|–])?\s*{_CLOCK}\s*(?:{_HALF})?\s*(?:{_ZONE})?)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\s?[-/.年년]\s?(?P<month>\d{1,2})\s?[-/.月월]\s?(?P<day>\d{1,2})\s?[日일.]?"
    r"(?:\s?[(（][^)）]{1,6}[)）])?"
    rf"(?:[\s,T]*(?:{_HALF})?\s*{_CLOCK}\s*(?:{_ZONE})?)?",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(
    r"(?P<first>\d{1,2})\s?[./-]\s?(?P<middle>\d{1,2})\s?[./-]\s?(?P<year>\d{4}|\d{2})"
    rf"(?:[\s,|–-]*(?:um|at|à|ore|kl\.?|klo|às|saat|в|o|a las|alle)?\s*{_CLOCK}"
    rf"\s*(?:{_HALF})?\s*(?:Uhr|h|น\.)?\s*(?:{_ZONE})?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_ZONE_IN_PROSE = re.compile(r"\(?\b(MESZ|MEZ|CEST|CET|JST|KST|МСК|MSK|EEST|EET|TRT|WIB)\b\)?", re.IGNORECASE)
_HAS_CLOCK = re.compile(
    r"\d{1,2}\s?[:.hH時时点시]\s?\d{2}(?!\d)(?!\.\d{2,4})|\d\s?(?:[ap]\.?m\b)|[오午][전후前後]\s?\d", re.IGNORECASE
)
_LEAD_WORDS = re.compile(
    r"^(?:published|updated|posted|date|stand|veröffentlicht|publié|publicado|pubblicato|発行日|公開日|更新日|发布时间|时间|来源|입력|승인)"
    r"(?:\s+(?:on|at|am|le|el|il|em))?\s*[:：]?\s*",
    re.IGNORECASE,
)
_TWO_NAMES = re.compile(r"(?:[^\W\d_]+ )?[^\W\d_]+ / ([^\W\d_]+)")  # Levantine and Egyptian name of one month
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९", "012345678901234567890123456789")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """One date. ``at`` is aware, in UTC; a day without a time is that day 00:00 in the zone it was read in.

    ``day`` is the calendar day as the string writes it, in whatever zone it means.
    """

    at: datetime
    has_time: bool
    day: date
    has_zone: bool = False  # the string itself named the zone


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """Give the IANA zone of that name; UTC for "" and for a name that the zone database does not know."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _resolve_zone(raw: str, naive: datetime, home: tzinfo, language: str) -> tzinfo | None:
    """Give the zone that an offset or abbreviation names; None where it names none."""
    text = raw.strip().replace("−", "-")
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", text, re.IGNORECASE)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes)) if minutes <= 14 * 60 else None
    key = text.lower()
    if (naive.replace(tzinfo=home).tzname() or "").lower() == key:
        return home
    if key == "cst" and language == "zh":
        return zone_of("Asia/Shanghai")
    if key in SEASONAL_ZONES:
        return zone_of(SEASONAL_ZONES[key])
    known = ZONE_OFFSET_MINUTES.get(key)
    return None if known is None else timezone(timedelta(minutes=known))


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)  # RFC 2822 §4.3, POSIX pivot


def _build(match: re.Match[str], day: int, month: int, home: tzinfo, language: str) -> ParsedDate | None:
    """Make a date from the named groups of a match; None where the numbers are no date."""
    groups = match.groupdict()
    year = _full_year(groups["year"])
    year -= BUDDHIST_ERA_YEARS if year > BUDDHIST_FROM_YEAR else 0
    hour = int(groups.get("hour") or 0)
    # Midnight to the second is how content systems write a day.
    has_time = any(int(groups.get(part) or 0) for part in ("hour", "minute", "second"))
    half = (groups.get("half") or "").lower()
    if half:
        afternoon = half.startswith(_AFTERNOON) or half == "中午"
        hour = hour % 12 + 12 if afternoon and hour <= 12 else (0 if hour == 12 and not afternoon else hour)
    try:
        naive = datetime(year, month, day, hour % 24 if hour == 24 else hour, int(groups.get("minute") or 0))  # noqa: DTZ001 - gets its zone below
        naive = naive.replace(second=min(int(groups.get("second") or 0), 59))
        if hour == 24:
            naive += timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    named = _resolve_zone(groups["zone"], naive, home, language) if groups.get("zone") else None
    return _finish(naive, named or home, has_time=has_time, has_zone=named is not None)


def _finish(naive: datetime, zone: tzinfo, *, has_time: bool, has_zone: bool) -> ParsedDate | None:
    if naive.year > BUDDHIST_FROM_YEAR:
        naive = naive.replace(
            year=naive.year - BUDDHIST_ERA_YEARS, day=min(naive.day, 28) if naive.month == 2 else naive.day
        )
    if naive.year < EARLIEST_YEAR:
        return None
    try:
        return ParsedDate(naive.replace(tzinfo=zone).astimezone(UTC), has_time, naive.date(), has_zone)
    except (ValueError, OverflowError):
        return None


def _is_month_first(zone: str, language: str) -> bool:
    return language in ("en", "") and zone.startswith(MONTH_FIRST_ZONES) and not zone.startswith(DAY_FIRST_AMERICAS)


def _parse_exact(text: str, zone: str, language: str) -> ParsedDate | None:
    """Read the forms that need no language: ISO 8601, RFC 822, numeric, East Asian, epoch seconds."""
    home = zone_of(zone)
    if _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
        return (
            ParsedDate(moment, has_time=True, day=moment.date(), has_zone=True)
            if moment.year >= EARLIEST_YEAR + 5
            else None
        )
    for pattern in (_ISO, _YEAR_FIRST):
        match = pattern.fullmatch(text)
        if match:
            return _build(match, int(match["day"]), int(match["month"]), home, language)
    for pattern in (_RFC822, _MONTH_DAY_YEAR):
        match = pattern.fullmatch(text)
        month = _ENGLISH_MONTHS.get(match["name"][:3].lower()) if match else None
        if match and month:
            return _build(match, int(match["day"]), month, home, language)
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, middle = int(match["first"]), int(match["middle"])
        month_first = middle > 12 or ("." not in text[:6] and first <= 12 and _is_month_first(zone, language))
        day, month = (middle, first) if month_first else (first, middle)
        return _build(match, day, month, home, language)
    return None


def _parse_prose(text: str, zone: str, language: str, now: datetime) -> ParsedDate | None:
    """Read month names and relative times with dateparser."""
    import dateparser

    home = zone_of(zone)
    named = _ZONE_IN_PROSE.search(text)
    bare = _ZONE_IN_PROSE.sub(" ", text).strip() if named else text
    settings = {
        "RETURN_AS_TIMEZONE_AWARE": False,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RELATIVE_BASE": now.astimezone(home).replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "DATE_ORDER": "MDY" if _is_month_first(zone, language) else "DMY",
        "PARSERS": ["relative-time", "absolute-time"],
    }
    languages = [language] if language and language != "und" else []
    for attempt in (languages, ["en"]):
        if not attempt:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # dateparser's own deprecations are not the caller's
                found = dateparser.parse(bare, languages=attempt, settings=settings)
        except (ValueError, OverflowError, TypeError, KeyError, IndexError):
            found = None  # dateparser knows no such language, or trips over the string
        if found is not None:
            has_time = bool(_HAS_CLOCK.search(bare)) or (found.hour, found.minute) != (0, 0)
            if found.tzinfo is not None:
                return ParsedDate(found.astimezone(UTC), has_time, found.date(), has_zone=True)
            told = _resolve_zone(named[1], found, home, language) if named else None
            return _finish(found, told or home, has_time=has_time, has_zone=told is not None)
    return None


def parse_date(raw: str, *, zone: str, language: str, now: datetime) -> ParsedDate | None:
    """Read one date string of a feed or page; None where it holds no full date (day, month and year).

    ``zone`` (IANA) is used where the string names none, and decides what an ambiguous abbreviation means; ``language``
    decides month names and, with the zone, whether 6/7/2024 is June. ``now`` (aware) is the base of "3 hours ago".
    The future is not clamped here. Never raises. Exact forms cost microseconds, prose about 1 ms after the first call.
    """
    text = (
        re.sub(r"[\s\u200e\u200f\u202a-\u202c]+", " ", raw[: MAX_RAW_CHARS + 1])
        .translate(_ARABIC_DIGITS)
        .strip(" ,;|·")
    )
    if not text or len(text) > MAX_RAW_CHARS or not re.search(r"\d", text):
        return None
    text = _TWO_NAMES.sub(r"\1", _LEAD_WORDS.sub("", text))
    return _parse_exact(text, zone, language) or _parse_prose(text, zone, language, now)


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """One string that claims to be the publication date, and where it stood."""

    raw: str
    basis: DateBasis


@dataclass(frozen=True, slots=True)
class ChosenDate:
    """The publication date of an article: ``at`` is aware, in UTC, never after the fetch; ``raw`` "" if first seen."""

    at: datetime
    has_time: bool
    basis: DateBasis
    raw: str
    clamped: bool = False  # the page named a moment after the fetch


def _has_clock(date: ParsedDate, home: tzinfo) -> bool:
    """Tell whether the time says more than the day: an exact midnight is a day that a template filled up."""
    if not date.has_time:
        return False
    local = date.at.astimezone(home)
    return (date.at.hour, date.at.minute) != (0, 0) and (local.hour, local.minute) != (0, 0)


def choose_date(candidates: Sequence[DateCandidate], *, zone: str, language: str, fetched_at: datetime) -> ChosenDate:
    """Give the publication date from candidates in order of trust; ``fetched_at`` where none can be read.

    The first that can be read and does not lie in the future decides the day. A later one with a clock time replaces
    it where that one has none and both name the same day; so does one that writes the same clock time with its zone
    where the first has no zone. A date after the fetch is used only when there is no other, clamped to the fetch.
    """
    home = zone_of(zone)
    best: ParsedDate | None = None
    said: DateCandidate | None = None
    future: DateCandidate | None = None
    for candidate in candidates:
        if best is not None and best.has_zone and _has_clock(best, home):
            break  # nothing later can say more
        parsed = parse_date(candidate.raw, zone=zone, language=language, now=fetched_at)
        if parsed is None:
            continue
        if parsed.at > fetched_at + FUTURE_TOLERANCE:
            future = future or candidate
        elif best is None or _says_more(parsed, best, home):
            best, said = parsed, candidate
    if best is not None and said is not None:
        return ChosenDate(min(best.at, fetched_at), best.has_time, said.basis, said.raw, best.at > fetched_at)
    if future is not None:
        return ChosenDate(fetched_at, has_time=True, basis=future.basis, raw=future.raw, clamped=True)
    return ChosenDate(fetched_at, has_time=True, basis=DateBasis.FIRST_SEEN, raw="")


def _says_more(later: ParsedDate, best: ParsedDate, home: tzinfo) -> bool:
    """Tell whether a later reading adds a clock time to the same day, or a zone to the same clock time."""
    if not _has_clock(later, home):
        return False
    if not _has_clock(best, home):
        return best.day in (later.day, later.at.astimezone(home).date())
    apart = abs(later.at - best.at)
    off_step = min(apart % ZONE_STEP, -apart % ZONE_STEP)
    return later.has_zone and not best.has_zone and apart <= MAX_ZONE_SHIFT and off_step < timedelta(minutes=1)
