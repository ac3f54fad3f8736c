"""A consistent copy of the writer database for a backup: every row is read, and the copy is opened and checked."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from db.checks import CheckResult, failed_checks, run_checks, warned_checks
from db.interruption import interruptible
from db.migrate import load_migrations, older_schema, read_schema_version, refuse_newer
from db.snapshot import Snapshot, open_snapshot
from db.troubles import explain
from db.writer import Writer, connect_alone
from pipelines.errors import ChecksFailedError, StoreError
from pipelines.files import sync_file


@dataclass(frozen=True, slots=True)
class StoreCopy:
    """A copy that was verified; ``counts`` are the rows by table, of the copy as of its original."""

    path: Path
    schema_version: int
    counts: tuple[tuple[str, int], ...]
    warnings: tuple[CheckResult, ...]


def copy_store(path: Path, target: Path, *, now: datetime, wait_seconds: float = 30) -> StoreCopy:
    """Copy the writer database, of whatever schema, into a new file and verify the copy.

    Every row is read and written anew, so that a damaged block is found here and not when the copy is needed; nothing
    of deleted rows comes along. The copy is opened read-only, its rows are counted against the original's, and where
    its schema is the newest it passes the checks that publishing asks for. Linear, about as long as publishing.

    Raises:
        BusyError: another process has the database open.
        ChecksFailedError: the copy does not pass; it is a copy of a database that does not, either.
        SchemaError: the database was written by a newer newstone.
        StoreError: the database is damaged, the copy could not be written, or it differs from the original.
    """
    version, counts = _copy(path, target, wait_seconds)
    sync_file(target)
    with open_snapshot(target) as copy:
        if (found := _counts(copy)) != counts:
            differing = sorted(set(counts) ^ set(found))
            raise StoreError(f"{target} differs from {path} in {differing[0][0]}; run it again, then report this")
        results = run_checks(copy, now=now) if version == len(load_migrations()) else []
    if errors := failed_checks(results):
        raise ChecksFailedError(
            f"{path} does not pass its checks, so a copy of it is no backup (earlier ones stay):\n"
            + "\n".join(str(result) for result in errors)
        )
    return StoreCopy(target, version, counts, tuple(warned_checks(results)))


def read_copy_version(path: Path) -> int:
    """Give the schema version of a database file without writing to it.

    Raises:
        SchemaError: it was written by a newer newstone.
        StoreError: the file is damaged or no database.
    """
    with open_snapshot(path) as store:
        return read_schema_version(store.connection)


def refuse_older(path: Path) -> None:
    """Refuse a database file that the next run would migrate: whoever only looks must not.

    Raises:
        SchemaError: its schema is older, or newer.
        StoreError: the file is damaged or no database.
    """
    version, newest = read_copy_version(path), len(load_migrations())
    if version < newest:
        raise older_schema(path, version, newest)


def _copy(path: Path, target: Path, wait_seconds: float) -> tuple[int, tuple[tuple[str, int], ...]]:
    connection = connect_alone(path, wait_seconds)
    try:
        with interruptible():
            version = read_schema_version(connection)
            refuse_newer(version, len(load_migrations()), path)
            own = str(connection.execute("SELECT current_database()").fetchall()[0][0]).replace('"', '""')
            quoted = str(target).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS copied")
            connection.execute(f'COPY FROM DATABASE "{own}" TO copied')
            connection.execute("DETACH copied")
            return version, _counts(Writer(connection, path))
    except duckdb.Error as error:
        raise StoreError(explain(path, error, otherwise="run it again, then report this")) from error
    finally:
        connection.close()


def _counts(store: Writer | Snapshot) -> tuple[tuple[str, int], ...]:
    names = store.fetch(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal"
        " AND NOT temporary ORDER BY table_name"
    )
    return tuple(
        (str(name), int(str(store.fetch(f'SELECT count(*) FROM "{name}"')[0][0])))  # noqa: S608 - our own tables
        for (name,) in names
    )
