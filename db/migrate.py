"""Numbered migrations: the only place where tables, views and macros are made."""

import filecmp
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path

import duckdb

from db.times import to_stored
from pipelines.clock import stamp
from pipelines.errors import SchemaError
from pipelines.files import sync_file, sync_folder

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; it is applied whole or not at all."""

    version: int
    name: str
    sql: str


@cache
def load_migrations() -> tuple[Migration, ...]:
    """Give the migrations that come with this program, in order; read once, for a night opens its database 20 times.

    Raises:
        SchemaError: a file name is not of the form 0001_name.sql, or a number is missing or given twice.
    """
    found = []
    for entry in resources.files("db").joinpath("schema").iterdir():
        if not entry.name.endswith(".sql"):
            continue
        match = _FILE_NAME.fullmatch(entry.name)
        if match is None:
            raise SchemaError(f"migration {entry.name}: name it like 0001_pages.sql")
        found.append(Migration(int(match[1]), entry.name, entry.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.version)
    numbers = [migration.version for migration in found]
    if numbers != list(range(1, len(numbers) + 1)):
        raise SchemaError(f"migrations are numbered {numbers}; number them from 1 without gap")
    return tuple(found)


def read_schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Give the version of an open database, 0 for an empty one.

    Raises:
        SchemaError: the database holds tables that newstone did not make.
    """
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables()"
        " WHERE database_name = current_database() AND NOT internal AND NOT temporary"
    ).fetchall()
    tables = sorted(str(row[0]) for row in rows)
    if not tables:
        return 0
    if "schema_version" not in tables:
        raise SchemaError(f"this is no newstone database (it holds {', '.join(tables[:5])}); give another path")
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def older_schema(path: Path, version: int, newest: int) -> SchemaError:
    """Give the error for whoever only looks at a file that the next run migrates."""
    remedy = "the next run, such as `newstone publish`, migrates the database and publishes it anew"
    return SchemaError(f"{path} has schema {version}, this newstone reads {newest}; {remedy}")


def refuse_newer(version: int, newest: int, path: Path) -> None:
    """Check that this program knows the schema of a database.

    Raises:
        SchemaError: it was written by a newer newstone.
    """
    if version > newest:
        raise SchemaError(
            f"{path} has schema {version}, this newstone knows up to {newest}; update newstone to open it"
        )


def apply_migrations(
    connection: duckdb.DuckDBPyConnection, version: int, migrations: Sequence[Migration], now: datetime
) -> int:
    """Apply what a database of a version lacks, each migration in a transaction of its own; gives how many that were.

    Raises:
        SchemaError: a migration failed; the database is as before that migration.
    """
    missing = [migration for migration in migrations if migration.version > version]
    for migration in missing:
        connection.begin()
        try:
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO schema_version VALUES (?, ?, ?)", [migration.version, migration.name, to_stored(now)]
            )
            connection.commit()
        except duckdb.Error as error:
            connection.rollback()
            raise SchemaError(f"migration {migration.name} failed and changed nothing: {error}") from error
    if missing:
        connection.execute("CHECKPOINT")
    return len(missing)


KEPT_COPIES = 3
"""Copies from before migrations that stay beside a database; `newstone backup` is what keeps more."""


def back_up(path: Path, version: int, now: datetime) -> Path:
    """Copy a closed database file beside itself before a migration; gives the path of the copy.

    The copy is complete once it has its name. Where an earlier copy holds the same bytes (a migration failed night
    after night) it is given instead of a new one. A write-ahead log must have been checkpointed before.

    Raises:
        SchemaError: the copy cannot be written; nothing was migrated.
    """
    target = path.with_name(f"{path.name}.schema{version:04d}-{stamp(now)}.bak")
    unfinished = target.with_name(target.name + ".tmp")
    try:
        for torn in path.parent.glob(f"{path.name}.schema*.bak.tmp"):
            torn.unlink()  # a run was killed while it copied
        for earlier in _copies_of(path):
            if f".schema{version:04d}-" in earlier.name and filecmp.cmp(earlier, path, shallow=False):
                return earlier
        shutil.copyfile(path, unfinished)
        sync_file(unfinished)
        unfinished.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise SchemaError(
            f"{path} has schema {version} and must be copied before it is migrated, but {target.name} cannot be "
            f"written: {error.strerror or error}; make room beside it ({path.stat().st_size} bytes)"
        ) from error
    return target


def remove_old_copies(path: Path) -> None:
    """Remove all but the newest KEPT_COPIES of the copies that :func:`back_up` made of a database."""
    for old in _copies_of(path)[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)


def _copies_of(path: Path) -> list[Path]:
    """Give the complete copies of a database, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.schema*.bak"), key=lambda copy: copy.name.rpartition("-")[2])
