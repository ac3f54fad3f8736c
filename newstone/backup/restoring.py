"""Bringing a backup back: checked whole, laid out beside the data, then put in its place.

The data that were there go to ``before-restore-…`` within the data folder; nothing is deleted. From the moment on that
files change places the folder ``restoring`` stands in the data folder: no run starts while it does, and a restore that
was killed there is ended by the next one.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterator, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path

import tomlkit

from crawler.state import lock_crawl
from db.carried_takedowns import Removed, carry_takedowns, read_removed
from db.copying import read_copy_version
from db.migrate import load_migrations, refuse_newer
from db.snapshot import open_snapshot
from db.verify import read_sums
from newstone.backup.files import copy_file, copy_sqlite, link_or_copy, make_folder, sync_folders, unused
from newstone.backup.manifest import Manifest, SpoolFile, read_manifest
from newstone.config import CONFIG_NAME, Project, load_project
from newstone.lock import LOCK_NAME, RESTORING_NAME, hold_lock
from newstone.settings import PathSettings
from newstone.verification import RESTORED_NAME, sound_sqlite
from pipelines.clock import utc_now
from pipelines.errors import ConfigError, DataFileError, StoreError
from pipelines.files import sha256_of, sync_folder
from pipelines.spool import recover

WRITER_NAME = "writer.duckdb"
BEFORE_PREFIX = "before-restore-"
_UNFINISHED_NAME = ".restoring"
_NOTE_NAME = f"{BEFORE_PREFIX}name"
_STAYING = frozenset({LOCK_NAME, RESTORING_NAME, _UNFINISHED_NAME, "logs", "scores.sqlite"})
"""What stays in a data folder: the lock that is held, and what belongs to no state of the database."""

_LEDGERS = frozenset({"outbox.sqlite", "schedule.sqlite"})
"""Ledgers of what has happened since, which a backup does not undo: an e-mail that was sent stays sent."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was brought back. ``before`` is where the earlier data went, None where there were none."""

    manifest: Manifest
    project: Project
    before: Path | None
    n_parts: int  # in their place: from the backup, or from the data folder
    n_newer: int  # of the data folder, newer than the backup: the next run loads them
    missing: tuple[str, ...]  # parts that the backup lists, found nowhere or damaged
    forgotten_since: tuple[str, ...]  # URLs taken down after the backup was made: the next pruning does so again


def restore_backup(
    backup: Path, project: Project, *, force: bool, on_step: Callable[[str], None] = lambda _text: None
) -> RestoreReport:
    """Bring the data of a backup back into the data folder of a project; its configuration stays as it is.

    Parts and journals of the present data folder are taken over where their checksum is that of the backup, and those
    that the backup does not know are laid out for the next run to load. Needs room for the database of the backup.

    Raises:
        ConfigError: the data folder holds data, and ``force`` does not say that they may be moved aside.
        DataFileError: the backup is not complete or damaged.
        SchemaError: the backup was written by a newer newstone.
        LockedError: a run holds the data folder.
        OSError: the data folder cannot be written.
    """
    data_dir = project.data_dir
    manifest = check_backup(backup)
    if data_dir.is_relative_to(backup):
        raise ConfigError(f"{data_dir} lies within the backup; name another place")
    make_folder(data_dir)
    with hold_lock(data_dir, "restore"):
        end_restore(data_dir)
        present = [path.name for path in _replaceable(data_dir) if _holds_files(path)]
        if present and not force:
            raise ConfigError(
                f"{data_dir} holds data ({', '.join(present[:4])}); --force moves them aside, "
                "--into FOLDER brings the backup back elsewhere"
            )
        with lock_crawl(data_dir):
            recover(data_dir)
        unfinished = data_dir / _UNFINISHED_NAME
        shutil.rmtree(unfinished, ignore_errors=True)
        on_step("files")
        for stored in manifest.files:
            if stored.path.startswith("data/"):
                copy_file(backup / stored.path, unfinished / stored.path.removeprefix("data/"))
        for ledger in (data_dir / name for name in _LEDGERS):
            if ledger.is_file() and sound_sqlite(ledger):
                (unfinished / ledger.name).unlink(missing_ok=True)
                copy_sqlite(ledger, unfinished / ledger.name)
        on_step("pages")
        removed = _removed(data_dir / WRITER_NAME)
        n_parts, n_newer, missing = _lay_out_spool(backup, manifest, data_dir, unfinished, removed.parts)
        forgotten = carry_takedowns(removed, unfinished / WRITER_NAME)
        now = utc_now()
        row = {"backup": backup.name, "created_at": manifest.created_at.isoformat(), "restored_at": now.isoformat()}
        (unfinished / RESTORED_NAME).write_text(json.dumps(row), encoding="utf-8")
        before = unused(data_dir / f"{BEFORE_PREFIX}{now:%Y%m%dT%H%M%SZ}")
        (unfinished / _NOTE_NAME).write_text(before.name, encoding="utf-8")
        sync_folders(unfinished)
        unfinished.rename(data_dir / RESTORING_NAME)
        sync_folder(data_dir)
        end_restore(data_dir)
    return RestoreReport(
        manifest, project, before if before.exists() else None, n_parts, n_newer, tuple(missing), forgotten
    )


def restore_project(
    backup: Path, folder: Path, *, force: bool, on_step: Callable[[str], None] = lambda _text: None
) -> RestoreReport:
    """Bring a whole project back into a folder that holds none: configuration, sources, watchlist and data.

    Paths of the configuration that lead out of the project are set to their defaults, so that a trial never touches
    the data of the original.

    Raises:
        ConfigError: the folder holds a project already, or a variable of the environment leads out of it.
        DataFileError, SchemaError, LockedError, OSError: as :func:`restore_backup`.
    """
    check_backup(backup)
    folder = folder.resolve()
    config = folder / CONFIG_NAME
    if config.exists():
        raise ConfigError(f"{config} exists already; name an empty folder, or restore with --config {config}")
    make_folder(folder)
    kept = backup / "project"
    text = _within(folder, (kept / CONFIG_NAME).read_text(encoding="utf-8"))
    unfinished = config.with_name(f".{CONFIG_NAME}.tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.chmod(0o600)  # it may hold addresses
    project = load_project(unfinished)
    for place in (project.data_dir, project.sources_dir, project.watchlist_file):
        if not place.is_relative_to(folder):
            raise ConfigError(f"the environment (NEWSTONE_PATHS__…) leads out of {folder} to {place}; unset it")
    for source in sorted((kept / "sources").rglob("*.toml")):
        copy_file(source, project.sources_dir / source.relative_to(kept / "sources"))
    if (kept / "watchlist.toml").is_file():
        copy_file(kept / "watchlist.toml", project.watchlist_file)
    report = restore_backup(backup, project, force=force, on_step=on_step)
    unfinished.rename(config)
    sync_folder(folder)
    return replace(report, project=load_project(config))


def check_backup(backup: Path) -> Manifest:
    """Check that a backup is complete and unchanged, and that this program can use it; gives its manifest.

    Raises:
        DataFileError: a file is missing or was changed since.
        SchemaError: it was written by a newer newstone.
    """
    manifest = read_manifest(backup)
    refuse_newer(manifest.schema_version, len(load_migrations()), backup)
    for stored in manifest.files:
        path = backup / stored.path
        if not path.is_file():
            raise DataFileError(f"{path} is missing; name another backup")
        if path.stat().st_size != stored.size_bytes or sha256_of(path) != stored.sha256:
            raise DataFileError(f"{path} was changed since the backup was made; name another backup")
    read_copy_version(backup / "data" / WRITER_NAME)
    return manifest


def end_restore(data_dir: Path) -> bool:
    """End a restore whose files have begun to change places; give whether there was one. Doing it twice is no error."""
    restoring = data_dir / RESTORING_NAME
    if not restoring.is_dir():
        return False
    note = restoring / _NOTE_NAME
    before = data_dir / note.read_text(encoding="utf-8")
    moving = [path for path in restoring.iterdir() if path != note]
    # the database comes first: once it is in its place, everything that was there before has been moved aside
    if any(path.name == WRITER_NAME for path in moving):
        for path in _replaceable(data_dir):
            if _holds_files(path):
                make_folder(before)
                path.rename(before / path.name)
            elif path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for path in sorted(moving, key=lambda path: path.name != WRITER_NAME):
        path.rename(data_dir / path.name)
    sync_folder(data_dir)
    note.unlink()
    restoring.rmdir()
    return True


def _replaceable(data_dir: Path) -> list[Path]:
    """Give what of a data folder a restore moves aside."""
    return sorted(
        path
        for path in data_dir.iterdir()
        if path.name not in _STAYING and not path.name.startswith((BEFORE_PREFIX, "."))
    )


def _holds_files(path: Path) -> bool:
    """Tell whether there is anything to keep; locks and folders alone are nothing."""
    return any(entry.is_file() and entry.stat().st_size for entry in (path, *path.rglob("*")))


def _lay_out_spool(
    backup: Path, manifest: Manifest, data_dir: Path, target: Path, removed: Collection[str]
) -> tuple[int, int, list[str]]:
    """Lay the parts out below ``target``; give how many are in place, how many are newer, and which are missing.

    A part that was removed on purpose since the backup is not missed.
    """
    present = {path.name: path for path in _present_files(data_dir)}
    missing: list[str] = []
    n_parts = 0
    for listed in manifest.spool:
        found = next(_sound(listed, present.get(listed.name), backup / "spool" / listed.state / listed.name), None)
        if found is not None:
            link_or_copy(target / "spool" / listed.state / listed.name, [found])
            n_parts += 1
        elif listed.name in removed or (listed.state == "done" and listed.name.endswith(".jsonl")):
            continue  # a loaded journal is of no more use
        else:
            missing.append(listed.name)
    with open_snapshot(backup / "data" / WRITER_NAME) as store:
        known = {listed.name for listed in manifest.spool} | set(read_sums(store))
    newer = [path for name, path in present.items() if name not in known and path.parent.name in ("new", "done")]
    for path in newer:
        link_or_copy(target / "spool" / "new" / path.name, [path])
    return n_parts, len(newer), missing


def _present_files(data_dir: Path) -> Iterator[Path]:
    """Give the spool files of a data folder and of what earlier restores moved aside; the nearest come last."""
    roots = [*sorted(data_dir.glob(f"{BEFORE_PREFIX}*")), data_dir]
    for root in roots:
        for state in ("quarantine", "new", "done"):
            yield from (path for path in (root / "spool" / state).glob("*") if path.is_file())


def _sound(listed: SpoolFile, *places: Path | None) -> Iterator[Path]:
    """Give the places that hold a listed file unchanged."""
    for place in places:
        is_there = place is not None and place.is_file() and place.stat().st_size == listed.size_bytes
        if place is not None and is_there and sha256_of(place) == listed.sha256:
            yield place


def _removed(present: Path) -> Removed:
    """Give what the present database has removed on purpose; nothing where it cannot be read.

    The tombstones in the newer parts say the same of takedowns then.
    """
    try:
        return read_removed(present)
    except StoreError:
        return Removed()


def _within(folder: Path, text: str) -> str:
    """Set the paths of a configuration that lead out of its folder to their defaults."""
    document = tomlkit.parse(text)
    paths = document.get("paths")
    if isinstance(paths, MutableMapping):
        for key, field in PathSettings.model_fields.items():
            place = (folder / Path(str(paths.get(key, "."))).expanduser()).resolve()
            if not place.is_relative_to(folder):
                paths[key] = str(field.default)
    return tomlkit.dumps(document)
