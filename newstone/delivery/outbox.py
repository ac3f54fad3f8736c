"""The ledger of what was sent to whom: SQLite, one row per attempt, at most one that may have arrived.

::

    (nothing) ─▶ sending ─▶ sent       accepted
                    │   ├─▶ refused    refused for good: the recipient, or the message to this recipient
                    │   ├─▶ failed     not accepted, may be tried again
                    └───┴─▶ unknown    killed or cut off before the answer: may have arrived

``sending``, ``sent`` and ``unknown`` hold their place: a unique index keeps every other process from sending the same
message to the same recipient. A person who wants it sent again begins a new *edition* (``--again``). Moments are ISO
8601 in UTC.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from newstone.delivery.pseudonyms import pseudonym_key, pseudonym_of
from newstone.processes import is_running
from pipelines.clock import utc_now
from pipelines.errors import StoreError

LOCK_TIMEOUT_SECONDS = 20.0
"""Wait for another process that writes a row; each holds the file for some milliseconds."""

STALE_AFTER = timedelta(hours=1)
"""Age from which a row in ``sending`` is ``unknown`` even where a process has its number: numbers come again."""

_VERSION = 1
_SCHEMA = f"""
PRAGMA user_version = {_VERSION};
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    recipient TEXT NOT NULL,
    edition INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sending', 'sent', 'refused', 'failed', 'unknown')),
    began_at TEXT NOT NULL,
    ended_at TEXT,
    pid INTEGER NOT NULL,
    detail TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_once
    ON delivery (kind, key, recipient, edition) WHERE state IN ('sending', 'sent', 'unknown');
CREATE TABLE IF NOT EXISTS alert (
    rule TEXT NOT NULL,
    day TEXT NOT NULL,
    fired_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'told', 'expired')),
    note TEXT NOT NULL,
    UNIQUE (rule, day)
);
CREATE TABLE IF NOT EXISTS evaluation (evaluated_at TEXT NOT NULL, last_day TEXT NOT NULL);
"""


class Kind(StrEnum):
    """What was sent; the key of a digest is its week, that of an alert its rule and day."""

    DIGEST = "digest"
    ALERT = "alert"


class DeliveryState(StrEnum):
    """How one attempt stands; see the module."""

    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one recipient (an address, or "webhook"); ``edition`` counts how often a person asked again."""

    kind: Kind
    key: str
    recipient: str
    edition: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One attempt; moments in UTC, ``ended_at`` is None while it is ``sending``."""

    id: int
    kind: Kind
    key: str
    recipient: str
    edition: int
    message_id: str
    state: DeliveryState
    began_at: datetime
    ended_at: datetime | None
    pid: int
    detail: str


class Outbox:
    """An open ledger; safe to be open in several processes."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection

    def rows(
        self, kind: Kind | None = None, key: str | None = None, state: DeliveryState | None = None
    ) -> list[DeliveryRow]:
        """Give the attempts in the order in which they began; None leaves them all."""
        columns = ", ".join(field.name for field in fields(DeliveryRow))
        sql = (
            f"SELECT {columns} FROM delivery WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR key = ?2)"  # noqa: S608  (names of fields)
            " AND (?3 IS NULL OR state = ?3) ORDER BY id"
        )
        with _explained(self.path):
            return [_row(values) for values in self._connection.execute(sql, (kind, key, state))]

    def last_edition(self, kind: Kind, key: str, recipient: str) -> int:
        """Give the newest edition for which there is a row; 0 where there is none."""
        names = self._names_of(recipient)
        editions = [row.edition for row in self.rows(kind, key) if row.recipient in names]
        return max(editions, default=0)

    def holder(self, parcel: Parcel) -> DeliveryRow | None:
        """Give the row that keeps a message from being sent, or None; one whose process is gone becomes ``unknown``."""
        self._call_unknown()
        return self._find_holder(parcel)

    def was_refused(self, parcel: Parcel) -> bool:
        """Say whether the newest attempt was refused for good."""
        rows = self._rows_of(parcel)
        return bool(rows) and rows[-1].state is DeliveryState.REFUSED

    def claim(self, parcel: Parcel, message_id: str) -> int | DeliveryRow:
        """Write on disk that a message is being sent and give the id of its row, or the row that holds its place.

        Raises:
            StoreError: the ledger cannot be written; nothing may be sent.
        """
        with self.writing() as connection:
            held = self._find_holder(parcel)
            return held or _insert(connection, parcel, message_id, DeliveryState.SENDING, "")

    def enter(self, parcel: Parcel, message_id: str, state: DeliveryState, detail: str) -> None:
        """Write down an attempt that ended before the message was under way.

        Raises:
            StoreError: the ledger cannot be written.
        """
        with self.writing() as connection:
            _insert(connection, parcel, message_id, state, detail)

    def finish(self, row_id: int, state: DeliveryState, detail: str) -> None:
        """Write down how an attempt ended.

        Raises:
            StoreError: the ledger cannot be written; the row stays ``sending`` and becomes ``unknown``.
        """
        with self.writing() as connection:
            connection.execute(
                "UPDATE delivery SET state = ?, detail = ?, ended_at = ? WHERE id = ?",
                (state, detail, _written(utc_now()), row_id),
            )

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the only right to write for the length of a ``with`` block, which is one transaction.

        Raises:
            StoreError: the ledger cannot be written.
        """
        with _explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for statements that only read.

        Raises:
            StoreError: the ledger cannot be read.
        """
        with _explained(self.path):
            yield self._connection

    def _find_holder(self, parcel: Parcel) -> DeliveryRow | None:
        holding = {DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN}
        return next((row for row in self._rows_of(parcel) if row.state in holding), None)

    def _rows_of(self, parcel: Parcel) -> list[DeliveryRow]:
        names = self._names_of(parcel.recipient)
        rows = self.rows(parcel.kind, parcel.key)
        return [row for row in rows if row.recipient in names and row.edition == parcel.edition]

    def _names_of(self, recipient: str) -> frozenset[str]:
        """Give the address and what stands for it once it is no longer kept."""
        with self.reading() as connection:
            key = pseudonym_key(connection)
        return frozenset({recipient} if key is None else {recipient, pseudonym_of(recipient, key)})

    def _call_unknown(self) -> None:
        """Call ``unknown`` what a process left in ``sending`` that is gone.

        Should it live after all, in another container, it corrects the row when it has its answer.
        """
        old = utc_now() - STALE_AFTER
        for row in self.rows(state=DeliveryState.SENDING):
            if row.began_at < old or not is_running(row.pid):
                self.finish(row.id, DeliveryState.UNKNOWN, "the process that sent it ended before the answer came")


@contextmanager
def open_outbox(path: Path) -> Iterator[Outbox]:
    """Open the ledger, made with its folder where missing.

    Raises:
        StoreError: it cannot be made, opened or read.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None)
    with closing(connection):
        with _explained(path):
            connection.execute("PRAGMA synchronous = FULL")  # "sending" is on disk before the message goes
            [version] = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise StoreError(f"{path} was written by a newer newstone; install that one, or name other data")
            if version < _VERSION:
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        yield Outbox(connection, path)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{path}: the ledger of sent messages cannot be used ({error}); nothing was sent without it. Mend its "
            "rights or the disk; a damaged file can be moved away, and then all counts as unsent"
        ) from error


def _insert(connection: sqlite3.Connection, parcel: Parcel, message_id: str, state: DeliveryState, detail: str) -> int:
    now = _written(utc_now())
    ended = None if state is DeliveryState.SENDING else now
    values = (parcel.kind, parcel.key, parcel.recipient, parcel.edition, message_id, state, now, ended)
    cursor = connection.execute(
        "INSERT INTO delivery (kind, key, recipient, edition, message_id, state, began_at, ended_at, pid, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, os.getpid(), detail),
    )
    return int(cursor.lastrowid or 0)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _row(values: tuple[object, ...]) -> DeliveryRow:
    number, kind, key, recipient, edition, message_id, state, began_at, ended_at, pid, detail = values
    return DeliveryRow(
        id=int(str(number)),
        kind=Kind(str(kind)),
        key=str(key),
        recipient=str(recipient),
        edition=int(str(edition)),
        message_id=str(message_id),
        state=DeliveryState(str(state)),
        began_at=datetime.fromisoformat(str(began_at)),
        ended_at=None if ended_at is None else datetime.fromisoformat(str(ended_at)),
        pid=int(str(pid)),
        detail=str(detail),
    )
