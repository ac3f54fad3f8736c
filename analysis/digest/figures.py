"""Numbers, days and names of languages as a reader of one language writes them."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from analysis.digest.wording import Wording
from analysis.measures import Estimate

_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

NAME_CHARS = 60
"""Longest name of a company or an outlet."""

_ISOLATED = "\u2068{}\u2069"
"""First strong isolate: a name of another direction in the middle of a line does not turn the rest around."""


class Figures:
    """Writes figures in one locale. Minus signs are U+2212, so that a line never breaks behind them."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._locale = Locale.parse(wording.language)

    def count(self, number: float) -> str:
        """Write a whole number, or one with a decimal where it is no whole number."""
        return format_decimal(number, "#,##0.#", locale=self._locale)

    def signed(self, polarity: float) -> str:
        """Write a polarity or a change with sign and two digits; what rounds to 0 has no sign."""
        rounded = round(polarity, 2)
        if rounded == 0:
            return format_decimal(0, "0.00", locale=self._locale)
        return format_decimal(rounded, "+0.00;−0.00", locale=self._locale)

    def score(self, z: float) -> str:
        """Write a z-score with sign and one digit."""
        return format_decimal(z, "+0.0;−0.0", locale=self._locale)

    def gain(self, number: float) -> str:
        """Write a difference of counts with its sign."""
        return format_decimal(number, "+#,##0.#;−#,##0.#", locale=self._locale)

    def size(self, number: float) -> str:
        """Write the absolute value with two digits."""
        return format_decimal(abs(number), "0.00", locale=self._locale)

    def probability(self, share: float) -> str:
        """Write 0 to 1 with two digits."""
        return format_decimal(share, "0.00", locale=self._locale)

    def percent(self, share: float) -> str:
        """Write a share of 0 to 1 as percent."""
        return format_decimal(share * 100, "0", locale=self._locale) + "\u00a0%"

    def points(self, difference: float, *, signed: bool = True) -> str:
        """Write a difference of shares as percentage points."""
        value = round(difference * 100, 1)
        pattern = "+0.0;−0.0" if signed and value else "0.0"
        number = format_decimal(value if signed else abs(value), pattern, locale=self._locale)
        return self._wording.say("form.points", value=number)

    def short_points(self, difference: float) -> str:
        """Write a difference of shares as percentage points, for narrow columns."""
        return self._wording.say("form.points_short", value=self.bare_points(difference))

    def bare_points(self, difference: float) -> str:
        """Write a difference of shares as percentage points without their name, for ranges."""
        value = round(difference * 100, 1)
        return format_decimal(value, "+0.0;−0.0" if value else "0.0", locale=self._locale)

    def range(self, low: str, high: str) -> str:
        """Write two figures as a range."""
        return self._wording.say("form.range", low=low, high=high)

    def interval(self, estimate: Estimate) -> str:
        """Write the interval of a polarity; "" where it has none."""
        if estimate.low is None or estimate.high is None or estimate.too_few:
            return ""
        return self.range(self.signed(estimate.low), self.signed(estimate.high))

    def share_interval(self, estimate: Estimate, *, change: bool = False) -> str:
        """Write the interval of a share (or of its change, in points); "" where it has none."""
        if estimate.low is None or estimate.high is None or estimate.too_few:
            return ""
        form = self.bare_points if change else self.percent
        return self.range(form(estimate.low), form(estimate.high))

    def day(self, day: date, form: str = "short") -> str:
        """Write a day: ``long``, ``short`` (with weekday), ``plain`` or ``full`` (with year)."""
        return format_date(day, self._wording.say(f"form.day_{form}"), locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """Write a moment, UTC."""
        return format_datetime(moment, f"{self._wording.say('form.day_plain')} y HH:mm", locale=self._locale)

    def language(self, code: str) -> str:
        """Give the name of a language, else its code."""
        return str(self._locale.languages.get(code, code))

    def names(self, names: Sequence[str], limit: int) -> str:
        """Write names as a list with commas; those beyond ``limit`` are only counted."""
        shown = [isolated(name) for name in names[:limit]]
        if len(names) > limit:
            left = len(names) - limit
            return f"{', '.join(shown)} {self._wording.count('form.more', left, self.count(left))}"
        return format_list(shown, locale=self._locale)


def direction_of(language: str) -> str:
    """Give ``rtl`` or ``ltr``, the direction in which a language is written."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def isolated(name: str) -> str:
    """Give a text so that it leaves the line around it as it is, also where parts of it run from right to left."""
    is_plain = name.isascii() or not any(unicodedata.bidirectional(character) in {"R", "AL"} for character in name)
    return name if is_plain else _ISOLATED.format(name)


def unbroken(text: str) -> str:
    """Give a text that stays on one line of a narrow column."""
    return text.replace(" ", "\u00a0")


def spoken_name(name: str) -> str:
    """Give a name of a company, an outlet or a label: on one line, not too long, isolated."""
    return isolated(shortened(name, NAME_CHARS))


def shortened(text: str, chars: int) -> str:
    """Give a text on one line, at most that many characters, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 1].rstrip()}…"
