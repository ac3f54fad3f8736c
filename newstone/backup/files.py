"""Copying single files into a backup: plain ones, SQLite files in use, and parts, which never change once written."""

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import count
from pathlib import Path

from newstone.sqlite_files import open_read_only
from pipelines.errors import StoreError
from pipelines.files import sync_file

DAMAGED = {
    "state.sqlite": "the next crawl makes it anew from the parts",
    "outbox.sqlite": "restore it from an earlier backup, or move it away: then all e-mails count as unsent",
}


def copy_file(source: Path, target: Path) -> None:
    """Copy a file durably, readable for its owner alone; its folder is made where missing.

    Raises:
        OSError: it cannot be read or written.
    """
    make_folder(target.parent)
    shutil.copyfile(source, target)
    target.chmod(0o600)
    sync_file(target)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file that may be in use, as of one moment, and check the copy.

    Raises:
        StoreError: the file is damaged.
        OSError: it cannot be written.
    """
    make_folder(target.parent)
    try:
        with (
            open_read_only(source, timeout_seconds=20) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            said = [str(row[0]) for row in copy.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        said = [str(error)]
    if said != ["ok"]:
        remedy = DAMAGED.get(source.name, "restore it from an earlier backup")
        raise StoreError(f"{source} cannot be copied ({said[0]}); if it is damaged, {remedy}")
    target.chmod(0o600)
    sync_file(target)


def link_or_copy(target: Path, sources: Iterable[Path]) -> None:
    """Give a file that never changes a second name in another folder, by a hard link where one is possible.

    The sources hold the same bytes; the first that can be linked is, else the last one is copied.

    Raises:
        OSError: it cannot be written.
    """
    make_folder(target.parent)
    last = None
    for source in sources:
        try:
            os.link(source, target)
        except OSError:  # another file system, one without links, or too many of them
            last = source
        else:
            return
    if last is None:
        raise FileNotFoundError(f"nothing to copy to {target}")
    copy_file(last, target)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for its owner alone."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(mode=0o700, exist_ok=True)


def unused(path: Path) -> Path:
    """Give the path itself, or with a number where something has this name: two backups within one second."""
    names = (path.with_name(f"{path.name}-{number}") if number else path for number in count())
    return next(name for name in names if not name.exists())


def sync_folders(root: Path) -> None:
    """Have the names in a folder and in all below it written to the disk."""
    for folder, _folders, _files in os.walk(root):
        sync_file(Path(folder))
