"""The ledger of job runs: SQLite, one row per attempt at a planned time. It survives restarts of the daemon.

A planned time is claimed before its job starts, by at most one row per attempt. So a job never runs twice for one
planned time, also where the clock was set back, and what has no row was missed. Moments are ISO 8601 in UTC.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from newstone.config import Project
from newstone.processes import is_running
from newstone.sqlite_files import open_read_only
from pipelines.clock import stamp, utc_now
from pipelines.errors import StoreError

LEDGER_NAME = "schedule.sqlite"

KEPT = timedelta(days=400)
"""Rows are kept for somewhat more than a year; a poll each quarter of an hour makes 35,000 of them, some megabytes."""

LOCK_TIMEOUT_SECONDS = 20.0
"""Wait for another process that writes a row; each holds the file for some milliseconds."""

PLANNED, CATCH_UP, ONCE = "planned", "catch-up", "once"
"""Kinds of attempt (ONCE: `schedule --once`); the others get ", retry 1" and so on after a locked data folder."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS job_run (
    id INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    attempt TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT NOT NULL,
    exit_code INTEGER,
    pid INTEGER NOT NULL,
    log_file TEXT NOT NULL,
    detail TEXT NOT NULL,
    UNIQUE (job, planned_at, attempt)
);
CREATE TABLE IF NOT EXISTS watched (
    job TEXT PRIMARY KEY,
    expression TEXT NOT NULL,
    since TEXT NOT NULL
);
"""


class JobOutcome(StrEnum):
    """How an attempt stands."""

    RUNNING = "running"
    OK = "ok"
    NOTHING = "nothing to do"
    PARTIAL = "partial"  # went through, but something was lost
    FAILED = "failed"
    REFUSED = "refused"  # checks kept the old snapshot
    LOCKED = "locked"  # another run held the data folder
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"  # the daemon was stopped
    LOST = "lost"  # its process is gone, and how it ended is not known
    MISSED = "missed"  # could not start in time


UNFINISHED = frozenset({JobOutcome.INTERRUPTED, JobOutcome.LOST, JobOutcome.MISSED, JobOutcome.LOCKED})
"""Outcomes after which the planned time may be caught up; after the others the job had its chance."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """One attempt; moments in UTC. ``pid`` is 0 and ``log_file`` "" where no process was started."""

    id: int
    job: str
    planned_at: datetime
    attempt: str
    started_at: datetime
    ended_at: datetime | None
    outcome: JobOutcome
    exit_code: int | None
    pid: int
    log_file: str  # its name in the folder of logs
    detail: str  # for a person, "" where there is nothing to say


class JobLedger:
    """The ledger of one data folder; a damaged file is set aside and a new one begun, since nights count for more."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / LEDGER_NAME

    def claim(self, job: str, planned_at: datetime, attempt: str, now: datetime) -> int | None:
        """Begin an attempt; gives its id, or None where this attempt at this planned time was made before.

        The planned attempt is also refused where the time was caught up already and the clock set back since.

        Raises:
            StoreError: the ledger cannot be written.
        """
        with self._open() as connection:
            connection.execute("DELETE FROM job_run WHERE started_at < ?", (_text(now - KEPT),))
            cursor = connection.execute(
                "INSERT OR IGNORE INTO job_run (job, planned_at, attempt, started_at, outcome, pid, log_file, detail)"
                " SELECT ?1, ?2, ?3, ?4, ?5, 0, '', '' WHERE ?3 <> ?6"
                " OR NOT EXISTS (SELECT 1 FROM job_run WHERE job = ?1 AND planned_at = ?2)",
                (job, _text(planned_at), attempt, _text(now), JobOutcome.RUNNING, PLANNED),
            )
            return cursor.lastrowid if cursor.rowcount else None

    def note_start(self, run_id: int, pid: int, log_file: str) -> None:
        """Enter the process of an attempt and the name of its log.

        Raises:
            StoreError: the ledger cannot be written.
        """
        with self._open() as connection:
            connection.execute("UPDATE job_run SET pid = ?, log_file = ? WHERE id = ?", (pid, log_file, run_id))

    def note_end(self, run_id: int, outcome: JobOutcome, exit_code: int | None, detail: str, now: datetime) -> None:
        """Enter how an attempt ended.

        Raises:
            StoreError: the ledger cannot be written.
        """
        with self._open() as connection:
            connection.execute(
                "UPDATE job_run SET outcome = ?, exit_code = ?, detail = ?, ended_at = ? WHERE id = ?",
                (outcome, exit_code, detail, _text(now), run_id),
            )

    def watched_since(self, job: str, expression: str, now: datetime) -> datetime:
        """Give since when a job is planned by this expression; the first call with it says now.

        Raises:
            StoreError: the ledger cannot be written.
        """
        with self._open() as connection:
            row = connection.execute(
                "SELECT since FROM watched WHERE job = ? AND expression = ?", (job, expression)
            ).fetchone()
            if row is not None:
                return datetime.fromisoformat(row[0])
            connection.execute("INSERT OR REPLACE INTO watched VALUES (?, ?, ?)", (job, expression, _text(now)))
            return now

    def runs(self, job: str | None = None, planned_at: datetime | None = None) -> tuple[JobRun, ...]:
        """Give attempts in the order in which they were begun; None leaves them all.

        Raises:
            StoreError: the ledger cannot be read.
        """
        planned = None if planned_at is None else _text(planned_at)
        with self._open() as connection:
            return _read(
                connection, "(?1 IS NULL OR job = ?1) AND (?2 IS NULL OR planned_at = ?2) ORDER BY id", (job, planned)
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connect()) as connection, connection:
                yield connection
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}; free some space, mend its rights or delete it") from error

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=LOCK_TIMEOUT_SECONDS)
        try:
            connection.executescript(_SCHEMA)
            sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        except sqlite3.OperationalError:  # locked, no space, no right: the file itself may be sound
            connection.close()
            raise
        except sqlite3.DatabaseError:
            sound = False
        if sound:
            return connection
        connection.close()
        self.path.replace(self.path.with_name(f"{self.path.name}.damaged-{stamp(utc_now())}"))
        connection = sqlite3.connect(self.path, timeout=LOCK_TIMEOUT_SECONDS)
        connection.executescript(_SCHEMA)
        return connection


def watched_expression(project: Project, job: str) -> tuple[str, datetime] | None:
    """Give the expression and zone by which the daemon plans a job ("30 2 * * * UTC"), and since when (UTC).

    None where no daemon planned it yet. Writes nothing.

    Raises:
        StoreError: the ledger cannot be read.
    """
    path = project.data_dir / LEDGER_NAME
    if not path.is_file():
        return None
    with _reading(path) as connection:
        row = connection.execute("SELECT expression, since FROM watched WHERE job = ?", (job,)).fetchone()
    return None if row is None else (str(row[0]), datetime.fromisoformat(row[1]))


def last_job_runs(project: Project) -> tuple[JobRun, ...]:
    """Give the newest attempt of each job, by job; nothing where no schedule ever ran. Writes nothing.

    One whose process is gone is given as lost: whoever followed it was killed, and nobody entered its end.

    Raises:
        StoreError: the ledger cannot be read.
    """
    path = project.data_dir / LEDGER_NAME
    if not path.is_file():
        return ()
    with _reading(path) as connection:
        runs = _read(connection, "id IN (SELECT max(id) FROM job_run GROUP BY job) ORDER BY job", ())
    return tuple(
        replace(run, outcome=JobOutcome.LOST, detail=f"process {run.pid} is gone; how it ended is not known")
        if run.outcome is JobOutcome.RUNNING and run.pid and not is_running(run.pid)
        else run
        for run in runs
    )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with open_read_only(path, LOCK_TIMEOUT_SECONDS) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; delete it, and the schedule begins a new one") from error


def _read(connection: sqlite3.Connection, condition: str, values: tuple[str | None, ...]) -> tuple[JobRun, ...]:
    columns = ", ".join(field.name for field in fields(JobRun))
    sql = f"SELECT {columns} FROM job_run WHERE {condition}"  # noqa: S608  (names of fields, conditions of this file)
    return tuple(
        JobRun(
            id=row[0],
            job=row[1],
            planned_at=datetime.fromisoformat(row[2]),
            attempt=row[3],
            started_at=datetime.fromisoformat(row[4]),
            ended_at=None if row[5] is None else datetime.fromisoformat(row[5]),
            outcome=JobOutcome(row[6]),
            exit_code=row[7],
            pid=row[8],
            log_file=row[9],
            detail=row[10],
        )
        for row in connection.execute(sql, values)
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
