"""The download handler: the last gate before the network."""

import asyncio
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.utils.httpobj import urlparse_cached

from crawler.failures import FetchFailedError, NotStartedError
from crawler.head_limit import limit_heads
from crawler.night import Night, fetch_of
from crawler.resolver import GuardedResolver
from pipelines.clock import monotonic_seconds
from pipelines.errors import CrawlError
from pipelines.outcomes import Outcome

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

LEAST_TIMEOUT_SECONDS = 5.0
"""A request that is sent at all gets this long, however little is left of the night."""

PROXY_CONNECTIONS = 64
"""Connections kept open to one address: one or two per publisher, but all hosts share those to a proxy."""


class GuardedHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler behind the guards of a night.

    Nothing is sent once the night closes or the host had its share; the time limit of a request is the least of its
    own, the host's and the night's; transfers that run can be cut; a name that resolves to a refused address only
    ends as ``blocked_address``.
    """

    def __init__(self, crawler: "Crawler") -> None:
        limit_heads()
        super().__init__(crawler)
        self._guarded_crawler = crawler
        self._pool.maxPersistentPerHost = max(self._pool.maxPersistentPerHost, PROXY_CONNECTIONS)
        self._timeout_seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")

    async def download_request(self, request: "Request") -> "Response":
        """Send a request and give the answer.

        Raises:
            NotStartedError: the night closes, or the host had its share.
            FetchFailedError: the name resolves to addresses that must not be contacted.
            CrawlError: names are resolved unguarded.
            DownloadTimeoutError: the answer took too long, or the transfer was cut at the end of the night.
        """
        self._resolver()  # unguarded, nothing is fetched
        night: Night = self._guarded_crawler.spider.night  # type: ignore[union-attr]
        fetch = fetch_of(request)
        parts = urlparse_cached(request)
        host = request.meta["download_slot"]
        refusal = night.policy.refusal_of_url(request.url)
        if refusal:
            raise FetchFailedError(Outcome.BLOCKED_ADDRESS, refusal)
        reason = night.closing or night.hosts.why_not(host)
        if reason and (night.closing or not fetch.sent):
            raise NotStartedError(reason)
        if night.hosts.host(host).closed:  # repeated or redirected; what only outruns the share of a host may end
            raise FetchFailedError(Outcome.RATE_LIMITED, reason)
        wish = float(request.meta.get("download_timeout") or self._timeout_seconds)
        timeout = max(LEAST_TIMEOUT_SECONDS, min(wish, night.hosts.left_seconds(host), night.left_seconds()))
        request.meta["download_timeout"] = min(wish, timeout)
        night.request_sent(fetch)
        begin = monotonic_seconds()
        transfer = asyncio.ensure_future(super().download_request(request))
        night.transfers.add(transfer)
        try:
            return await transfer
        except asyncio.CancelledError as error:
            raise DownloadTimeoutError(f"cut: {night.closing or 'cancelled'}") from error
        except CannotResolveHostError as error:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            blocked = self._resolver().refusals.get((parts.hostname or "", port))
            if blocked and not request.meta.get("proxy"):
                raise FetchFailedError(Outcome.BLOCKED_ADDRESS, blocked) from error
            raise
        finally:
            request.meta["download_timeout"] = wish
            night.transfers.discard(transfer)
            night.hosts.spend(host, monotonic_seconds() - begin)

    def _resolver(self) -> GuardedResolver:
        from twisted.internet import reactor

        resolver = getattr(reactor, "nameResolver", None)
        if not isinstance(resolver, GuardedResolver):
            raise CrawlError("the reactor resolves names unguarded; set TWISTED_DNS_RESOLVER to GuardedResolver")
        return resolver
