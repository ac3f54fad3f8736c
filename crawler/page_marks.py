"""What the index of the crawl keeps of each page, and how it is read from the parts."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.errors import SpoolError
from pipelines.outcomes import TRANSIENT_OUTCOMES, Outcome
from pipelines.records import FeedItem, Page
from pipelines.spool import read_pages
from pipelines.urls import normalise_url

logger = logging.getLogger(__name__)

ROBOTS_UNAVAILABLE = "robots.txt unavailable"
"""Beginning of the detail of a page that was refused because robots.txt could not be read: tried again soon."""

CRAWL_ENDED = "the crawl ended"
"""Beginning of the detail of a page whose transfer was cut by the end of the crawl: tried again in the next one."""


@dataclass(frozen=True, slots=True)
class PageMark:
    """What the index keeps of one page."""

    key: str
    fetched_at: datetime
    outcome: Outcome | None
    attempt: int
    is_transient: bool
    is_cut: bool = False
    source_id: str = ""
    item: FeedItem | None = None


def mark_of(page: Page) -> PageMark:
    """Give what the index keeps of a page."""
    is_transient = page.outcome in TRANSIENT_OUTCOMES or (
        page.outcome is Outcome.ROBOTS and page.detail.startswith(ROBOTS_UNAVAILABLE)
    )
    is_cut = page.outcome is not None and page.detail.startswith(CRAWL_ENDED)
    known = normalise_url(page.url), page.fetched_at, page.outcome, page.attempt
    return PageMark(*known, is_transient, is_cut, page.source_id, page.item)


def marks_of(part: Path) -> Iterator[PageMark]:
    """Give the marks of a part; of a damaged one those before the damage."""
    try:
        for stored in read_pages(part):
            yield mark_of(stored.page)
    except SpoolError as error:
        logger.warning("indexed up to the damage only: %s", error)
