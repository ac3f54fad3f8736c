"""The output of jobs: one file per run in logs/ of the data folder, named by its start and its job."""

import os
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.clock import STAMP, stamp

MAX_LOG_BYTES = 16 * 1024 * 1024
"""Size at which a log is cut; a night of ten hours writes a quarter of a megabyte."""

TAIL_BYTES = 4096
"""Part of a log in which its last message is sought."""

_NAME = re.compile(r"(?P<start>[0-9]{8}T[0-9]{6}Z)-[a-z]+(-[0-9]+)?\.log")


def open_log(folder: Path, job: str, command: Sequence[str], now: datetime) -> tuple[Path, int]:
    """Make the file for one run and write the command as its first line; gives its path and a descriptor to append.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{stamp(now)}-{job}"
    number = 1
    while True:
        path = folder / (f"{stem}.log" if number == 1 else f"{stem}-{number}.log")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:  # the second within a second
            number += 1
            continue
        try:
            os.write(descriptor, f"# {now:%Y-%m-%d %H:%M:%S} UTC: {shlex.join(command)}\n".encode())
        except OSError:
            os.close(descriptor)
            raise
        return path, descriptor


def close_log(descriptor: int, outcome: str, exit_code: int | None, elapsed_seconds: float, now: datetime) -> None:
    """Write how the run ended as the last line; the descriptor stays open.

    Raises:
        OSError: there is no space.
    """
    code = "no exit code" if exit_code is None else describe_exit(exit_code)
    line = f"# {now:%Y-%m-%d %H:%M:%S} UTC: {outcome}, {code}, after {elapsed_seconds:.1f} s\n"
    os.write(descriptor, line.encode())


def describe_exit(exit_code: int) -> str:
    """Give an exit status for a person; a negative one is the signal that ended the process."""
    return f"ended by signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"


def last_words(path: Path) -> str:
    """Give the last message of the program in a log, for a person; "" where there is none, or somebody removed it."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
            tail = stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
    said = [line.removeprefix("newstone: ") for line in tail.splitlines() if line.startswith("newstone: ")]
    return said[-1] if said else ""


def cut_log(descriptor: int, max_bytes: int = MAX_LOG_BYTES) -> bool:
    """Cut the middle out of a log that has become too large, all but its first and last quarter; gives whether it was.

    The run goes on writing behind the cut, since it appends: so beginning and end of a runaway log are kept. What it
    writes within the microseconds of the cut may be lost.

    Raises:
        OSError: the file cannot be cut.
    """
    size, kept = os.fstat(descriptor).st_size, max_bytes // 4
    if size <= max_bytes:
        return False
    tail = os.pread(descriptor, kept, size - kept)
    os.ftruncate(descriptor, kept)
    os.write(descriptor, b"\n# output was left out here: the log had become too large\n" + tail)
    return True


def remove_old_logs(folder: Path, days: int, now: datetime) -> int:
    """Remove logs of runs that started more than ``days`` ago, by their names; gives how many. Others are left alone.

    Raises:
        OSError: a file cannot be removed.
    """
    begin = now - timedelta(days=days)
    n_removed = 0
    for path in folder.glob("*.log"):
        found = _NAME.fullmatch(path.name)
        if found and datetime.strptime(found["start"], STAMP).replace(tzinfo=UTC) < begin:
            path.unlink(missing_ok=True)
            n_removed += 1
    return n_removed
