"""One lock per data folder: two runs never write the same pages or database.

The lock is an advisory ``flock`` on ``newstone.lock``; the kernel drops it when its holder dies, so a lock is never
stale. The file says who holds it and since when.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.clock import utc_now
from pipelines.errors import LockedError

LOCK_NAME = "newstone.lock"


@contextmanager
def hold_lock(data_dir: Path, purpose: str) -> Iterator[None]:
    """Hold the data folder for the length of a ``with`` block; the folder is made where missing.

    Raises:
        LockedError: another process holds it; names the process, its command and since when.
        OSError: the folder cannot be made or written to.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / LOCK_NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"{data_dir} is in use by {_describe(path)}; wait for it to end or stop it") from None
        holder = {"pid": os.getpid(), "command": purpose, "since": utc_now().isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def lock_holder(data_dir: Path) -> str | None:
    """Describe the run that holds the data folder now; None where none does."""
    path = data_dir / LOCK_NAME
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # a reader may have no right to write here
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _describe(path)
    finally:
        os.close(descriptor)
    return None


def _describe(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "another run"  # it has locked the file but not yet written who it is
    return f"`newstone {holder['command']}` (process {holder['pid']}, since {holder['since']})"
