"""What the checks on rows cannot see: the ledger of parts, the last snapshot, and what was there before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from db.checks import CheckResult, Severity
from db.forget_selection import RETURNED
from db.snapshot import Snapshot, open_snapshot
from db.times import from_stored
from db.writer import Writer
from pipelines.errors import SchemaError, StoreError

Store = Writer | Snapshot


@dataclass(frozen=True, slots=True)
class LedgerPart:
    """What the ledger says of one WARC part; ``state`` is done, quarantine, replaced or expired."""

    name: str
    state: str
    size_bytes: int
    sha256: str


def read_ledger(store: Store) -> tuple[LedgerPart, ...]:
    """Give the newest word of the ledger on each part, by name."""
    rows = store.fetch("SELECT part, state, size_bytes, sha256 FROM part_fate ORDER BY part")
    return tuple(LedgerPart(*cast("tuple[str, str, int, str]", row)) for row in rows)


def read_sums(store: Store) -> Mapping[str, tuple[int, str]]:
    """Give size in bytes and SHA-256 of each part of the ledger, by name; of a database of any schema."""
    rows = store.fetch(
        "SELECT part, size_bytes, sha256 FROM part QUALIFY row_number() OVER (PARTITION BY part"
        " ORDER BY processed_at DESC, state) = 1"
    )
    return {str(part): (int(str(size)), str(sha256)) for part, size, sha256 in rows}


def parts_of_run(store: Store, run_id: str) -> frozenset[str]:
    """Give the names of the parts that a run has loaded or written anew."""
    return frozenset(str(row[0]) for row in store.fetch("SELECT DISTINCT part FROM part WHERE run_id = ?", [run_id]))


def read_places(store: Store, part: str) -> Mapping[int, str]:
    """Give the URL of each page of a part by the byte offset of its record."""
    rows = store.fetch("SELECT record_offset, url FROM page WHERE part = ?", [part])
    return {int(str(offset)): str(url) for offset, url in rows}


def last_counts_of(store: Store, stage: str) -> str:
    """Give the counts of the last time that a stage ended, as JSON; "{}" where it never did."""
    rows = store.fetch("SELECT counts FROM stage_run WHERE stage = ? ORDER BY rowid DESC LIMIT 1", [stage])
    return str(rows[0][0]) if rows else "{}"


def check_pages_kept(store: Store) -> CheckResult:
    """Check that no page is gone since the last good publishing; also retention and takedowns leave their rows."""
    [(n_pages,)] = store.fetch("SELECT count(*) FROM page")
    [(n_published,)] = store.fetch("SELECT coalesce(max(n_pages), 0) FROM publication WHERE state = 'passed'")
    return CheckResult(
        name="pages_are_kept",
        severity=Severity.ERROR,
        what=f"pages fewer than the {n_published} that were once published",
        n=max(0, int(str(n_published)) - int(str(n_pages))),
        example=str(store.path),
        remedy="Restore the last backup (newstone restore); pages are never taken from the database.",
    )


def check_taken_down(store: Store) -> CheckResult:
    """Check that no page of a forgotten article is there again, as after a restore; a night forgets it in its prune."""
    [(n, example)] = store.fetch(f"SELECT count(*), coalesce(min(url), '') FROM ({RETURNED})")  # noqa: S608 - our SQL
    return CheckResult(
        name="taken_down_stays_gone",
        severity=Severity.ERROR,
        what="pages of articles that were taken down, and that publishing would bring back",
        n=int(str(n)),
        example=str(example),
        remedy="`newstone prune` forgets them again, the next `newstone nightly` does so, too.",
    )


def check_snapshot(store: Store, snapshot_path: Path, restored_at: datetime | None) -> list[CheckResult]:
    """Check that the last snapshot is whole and was published from this database.

    A snapshot from before ``restored_at`` may know more than the database: a backup was restored since.
    """
    whole = CheckResult(
        name="snapshot_is_whole",
        severity=Severity.PROBLEM,
        what="snapshots that cannot be read or hold other counts than were published",
        n=0,
        example="",
        remedy="`newstone publish` makes it anew.",
    )
    own = CheckResult(
        name="snapshot_is_of_this_database",
        severity=Severity.ERROR,
        what="snapshots published from another database, or from a later state of this one",
        n=0,
        example="",
        remedy="Correct [paths] data or snapshot; where the database was put back on purpose, remove the snapshot.",
    )
    if not snapshot_path.is_file():
        return [whole, own]
    try:
        with open_snapshot(snapshot_path) as snapshot:
            rows = snapshot.fetch(
                "SELECT recorded_at, n_pages, n_revisions, n_mentions, n_scores FROM publication"
                " WHERE state = 'passed' ORDER BY rowid DESC LIMIT 1"
            )
            counted = snapshot.fetch(
                "SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM revision), (SELECT count(*) FROM mention),"
                " (SELECT count(*) FROM score)"
            )[0]
    except SchemaError:
        raise
    except StoreError:
        return [_failed(whole, snapshot_path), own]
    if not rows or tuple(rows[0][1:]) != tuple(counted):
        return [_failed(whole, snapshot_path), own]
    published_at = rows[0][0]
    known = store.fetch(
        "SELECT count(*) FROM publication WHERE recorded_at = ? AND n_pages = ?", [published_at, rows[0][1]]
    )
    is_excused = restored_at is not None and from_stored(cast("datetime", published_at)) < restored_at
    return [whole, own if is_excused or known[0][0] else _failed(own, snapshot_path)]


def _failed(check: CheckResult, example: Path) -> CheckResult:
    return CheckResult(check.name, check.severity, check.what, 1, str(example), check.remedy)
