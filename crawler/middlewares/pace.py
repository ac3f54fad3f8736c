"""The pace of each host, and repeats: 429, 503, time-outs, broken connections."""

from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from crawler.hosts import FIRST_PAUSE_SECONDS, retry_after_seconds
from crawler.night import Night, fetch_of
from pipelines.clock import monotonic_seconds

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

REFUSALS = frozenset({429, 503})
BROKEN = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
MAX_RETRIES_WHEN_BROKEN = 1
"""A broken connection or a time-out is repeated once; a host that hangs must not hang three times over."""

LEAST_DELAY_SECONDS = 0.001
"""Scrapy's slots look at no pause while their delay is zero."""


class PaceMiddleware:
    """Applies the pace of :class:`~crawler.hosts.HostBook` to Scrapy's slots and repeats what may come right.

    The pause after a refusal holds the whole host and no other: the slot starts nothing before it ends. Waiting costs
    no time of the reactor.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._night: Night = crawler.spider.night  # type: ignore[union-attr]
        self._max_retries = crawler.settings.getint("RETRY_TIMES")

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the middleware that Scrapy asks for."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.reached_downloader, signal=signals.request_reached_downloader)
        crawler.signals.connect(middleware.downloaded, signal=signals.response_downloaded)
        return middleware

    def reached_downloader(self, request: "Request") -> None:
        """Give the slot of a request its pace; Scrapy forgets slots that rest for a minute."""
        self._apply(request.meta["download_slot"])

    def downloaded(self, response: "Response", request: "Request") -> None:
        """Take an answer into account before the slot starts its next request."""
        host = request.meta["download_slot"]
        self._night.answer_received(fetch_of(request), response.status, len(response.body))
        if response.status in REFUSALS:
            raw = response.headers.get("Retry-After") or b""
            wait = retry_after_seconds(raw.decode("latin-1"), self._night.now())
            self._night.hosts.refusal(host, wait, monotonic_seconds())
        else:
            self._night.hosts.answer(host)
        self._apply(host)

    def process_response(self, request: "Request", response: "Response") -> "Request | Response":
        """Give the answer, or the request once more after 429 and 503."""
        if response.status not in REFUSALS or self._night.hosts.host(request.meta["download_slot"]).closed:
            return response
        return self._again(request, self._max_retries) or response

    def process_exception(self, request: "Request", exception: Exception) -> "Request | None":
        """Give the request once more after a broken connection or a time-out before the first byte."""
        if not isinstance(exception, BROKEN) or self._night.closing:
            return None
        if isinstance(exception, DownloadTimeoutError) and "download_latency" in request.meta:
            return None  # it answers, only too slowly: the same would happen again
        again = self._again(request, min(self._max_retries, MAX_RETRIES_WHEN_BROKEN))
        if again is not None:
            host = self._night.hosts.host(request.meta["download_slot"])
            host.not_before = max(host.not_before, monotonic_seconds() + FIRST_PAUSE_SECONDS)
        return again

    def _again(self, request: "Request", max_retries: int) -> "Request | None":
        fetch = fetch_of(request)
        if fetch.retries >= min(max_retries, request.meta.get("max_retries", max_retries)) or self._night.closing:
            return None
        fetch.retries += 1
        self._night.tally(fetch.source_id).retries += 1
        again = request.copy()
        again.dont_filter = True
        again.meta.pop("download_latency", None)
        return again

    def _apply(self, name: str) -> None:
        slot = self._crawler.engine.downloader.slots.get(name)
        if slot is None or self._night.closing:
            return
        host = self._night.hosts.host(name)
        slot.concurrency = host.concurrency
        slot.delay = max(host.delay_seconds, LEAST_DELAY_SECONDS)
        slot.lastseen = max(slot.lastseen, host.not_before - slot.delay)  # it starts the next at lastseen + delay
