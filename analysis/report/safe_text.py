"""Names for a person, and addresses that may be clicked."""

from functools import cache
from urllib.parse import urlsplit


def safe_url(url: str) -> str:
    """Give an http or https address as it is, "" for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc and not any(c.isspace() for c in url) else ""


_UNSEEN = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " "),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\u200b"),
}


def plain_text(text: str) -> str:
    """Give a text without control characters and without signs that turn its direction, at the same length.

    Right-to-left writing needs none of them: the page isolates each text and lets its letters decide.
    """
    return text.translate(_UNSEEN)


@cache
def language_name(code: str) -> str:
    """Give the English name of a language (ISO 639-1), the code itself where it has none."""
    from babel import Locale

    return str(Locale("en").languages.get(code, code))


@cache
def country_name(code: str) -> str:
    """Give the English name of a country (ISO 3166-1 alpha-2), the code itself where it has none."""
    from babel import Locale

    return str(Locale("en").territories.get(code, code))


def medium_name(medium: str) -> str:
    """Give the kind of medium as words."""
    return medium.replace("_", " ")


def signed(value: float | None, digits: int = 2) -> str:
    """Write a number with its sign and a true minus; what rounds to zero has none."""
    if value is None:
        return "–"
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def percent(share: float | None) -> str:
    """Write a share as a whole percentage."""
    return "–" if share is None else f"{share * 100:.0f} %"


def count(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: "1 voice", "1,204 voices"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
