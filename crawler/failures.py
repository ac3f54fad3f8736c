"""What went wrong with a request, as one outcome of the closed vocabulary."""

import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twisted.python.failure import Failure

logger = logging.getLogger(__name__)

MAX_DETAIL_CHARS = 300

_OWN_FAULTS = (AssertionError, AttributeError, LookupError, NameError, TypeError)
"""What a mistake in the crawler itself raises: the URL still ends in an outcome, and the log has the trace."""


_PLAIN_WORDS = {
    "ConnectionLost": "the connection broke off",
    "ConnectionAborted": "the connection was broken off",
    "ConnectionDone": "the connection was closed before the answer was complete",
    "ResponseDone": "the answer ended too early",
}
"""What Twisted's exceptions about a connection mean, by their names."""


class FetchFailedError(IgnoreRequest):
    """A request that was refused or whose answer is useless; says the outcome itself."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


class NotStartedError(IgnoreRequest):
    """A request that was not sent, because the crawl ends or the host had its share; its URL stays pending."""


_OUTCOMES: "Mapping[type[BaseException], Outcome]" = {
    DownloadTimeoutError: Outcome.TIMEOUT,
    DownloadCancelledError: Outcome.TOO_LARGE,  # raised by the download handler at the size limit only
    ResponseDataLossError: Outcome.TRUNCATED,
    CannotResolveHostError: Outcome.CONNECTION_ERROR,
    DownloadConnectionRefusedError: Outcome.CONNECTION_ERROR,
    DownloadFailedError: Outcome.CONNECTION_ERROR,
}


def outcome_of_error(error: BaseException) -> tuple[Outcome, str]:
    """Give the outcome and a detail for a person of an exception that ended a request."""
    if isinstance(error, FetchFailedError):
        return error.outcome, redacted(error.detail)[:MAX_DETAIL_CHARS]
    for kind, outcome in _OUTCOMES.items():
        if isinstance(error, kind):
            return outcome, _detail(error)
    if isinstance(error, _OWN_FAULTS):
        logger.error("a fault of the crawler, not of the host", exc_info=error)
    return Outcome.CONNECTION_ERROR, _detail(error)


def feed_outcome(outcome: Outcome) -> FeedOutcome:
    """Give the feed outcome that corresponds to a fetch outcome of a listing."""
    if outcome in (Outcome.GONE, Outcome.RATE_LIMITED):  # only 410 makes a feed GONE, and the caller knows that one
        return FeedOutcome.HTTP_ERROR
    return FeedOutcome.NOT_A_FEED if outcome is Outcome.NOT_HTML else FeedOutcome(outcome.value)


def _detail(error: BaseException) -> str:
    name = type(error).__name__
    reasons: Sequence[Failure] = getattr(error.__cause__, "reasons", ())
    if reasons and str(error) == str(error.__cause__):  # only the repr of these, which is for programmers
        name, text = "", "; ".join(dict.fromkeys(_plain(reason.value) for reason in reasons if reason.value))
    else:
        text = str(error)
    text = redacted(" ".join(text.split()))
    if not name:
        return text[:MAX_DETAIL_CHARS]
    return (f"{name}: {text}" if text else name)[:MAX_DETAIL_CHARS]


def _plain(error: BaseException) -> str:
    """Give an exception below a failed download in plain words, such as "certificate verify failed"."""
    name = type(error).__name__
    if name in _PLAIN_WORDS:
        return _PLAIN_WORDS[name]
    if type(error).__module__.startswith("OpenSSL") and error.args and isinstance(error.args[0], list):
        said = "; ".join(str(entry[-1]) for entry in error.args[0] if entry)
        return said if "certificate" in said else f"TLS: {said or 'the connection broke off'}"
    text = str(error)
    return f"{name}: {text}" if text else name
