"""Refuses URLs of addresses that are not public, each time a request starts: first hand, redirected, robots.txt."""

from typing import TYPE_CHECKING, Self

from crawler.addresses import AddressPolicy
from crawler.failures import FetchFailedError
from pipelines.outcomes import Outcome

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class GuardMiddleware:
    """The check of a URL's text; addresses behind names are checked on connecting (:mod:`crawler.resolver`)."""

    def __init__(self, policy: AddressPolicy) -> None:
        self.policy = policy

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the middleware that Scrapy asks for."""
        return cls(crawler.spider.night.policy)  # type: ignore[union-attr]

    def process_request(self, request: "Request") -> None:
        """Let a request pass.

        Raises:
            FetchFailedError: the address must not be contacted.
        """
        reason = self.policy.refusal_of_url(request.url)
        if reason:
            raise FetchFailedError(Outcome.BLOCKED_ADDRESS, reason)
