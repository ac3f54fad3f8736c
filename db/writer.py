"""The one open connection that writes: opened briefly, migrated, in explicit transactions."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from db.engine import SETTINGS, leave_engine, take_engine
from db.interruption import interruptible
from db.migrate import (
    Migration,
    apply_migrations,
    back_up,
    load_migrations,
    read_schema_version,
    refuse_newer,
    remove_old_copies,
)
from db.troubles import explain
from pipelines.clock import monotonic_seconds, utc_now
from pipelines.errors import BusyError, StoreError
from pipelines.files import sync_folder

_RETRY_SECONDS = 0.1  # a publish holds the file for seconds, so a tenth is soon enough
_HELD_BY = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")


class Writer:
    """An open writer database. Not for several threads; made by :func:`open_writer`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Run one statement and give all its rows; timestamps are naive UTC."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside visible all at once, or not at all when it raises."""
        self.connection.begin()
        try:
            yield
            self.connection.commit()
        except BaseException:
            try:
                self.connection.rollback()
            except duckdb.TransactionException as failed:
                # a commit that failed has already rolled back; the error of the commit is the one to tell
                if "no transaction is active" not in str(failed):
                    raise
            raise

    def insert_new(
        self, table: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> int:
        """Add the rows whose key is not in the table yet and give how many that were.

        Of several rows with one key the first counts. Text that cannot be stored (lone surrogates) is stored with
        question marks, which keeps character offsets. About 0.1 s for 10,000 short rows. ``table``, ``columns`` and
        ``key`` are names of the schema, never of a person.
        """
        places = [columns.index(name) for name in key]
        fresh = {tuple(row[place] for place in places): row for row in reversed(rows)}
        if not fresh:
            return 0
        names = ", ".join(f'"{name}"' for name in columns)
        same = " AND ".join(f't."{name}" = n."{name}"' for name in key)
        empty = f"SELECT {names} FROM {table} LIMIT 0"  # noqa: S608 - names of the schema
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {empty}")
        with self.connection.appender("incoming") as appender:
            appender.append_rows([[_storable(value) for value in row] for row in reversed(fresh.values())])
        inserted = self.fetch(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming n"  # noqa: S608 - names of the schema
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE {same})"
        )
        self.connection.execute("DROP TABLE incoming")
        return int(str(inserted[0][0]))

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file; at the end of a run."""
        self.connection.execute("CHECKPOINT")


def _storable(value: object) -> object:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, tuple):
        return [_storable(part) for part in value]
    return value


@contextmanager
def open_writer(
    path: Path, *, wait_seconds: float = 30, migrations: Sequence[Migration] | None = None
) -> Iterator[Writer]:
    """Open the writer database, made or migrated where needed, for this process alone.

    An existing database is copied beside itself before it is migrated; the newest copies stay (KEPT_COPIES). The
    write-ahead log is checkpointed at the end.

    Raises:
        BusyError: another process had it open for all of ``wait_seconds``.
        KeyboardInterrupt: a signal came, also within a statement.
        SchemaError: it was written by a newer newstone, is no newstone database, or a migration failed.
        StoreError: the file cannot be opened, is damaged, or DuckDB could not do what was asked (a full disk).
    """
    steps = load_migrations() if migrations is None else tuple(migrations)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = take_engine(path)
    try:
        with interruptible():
            connection = _open_alone(engine.attach, path, wait_seconds)
            version = read_schema_version(connection)
            refuse_newer(version, len(steps), path)
            if 0 < version < len(steps):
                connection.execute("CHECKPOINT")
                # copied while closed: closing a second descriptor of a locked file would drop the lock of the first
                engine.detach(connection)
                back_up(path, version, utc_now())
                connection = _open_alone(engine.attach, path, wait_seconds)
            if apply_migrations(connection, version, steps, utc_now()):
                sync_folder(path.parent)
                remove_old_copies(path)
            writer = Writer(connection, path)
            yield writer
            writer.checkpoint()
            engine.detach(connection)
    except BaseException as error:
        engine.end()
        if isinstance(error, duckdb.Error):
            raise StoreError(explain(path, error, otherwise="run `newstone status`, then report this")) from error
        raise
    leave_engine(engine)


def connect_alone(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Open the writer database as it is, not migrated, for this process alone; :func:`open_writer` is the usual way.

    Raises:
        BusyError: another process had it open for all of ``wait_seconds``.
        StoreError: the file cannot be opened or is damaged.
    """
    return _open_alone(lambda: duckdb.connect(str(path), config=SETTINGS), path, wait_seconds)


def _open_alone(
    opening: Callable[[], duckdb.DuckDBPyConnection], path: Path, wait_seconds: float
) -> duckdb.DuckDBPyConnection:
    give_up_at = monotonic_seconds() + wait_seconds
    while True:
        try:
            return opening()
        except duckdb.Error as error:
            if not is_busy(error):
                raise StoreError(explain(path, error, "cannot be opened: ")) from error
            if monotonic_seconds() >= give_up_at:
                raise BusyError(f"{path} is in use{held_by(error)}; wait for it to end, or end it") from error
        time.sleep(_RETRY_SECONDS)


def is_busy(error: duckdb.Error) -> bool:
    """Tell whether a file could not be opened because somebody else has it open."""
    text = str(error)
    return any(
        sign in text
        for sign in (
            "Could not set lock",  # another process
            "different configuration",  # this process, opened in another way
            "already attached",  # this process, through another connection
        )
    )


def held_by(error: duckdb.Error) -> str:
    """Give " by PROGRAM (process N)" where DuckDB said who holds the file, else ""."""
    match = _HELD_BY.search(str(error))
    return f" by {match['program']} (process {match['pid']})" if match else ""
