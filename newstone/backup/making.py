"""Making a backup: everything is copied into an unfinished folder, verified there, and named last."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from crawler.state import lock_crawl
from db.checks import CheckResult
from db.copying import StoreCopy, copy_store
from db.snapshot import open_snapshot
from db.verify import read_sums
from newstone import __version__
from newstone.backup.files import copy_file, copy_sqlite, link_or_copy, make_folder, sync_folders, unused
from newstone.backup.manifest import (
    Manifest,
    SpoolFile,
    StoredFile,
    backup_name,
    list_backups,
    unfinished_name,
    unfinished_prefix,
    write_manifest,
)
from newstone.backup.places import find_folder_fault
from newstone.config import Project
from newstone.golden import golden_files, golden_folder
from newstone.lock import hold_lock
from pipelines.clock import utc_now
from pipelines.errors import ConfigError, StoreError
from pipelines.files import sha256_of, sync_folder
from pipelines.spool import recover

SPOOL_STATES: tuple[Literal["new", "done", "quarantine"], ...] = ("new", "done", "quarantine")


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was verified; ``removed`` are the older ones that went for it."""

    folder: Path
    size_bytes: int
    schema_version: int
    n_pages: int
    n_parts_stored: int
    n_parts_listed: int
    warnings: tuple[CheckResult, ...]
    removed: tuple[Path, ...]


def make_backup(
    project: Project,
    folder: Path,
    *,
    pages: bool,
    keep: int,
    on_step: Callable[[str], None] = lambda _text: None,
) -> BackupReport:
    """Write one backup into ``folder``, verify it, and remove all but the newest ``keep`` of this project there.

    Holds the data folder meanwhile: about as long as publishing, and the copying of pages that cannot be linked.

    Raises:
        LockedError: a run holds the data folder.
        ChecksFailedError: the database does not pass its checks; earlier backups stay.
        StoreError: there is no database yet, or a file of it is damaged.
        ConfigError: ``folder`` lies within the data folder or the folder of the sources.
        OSError: the folder cannot be written (no right, no space).
    """
    data_dir = project.data_dir
    if (fault := find_folder_fault(project, folder)) is not None:
        raise ConfigError(f"{fault}; set [backup] folder to a place outside, or use --to")
    if not project.writer_file.is_file():
        raise StoreError(f"{project.writer_file} does not exist; there is nothing to back up before the first night")
    with hold_lock(data_dir, "backup"), lock_crawl(data_dir):
        recover(data_dir)  # what a killed crawl left open becomes a part, as in the next run
        make_folder(folder)
        _remove_unfinished(folder, data_dir)
        now = utc_now()
        unfinished = folder / unfinished_name(data_dir, now)
        earlier = list_backups(folder, data_dir)
        try:
            unfinished.mkdir(mode=0o700)
            on_step("database")
            copy = copy_store(project.writer_file, _made(unfinished / "data") / "writer.duckdb", now=now)
            copy.path.chmod(0o600)
            _copy_small_files(project, unfinished)
            on_step("pages")
            spool = _store_spool(project, unfinished, copy, pages=pages, last=earlier[-1] if earlier else None)
            manifest = Manifest(
                program=__version__,
                schema_version=copy.schema_version,
                created_at=now,
                data_dir=str(data_dir),
                counts=dict(copy.counts),
                files=tuple(_stored_files(unfinished)),
                spool=tuple(spool),
            )
            write_manifest(unfinished, manifest)
            sync_folders(unfinished)
            final = unfinished.rename(unused(folder / backup_name(now)))
            sync_folder(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    removed = _remove_old(folder, data_dir, keep, final)
    return BackupReport(
        folder=final,
        size_bytes=sum(path.stat().st_size for path in final.rglob("*") if path.is_file()),
        schema_version=copy.schema_version,
        n_pages=manifest.counts.get("page", 0),
        n_parts_stored=len(spool) - manifest.n_parts_listed,
        n_parts_listed=manifest.n_parts_listed,
        warnings=copy.warnings,
        removed=tuple(removed),
    )


def _made(folder: Path) -> Path:
    make_folder(folder)
    return folder


def _copy_small_files(project: Project, target: Path) -> None:
    data_dir = project.data_dir
    kept = [project.score_cache_file, data_dir / "newstone.lock"]
    for source in (*sorted(data_dir.glob("*.sqlite")), data_dir / "crawl" / "state.sqlite"):
        if source.is_file() and source not in kept:
            copy_sqlite(source, target / "data" / source.relative_to(data_dir))
    for source in sorted(data_dir.glob("*.json")):
        copy_file(source, target / "data" / source.name)
    copy_file(project.file, target / "project" / "newstone.toml")
    if project.watchlist_file.is_file():
        copy_file(project.watchlist_file, target / "project" / "watchlist.toml")
    for source in sorted(project.sources_dir.rglob("*.toml")):
        copy_file(source, target / "project" / "sources" / source.relative_to(project.sources_dir))
    for source in chain.from_iterable(golden_files(golden_folder(project.root))):
        copy_file(source, target / "project" / source.relative_to(project.root))


def _store_spool(project: Project, target: Path, copy: StoreCopy, *, pages: bool, last: Path | None) -> list[SpoolFile]:
    """List all parts and journals; store those that are in no database yet, and with ``pages`` all."""
    with open_snapshot(copy.path) as store:
        sums = read_sums(store)
    found: list[SpoolFile] = []
    for state in SPOOL_STATES:
        for path in sorted((project.data_dir / "spool" / state).glob("*")):
            if not path.is_file() or path.name.startswith("."):
                continue
            size = path.stat().st_size
            stored = pages or state == "new"
            known = sums.get(path.name)
            sha256 = known[1] if known is not None and known[0] == size else sha256_of(path)
            if stored:
                before = last / "spool" / state / path.name if last is not None else path
                same = [before] if before.is_file() and before.stat().st_size == size else []
                link_or_copy(target / "spool" / state / path.name, (*same, path))
            found.append(SpoolFile(name=path.name, state=state, size_bytes=size, sha256=sha256, stored=stored))
    return found


def _stored_files(folder: Path) -> Iterator[StoredFile]:
    """Describe everything but the spool, as it was read back."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative.parts[0] != "spool":
            yield StoredFile(path=relative.as_posix(), size_bytes=path.stat().st_size, sha256=sha256_of(path))


def _remove_old(folder: Path, data_dir: Path, keep: int, newest: Path) -> list[Path]:
    """Remove the oldest backups; each loses its name first, so that half of one never looks like a whole one.

    The one just made stays even where the clock was set back and its name says that it is the oldest.
    """
    others = [path for path in list_backups(folder, data_dir) if path != newest]
    old = others[: max(0, len(others) - (keep - 1))]
    for path in old:
        going = path.rename(folder / f"{unfinished_prefix(data_dir)}{path.name}.old")
        shutil.rmtree(going)
    return old


def _remove_unfinished(folder: Path, data_dir: Path) -> None:
    for torn in folder.glob(f"{unfinished_prefix(data_dir)}*"):
        shutil.rmtree(torn)
