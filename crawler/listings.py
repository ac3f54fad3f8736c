"""What a listing's answer means: its items and their dates, its validators, its rank, its check. No network."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.feeds import ParsedFeed, parse_feed
from crawler.night import Fetch
from crawler.overrides import override_on
from crawler.source import Discovery, DiscoveryKind, Source
from crawler.state import Validators
from pipelines.dates import parse_date
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck, FeedItem
from pipelines.urls import host_of, registrable_host

if TYPE_CHECKING:
    from scrapy.http import Response

Reader = Callable[[bytes, str, str, Discovery], ParsedFeed]
"""Body, final URL and content type of a listing, and its entry in the source file, to what it lists."""

DATED_ITEMS = 30
"""Dates read to find the newest item of a listing; feeds are in order, roughly."""


def read_listing(
    reader: Reader, response: "Response", source: Source, discovery: Discovery, now: datetime
) -> tuple[ParsedFeed, datetime | None]:
    """Give what a listing names and the date of its newest item; a large feed takes a tenth of a second."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    if discovery.kind is DiscoveryKind.FEED and override_on(source.override, now.date()).feed_body:
        parsed = parse_feed(response.body, url=response.url, content_type=content_type, with_bodies=True)
    else:
        parsed = reader(response.body, response.url, content_type, discovery)
    dates = (
        parse_date(item.published_raw, zone=source.zone, language=source.language, now=now)
        for item in parsed.items[:DATED_ITEMS]
        if item.published_raw
    )
    return parsed, max((date.at for date in dates if date is not None), default=None)


def validators_of(response: "Response", parsed: ParsedFeed) -> Validators:
    """Give the validators to send next time; none for a listing that was not read whole, or that has children."""
    if parsed.outcome not in (FeedOutcome.OK, FeedOutcome.EMPTY) or parsed.child_urls:
        return Validators()
    return Validators(
        (response.headers.get("ETag") or b"").decode("latin-1"),
        (response.headers.get("Last-Modified") or b"").decode("latin-1"),
    )


def rank_of(item: FeedItem, source: Source, discovery: Discovery) -> str:
    """Give the rank of a listing for an item, lowest first: a source's own pages are its own, then the ids decide."""
    is_foreign = registrable_host(host_of(item.url)) != registrable_host(host_of(source.homepage))
    return f"{int(is_foreign)} {source.id} {source.discovery.index(discovery):03d}"


def check_of(
    fetch: Fetch,
    discovery: Discovery,
    outcome: FeedOutcome,
    now: datetime,
    *,
    status: int | None = None,
    parsed: ParsedFeed | None = None,
    n_new: int = 0,
    newest: datetime | None = None,
    detail: str = "",
) -> FeedCheck:
    """Give the record of one request for a listing."""
    return FeedCheck(
        source_id=fetch.source_id,
        url=fetch.url,
        kind=discovery.kind.value,
        fetched_at=now,
        outcome=outcome,
        status=status,
        n_items=len(parsed.items) if parsed is not None else 0,
        n_new=n_new,
        newest_item_at=newest,
        detail=detail,
    )
