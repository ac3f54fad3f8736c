"""The closed vocabulary of what can become of a page. Every page ends in exactly one of these.

The order is that of the way: fetch outcomes first (no text was ever seen), then extract outcomes.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one page."""

    # -- while fetching: the page never reached extraction
    ROBOTS = "robots"  # robots.txt forbids it, or robots.txt answered 5xx (RFC 9309: then everything is forbidden)
    BLOCKED_ADDRESS = "blocked_address"  # a private, loopback, link-local or CGNAT address, first hand or by redirect
    HTTP_ERROR = "http_error"  # final status 4xx or 5xx, other than those below
    GONE = "gone"  # 404 or 410
    RATE_LIMITED = "rate_limited"  # 429 or 503 after all retries
    TIMEOUT = "timeout"  # no complete answer within the time limit
    CONNECTION_ERROR = "connection_error"  # DNS, TCP, TLS or protocol failure
    TRUNCATED = "truncated"  # the connection closed before the promised length
    TOO_LARGE = "too_large"  # larger than the size limit, before or after decompression
    REDIRECT_LIMIT = "redirect_limit"  # too many redirects, or a loop
    NOT_HTML = "not_html"  # the answer is not HTML (PDF, image, feed …)
    FORGOTTEN = "forgotten"  # taken down on request (`newstone forget`): body and text are gone, never fetched again

    # -- while extracting
    OK = "ok"  # an article with its full text
    TEASER = "teaser"  # only the beginning of the article is on the page
    PAYWALL = "paywall"  # the publisher says that the text is for subscribers; kept, never scored
    CONSENT_WALL = "consent_wall"  # the page asks for consent instead of showing the article
    TOO_SHORT = "too_short"  # text, but too little to be an article
    NO_TEXT = "no_text"  # no main text found
    MOJIBAKE = "mojibake"  # the bytes cannot be decoded sensibly
    TOO_COMPLEX = "too_complex"  # more elements than the guard lets into extraction
    EXTRACT_ERROR = "extract_error"  # the extractor raised; the detail names the exception


FETCH_OUTCOMES: frozenset[Outcome] = frozenset(
    {
        Outcome.ROBOTS,
        Outcome.BLOCKED_ADDRESS,
        Outcome.HTTP_ERROR,
        Outcome.GONE,
        Outcome.RATE_LIMITED,
        Outcome.TIMEOUT,
        Outcome.CONNECTION_ERROR,
        Outcome.TRUNCATED,
        Outcome.TOO_LARGE,
        Outcome.REDIRECT_LIMIT,
        Outcome.NOT_HTML,
        Outcome.FORGOTTEN,
    }
)
"""Outcomes that are decided while fetching; a page that has one of these has no body to extract."""

ARTICLE_OUTCOMES: frozenset[Outcome] = frozenset({Outcome.OK, Outcome.TEASER, Outcome.PAYWALL})
"""Outcomes that come with an :class:`~pipelines.records.Article`."""

READ_OUTCOMES: frozenset[Outcome] = frozenset({Outcome.OK, Outcome.TEASER})
"""Outcomes of a page that was read well: its publisher shows the article, or the beginning that it gives to all."""

TRANSIENT_OUTCOMES: frozenset[Outcome] = frozenset(
    {Outcome.RATE_LIMITED, Outcome.TIMEOUT, Outcome.CONNECTION_ERROR, Outcome.TRUNCATED, Outcome.HTTP_ERROR}
)
"""Fetch outcomes after which the same URL is tried again on a later night, with back-off."""


class FeedOutcome(StrEnum):
    """What became of one request for a feed, sitemap or section page."""

    OK = "ok"  # parsed, at least one item
    UNCHANGED = "unchanged"  # 304 Not Modified
    EMPTY = "empty"  # a well-formed feed without items; not a failure
    MALFORMED = "malformed"  # broken XML; the items before the break were taken
    NOT_A_FEED = "not_a_feed"  # 200 with an HTML page or anything else that is no feed
    GONE = "gone"  # 410: hard
    HTTP_ERROR = "http_error"  # other 4xx/5xx (404, 429 and 5xx are soft: back off)
    ROBOTS = "robots"
    BLOCKED_ADDRESS = "blocked_address"
    TIMEOUT = "timeout"
    CONNECTION_ERROR = "connection_error"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    REDIRECT_LIMIT = "redirect_limit"
