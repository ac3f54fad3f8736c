"""The table ``poll`` of the crawl's state: what is remembered of the requests for each listing."""

import sqlite3
from datetime import datetime

from crawler.polling import PollRecord
from crawler.stored_times import to_text

POLL_SCHEMA = """
CREATE TABLE IF NOT EXISTS poll (  -- crawler.polling.PollRecord; what is lost here is asked at once
    url TEXT PRIMARY KEY,       -- of the listing, as in its source file
    asked_at TEXT NOT NULL,     -- UTC, ISO 8601, as all times here
    next_at TEXT NOT NULL,
    answered_at TEXT,
    interval_seconds REAL NOT NULL,
    failures INTEGER NOT NULL,
    bad_nights INTEGER NOT NULL,
    bad_night_at TEXT,
    n_items INTEGER NOT NULL,
    new_per_day REAL
) WITHOUT ROWID;
"""


def read_poll(db: sqlite3.Connection, url: str) -> PollRecord | None:
    """Give what is remembered of a listing; None for one that was never asked."""
    row = db.execute("SELECT * FROM poll WHERE url = ?", (url,)).fetchone()
    if row is None:
        return None
    asked_at, next_at, answered_at, interval, failures, bad_nights, bad_night_at, n_items, new_per_day = row[1:]
    return PollRecord(
        asked_at=datetime.fromisoformat(asked_at),
        next_at=datetime.fromisoformat(next_at),
        answered_at=_moment(answered_at),
        interval_seconds=interval,
        failures=failures,
        bad_nights=bad_nights,
        bad_night_at=_moment(bad_night_at),
        n_items=n_items,
        new_per_day=new_per_day,
    )


def write_poll(db: sqlite3.Connection, url: str, record: PollRecord) -> None:
    """Remember a request for a listing; the transaction is the caller's."""
    row = (
        *(url, _text(record.asked_at), _text(record.next_at), _text(record.answered_at), record.interval_seconds),
        *(record.failures, record.bad_nights, _text(record.bad_night_at), record.n_items, record.new_per_day),
    )
    db.execute("INSERT OR REPLACE INTO poll VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def read_last_answer_at(db: sqlite3.Connection) -> datetime | None:
    """Give when any listing at all answered last; None where none ever did."""
    return _moment(db.execute("SELECT max(answered_at) FROM poll").fetchone()[0])


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
