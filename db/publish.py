"""The published snapshot: a whole new file, checked, written beside the old one and put in its place by one rename."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from db.checks import CheckResult, failed_checks, run_checks, warned_checks
from db.engine import WRITER_MEMORY
from db.materialise import ANSWERS, FACTS, materialise_views
from db.stories import write_stories
from db.times import to_stored
from db.writer import Writer, open_writer
from pipelines.clock import monotonic_seconds
from pipelines.errors import ChecksFailedError, StoreError
from pipelines.files import sync_file, sync_folder

SNAPSHOT_STORAGE_VERSION = "v1.2.0"
"""Storage format of the snapshot: DuckDB clients from 1.2 on can open it; without it only 2.x clients could."""

PUBLISH_MEMORY_BYTES = (1 << 30, 4 << 30)
"""Least and most memory of the database while it publishes; between them half of the machine's. What is larger spills
to disk: 1 GB is enough for 2 million mentions, 4 GB for 10 million."""


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What a snapshot holds and what it cost."""

    snapshot_path: Path
    size_bytes: int
    n_pages: int
    n_revisions: int
    n_stories: int
    n_mentions: int
    n_scores: int
    warnings: tuple[CheckResult, ...]
    elapsed_seconds: float


def publish(
    writer_path: Path, snapshot_path: Path, *, now: datetime, run_id: str | None = None, wait_seconds: float = 30
) -> PublishReport:
    """Copy the writer database, compute what analysts ask most, check the copy, and replace the snapshot by it.

    Readers that have the old file open keep it. Killed at any moment, the old or the new snapshot is whole; what was
    left unfinished is removed by the next call. Holds the writer database meanwhile: about a second for 10,000
    articles, then linear. Needs room for the copy beside the old snapshot.

    Raises:
        ChecksFailedError: a check failed; the last good snapshot stays and the refusal is recorded.
        BusyError: another process has the writer database open.
        StoreError: the snapshot could not be written.
    """
    started = monotonic_seconds()
    with open_writer(writer_path, wait_seconds=wait_seconds) as writer:
        snapshot_path.parent.mkdir(parents=True, exist_ok=True)
        for stale in snapshot_path.parent.glob(f".{snapshot_path.name}.*.tmp*"):
            stale.unlink()
        unfinished = snapshot_path.with_name(f".{snapshot_path.name}.{os.getpid()}.tmp")
        writer.connection.execute(f"SET max_memory = '{_memory_bytes()}B'")
        with _copy_of(writer, unfinished):
            materialise_views(writer, FACTS)
            n_stories = write_stories(writer)
            materialise_views(writer, ANSWERS)
            # what is checked is what will be published, and there the answers are tables already
            results = run_checks(writer, now=now)
        errors, warnings = failed_checks(results), warned_checks(results)
        _record(writer, run_id, now, errors, warnings)
        if errors:
            unfinished.unlink()
            raise ChecksFailedError(
                f"{len(errors)} checks failed, the last good snapshot stays:\n" + "\n".join(str(r) for r in errors)
            )
        _copy_record(writer, unfinished)
        sync_file(unfinished)
        # a client that opened the old snapshot for writing may have left a log that must not be replayed into the new
        snapshot_path.with_name(snapshot_path.name + ".wal").unlink(missing_ok=True)
        unfinished.replace(snapshot_path)
        sync_folder(snapshot_path.parent)
        n_pages, n_revisions, n_mentions, n_scores = _counts(writer)
        writer.connection.execute(f"SET max_memory = '{WRITER_MEMORY}'")  # the instance may serve the next opening
        return PublishReport(
            snapshot_path=snapshot_path,
            size_bytes=snapshot_path.stat().st_size,
            n_pages=n_pages,
            n_revisions=n_revisions,
            n_stories=n_stories,
            n_mentions=n_mentions,
            n_scores=n_scores,
            warnings=tuple(warnings),
            elapsed_seconds=monotonic_seconds() - started,
        )


def _memory_bytes() -> int:
    least, most = PUBLISH_MEMORY_BYTES
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(least, min(most, installed // 2))


def _counts(writer: Writer) -> tuple[int, int, int, int]:
    row = writer.fetch(
        "SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM revision), (SELECT count(*) FROM mention),"
        " (SELECT count(*) FROM score)"
    )[0]
    return cast("tuple[int, int, int, int]", row)


def _record(
    writer: Writer,
    run_id: str | None,
    now: datetime,
    errors: Sequence[CheckResult],
    warnings: Sequence[CheckResult],
) -> None:
    columns = (
        "run_id",
        "recorded_at",
        "state",
        "n_pages",
        "n_revisions",
        "n_mentions",
        "n_scores",
        "n_warnings",
        "detail",
    )
    detail = "\n".join(str(result) for result in (*errors, *warnings))
    state = "refused" if errors else "passed"
    row = (run_id, to_stored(now), state, *_counts(writer), len(warnings), detail or None)
    with writer.transaction():
        writer.insert_new("publication", columns, columns, [row])
    writer.checkpoint()


@contextmanager
def _attached(writer: Writer, path: Path) -> Iterator[None]:
    """Attach a snapshot in the making as ``published``; afterwards it is one file without a log."""
    quoted = str(path).replace("'", "''")
    # a copy that was not finished is thrown away, so a log of it would be written for nothing
    options = f"STORAGE_VERSION '{SNAPSHOT_STORAGE_VERSION}', RECOVERY_MODE no_wal_writes"
    writer.connection.execute(f"ATTACH '{quoted}' AS published ({options})")
    try:
        yield
    finally:
        writer.connection.execute("DETACH published")
    if path.with_name(path.name + ".wal").exists():
        raise StoreError(f"{path} still has a write-ahead log; the snapshot was not replaced")


@contextmanager
def _copy_of(writer: Writer, path: Path) -> Iterator[None]:
    """Copy the writer database to a path that does not exist yet and use the copy inside."""
    own = str(writer.fetch("SELECT current_database()")[0][0]).replace('"', '""')
    with _attached(writer, path):
        writer.connection.execute(f'COPY FROM DATABASE "{own}" TO published')
        writer.connection.execute("USE published")
        try:
            yield
        finally:
            writer.connection.execute(f'USE "{own}"')


def _copy_record(writer: Writer, path: Path) -> None:
    """Add to the copy what was recorded about it."""
    with _attached(writer, path):
        writer.connection.execute(
            "INSERT INTO published.publication (FROM publication EXCEPT ALL FROM published.publication)"
        )
