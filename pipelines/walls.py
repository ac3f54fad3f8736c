"""Pages that show something else than the article: consent walls, paywalls, teasers."""

import re
from urllib.parse import urlsplit

from pipelines.phrases import phrase_names, phrases

CONSENT_MAX_CHARS = 3_500
"""A longer text is an article about cookies, not a banner."""

CONSENT_MIN_HITS = 3
"""Different consent phrases in a short text that make it a consent wall."""

WALL_TAIL_CHARS = 700
"""How far from the end of the text a subscription notice counts: the wall stands where the text breaks off."""

WALL_MAX_CHARS = 4_000
"""A text longer than this is no teaser, whatever is offered below it."""

OFFER_MAX_CHARS = 1_200
"""The same for an offer that does not say that the text ends here."""

MIN_DECLARED_CHARS = 800
"""A shorter articleBody is a summary and says nothing about what is missing."""

TEASER_SHARE = 0.5
"""Share of the declared articleBody below which the text on the page is only its beginning."""

_CONSENT_HOST = re.compile(r"^(?:consent|cookie-?consent|privacy|cmp|myprivacy|privacywall|guce)\.", re.IGNORECASE)
_CONSENT_PATH = re.compile(
    r"^/(?:[a-z]{2}/)?(?:(?:cookie-?)?consent|zustimmung|pur-?abo|collectconsent)(?:[/?.]|$)"
    r"|/(?:privacy|cookie|tcf|consent)-?(?:wall|gate)(?:[/?.]|$)",
    re.IGNORECASE,
)

_DOTS = r"(?:…|\.\.\.|\[…\])\s*\W*"
_CUT = re.compile(r"\[(?:…|\.\.\.|&hellip;|\+\d+ chars)\]\s*$")


def is_consent_url(url: str) -> bool:
    """Tell whether an address is that of a consent dialogue, e.g. consent.example.com or /privacywall."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(_CONSENT_HOST.match(parts.hostname or "") or _CONSENT_PATH.search(parts.path))


def consent_hits(text: str) -> int:
    """Give how many different kinds of consent phrases a text has, 0 to 8."""
    return sum(1 for name in phrase_names("consent_") if phrases(name).search(text))


def is_consent_text(text: str) -> bool:
    """Tell whether a short text asks for consent instead of reporting.

    It must speak of cookies, of paying instead, or have a button to accept: news of a privacy case has none of these.
    """
    if not text or len(text) > CONSENT_MAX_CHARS:
        return False
    if not phrases("consent_cookies", "consent_accept", "consent_pay_or_consent").search(text):
        return False
    # the longer the text, the more kinds of phrases it takes
    wanted = CONSENT_MIN_HITS + (len(text) > CONSENT_MAX_CHARS // 2) + (len(text) > CONSENT_MAX_CHARS * 3 // 4)
    return consent_hits(text) >= wanted


def is_subscription_notice(line: str) -> bool:
    """Tell whether a line offers a subscription or login in place of the text."""
    return bool(phrases("wall", "offer").search(line))


def has_wall_notice(text: str) -> bool:
    """Tell whether a text breaks off at a subscription notice.

    An outright notice ("to continue reading …") counts at the end of up to 4,000 characters, a mere offer ("start your
    free trial") only below a text of up to 1,200, since many whole articles end with one.
    """
    tail = text[-WALL_TAIL_CHARS:]
    if len(text) <= WALL_MAX_CHARS and phrases("wall").search(tail):
        return True
    return len(text) <= OFFER_MAX_CHARS and bool(phrases("offer").search(tail))


def ends_with_more(text: str) -> bool:
    """Tell whether the last line of a text sends the reader elsewhere for the rest ("… read more", "[…]")."""
    last = text.rstrip().rpartition("\n")[2]
    if _CUT.search(last) or phrases("more", before=_DOTS, after=r"\W*$").search(last):
        return True
    return bool(phrases("more", before=r"^\W*", after=r"\W*$").match(last))


def is_teaser_of(text: str, declared_body: str) -> bool:
    """Tell whether the page's own JSON-LD article is much longer than the text that was found on the page."""
    return len(declared_body) > MIN_DECLARED_CHARS and len(text) < TEASER_SHARE * len(declared_body)
