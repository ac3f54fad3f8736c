"""The writer database copied into a fresh file, so that what was deleted is gone from the disk, too.

DuckDB marks the blocks of deleted rows as free and leaves their bytes until it needs the room.
"""

from pathlib import Path

from db.writer import Writer, open_writer
from pipelines.errors import StoreError
from pipelines.files import sync_file, sync_folder

COMPACT_SHARE = 0.3
"""Share of free blocks from which copying the file is worth its time after retention."""

COMPACT_BYTES = 64 * 1024 * 1024
"""Free bytes below which a file is left alone after retention: the nights to come use them up."""

_UNFINISHED = ".compacting"
_WANTED = ".compact"


def want_compaction(path: Path) -> None:
    """Note durably that a database has to be compacted; before anything is deleted from it."""
    path.with_name(path.name + _WANTED).touch()
    sync_folder(path.parent)


def is_compaction_wanted(path: Path) -> bool:
    """Tell whether a run that deleted something was killed before it had compacted the database."""
    return path.with_name(path.name + _WANTED).exists()


def free_bytes(writer: Writer) -> tuple[int, int]:
    """Give the bytes of free blocks in the file of a database, and those of all blocks; after a checkpoint."""
    row = writer.fetch("SELECT block_size, free_blocks, total_blocks FROM pragma_database_size()")[0]
    size, free, total = (int(str(value)) for value in row)
    return size * free, size * total


def is_worth_compacting(path: Path) -> bool:
    """Tell whether so much of a database is free that it should be compacted after retention."""
    with open_writer(path) as writer:
        writer.checkpoint()
        free, total = free_bytes(writer)
    return free >= COMPACT_BYTES and free >= COMPACT_SHARE * total


def compact(path: Path, *, wait_seconds: float = 30) -> int:
    """Put a fresh copy in the place of a database; gives the bytes that this saved.

    Killed at any moment, the old or the new file is whole. Nothing else may open the database meanwhile: the caller
    holds the lock of the data folder. Needs room for the copy; about as long as copying the file.

    Raises:
        BusyError: another process has it open.
        StoreError: the copy could not be written, or holds other numbers of rows.
    """
    fresh = path.with_name(path.name + _UNFINISHED)
    for stale in path.parent.glob(f"{fresh.name}*"):
        stale.unlink()
    with open_writer(path, wait_seconds=wait_seconds) as writer:
        writer.checkpoint()
        before = path.stat().st_size
        own = str(writer.fetch("SELECT current_database()")[0][0]).replace('"', '""')
        quoted = str(fresh).replace("'", "''")
        writer.connection.execute(f"ATTACH '{quoted}' AS compacted")
        try:
            writer.connection.execute(f'COPY FROM DATABASE "{own}" TO compacted')
            counts = [_row_counts(writer, name) for name in (own, "compacted")]
        finally:
            writer.connection.execute("DETACH compacted")
        if counts[0] != counts[1] or fresh.with_name(fresh.name + ".wal").exists():
            raise StoreError(f"{fresh} is no whole copy of {path}; the database stays as it is, try it again")
        sync_file(fresh)
        fresh.replace(path)  # the old file stays open, and locked, until the end of this block
        sync_folder(path.parent)
    path.with_name(path.name + _WANTED).unlink(missing_ok=True)
    sync_folder(path.parent)
    return before - path.stat().st_size


def _row_counts(writer: Writer, database: str) -> dict[str, int]:
    tables = writer.fetch(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND NOT temporary ORDER BY table_name",
        [database.replace('""', '"')],
    )
    names = [str(row[0]) for row in tables]
    return {
        name: int(str(writer.fetch(f'SELECT count(*) FROM "{database}"."{name}"')[0][0]))  # noqa: S608 - our names
        for name in names
    }
