"""The common spider: asks listings, keeps what is new, fetches it, and hands over one Page per URL."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

import scrapy
from scrapy import Request

from crawler.failures import NotStartedError, feed_outcome, outcome_of_error
from crawler.feeds import ParsedFeed
from crawler.listings import Reader, check_of, rank_of, read_listing, validators_of
from crawler.night import META_KEY, Fetch, Night, fetch_of
from crawler.page_marks import mark_of
from crawler.pages import page_cut, page_of_failure, page_of_response
from crawler.polling import after_answer, after_failure, failure_class, is_asked_tonight, is_due, max_age_seconds
from crawler.source import Discovery, DiscoveryKind, Source, load_sources
from crawler.state import CrawlState, Pending, lock_crawl
from pipelines.errors import CrawlError, SourceError, SpoolError
from pipelines.outcomes import TRANSIENT_OUTCOMES, FeedOutcome, Outcome
from pipelines.records import FeedCheck, Page, SourceNight
from pipelines.scrapy_items import note_spool_error
from pipelines.spool import recover

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

MAX_CHILD_SITEMAPS = 4
"""Child sitemaps read of one index: the newest; the others hold the archive."""

LISTING_PRIORITY = 100

LISTINGS_READ_AT_ONCE = 2
"""A hostile listing takes up to 200 MB while it is read; Python reads hardly more than one at a time anyway."""

LISTING_KEY = "newstone_listing"


class DiscoverySpider(scrapy.Spider):
    """Crawls the discovery kinds that it has readers for.

    All listings are asked first. Pages follow when all have answered, or after NEWSTONE_LISTING_SECONDS, so that a URL
    that several listings name belongs to the same one whichever answers first (:func:`crawler.listings.rank_of`).
    """

    readers: ClassVar[Mapping[DiscoveryKind, Reader]] = {}

    night: Night

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> Self:
        """Make the spider that Scrapy asks for, with the night and the state of its data folder.

        Raises:
            SourceError: a source file is wrong, or ``-a source=`` names one that does not exist.
            LockedError: another crawl works in the data folder.
            CrawlError: the state cannot be opened.
            SpoolError: what a killed crawl left cannot be completed.
        """
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.night = Night.from_settings(settings)
        spider.choose_sources(Path(settings["NEWSTONE_SOURCES_DIR"]))
        data_dir = Path(settings["NEWSTONE_DATA_DIR"])
        spider.lock = lock_crawl(data_dir)
        recover(data_dir)
        spider.state = CrawlState(data_dir, revisit_days=settings.getfloat("NEWSTONE_REVISIT_DAYS"))
        spider.state.catch_up()
        return spider

    def __init__(self, name: str | None = None, source: str = "", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.state: CrawlState
        self.lock: IO[bytes]  # held while the process lives
        self._wanted = [part.strip() for part in source.split(",") if part.strip()]
        self._sources: dict[str, Source] = {}
        self._open_listings = 0
        self._listing_ended = asyncio.Event()
        self._reading = asyncio.Semaphore(LISTINGS_READ_AT_ONCE)
        self._waiting: dict[str, Pending] = {}  # due, not handed to Scrapy yet
        self._under_way: dict[str, Fetch] = {}
        self._known: set[str] = set()
        self._hosts: set[str] = set()
        self._pages_of: dict[str, int] = {}
        self._asked: set[str] = set()  # ids of sources of which a listing is asked
        self._answered: set[str] = set()  # ids of sources of which a listing has answered

    def choose_sources(self, folder: Path) -> None:
        """Take the sources of a folder that ``-a source=`` names, or all that are enabled.

        Raises:
            SourceError: a source file is wrong, or a named source does not exist.
        """
        sources = load_sources(folder)
        unknown = sorted(set(self._wanted) - set(sources))
        if unknown:
            raise SourceError(f"no source {unknown[0]!r} in {folder}; `newstone sources list` shows what there is")
        ids = self._wanted or [source_id for source_id, source in sources.items() if source.enabled]
        self._sources = {source_id: sources[source_id] for source_id in sorted(ids)}

    # -- requests

    async def start(self) -> AsyncIterator[Any]:
        """Give the listings, then the pages that are due."""
        last_answer_at, n_not_asked = self.state.last_answer_at(), 0
        for source in self._sources.values():
            for discovery in source.discovery:
                if discovery.kind not in self.readers:
                    continue
                gone_until = self.state.gone_until(discovery.url)
                is_gone = gone_until is not None and gone_until > self.night.now()
                if not self._has_its_turn(discovery, last_answer_at) or (is_gone and self._due_only):
                    n_not_asked += 1  # no check of it: it has neither failed nor answered
                elif gone_until is not None and is_gone:
                    yield self._gone_check(source, discovery, gone_until)
                else:
                    self._asked.add(source.id)
                    yield self._listing_request(source, discovery, discovery.url)
        self.crawler.stats.set_value("newstone/listings_not_asked", n_not_asked)
        await self._listings_settled(self.settings.getfloat("NEWSTONE_LISTING_SECONDS"))
        while True:
            self._listing_ended.clear()
            for request in self._page_requests():
                yield request
            if self._open_listings == 0:
                break
            await self._listing_ended.wait()
        for request in self._canary_requests():
            yield request

    @property
    def _due_only(self) -> bool:
        return self.settings.getbool("NEWSTONE_DUE_ONLY")

    def _has_its_turn(self, discovery: Discovery, last_answer_at: datetime | None) -> bool:
        record, now = self.state.poll_record(discovery.url), self.night.now()
        if self._due_only:
            return is_due(record, now)
        return bool(self._wanted) or is_asked_tonight(record, now, last_answer_at)  # a person who names it means now

    async def _listings_settled(self, limit_seconds: float) -> None:
        async def settled() -> None:
            while self._open_listings:
                await self._listing_ended.wait()
                self._listing_ended.clear()

        try:
            await asyncio.wait_for(settled(), limit_seconds)
        except TimeoutError:
            self.logger.info("%d listings have not answered yet; pages begin", self._open_listings)

    def _listing_request(self, source: Source, discovery: Discovery, url: str, depth: int = 0) -> Request:
        self._open_listings += 1
        known = self.state.validators(url)
        headers = {}
        if known.etag:
            headers["If-None-Match"] = known.etag
        elif known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return self._paced(
            source,
            Request(
                url,
                callback=self.on_listing,
                errback=self.on_listing_failed,
                headers=headers,
                priority=LISTING_PRIORITY,
                dont_filter=True,
                meta={META_KEY: Fetch("listing", source.id, url), LISTING_KEY: (source, discovery, depth)},
            ),
        )

    def _page_requests(self) -> Iterator[Request]:
        limit = self.settings.getint("NEWSTONE_MAX_PAGES_PER_SOURCE")
        limit_all = self.settings.getint("NEWSTONE_MAX_PAGES")
        source_ids = self._asked if self._due_only else self._sources
        for pending in self.state.due(source_ids, self.night.now()):
            if pending.key in self._known:
                continue
            self._known.add(pending.key)
            self.night.tally(pending.source_id).pending += 1
            n_of_source = self._pages_of.get(pending.source_id, 0)
            if (limit and n_of_source >= limit) or (limit_all and sum(self._pages_of.values()) >= limit_all):
                continue
            self._pages_of[pending.source_id] = n_of_source + 1
            self._waiting[pending.key] = pending
        for key, pending in list(self._waiting.items()):
            del self._waiting[key]
            yield self._page_request(pending)

    def _canary_requests(self) -> Iterator[Request]:
        """Give known pages of the sources that answer and have hardly a new one tonight (:mod:`crawler.canaries`)."""
        n_canaries = self.settings.getint("NEWSTONE_CANARIES")
        if self._due_only or self._wanted or not n_canaries:
            return  # a poll, or a person who wants what is new
        quiet = [source_id for source_id in self._answered if self._pages_of.get(source_id, 0) < n_canaries]
        for pending in self.state.canaries(quiet, self.night.now(), n_canaries):
            if pending.key not in self._known:
                self._known.add(pending.key)
                self.night.tally(pending.source_id).pending += 1
                yield self._page_request(pending)

    def _page_request(self, pending: Pending) -> Request:
        url = pending.item.url
        fetch = Fetch("page", pending.source_id, url, item=pending.item, attempt=pending.attempt)
        self._under_way[pending.key] = fetch
        self._hosts.add(self.night.host_key(url))
        return self._paced(
            self._sources[pending.source_id],
            Request(
                url,
                callback=self.on_page,
                errback=self.on_page_failed,
                dont_filter=True,
                meta={META_KEY: fetch},
                cb_kwargs={"key": pending.key},
            ),
        )

    def _paced(self, source: Source, request: Request) -> Request:
        host = self.night.host_key(request.url)  # not that of the item's URL, whose host may have an umlaut
        self.night.hosts.set_pace(host, source.crawl.delay_seconds, source.crawl.concurrency)
        return request

    # -- listings

    async def on_listing(self, response: "Response") -> AsyncIterator[Any]:
        """Take what a listing names; give its check, and the children of a sitemap index."""
        assert response.request is not None
        fetch = fetch_of(response.request)
        source, discovery, depth = response.request.meta[LISTING_KEY]
        now = self.night.now()
        try:
            if response.status == 304:
                self._note_answer(response, source.id, discovery, depth, None)
                yield check_of(fetch, discovery, FeedOutcome.UNCHANGED, now, status=304)
                return
            if response.status != 200:
                outcome = FeedOutcome.GONE if response.status == 410 else FeedOutcome.HTTP_ERROR
                if outcome is FeedOutcome.GONE and depth == 0:
                    self.state.set_gone(fetch.url, now)
                self._note_failure(discovery, depth, outcome, response.status)
                detail = f"HTTP {response.status}"
                yield check_of(fetch, discovery, outcome, now, status=response.status, detail=detail)
                return
            reader = self.readers[discovery.kind]
            async with self._reading:
                parsed, newest = await asyncio.to_thread(read_listing, reader, response, source, discovery, now)
            ranked = [(rank_of(item, source, discovery), item) for item in parsed.items]
            n_new = self.state.take_listing(fetch.url, validators_of(response, parsed), source.id, ranked, now)
            self._note_answer(response, source.id, discovery, depth, parsed, n_new)
            yield check_of(
                fetch,
                discovery,
                parsed.outcome,
                now,
                status=200,
                parsed=parsed,
                n_new=n_new,
                newest=newest,
                detail=parsed.detail,
            )
            if depth == 0:
                for child in parsed.child_urls[:MAX_CHILD_SITEMAPS]:
                    yield self._listing_request(source, discovery, child, depth + 1)
        except SpoolError as error:
            note_spool_error(self.crawler, error)
            raise
        finally:
            self._listing_done()

    def on_listing_failed(self, failure: "Failure") -> Iterator[FeedCheck]:
        """Give the check of a listing that was not answered."""
        request: Request = failure.request  # type: ignore[attr-defined]
        _, discovery, depth = request.meta[LISTING_KEY]
        try:
            if not isinstance(failure.value, NotStartedError):
                outcome, detail = outcome_of_error(failure.value or CrawlError("no reason given"))
                self._note_failure(discovery, depth, feed_outcome(outcome), None)
                yield check_of(fetch_of(request), discovery, feed_outcome(outcome), self.night.now(), detail=detail)
        except SpoolError as error:
            note_spool_error(self.crawler, error)
            raise
        finally:
            self._listing_done()

    def _note_answer(
        self,
        response: "Response",
        source_id: str,
        discovery: Discovery,
        depth: int,
        parsed: ParsedFeed | None,
        n_new: int = 0,
    ) -> None:
        """Remember an answer for the next poll; the children of an index are asked with it, and not on their own.

        An index comes to be polled once a day, since it lists no items: sitemaps of news hold those of two days.
        """
        if depth > 0:
            return
        n_items = None if parsed is None or parsed.child_urls else len(parsed.items)
        if parsed is not None and failure_class(parsed.outcome, n_items=len(parsed.items)) is not None:
            self._note_failure(discovery, depth, parsed.outcome, response.status)
            return
        self._answered.add(source_id)
        header = (response.headers.get("Cache-Control") or b"").decode("latin-1")
        wish = max(max_age_seconds(header), parsed.pause_seconds if parsed is not None else 0.0)
        before = self.state.poll_record(discovery.url)
        record = after_answer(before, self.night.now(), n_items=n_items, n_new=n_new, wish_seconds=wish)
        self.state.note_poll(discovery.url, record)

    def _note_failure(self, discovery: Discovery, depth: int, outcome: FeedOutcome, status: int | None) -> None:
        failure = failure_class(outcome, status)
        if depth > 0 or failure is None:
            return
        before = self.state.poll_record(discovery.url)
        self.state.note_poll(discovery.url, after_failure(before, self.night.now(), failure))

    def _listing_done(self) -> None:
        self._open_listings -= 1
        self._listing_ended.set()

    def _gone_check(self, source: Source, discovery: Discovery, until: datetime) -> FeedCheck:
        fetch = Fetch("listing", source.id, discovery.url)
        detail = f"answered 410 before; not asked again until {until:%Y-%m-%d}"
        return check_of(fetch, discovery, FeedOutcome.GONE, self.night.now(), detail=detail)

    # -- pages

    def on_page(self, response: "Response", key: str) -> Iterator[Page]:
        """Give the page of an answer."""
        fetch = self._under_way.pop(key)
        page = page_of_response(fetch, response, self.night)
        yield self._ended(fetch, page, page.outcome is Outcome.RATE_LIMITED)

    def on_page_failed(self, failure: "Failure") -> Iterator[Page]:
        """Give the page of a failure; none where the URL was not tried and stays pending."""
        request: Request = failure.request  # type: ignore[attr-defined]
        fetch = self._under_way.pop(request.cb_kwargs["key"])
        error = failure.value or CrawlError("no reason given")
        cut = self.night.closing and (isinstance(error, NotStartedError) or "cut:" in str(error))
        if isinstance(error, NotStartedError) and not fetch.sent:
            if fetch.handed_over:
                self.night.tally(fetch.source_id).handed_over -= 1
            return
        if cut:
            yield self._ended(fetch, page_cut(fetch, self.night), has_failed=False)
            return
        outcome, detail = outcome_of_error(error)
        page = page_of_failure(fetch, outcome, detail, request.url, self.night)
        yield self._ended(fetch, page, outcome in TRANSIENT_OUTCOMES)

    def _ended(self, fetch: Fetch, page: Page, has_failed: bool) -> Page:
        self.night.tally(fetch.source_id).pending -= 1
        self.night.page_ended(fetch, page.outcome)
        self.night.hosts.finished(self.night.host_key(page.final_url), has_failed=has_failed)
        return page

    # -- what the item pipeline asks

    def unfinished_pages(self) -> Iterator[Page]:
        """Give the pages of URLs that were under way when the crawl ended; once."""
        fetches, self._under_way = self._under_way, {}
        for fetch in fetches.values():
            if fetch.sent:
                yield self._ended(fetch, page_cut(fetch, self.night), has_failed=False)
            elif fetch.handed_over:
                self.night.tally(fetch.source_id).handed_over -= 1

    def source_nights(self) -> list[SourceNight]:
        """Give the figures of each source so far."""
        return self.night.source_nights()

    def part_written(self, part: Path, pages: Iterable[Page]) -> None:
        """Note the pages of a part that is durable now; their bodies may be missing."""
        self.state.index_part(part.name, [mark_of(page) for page in pages])

    def progress(self) -> tuple[int, int]:
        """Give how many hosts of pages are done, and how many there are."""
        open_hosts = {self.night.host_key(fetch.url) for fetch in self._under_way.values()}
        return len(self._hosts) - len(open_hosts), len(self._hosts)
