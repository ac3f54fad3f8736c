"""What the crawl remembers between runs: SQLite at ``<data>/crawl/state.sqlite``.

The WARC parts are the truth; this is an index over them, and the list of URLs that were found and not fetched yet. A
URL counts as fetched only when the part that holds it is durable (:meth:`CrawlState.index_part`). The validators of a
feed are stored in the same transaction as the items it named, so that a later 304 never hides an item.
"""

import fcntl
import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from crawler.canaries import CANARY_SCHEMA, drop_canary, note_canary, read_canaries
from crawler.page_marks import PageMark, marks_of
from crawler.poll_memory import POLL_SCHEMA, read_last_answer_at, read_poll, write_poll
from crawler.polling import GONE_SECONDS, PollRecord
from crawler.stored_times import to_text
from pipelines.clock import monotonic_seconds
from pipelines.errors import CrawlError, LockedError, SpoolError
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem
from pipelines.spool import list_parts
from pipelines.urls import normalise_url

REVISIT_DAYS = 30
"""A page that is known is not fetched again within this many days, but for canaries (:mod:`crawler.canaries`)."""

FIRST_RETRY = timedelta(hours=6)
LONGEST_RETRY = timedelta(days=7)
MAX_FAILURES = 8
"""After this many failures in a row (about a month) an item that nothing lists any more is forgotten."""

LOCK_WAIT_SECONDS = 20.0
"""A crawl whose parent was killed ends within a few seconds; the next one waits for it this long."""

FETCHED = "fetched"
"""Outcome of a page with a body."""

NEVER = "9999-12-31T00:00:00.000000+00:00"
"""The next try of a URL that was taken down."""

SCHEMA_VERSION = 2
"""1: pages, what waits, listings, parts. 2: also when each listing is asked again, and canaries; tables of 1 stay as
they are."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
    key TEXT PRIMARY KEY,       -- normalised URL
    fetched_at TEXT NOT NULL,   -- UTC, ISO 8601; of the last attempt
    outcome TEXT NOT NULL,      -- fetch outcome, 'fetched' for a page with a body
    attempts INTEGER NOT NULL,  -- fetches so far
    failures INTEGER NOT NULL,  -- transient failures in a row
    next_try_at TEXT NOT NULL   -- UTC; not fetched before
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (
    key TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    rank TEXT NOT NULL,         -- of listings that name the URL, the one with the lowest rank has it
    position INTEGER NOT NULL,  -- place in that listing, from 1
    item TEXT NOT NULL          -- JSON of the FeedItem
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listing (
    url TEXT PRIMARY KEY,       -- feed, sitemap or section page
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    gone_until TEXT             -- UTC; answered 410 and is not asked again before
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (name TEXT PRIMARY KEY) WITHOUT ROWID;  -- indexed WARC parts
"""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said about a listing; "" where it said nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A URL that waits to be fetched. ``attempt`` is the number that its next fetch has, from 1."""

    key: str
    source_id: str
    item: FeedItem
    attempt: int


def lock_crawl(data_dir: Path) -> IO[bytes]:
    """Take the lock that keeps two crawls out of one data folder; it is held until the file given back is closed.

    Raises:
        LockedError: another crawl holds it and did not end within LOCK_WAIT_SECONDS.
    """
    path = data_dir / "crawl" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    until = monotonic_seconds() + LOCK_WAIT_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic_seconds() >= until:
                file.close()
                raise LockedError(f"another crawl works in {data_dir}; wait for its end or stop it") from None
            time.sleep(0.2)
        else:
            return file


class CrawlState:
    """The open state; a context manager.

    Raises:
        CrawlError: the file cannot be opened, or a newer newstone wrote it.
        SpoolError: the disk refuses it; so do all methods that note something.
    """

    def __init__(self, data_dir: Path, *, revisit_days: float = REVISIT_DAYS) -> None:
        self.path = data_dir / "crawl" / "state.sqlite"
        self.revisit = timedelta(days=revisit_days)
        self._data_dir = data_dir
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise CrawlError(f"{self.path} cannot be opened: {error}; mend the permissions") from error
        try:
            self._prepare()
        except sqlite3.OperationalError as error:
            self._db.close()
            raise self._unwritable(error) from error
        except sqlite3.Error as error:
            self._db.close()
            raise CrawlError(self._set_aside(error)) from error
        except CrawlError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA secure_delete=ON")  # what was taken down is gone from the file, too
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise CrawlError(f"{self.path} was written by a newer newstone; update the program")
        said = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]  # 0.2 s for a hundred thousand pages
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        self._db.executescript(_SCHEMA + POLL_SCHEMA + CANARY_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _set_aside(self, error: sqlite3.Error) -> str:
        """Move the damaged file out of the way; give what to tell a person."""
        aside = self.path.with_name(f"{self.path.name}.damaged")
        try:
            for ending in ("", "-wal", "-shm"):
                file = self.path.with_name(self.path.name + ending)
                if file.exists():
                    file.replace(aside.with_name(aside.name + ending))
        except OSError as refused:
            return f"{self.path} is damaged ({error}) and cannot be moved ({refused}); remove it"
        return f"{self.path} is damaged ({error}): moved to {aside.name}; the next run makes it anew from the parts"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def catch_up(self) -> int:
        """Index the complete parts that are not indexed yet; give their number. Reads each of them whole.

        Of a damaged part the pages before the damage are indexed; extraction puts it into quarantine.
        """
        known = {name for (name,) in self._db.execute("SELECT name FROM part")}
        fresh = [part for part in list_parts(self._data_dir) if part.name not in known]
        for part in fresh:
            self.index_part(part.name, marks_of(part))
        return len(fresh)

    def index_part(self, name: str, marks: Iterable[PageMark]) -> None:
        """Note the pages of a durable part; a part that is indexed already changes nothing."""
        with self._transaction():
            if self._db.execute("INSERT OR IGNORE INTO part VALUES (?)", (name,)).rowcount:
                for mark in marks:
                    self._index(mark)

    def _index(self, mark: PageMark) -> None:
        row = self._db.execute("SELECT failures, fetched_at, outcome FROM page WHERE key = ?", (mark.key,)).fetchone()
        is_forgotten = mark.outcome is Outcome.FORGOTTEN
        was_forgotten = row is not None and row[2] == Outcome.FORGOTTEN
        if is_forgotten < was_forgotten or (
            is_forgotten == was_forgotten and row and row[1] >= to_text(mark.fetched_at)
        ):
            return  # forgotten holds against everything else, whatever comes first; otherwise the newest counts
        if mark.is_transient and row and row[2] == FETCHED and not self._waits(mark.key):
            # a canary that failed: nobody waits for this page, which is known already
            change = (to_text(mark.fetched_at), mark.attempt, mark.key)
            self._db.execute("UPDATE page SET fetched_at = ?, attempts = ? WHERE key = ?", change)
            return
        failures = (row[0] if row is not None else 0) + 1 if mark.is_transient else 0
        wait = min(FIRST_RETRY * 2 ** min(failures - 1, 10), LONGEST_RETRY) if mark.is_transient else self.revisit
        if mark.is_cut:
            failures, wait = (row[0] if row is not None else 0), timedelta(0)
        outcome = mark.outcome.value if mark.outcome is not None else FETCHED
        self._db.execute(
            "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)",
            (
                mark.key,
                to_text(mark.fetched_at),
                outcome,
                mark.attempt,
                failures,
                NEVER if is_forgotten else to_text(mark.fetched_at + wait),
            ),
        )
        if not mark.is_transient or failures >= MAX_FAILURES:
            self._db.execute("DELETE FROM pending WHERE key = ?", (mark.key,))
        if mark.outcome in (Outcome.GONE, Outcome.FORGOTTEN):
            drop_canary(self._db, mark.key)
        elif mark.outcome is None and mark.item is not None:
            note_canary(self._db, mark.key, mark.source_id, mark.fetched_at, mark.item)

    def _waits(self, key: str) -> bool:
        return self._db.execute("SELECT 1 FROM pending WHERE key = ?", (key,)).fetchone() is not None

    def validators(self, url: str) -> Validators:
        """Give what the last complete answer of a listing carried."""
        row = self._db.execute("SELECT etag, last_modified FROM listing WHERE url = ?", (url,)).fetchone()
        return Validators(*row) if row is not None else Validators()

    def gone_until(self, url: str) -> datetime | None:
        """Give the time before which a listing that answered 410 is not asked again; None for any other."""
        row = self._db.execute("SELECT gone_until FROM listing WHERE url = ?", (url,)).fetchone()
        return datetime.fromisoformat(row[0]) if row is not None and row[0] is not None else None

    def set_gone(self, url: str, now: datetime) -> None:
        """Note that a listing answered 410."""
        until = to_text(now + timedelta(seconds=GONE_SECONDS))
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO listing VALUES (?, '', '', ?)", (url, until))

    def poll_record(self, url: str) -> PollRecord | None:
        """Give what is remembered of the requests for a listing; None for one that was never asked."""
        return read_poll(self._db, url)

    def note_poll(self, url: str, record: PollRecord) -> None:
        """Remember a request for a listing."""
        with self._transaction():
            write_poll(self._db, url, record)

    def last_answer_at(self) -> datetime | None:
        """Give when any listing at all answered last; None where none ever did."""
        return read_last_answer_at(self._db)

    def take_listing(
        self, url: str, validators: Validators, source_id: str, items: Iterable[tuple[str, FeedItem]], now: datetime
    ) -> int:
        """Note a listing's answer and the items it named, each with its rank, as one; give how many are new.

        An item is new when its URL is neither waiting already nor fetched within its revisit window. A URL that waits
        passes to this source when its rank here is lower, so that the order of answers does not matter.
        """
        n_new = 0
        with self._transaction():
            for position, (rank, item) in enumerate(items, 1):
                key = normalise_url(item.url)
                row = self._db.execute("SELECT next_try_at FROM page WHERE key = ?", (key,)).fetchone()
                if row is not None and row[0] > to_text(now):
                    continue
                waiting = self._db.execute("SELECT rank FROM pending WHERE key = ?", (key,)).fetchone()
                n_new += waiting is None
                if waiting is None or rank < waiting[0]:
                    self._db.execute(
                        "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?)",
                        (key, source_id, rank, position, json.dumps(asdict(item))),
                    )
            self._db.execute(
                "INSERT OR REPLACE INTO listing VALUES (?, ?, ?, NULL)",
                (url, validators.etag, validators.last_modified),
            )
        return n_new

    def due(self, source_ids: Iterable[str], now: datetime) -> list[Pending]:
        """Give what waits to be fetched for these sources and may be fetched now, in a fixed order."""
        wanted = set(source_ids)
        rows = self._db.execute(
            "SELECT pending.key, source_id, item, coalesce(attempts, 0) FROM pending LEFT JOIN page USING (key)"
            " WHERE page.key IS NULL OR next_try_at <= ? ORDER BY rank, position",
            (to_text(now),),
        )
        return [
            Pending(key, source_id, FeedItem(**json.loads(item)), attempts + 1)
            for key, source_id, item, attempts in rows
            if source_id in wanted
        ]

    def canaries(self, source_ids: Iterable[str], now: datetime, limit: int) -> list[Pending]:
        """Give the newest known pages of these sources that may be fetched again, at most ``limit`` of each."""
        rows = read_canaries(self._db, source_ids, now, limit)
        return [Pending(key, source_id, item, attempts + 1) for key, source_id, item, attempts in rows]

    def forget_lost(self, urls: Iterable[str]) -> int:
        """Forget all pages but these, so that whatever still lists the others brings them back; give their number.

        For pages that a damaged part took with it. Listings are then read again whole: a 304 would hide them.
        """
        with self._transaction():
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY)")
            self._db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((normalise_url(url),) for url in urls))
            lost = self._db.execute("DELETE FROM page WHERE key NOT IN (SELECT key FROM kept)").rowcount
            self._db.execute("DROP TABLE kept")
            if lost:
                self._db.execute("UPDATE listing SET etag = '', last_modified = ''")
        return lost

    def rename_part(self, old: str, new: str) -> None:
        """Know a part that was written anew by its new name; nothing where the old one is not indexed yet."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO part SELECT ? FROM part WHERE name = ?", (new, old))

    def waiting(self, keys: Collection[str] = (), source_id: str = "") -> list[tuple[str, str]]:
        """Give URL and source of what waits to be fetched: of these URLs (normalised) or of this source."""
        rows = self._db.execute("SELECT key, source_id FROM pending ORDER BY key").fetchall()
        return [(key, source) for key, source in rows if key in keys or source == source_id]

    def drop_waiting(self, keys: Collection[str]) -> None:
        """Drop what waits for these URLs (normalised), and what listings said about it down to the last byte.

        Copies the file once; for takedowns, not for every night.
        """
        with self._transaction():
            self._db.executemany("DELETE FROM pending WHERE key = ?", [(key,) for key in keys])
        try:
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error
        finally:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.rollback()

    def _unwritable(self, error: sqlite3.Error) -> SpoolError:
        return SpoolError(f"{self.path} cannot be written: {error}; make room on the disk or mend the permissions")
