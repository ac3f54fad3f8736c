"""The table ``canary`` of the crawl's state: known pages that are fetched again on quiet nights, to see that they read.

An outlet that prints twice a week says nothing about itself on most nights: its feed answers as ever, and a wall or a
new layout shows with the next article. So the newest pages of each source are kept in mind, and where a night has
hardly any new ones, a few of them are fetched again like any page (synthetic monitoring, with the outlet's own pages).
Pages that could not be read when they first came are dropped, so that those of an outage do not crowd out the others.
What became of them is judged in :mod:`analysis.canary_rules`.
"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from crawler.stored_times import to_text
from pipelines.records import FeedItem
from pipelines.urls import normalise_url

CANARY_SCHEMA = """
CREATE TABLE IF NOT EXISTS canary (  -- the newest pages of each source that came with a body
    key TEXT PRIMARY KEY,       -- normalised URL, as in page
    source_id TEXT NOT NULL,
    first_fetched_at TEXT NOT NULL,  -- UTC, ISO 8601
    item TEXT NOT NULL          -- JSON of the FeedItem, so that it is read again with the same hints
) WITHOUT ROWID;
"""

KEPT_PER_SOURCE = 8
"""Enough for some that are deleted or were fetched today."""

LONGEST = timedelta(days=30)
"""Older pages are let alone: outlets move them to archives, where they are shut or look different."""

PAUSE = timedelta(hours=20)
"""A page is fetched again once a day at most; nights do not begin at the same minute."""


def note_canary(db: sqlite3.Connection, key: str, source_id: str, fetched_at: datetime, item: FeedItem) -> None:
    """Note a page that came with a body; the first fetch counts. The transaction is the caller's."""
    db.execute(
        "INSERT OR IGNORE INTO canary VALUES (?, ?, ?, ?)",
        (key, source_id, to_text(fetched_at), json.dumps(asdict(item))),
    )
    db.execute(
        "DELETE FROM canary WHERE key IN (SELECT key FROM canary WHERE source_id = ?"
        " ORDER BY first_fetched_at DESC, key LIMIT -1 OFFSET ?)",
        (source_id, KEPT_PER_SOURCE),
    )


def drop_canary(db: sqlite3.Connection, key: str) -> None:
    """Drop a page that is not there any more. The transaction is the caller's."""
    db.execute("DELETE FROM canary WHERE key = ?", (key,))


def drop_unread(data_dir: Path, pages: Iterable[tuple[str, datetime]]) -> None:
    """Drop pages (URL, time of fetch) that could not be read when they first came: they tell nothing later.

    A state that cannot be written is for the next crawl to complain about: these pages stay, and tell nothing.
    """
    path = data_dir / "crawl" / "state.sqlite"
    rows = [(normalise_url(url), to_text(fetched_at)) for url, fetched_at in pages]
    if not rows or not path.exists():
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=30)) as db, db:
        db.executemany("DELETE FROM canary WHERE key = ? AND first_fetched_at = ?", rows)


def read_canaries(
    db: sqlite3.Connection, source_ids: Iterable[str], now: datetime, limit: int
) -> list[tuple[str, str, FeedItem, int]]:
    """Give key, source, item and number of fetches of the canaries of a night that were not fetched in it yet.

    They are the newest ``limit`` pages of each source that are not of this night themselves; a run that was killed and
    is repeated goes on with the same.
    """
    pause_ago = to_text(now - PAUSE)
    found = []
    for source_id in sorted(source_ids):
        rows = db.execute(
            "SELECT key, item, attempts, fetched_at FROM canary JOIN page USING (key)"
            " WHERE source_id = ? AND first_fetched_at BETWEEN ? AND ? ORDER BY first_fetched_at DESC, key LIMIT ?",
            (source_id, to_text(now - LONGEST), pause_ago, limit),
        )
        found += [
            (key, source_id, FeedItem(**json.loads(item)), attempts)
            for key, item, attempts, fetched_at in rows
            if fetched_at <= pause_ago
        ]
    return found
