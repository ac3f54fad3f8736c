"""The child's side of :mod:`crawler.probe_fetch`: a small Scrapy crawl with the crawl's own middlewares.

``python -m crawler.probe_child SETTINGS.json`` reads one URL a line (JSON strings) on standard input and answers with
one JSON line each, until standard input closes; it logs on standard error.
"""

import asyncio
import base64
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import scrapy
from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.failures import NotStartedError, feed_outcome, outcome_of_error
from crawler.night import META_KEY, Fetch, Night, fetch_of
from crawler.probe import Fetched
from pipelines.errors import CrawlError
from pipelines.outcomes import FeedOutcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

PERMANENT_REDIRECTS = frozenset({301, 308})


class ProbeSpider(scrapy.Spider):
    """Fetches the URLs of standard input, one after the other."""

    name = "probe"
    night: Night

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> Self:
        """Make the spider that Scrapy asks for, with a night of its own."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.night = Night.from_settings(crawler.settings)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Give a request for each line, until the input closes."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            url = json.loads(line)
            try:
                request = Request(
                    url,
                    callback=self.on_answer,
                    errback=self.on_failure,
                    dont_filter=True,
                    meta={META_KEY: Fetch("listing", "probe", url)},
                )
            except ValueError as error:
                _tell(Fetched(url, url, outcome=FeedOutcome.CONNECTION_ERROR, detail=str(error)))
                continue
            yield request

    def on_answer(self, response: "Response") -> None:
        """Tell an answer of whatever status."""
        assert response.request is not None
        reasons = response.meta.get("redirect_reasons", [])
        _tell(
            Fetched(
                fetch_of(response.request).url,
                response.url,
                status=response.status,
                content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
                body=response.body,
                moved_permanently=bool(reasons) and all(reason in PERMANENT_REDIRECTS for reason in reasons),
            )
        )

    def on_failure(self, failure: "Failure") -> None:
        """Tell why there is no answer."""
        request: Request = failure.request  # type: ignore[attr-defined]
        url = fetch_of(request).url
        error = failure.value or CrawlError("no reason given")
        if isinstance(error, NotStartedError):
            _tell(Fetched(url, request.url, outcome=FeedOutcome.HTTP_ERROR, detail=str(error)))
            return
        outcome, detail = outcome_of_error(error)
        _tell(Fetched(url, request.url, outcome=feed_outcome(outcome), detail=_in_words(detail)))


def _in_words(detail: str) -> str:
    """Say the usual failures of connecting in the words of people; the rest as it is."""
    if "CannotResolveHost" in detail:
        return "the name does not resolve"
    if "ConnectionRefused" in detail:
        return "the connection is refused"
    if re.search(r"\bssl\b|certificate|\btls\b", detail, re.IGNORECASE):
        return f"TLS error: {detail}"
    return detail


def _tell(fetched: Fetched) -> None:
    row = {
        "url": fetched.url,
        "final_url": fetched.final_url,
        "status": fetched.status,
        "content_type": fetched.content_type,
        "body": base64.b64encode(fetched.body).decode("ascii"),
        "outcome": fetched.outcome.value if fetched.outcome is not None else "",
        "detail": fetched.detail,
        "moved_permanently": fetched.moved_permanently,
    }
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Run the child's side."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("ITEM_PIPELINES", {}, priority="project")
    settings.set("EXTENSIONS", {}, priority="project")
    chosen: dict[str, Any] = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    for name, value in chosen.items():
        settings.set(name, value, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(ProbeSpider)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1:])
