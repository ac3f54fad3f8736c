"""Lets a request through, or leaves its URL pending because the night closes or its host had its share."""

from typing import TYPE_CHECKING, Self

from crawler.failures import NotStartedError
from crawler.night import Night, fetch_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class BudgetMiddleware:
    """Counts page URLs as handed over once they may start."""

    def __init__(self, night: Night) -> None:
        self.night = night

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the middleware that Scrapy asks for."""
        return cls(crawler.spider.night)  # type: ignore[union-attr]

    def process_request(self, request: "Request") -> None:
        """Let a request pass.

        Raises:
            NotStartedError: its URL stays pending.
        """
        fetch = fetch_of(request)
        if fetch.handed_over:
            return
        reason = self.night.closing or self.night.hosts.why_not(self.night.host_key(request.url))
        if reason:
            raise NotStartedError(reason)
        fetch.handed_over = True
        if fetch.kind == "page":
            self.night.tally(fetch.source_id).handed_over += 1
