"""A small published database, described article by article."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path

from db.loader import record_feed_checks
from db.publish import publish
from db.rows import PageRow, ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import open_writer
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck
from tests.db import build

SURFACES = {"acme": "Acme", "globex": "Globex"}
THEMES = ThemeSetRow("t1", (ThemeRow("chips", "Chips", "Chips"), ThemeRow("privacy", "Privacy", "Datenschutz")))


@dataclass(frozen=True, slots=True)
class Item:
    """An article; items with one ``story`` are copies of a text, without it the text is its own."""

    day: date
    polarity: float | None = None
    source: str = "daily"
    story: str = ""
    entities: tuple[str, ...] = ("acme",)
    language: str = "en"
    themes: tuple[str, ...] = ()
    title: str = "News"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for the feed of a source."""

    day: date
    outcome: FeedOutcome = FeedOutcome.OK
    source: str = "daily"


def publish_items(
    folder: Path, items: Sequence[Item], asked: Sequence[Asked] = (), *, media: dict[str, str] | None = None
) -> Path:
    """Load and publish; ``media`` names the medium of sources that are no press. Gives the path of the snapshot."""
    folder.mkdir(parents=True, exist_ok=True)
    store, snapshot_path = folder / "store.duckdb", folder / "snapshot.duckdb"
    pages = [_page(number, item) for number, item in enumerate(items)]
    mentions = [
        [build.mention(page, name, surface=SURFACES[name]) for name in item.entities]
        for page, item in _zip(pages, items)
    ]
    with open_writer(store) as writer:
        names = sorted({item.source for item in items} | {check.source for check in asked})
        sources = [build.source(name, medium=(media or {}).get(name, "press")) for name in names]
        scores = [
            build.score(mention, item.polarity)
            for named, item in zip(mentions, items, strict=True)
            for mention in named
            if item.polarity is not None
        ]
        build.load_press(writer, sources, pages, list(chain.from_iterable(mentions)), scores)
        record_theme_set(writer, THEMES, build.NOON)
        hits = [
            (
                named[0].revision_id,
                [ThemeHit(theme, 1, in_title=True, in_lead=False, is_about=True) for theme in item.themes],
            )
            for named, item in zip(mentions, items, strict=True)
        ]
        load_theme_hits(writer, "t1", hits, "run1")
        checks = [
            FeedCheck(check.source, f"https://{check.source}.example/rss", "feed", noon(check.day), check.outcome)
            for check in asked
        ]
        record_feed_checks(writer, checks, "run1")
    publish(store, snapshot_path, now=build.NOON)
    return snapshot_path


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def january(day: int) -> date:
    return date(2025, 1, day)


def _zip(pages: Sequence[PageRow], items: Sequence[Item]) -> list[tuple[PageRow, Item]]:
    return list(zip(pages, items, strict=True))


def _page(number: int, item: Item) -> PageRow:
    names = " ".join(SURFACES.values())
    text = f"{names} in the story of {item.story}." if item.story else f"{names} in text {number}."
    filler = hashlib.sha256(item.story.encode()).hexdigest() if item.story else ""
    return build.page(
        f"https://{item.source}.example/{number}",
        f"{text} {filler}",
        title=item.title,
        source_id=item.source,
        published_at=noon(item.day),
        language=item.language,
        signature=build.signature_of(item.story) if item.story else (),
    )
