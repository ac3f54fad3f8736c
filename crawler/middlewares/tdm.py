"""Asks each host once per crawl for its TDM reservation file, before its first page."""

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from crawler.failures import NotStartedError, outcome_of_error
from crawler.middlewares.once import AskedOnce
from crawler.night import META_KEY, Fetch, Night, fetch_of
from crawler.rights import TDMREP_PATH, TdmRule, parse_tdmrep

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TIMEOUT_SECONDS = 15.0
"""The pages of the host wait for this answer; most hosts have none to give."""


class TdmMiddleware:
    """Holds each page request until the tdmrep.json of its host is known; what cannot be had counts as no rules."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._night: Night = crawler.spider.night  # type: ignore[union-attr]
        self._asked = AskedOnce[tuple[TdmRule, ...]]()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the middleware that Scrapy asks for."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let a request pass once the rules of its host stand in ``night.tdm_rules``.

        Raises:
            NotStartedError: the night closed before the file was asked.
        """
        fetch = fetch_of(request)
        if fetch.kind != "page":
            return
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        self._night.tdm_rules[root] = await self._asked.answer(
            root, lambda: self._ask(f"{root}{TDMREP_PATH}", fetch.source_id)
        )

    async def _ask(self, url: str, source_id: str) -> tuple[TdmRule, ...]:
        request = Request(
            url,
            meta={META_KEY: Fetch("tdmrep", source_id, url), "max_retries": 0, "download_timeout": TIMEOUT_SECONDS},
            callback=NO_CALLBACK,
            dont_filter=True,
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except NotStartedError:
            raise
        except IgnoreRequest:  # robots.txt forbids it, or its address is refused: nothing is known
            return ()
        except Exception as error:  # noqa: BLE001 (an unreadable reservation file must not hold up the page)
            self._crawler.spider.logger.info("%s: %s", url, outcome_of_error(error)[1])  # type: ignore[union-attr]
            return ()
        return parse_tdmrep(response.body) if response.status == 200 else ()
