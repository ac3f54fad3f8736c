"""The published snapshot: a whole new file, checked, written beside the old one and put in its place by one rename."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from db.checks import CheckResult, failed_checks, run_checks, warned_checks
from db.migrate import sync_file, sync_folder
from db.times import from_stored, to_stored
from db.writer import Writer, open_writer
from pipelines.clock import monotonic_seconds
from pipelines.dedupe import StoryItem, group_stories
from pipelines.errors import ChecksFailedError, StoreError

SNAPSHOT_STORAGE_VERSION = "v1.2.0"
"""Storage format of the snapshot: DuckDB clients from 1.2 on can open it; without it only 2.x clients could."""


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
    """Check the writer database and replace the snapshot by a new one.

    Readers that have the old file open keep it. Killed at any moment, the old or the new snapshot is whole; what was
    left unfinished is removed by the next call. Holds the writer database meanwhile: about a second for 10,000
    articles, then linear.

    Raises:
        ChecksFailedError: a check failed; the last good snapshot stays and the refusal is recorded.
        BusyError: another process has the writer database open.
        StoreError: the snapshot could not be written.
    """
    started = monotonic_seconds()
    with open_writer(writer_path, wait_seconds=wait_seconds) as writer:
        results = run_checks(writer, now=now)
        errors, warnings = failed_checks(results), warned_checks(results)
        _record(writer, run_id, now, errors, warnings)
        if errors:
            raise ChecksFailedError(
                f"{len(errors)} checks failed, the last good snapshot stays:\n" + "\n".join(str(r) for r in errors)
            )
        stories = _stories(writer)
        snapshot_path.parent.mkdir(parents=True, exist_ok=True)
        for stale in snapshot_path.parent.glob(f".{snapshot_path.name}.*.tmp*"):
            stale.unlink()
        unfinished = snapshot_path.with_name(f".{snapshot_path.name}.{os.getpid()}.tmp")
        _write(writer, unfinished, stories)
        sync_file(unfinished)
        # a client that opened the old snapshot for writing may have left a log that must not be replayed into the new
        snapshot_path.with_name(snapshot_path.name + ".wal").unlink(missing_ok=True)
        unfinished.replace(snapshot_path)
        sync_folder(snapshot_path.parent)
        n_pages, n_revisions, n_mentions, n_scores = _counts(writer)
        return PublishReport(
            snapshot_path=snapshot_path,
            size_bytes=snapshot_path.stat().st_size,
            n_pages=n_pages,
            n_revisions=n_revisions,
            n_stories=len(set(stories.values())),
            n_mentions=n_mentions,
            n_scores=n_scores,
            warnings=tuple(warnings),
            elapsed_seconds=monotonic_seconds() - started,
        )


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


def _stories(writer: Writer) -> dict[str, str]:
    rows = writer.fetch(
        "SELECT revision_id, article_id, published_at, signature FROM article ORDER BY published_at, revision_id"
    )
    items = [
        StoryItem(
            str(revision_id), str(article_id), from_stored(cast("datetime", at)), tuple(cast("list[int]", values))
        )
        for revision_id, article_id, at, values in rows
    ]
    return group_stories(items)


def _write(writer: Writer, path: Path, stories: dict[str, str]) -> None:
    quoted = str(path).replace("'", "''")
    own = str(writer.fetch("SELECT current_database()")[0][0]).replace('"', '""')
    writer.connection.execute(f"ATTACH '{quoted}' AS published (STORAGE_VERSION '{SNAPSHOT_STORAGE_VERSION}')")
    try:
        writer.connection.execute(f'COPY FROM DATABASE "{own}" TO published')
        writer.insert_new("published.story", ("revision_id", "story_id"), ("revision_id",), sorted(stories.items()))
    finally:
        writer.connection.execute("DETACH published")
    if path.with_name(path.name + ".wal").exists():
        raise StoreError(f"{path} still has a write-ahead log; the snapshot was not replaced")
