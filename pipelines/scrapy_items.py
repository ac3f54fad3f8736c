"""The item pipeline of the crawl: pages into WARC parts, feed checks and figures into the journal."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from pipelines.clock import monotonic_seconds
from pipelines.errors import SpoolError
from pipelines.journal import JournalWriter
from pipelines.records import FeedCheck, Page, SourceNight
from pipelines.spool import PartWriter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

FIGURES_EVERY_SECONDS = 10.0
"""How old the figures of a killed crawl may be."""


class SpoolingSpider(Protocol):
    """What the pipeline needs of its spider."""

    def unfinished_pages(self) -> Iterable[Page]:
        """Give the pages of URLs that were under way at the end."""
        ...

    def source_nights(self) -> list[SourceNight]:
        """Give the figures of each source so far."""
        ...

    def part_written(self, part: Path, pages: Iterable[Page]) -> None:
        """Take note of a durable part and its pages (without bodies)."""
        ...


def note_spool_error(crawler: "Crawler", error: SpoolError) -> None:
    """Note that the disk refuses to be written: the crawl ends at the next tick, and its report is this error."""
    crawler.stats.set_value("newstone/spool_error", str(error))


class SpoolPipeline:
    """Appends each :class:`Page` to the open part and each :class:`FeedCheck` to the journal.

    A disk that refuses to be written ends the crawl.
    """

    def __init__(self, crawler: "Crawler") -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._data_dir = Path(settings["NEWSTONE_DATA_DIR"])
        self._parts = PartWriter(
            self._data_dir,
            max_part_bytes=settings.getint("NEWSTONE_MAX_PART_BYTES"),
            max_part_pages=settings.getint("NEWSTONE_MAX_PART_PAGES"),
        )
        self._pages: list[Page] = []
        self._journal: JournalWriter | None = None
        self._figures_at = monotonic_seconds()
        self._written_parts: list[Path] = []

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make the pipeline that Scrapy asks for."""
        return cls(crawler)

    @property
    def _spider(self) -> SpoolingSpider:
        return cast("SpoolingSpider", self._crawler.spider)

    async def process_item(self, item: Any) -> Any:
        """Store one item and give it back.

        Raises:
            SpoolError: it cannot be stored; the crawl is told to end.
        """
        try:
            if isinstance(item, Page):
                self._store(item)
            elif isinstance(item, FeedCheck):
                self._writer().add_check(item)
            if monotonic_seconds() - self._figures_at >= FIGURES_EVERY_SECONDS:
                self._figures_at = monotonic_seconds()
                self._writer().add_nights(self._spider.source_nights())
        except SpoolError as error:
            note_spool_error(self._crawler, error)
            raise
        return item

    def close_spider(self) -> None:
        """Complete the open part and the journal.

        Raises:
            SpoolError: they cannot be made durable.
        """
        try:
            for page in self._spider.unfinished_pages():
                self._store(page)
            self._note(self._parts.close())
            nights = self._spider.source_nights()
            if nights:
                self._writer().add_nights(nights)
            journal = self._journal.close() if self._journal is not None else None
        except SpoolError as error:
            note_spool_error(self._crawler, error)
            raise
        self._crawler.stats.set_value("newstone/parts", [part.name for part in self._written_parts])
        self._crawler.stats.set_value("newstone/journal", journal and journal.name)

    def _writer(self) -> JournalWriter:
        if self._journal is None:
            self._journal = JournalWriter(self._data_dir)
        return self._journal

    def _store(self, page: Page) -> None:
        part = self._parts.append(page)
        self._pages.append(replace(page, body=b""))  # only now: what could not be written is not known
        self._note(part)

    def _note(self, part: Path | None) -> None:
        if part is not None:
            pages, self._pages = self._pages, []
            self._written_parts.append(part)
            self._spider.part_written(part, pages)
