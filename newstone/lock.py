"""One lock per data folder: two runs never write the same pages or database.

The lock is an advisory ``flock`` on ``newstone.lock``; the kernel drops it when its holder dies, so a lock is never
stale: the next run takes over at once. The file says who holds it and since when; where it names somebody and nobody
holds the lock, that run was killed.
"""

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.clock import utc_now
from pipelines.errors import ConfigError, LockedError

LOCK_NAME = "newstone.lock"
SCHEDULE_LOCK_NAME = "schedule.lock"  # that of the daemon, whose jobs take the other one

RESTORING_NAME = "restoring"
"""Folder within the data folder while `newstone restore` puts a backup in its place; no run may start then."""

NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems answer that know no ``flock``: NFS without its lock service, some FUSE and network ones."""

LOOKS, LOOK_SECONDS = 15, 0.02
"""Tries before a folder counts as held, and the pause between them: on a busy machine one who only looks may be kept
waiting while it does."""


@contextmanager
def hold_lock(data_dir: Path, purpose: str, name: str = LOCK_NAME) -> Iterator[str | None]:
    """Hold the data folder for the length of a ``with`` block; the folder is made where missing.

    Gives the run that held it before, for a person, where that one was killed and this one took over; else None.

    Raises:
        LockedError: another process holds it; names the process, its command and since when.
        ConfigError: the data folder lies on a file system without locks.
        OSError: the folder cannot be made or written to.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / name
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            _lock_patiently(descriptor, data_dir)
        except BlockingIOError:
            raise LockedError(f"{data_dir} is in use by {_describe(path)}; wait for it to end or stop it") from None
        if (data_dir / RESTORING_NAME).exists() and purpose != "restore":
            raise LockedError(f"a restore into {data_dir} was cut off; run `newstone restore BACKUP` to end it")
        killed = _describe(path) if os.fstat(descriptor).st_size else None
        holder = {"pid": os.getpid(), "command": purpose, "since": utc_now().isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        try:
            yield killed
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def lock_holder(data_dir: Path, name: str = LOCK_NAME) -> str | None:
    """Describe the run that holds the data folder now; None where none does.

    Raises:
        ConfigError: the data folder lies on a file system without locks.
    """
    path = data_dir / name
    return _describe(path) if _is_held(path, data_dir) else None


def lock_holder_pid(data_dir: Path, name: str = LOCK_NAME) -> int | None:
    """Give the process that holds the data folder now; None where none does, or where it has not yet said so.

    Raises:
        ConfigError: the data folder lies on a file system without locks.
    """
    path = data_dir / name
    if not _is_held(path, data_dir):
        return None
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_held(path: Path, data_dir: Path) -> bool:
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # a reader may have no right to write here
    try:
        _lock(descriptor, data_dir, fcntl.LOCK_SH)  # shared, so that two who look do not see each other
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock_patiently(descriptor: int, data_dir: Path) -> None:
    """Lock, or raise BlockingIOError; somebody who only looks holds the file for some microseconds."""
    for _ in range(LOOKS):
        try:
            return _lock(descriptor, data_dir, fcntl.LOCK_EX)
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
    return _lock(descriptor, data_dir, fcntl.LOCK_EX)


def _lock(descriptor: int, data_dir: Path, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno in NO_LOCKS:
            raise ConfigError(
                f"{data_dir} lies on a file system without locks ({error.strerror}), so that two runs could spoil each "
                "other's data; set paths.data to a folder on a local disk, or turn on the lock service of the mount"
            ) from error
        raise


def _describe(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"`newstone {holder['command']}` (process {holder['pid']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"  # it has locked the file but not yet written who it is
