"""Do the database, the parts and the last snapshot agree? What ``newstone verify`` and every night ask.

The checks on rows (:mod:`db.checks`) run on the copy that is published; here is what they cannot see. A check is an
error where publishing would spread the damage, and a problem where something is lost that no run can bring back (an
old part that somebody removed): that is told, and the nights go on.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from db.checks import CheckResult, Severity, run_checks
from db.migrate import load_migrations, read_schema_version
from db.snapshot import open_snapshot
from db.verify import LedgerPart, Store, check_pages_kept, check_snapshot, check_taken_down, read_ledger, read_places
from newstone.config import Project
from newstone.sqlite_files import open_read_only
from pipelines.clock import utc_now
from pipelines.errors import SpoolError, StoreError
from pipelines.files import sha256_of
from pipelines.spool import PART_SUFFIX, list_new_parts, read_pages

RESTORED_NAME = "restored.json"
"""In the data folder, written by ``newstone restore``: which backup was brought back, and when."""

FINAL_STATES = frozenset({"replaced", "expired"})
"""States of a part whose file is gone on purpose: written anew under another name, or kept long enough."""

SHOWN = 20
"""Examples that a check names."""


@dataclass(slots=True)
class _Tally:
    """One check while it runs."""

    name: str
    what: str
    remedy: str
    severity: Severity = Severity.PROBLEM
    found: list[str] = field(default_factory=list)

    def result(self) -> CheckResult:
        names = sorted(self.found)
        example = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
        return CheckResult(self.name, self.severity, self.what, len(self.found), example, self.remedy)


def verify_project(project: Project, *, deep: bool, on_part: Callable[[int, int], None]) -> list[CheckResult]:
    """Verify everything that a project has; give one result for each check, passed or not, in a fixed order.

    ``deep`` also reads every kept part: its checksum, and that each page lies where the database says. That is about
    a minute for 2 GB. ``on_part`` is told how many of how many parts were read. Nothing is changed; nobody may write
    meanwhile.

    Raises:
        StoreError: there is no database yet, it is damaged, or of another schema than this program's.
    """
    if not project.writer_file.is_file():
        raise StoreError(f"{project.writer_file} does not exist; `newstone nightly` makes it, `newstone restore` too")
    with open_snapshot(project.writer_file) as store:
        version = read_schema_version(store.connection)
        if version < len(load_migrations()):
            raise StoreError(
                f"{project.writer_file} has schema {version}, this newstone writes {len(load_migrations())}; "
                "`newstone publish` migrates it, then verify it"
            )
        results = run_checks(store, now=utc_now())
        results += check_agreement(store, project, is_publishing=False)
        ledger = read_ledger(store)
        kept = [part.name for part in ledger if part.state == "done"]
        results += check_parts(project.data_dir, ledger, to_sum=kept if deep else (), on_part=on_part)
        if deep:
            results.append(_check_places(project.data_dir, store, kept))
    results.append(_check_sqlite(project))
    return results


def check_agreement(store: Store, project: Project, *, is_publishing: bool = True) -> list[CheckResult]:
    """Check the database against what was published from it before, and against what was taken down.

    What was taken down and is there again is an error where publishing comes next. The next night forgets it before it
    publishes, so else it is a warning.
    """
    restored_at = read_restored_at(project.data_dir)
    taken_down = [check_taken_down(store), _check_waiting(project.data_dir, restored_at)]
    if not is_publishing:
        taken_down = [replace(result, severity=Severity.WARNING) for result in taken_down]
    return [check_pages_kept(store), *check_snapshot(store, project.snapshot_file, restored_at), *taken_down]


def check_parts(
    data_dir: Path,
    ledger: Sequence[LedgerPart],
    *,
    to_sum: Collection[str],
    on_part: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[CheckResult]:
    """Check the ledger against the files of the spool; the checksums only of the parts named in ``to_sum``."""
    states = {state: _names(data_dir / "spool" / state) for state in ("new", "done", "quarantine")}
    known = {part.name: part for part in ledger}
    lost = _Tally(
        "part_is_kept",
        "parts of the ledger whose file is not in spool/done: their pages cannot be extracted again",
        "Put the files back from a backup with pages; without them the articles stay, their pages are lost.",
    )
    changed = _Tally(
        "part_is_unchanged",
        "parts whose file has another size or checksum than the ledger says",
        "Put the files back from a backup with pages; the disk may be failing.",
    )
    staying = _Tally(
        "part_is_gone",
        "parts that were replaced or have expired, but whose file is still there",
        "The next `newstone prune` removes them; else remove the files.",
    )
    unknown = _Tally(
        "part_is_loaded",
        "files in spool/done that the ledger does not know: their pages are not in the database",
        "Move the files to spool/new; the next run extracts them.",
    )
    doubled = _Tally(
        "part_is_in_one_place",
        "parts that lie in more than one folder of the spool",
        "Keep the file of spool/done and remove the other.",
    )
    done = 0
    for part in ledger:
        file = data_dir / "spool" / "done" / part.name
        if part.state in FINAL_STATES:
            if part.name in states["done"]:
                staying.found.append(part.name)
        elif part.state == "done" and part.name not in states["done"]:
            lost.found.append(part.name)
        elif part.state == "done":
            summed = part.name in to_sum
            done += summed
            if file.stat().st_size != part.size_bytes or (summed and sha256_of(file) != part.sha256):
                changed.found.append(part.name)
            if summed:
                on_part(done, len(to_sum))
    unknown.found += sorted(states["done"] - set(known))
    for one, other in (("new", "done"), ("new", "quarantine"), ("done", "quarantine")):
        doubled.found += sorted(states[one] & states[other])
    return [tally.result() for tally in (lost, changed, staying, unknown, doubled)]


def read_restored_at(data_dir: Path) -> datetime | None:
    """Give when a backup was restored into a data folder last, UTC; None where none was."""
    try:
        row = json.loads((data_dir / RESTORED_NAME).read_text(encoding="utf-8"))
        return datetime.fromisoformat(row["restored_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sound_sqlite(file: Path) -> bool:
    """Tell whether SQLite finds a file whole; a missing file is."""
    if not file.is_file():
        return True
    try:
        with open_read_only(file, timeout_seconds=20) as connection:
            return [tuple(row) for row in connection.execute("PRAGMA quick_check")] == [("ok",)]
    except sqlite3.Error:
        return False


def _check_places(data_dir: Path, store: Store, parts: Sequence[str]) -> CheckResult:
    tally = _Tally(
        "page_lies_where_it_says",
        "pages that are not at their place in their part",
        "Put the part back from a backup with pages; report this where its checksum is right.",
    )
    for name in parts:
        places = read_places(store, name)
        file = data_dir / "spool" / "done" / name
        if places and file.is_file():
            found = dict(_urls(file))
            tally.found += [f"{url} in {name}" for offset, url in places.items() if found.get(offset) != url]
    return tally.result()


def _urls(part: Path) -> Iterator[tuple[int, str]]:
    """Give offset and URL of the pages of a part, up to where it is damaged."""
    try:
        for stored in read_pages(part):
            yield stored.offset, stored.page.url
    except SpoolError:
        return


def _check_waiting(data_dir: Path, restored_at: datetime | None) -> CheckResult:
    """Check that the parts which waited when a backup was restored are loaded: tombstones may lie in them alone."""
    tally = _Tally(
        "part_since_backup_is_loaded",
        "parts from between backup and restore that wait for extraction: they may say what was taken down since",
        "`newstone nightly` loads them first; so do `newstone extract` and `newstone prune`.",
        Severity.ERROR,
    )
    if restored_at is not None:
        limit = f"{restored_at:%Y%m%dT%H%M%S.%fZ}"  # names begin with the time they were opened, UTC
        tally.found += [path.name for path in list_new_parts(data_dir) if path.name < limit]
    return tally.result()


def _check_sqlite(project: Project) -> CheckResult:
    tally = _Tally(
        "sqlite_is_whole",
        "files of SQLite that are damaged",
        "The next crawl makes crawl/state.sqlite anew from the parts. For outbox.sqlite restore a backup, or "
        "move it away: then all e-mails count as unsent.",
    )
    files = (project.data_dir / "crawl" / "state.sqlite", project.outbox_file)
    tally.found += [str(file) for file in files if not sound_sqlite(file)]
    return tally.result()


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob(f"*{PART_SUFFIX}")}
