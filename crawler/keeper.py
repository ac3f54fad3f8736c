"""Keeps an eye on the clock of a night: its time limit, its end, its progress lines."""

import json
import sys
from typing import TYPE_CHECKING, Self, cast

from scrapy import signals
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.defer import deferred_from_coro

from pipelines.clock import monotonic_seconds

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.base import DiscoverySpider

TICK_SECONDS = 0.25
PROGRESS_EVERY_SECONDS = 1.0

GRACE_SECONDS = 3.0
"""Transfers that run when the night ends get this long before they are cut."""


class NightKeeper:
    """Ends the crawl at its time limit, when the disk is full, or when it is asked to; prints progress.

    An end is quick: what waits for its host's delay stays pending, what is on the wire gets GRACE_SECONDS.
    """

    stop_reason: str = ""
    """Set by a signal handler, read at the next tick: why the running crawl should end."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._loop = create_looping_call(self._tick)
        self._prints = crawler.settings.getbool("NEWSTONE_PROGRESS")
        self._printed_at = 0.0
        self._cut_at = float("inf")

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the extension that Scrapy asks for."""
        keeper = cls(crawler)
        crawler.signals.connect(keeper.opened, signal=signals.spider_opened)
        crawler.signals.connect(keeper.closed, signal=signals.spider_closed)
        return keeper

    def opened(self) -> None:
        """Begin to watch."""
        self._loop.start(TICK_SECONDS, now=False)

    def closed(self) -> None:
        """Stop watching."""
        if self._loop.running:
            self._loop.stop()
        self._print(force=True)

    @property
    def _spider(self) -> "DiscoverySpider":
        return cast("DiscoverySpider", self._crawler.spider)

    def _tick(self) -> None:
        night = self._spider.night
        engine = self._crawler.engine
        self._print()
        if night.closing:
            if monotonic_seconds() >= self._cut_at:
                self._cut_at = float("inf")
                for transfer in list(night.transfers):
                    transfer.cancel()
            return
        reason = type(self).stop_reason
        if self._crawler.stats.get_value("newstone/spool_error"):
            reason = "spool_error"
        elif night.left_seconds() <= 0:
            reason = "time_limit"
        elif not engine.running:  # Scrapy itself was told to stop
            reason = reason or "stopped"
        if reason:
            self._end(reason)

    def _end(self, reason: str) -> None:
        night, engine = self._spider.night, self._crawler.engine
        night.closing = reason
        self._cut_at = monotonic_seconds() + GRACE_SECONDS
        if engine.running:
            deferred_from_coro(engine.close_spider_async(reason=reason))
        for slot in engine.downloader.slots.values():
            slot.close()  # forget the pause it waits for
            slot.delay = 0.0
            slot.lastseen = 0.0
            engine.downloader._process_queue(slot)  # noqa: SLF001 (what waits must end now, and nothing else wakes it)

    def _print(self, *, force: bool = False) -> None:
        night = self._spider.night
        elapsed = night.elapsed_seconds()
        if not self._prints or (not force and elapsed - self._printed_at < PROGRESS_EVERY_SECONDS):
            return
        self._printed_at = elapsed
        tallies = night.tallies.values()
        pages = sum(tally.outcomes["fetched"] for tally in tallies)
        hosts_done, hosts_total = self._spider.progress()
        line = {
            "type": "progress",
            "pages": pages,
            "errors": sum(tally.outcomes.total() for tally in tallies) - pages,
            "pending": sum(tally.pending for tally in tallies),
            "hosts_done": hosts_done,
            "hosts_total": hosts_total,
            "rate_per_second": round(pages / elapsed, 2) if elapsed else 0.0,
            "elapsed_seconds": round(elapsed, 1),
        }
        assert sys.__stdout__ is not None
        try:
            sys.__stdout__.write(json.dumps(line) + "\n")
            sys.__stdout__.flush()
        except BrokenPipeError:  # nobody reads it any more; the watch over the time limit must go on
            self._prints = False
