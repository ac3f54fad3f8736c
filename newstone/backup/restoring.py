"""Bringing a backup back: checked whole, laid out beside the data, then put in its place.

The data that were there go to ``before-restore-…`` within the data folder; nothing is deleted. From the moment on that
files change places the folder ``restoring`` stands in the data folder: no run starts while it does, and a restore that
was killed there is ended by the next one.
"""

import json
import shutil
from collections.abc import Callable, Collection, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path

import tomlkit

from crawler.state import lock_crawl
from db.carried_takedowns import Removed, has_same_origin, read_removed
from db.copying import read_copy_version
from db.migrate import load_migrations, refuse_newer
from newstone.backup.files import copy_file, copy_sqlite, make_folder, sync_folders, unused
from newstone.backup.laying_out import BEFORE_PREFIX, WRITER_NAME, LaidOut, lay_out_spool, present_files
from newstone.backup.manifest import Manifest, read_manifest
from newstone.config import CONFIG_NAME, Project, load_project
from newstone.golden import address_in, golden_files, golden_folder
from newstone.lock import LOCK_NAME, RESTORING_NAME, hold_lock
from newstone.settings import PathSettings
from newstone.verification import RESTORED_NAME, sound_sqlite
from pipelines.clock import stamp, utc_now
from pipelines.errors import BusyError, ConfigError, DataFileError, StoreError
from pipelines.files import sha256_of, sync_folder
from pipelines.rewriting import stem_of
from pipelines.spool import PART_SUFFIX, recover
from pipelines.urls import normalise_url

_UNFINISHED_NAME = ".restoring"
_NOTE_NAME = f"{BEFORE_PREFIX}name"
_STAYING = frozenset({LOCK_NAME, RESTORING_NAME, _UNFINISHED_NAME, "logs", "scores.sqlite"})
"""What stays in a data folder: the lock that is held, and what belongs to no state of the database."""

_LEDGERS = frozenset({"outbox.sqlite", "schedule.sqlite"})
"""Ledgers of what has happened since, which a backup does not undo: an e-mail that was sent stays sent."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was brought back. ``before`` is where the earlier data went, None where there were none.

    ``takedowns_unknown`` says why nobody knows which takedowns were made after the backup, "" where that is known.
    """

    manifest: Manifest
    project: Project
    before: Path | None
    spool: LaidOut
    takedowns_unknown: str


def restore_backup(
    backup: Path, project: Project, *, force: bool, on_step: Callable[[str], None] = lambda _text: None
) -> RestoreReport:
    """Bring the data of a backup back into the data folder of a project; its configuration stays as it is.

    Parts and journals of the present data folder are taken over where their checksum is that of the backup; those that
    the backup does not know become what is left of one that it lists, or are laid out for the next run to load.
    Takedowns since are told to the database. Needs room for the database of the backup.

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
        removed, why_unknown = _removed(backup, manifest, data_dir)
        now = utc_now()
        spool = lay_out_spool(backup, manifest, data_dir, unfinished, removed, now)
        row = {"backup": backup.name, "created_at": manifest.created_at.isoformat(), "restored_at": now.isoformat()}
        (unfinished / RESTORED_NAME).write_text(json.dumps(row), encoding="utf-8")
        before = unused(data_dir / f"{BEFORE_PREFIX}{stamp(now)}")
        (unfinished / _NOTE_NAME).write_text(before.name, encoding="utf-8")
        sync_folders(unfinished)
        unfinished.rename(data_dir / RESTORING_NAME)
        sync_folder(data_dir)
        end_restore(data_dir)
    return RestoreReport(manifest, project, before if before.exists() else None, spool, why_unknown)


def restore_project(
    backup: Path, folder: Path, *, force: bool, on_step: Callable[[str], None] = lambda _text: None
) -> RestoreReport:
    """Bring a whole project back into a folder that holds none: configuration, sources, watchlist, golden pages, data.

    Golden pages of articles that were taken down since are left out, as no night would remove them.
    Paths of the configuration that lead out of the project are set to their defaults, so that a trial never touches
    the data of the original: only its database is read, for the takedowns since.

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
    _copy_golden(golden_folder(kept), golden_folder(folder), report.spool.forgotten)
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
    if not note.exists() and not any(restoring.iterdir()):  # killed when everything had been done
        restoring.rmdir()
        return True
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


def _removed(backup: Path, manifest: Manifest, data_dir: Path) -> tuple[Removed, str]:
    """Give what was removed on purpose since, as the present database says, or that of the original.

    The second is why none of them says so, "" where one does. It is told, too, where parts of the project are there:
    every takedown leaves tombstones in them.
    """
    here, original = data_dir / WRITER_NAME, Path(manifest.data_dir) / WRITER_NAME
    removed = Removed()
    why = ""
    for place in dict.fromkeys([here, original]):
        try:
            if not place.is_file():
                why = f"{place} does not exist"
                continue
            is_same = has_same_origin(place, backup / "data" / WRITER_NAME)
            if is_same or place == here:
                removed = removed.with_those_of(read_removed(place))
            if is_same:
                return removed, ""
            why = f"{place} is of another project"
        except BusyError:
            why = f"{place} is in use: restore again when it is free"
        except (StoreError, OSError):
            why = f"{place} cannot be read"
    listed = {stem_of(each.name) for each in manifest.spool if each.name.endswith(PART_SUFFIX)}
    is_told = not listed.isdisjoint(stem_of(path.name) for path in present_files(data_dir))
    return removed, "" if is_told else why


def _copy_golden(kept: Path, folder: Path, taken_down: Collection[str]) -> None:
    """Copy golden pages but those of some addresses (normalised), and those of which nobody can tell the address."""
    urls = {normalise_url(url) for url in taken_down}
    for files in golden_files(kept):
        try:
            is_gone = bool(urls) and address_in(files[0]) in urls
        except DataFileError:
            is_gone = True
        if not is_gone:
            for file in files:
                copy_file(file, folder / file.relative_to(kept))


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
