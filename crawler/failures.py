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
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

MAX_DETAIL_CHARS = 300

_OWN_FAULTS = (AssertionError, AttributeError, LookupError, NameError, TypeError)
"""What a mistake in the crawler itself raises: the URL still ends in an outcome, and the log has the trace."""


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
    text = redacted(" ".join(str(error).split()))
    name = type(error).__name__
    return (f"{name}: {text}" if text else name)[:MAX_DETAIL_CHARS]
