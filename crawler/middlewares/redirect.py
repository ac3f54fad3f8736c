"""Follows redirects a few times; each new URL passes all guards again."""

from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.failures import FetchFailedError
from crawler.links import without_dot_segments
from pipelines.outcomes import Outcome

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class GuardedRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects with outcomes, without a Referer, and each in the slot of its own host."""

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the middleware that Scrapy asks for."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def handle_referer(self, request: "Request", response: Response) -> None:  # noqa: ARG002
        """Drop the Referer."""
        request.headers.pop("Referer", None)

    def process_response(
        self,
        request: "Request",
        response: Response,
        spider: "Spider | None" = None,  # noqa: ARG002 (the signature of Scrapy)
    ) -> "Request | Response":
        """Give the answer, or the request that it redirects to.

        Raises:
            FetchFailedError: too many redirects, or a target that is no web address.
        """
        raw = response.headers.get("Location")
        if response.status not in REDIRECTS or raw is None:
            return response
        try:
            target = urlsplit(urljoin(request.url, raw.decode("latin-1").strip()))
            scheme, host = target.scheme, target.hostname
        except ValueError as error:
            raise FetchFailedError(Outcome.BLOCKED_ADDRESS, f"redirected to a malformed URL ({error})") from error
        if scheme not in ("http", "https") or not host:
            detail = f"redirected to {raw.decode('latin-1')[:100]!r}: the scheme is not http or https"
            raise FetchFailedError(Outcome.BLOCKED_ADDRESS, detail)
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:  # Scrapy raises it here at the limit only
            detail = f"more than {self.max_redirect_times} redirects"
            raise FetchFailedError(Outcome.REDIRECT_LIMIT, detail) from error
        except ValueError as error:
            raise FetchFailedError(Outcome.BLOCKED_ADDRESS, f"redirected to a malformed URL ({error})") from error
        if not isinstance(followed, Response):
            followed = followed.replace(url=without_dot_segments(followed.url))
            followed.meta.pop("download_slot", None)  # a copy of the old host's would pace the new host by the old
            followed.meta.pop("download_latency", None)
        return followed
