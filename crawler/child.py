"""The child's side of a crawl: from a job to Scrapy and back. Runs once per process."""

import asyncio
import os
import signal
import threading
import time
from types import FrameType
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.keeper import NightKeeper
from crawler.settings import user_agent
from pipelines.clock import monotonic_seconds
from pipelines.errors import CrawlError, SpoolError
from pipelines.memory import peak_memory_bytes

ORPHANED = 1
"""Exit status of a crawl whose parent was killed; nobody is left to read it."""

DYING_SECONDS = 0.5
"""The files of a killed process close a moment before its children get another parent."""


def crawl_here(row: dict[str, Any]) -> dict[str, Any]:
    """Crawl in this process and give the report line.

    Raises:
        LockedError: another crawl works in the data folder.
        CrawlError: the crawl could not start or ended badly.
        SpoolError: the disk refused to be written.
        NewstoneError: what the spider raised on starting.
    """
    begin = monotonic_seconds()
    _end_on_signal(row["parent_pid"])
    process = AsyncCrawlerProcess(_settings(row))
    crawler = process.create_crawler(row["spider"])
    task = process.crawl(crawler, source=",".join(row["source_ids"]))
    process.start(install_signal_handlers=False)
    error = _error_of(task)
    if error is not None:
        raise error
    stats = crawler.stats.get_stats()
    if "newstone/spool_error" in stats:  # even where the crawl had come to its end before it was noticed
        raise SpoolError(stats["newstone/spool_error"])
    ended = str(stats.get("finish_reason", ""))
    if ended not in ("finished", "time_limit", "stopped"):
        raise CrawlError(f"the crawl ended with reason {ended!r}; the log has the details")
    return {
        "type": "report",
        "ended": ended,
        "parts": stats.get("newstone/parts", []),
        "journal": stats.get("newstone/journal") or "",
        "listings_not_asked": stats.get("newstone/listings_not_asked", 0),
        "elapsed_seconds": round(monotonic_seconds() - begin, 3),
        "peak_memory_bytes": peak_memory_bytes(),
    }


def _settings(row: dict[str, Any]) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    chosen = {
        "NEWSTONE_DATA_DIR": row["data_dir"],
        "NEWSTONE_ALLOWED_ADDRESSES": row["allowed_addresses"],
        "NEWSTONE_HOST_SECONDS": row["host_seconds"],
        "NEWSTONE_TIME_LIMIT_SECONDS": row["time_limit_seconds"] or 0,
        "NEWSTONE_REVISIT_DAYS": row["revisit_days"],
        "NEWSTONE_MAX_PAGES": row["max_pages"] or 0,
        "NEWSTONE_MAX_PAGES_PER_SOURCE": row["max_pages_per_source"] or 0,
        "NEWSTONE_CANARIES": row["canaries"],
        "NEWSTONE_DUE_ONLY": row["due_only"],
        "NEWSTONE_NOW": row["now"] or "",
        "NEWSTONE_PROGRESS": True,
        "USER_AGENT": user_agent(row["contact_url"]),
        "DOWNLOAD_DELAY": row["delay_seconds"],
        "CONCURRENT_REQUESTS_PER_DOMAIN": row["concurrency"],
        "DOWNLOAD_TIMEOUT": row["timeout_seconds"],
        "DOWNLOAD_MAXSIZE": row["max_body_bytes"],
        "LOG_LEVEL": row["log_level"],
    }
    if row["sources_dir"] is not None:
        chosen["NEWSTONE_SOURCES_DIR"] = row["sources_dir"]
    if row["allowed_ports"] is not None:
        chosen["NEWSTONE_ALLOWED_PORTS"] = row["allowed_ports"]
    for name, value in {**chosen, **row["settings"]}.items():
        settings.set(name, value, priority="cmdline")
    return settings


def _error_of(task: "asyncio.Task[None]") -> BaseException | None:
    if not task.done():
        return CrawlError("the crawl did not come to its end; the log has the details")
    return task.exception()


def _end_on_signal(parent: int) -> None:
    """Let SIGTERM, SIGINT and the end of standard input end the crawl at its next tick.

    A parent that was killed ends this process at once, as if it had been killed with it: what is on the wire then
    stays pending instead of becoming a failure, and the next run recovers the open part.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        NightKeeper.stop_reason = "stopped"

    def watch_parent() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would be held when the interpreter ends
            continue
        until = monotonic_seconds() + DYING_SECONDS
        while monotonic_seconds() < until:
            if os.getppid() != parent:
                os._exit(ORPHANED)
            time.sleep(0.01)
        NightKeeper.stop_reason = "stopped"

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=watch_parent, daemon=True).start()
