"""A press of our own: two quiet months about Acme with one event, in a real snapshot."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from db.loader import record_feed_checks
from db.publish import publish
from db.rows import PageRow, ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import open_writer
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck, Where
from tests.db import build

FIRST = date(2025, 1, 1)
EVENT = date(2025, 2, 19)  # a Wednesday, day 50
LAST_DAY = 66
THEMES = ThemeSetRow("t1", (ThemeRow("recalls", "Recalls", "Rückrufe"),))
TITLE_WITH_NAME = "Recall at Acme"
"""Title of the harshest text of an event: its sentence and its title are the two strongest of the day."""

NEW_SOURCE_FROM = 60
"""Day from which on a new outlet writes eighteen texts a day."""


def day_number(day: date) -> int:
    return (day - FIRST).days + 1


def text_of(day: int, number: int) -> str:
    """A sentence of an ordinary day; its words come again every week."""
    topics = (
        "garden tools",
        "office chairs",
        "paper mills",
        "bicycle lamps",
        "kitchen stoves",
        "boat engines",
        "window glass",
    )
    return f"Acme sells {topics[(day + number) % 7]} in town number {number} of page {day}."


def ordinary(day: int, n: int, source_id: str = "daily", address: str = "a") -> list[PageRow]:
    return [
        build.page(
            f"https://{address}.example/{day}/{i}",
            text_of(day, i),
            title=f"Acme on day {day}, part {i}",
            published_at=build.day(day),
            source_id=source_id,
            signature=(),
        )
        for i in range(n)
    ]


def event(day: int, n: int, *, address: str = "a") -> list[PageRow]:
    """Texts about a recall, and one of an agency that three pages of two outlets print."""
    pages = [
        build.page(
            f"https://{address}.example/recall/{i}",
            f"Acme orders the recall of every battery after {i + 2} fires.",
            title=f"Recall number {i}" if i else TITLE_WITH_NAME,
            published_at=build.day(day),
            signature=(),
        )
        for i in range(n)
    ]
    agency = "Acme battery fires anger the ministry, agency report."
    signature = build.signature_of("agency")
    pages += [
        build.page(
            f"https://{address}{i}.example/agency",
            agency,
            title="Agency report",
            published_at=build.day(day),
            source_id=("daily", "weekly")[i % 2],
            signature=signature,
        )
        for i in range(3)
    ]
    return pages


def polarity_of(page: PageRow, number: int) -> float:
    assert page.extraction.article is not None
    if page.extraction.article.title == TITLE_WITH_NAME:
        return -0.9
    if "battery" in page.extraction.article.text:
        return -0.8 + 0.02 * (number % 5)
    return 0.3 * ((number * 7) % 5 - 2) / 2 + 0.1


def publish_press(
    folder: Path, pages: Sequence[PageRow], *, crawled: Sequence[int] = (), failed: Sequence[int] = ()
) -> Path:
    """Load pages with one mention and score each, and the crawls of the days named; give the snapshot.

    Texts with a battery are about the theme "recalls".
    """
    store, snapshot = folder / "writer.duckdb", folder / "snapshot.duckdb"
    with open_writer(store) as writer:
        sources = [build.source(name) for name in ("daily", "weekly", "fresh")]
        sources.append(build.source("ministry", medium="state_media"))
        mentions = [build.mention(page) for page in pages]
        scores = [build.score(m, polarity_of(p, i)) for i, (m, p) in enumerate(zip(mentions, pages, strict=True))]
        titles = [
            build.mention(page, where=Where.TITLE)
            for page in pages
            if page.extraction.article is not None and page.extraction.article.title == TITLE_WITH_NAME
        ]
        scores += [build.score(title, -0.95) for title in titles]
        build.load_press(writer, sources, pages, [*mentions, *titles], scores)
        record_theme_set(writer, THEMES, build.NOON)
        about = [ThemeHit("recalls", 1, in_title=False, in_lead=True, is_about=True)]
        load_theme_hits(
            writer,
            THEMES.version,
            [(mention.revision_id, about if "battery" in mention.sentence else []) for mention in mentions],
            "run1",
        )
        record_feed_checks(
            writer,
            [
                FeedCheck("daily", "https://a.example/rss", "feed", build.day(day), outcome)
                for days, outcome in ((crawled, FeedOutcome.OK), (failed, FeedOutcome.TIMEOUT))
                for day in days
            ],
            "run1",
        )
    publish(store, snapshot, now=datetime(2025, 4, 1, tzinfo=build.NOON.tzinfo))
    return snapshot


def press(*, n_event: int = 14, until: int = LAST_DAY) -> list[PageRow]:
    """Three texts a working day and one on Saturdays and Sundays, with an event."""
    pages: list[PageRow] = []
    for day in range(1, until + 1):
        weekday = (FIRST + timedelta(days=day - 1)).weekday()
        pages += ordinary(day, 3 if weekday < 5 else 1)
    return pages + event(day_number(EVENT), n_event)


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshot of the press with an event, a ministry that writes much, and a new outlet at the end."""
    pages = press()
    for day in range(NEW_SOURCE_FROM, LAST_DAY + 1):
        pages += ordinary(day, 18, source_id="fresh", address="fresh")
    pages += ordinary(30, 30, source_id="ministry", address="ministry")
    return publish_press(tmp_path_factory.mktemp("eventful"), pages)
