"""robots.txt as RFC 9309 has it, asked once per host and crawl."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.failures import FetchFailedError, NotStartedError, outcome_of_error
from crawler.middlewares.once import AskedOnce
from crawler.night import META_KEY, Fetch, Night, fetch_of
from crawler.page_marks import ROBOTS_UNAVAILABLE
from pipelines.outcomes import Outcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

MAX_ROBOTS_BYTES = 512 * 1024
"""What is read of a robots.txt; RFC 9309 §2.5 asks for at least 500 KiB."""

TIMEOUT_SECONDS = 30.0
"""All URLs of the host wait for this answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a host's robots.txt means: rules, or one outcome for every URL of the host, or neither (all allowed)."""

    rules: Protego | None = None
    outcome: Outcome | None = None
    detail: str = ""


class RobotsMiddleware:
    """Holds each request until the robots.txt of its host is known, and refuses what it forbids.

    4xx allows everything; 429, 5xx and unreadable answers forbid everything; a host that cannot be reached for its
    robots.txt ends its URLs with that failure. Crawl-delay goes into the host's pace.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._night: Night = crawler.spider.night  # type: ignore[union-attr]
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._verdicts = AskedOnce[Verdict]()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the middleware that Scrapy asks for."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let a request pass.

        Raises:
            FetchFailedError: robots.txt forbids it or cannot be had.
            NotStartedError: the night closed before robots.txt was asked.
        """
        fetch = fetch_of(request)
        if fetch.kind == "robots":
            return
        verdict = await self._verdict(request.url, fetch.source_id)
        if verdict.outcome is not None:
            raise FetchFailedError(verdict.outcome, verdict.detail)
        if verdict.rules is not None and not verdict.rules.can_fetch(request.url, self._agent):
            raise FetchFailedError(Outcome.ROBOTS, "robots.txt forbids this URL")

    async def _verdict(self, url: str, source_id: str) -> Verdict:
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        return await self._verdicts.answer(root, lambda: self._ask(f"{root}/robots.txt", source_id))

    async def _ask(self, url: str, source_id: str) -> Verdict:
        request = Request(
            url,
            meta={META_KEY: Fetch("robots", source_id, url), "max_retries": 1, "download_timeout": TIMEOUT_SECONDS},
            callback=NO_CALLBACK,
            dont_filter=True,
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except NotStartedError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is, the host's URLs must end with an outcome)
            outcome, detail = outcome_of_error(error)
            if outcome is Outcome.REDIRECT_LIMIT:  # RFC 9309 §2.3.1.2: may be taken as 4xx
                return Verdict()
            if outcome in (Outcome.TOO_LARGE, Outcome.TRUNCATED, Outcome.NOT_HTML):
                outcome = Outcome.ROBOTS
            return Verdict(outcome=outcome, detail=f"{ROBOTS_UNAVAILABLE}: {detail}")
        if response.status == 429 or response.status >= 500:
            return Verdict(outcome=Outcome.ROBOTS, detail=f"{ROBOTS_UNAVAILABLE}: it answered {response.status}")
        if response.status != 200:
            return Verdict()
        text = response.body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "ignore")
        rules = await asyncio.to_thread(Protego.parse, text)  # the longest ones take a while
        self._night.hosts.set_crawl_delay(self._night.host_key(url), rules.crawl_delay(self._agent) or 0.0)
        return Verdict(rules=rules)
