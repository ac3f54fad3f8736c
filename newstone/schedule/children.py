"""One job as a child process in a session of its own, with a time limit, watched until nothing of it is left."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from newstone.lock import lock_holder_pid
from newstone.schedule.logs import MAX_LOG_BYTES, cut_log
from pipelines.clock import monotonic_seconds

POLL_SECONDS = 0.1
"""Pause between two looks at a child; a look costs some microseconds."""

ORPHAN_POLL_SECONDS = 1.0

GRACE_SECONDS = 600.0
"""Time that a job beyond its limit gets for the stage under way, before it is told to end at once."""

KILL_SECONDS = 15.0
"""Time between "end at once" and SIGKILL: a transaction is rolled back and the run's end recorded in less."""


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a child ended. ``exit_code`` is negative for a signal, None where it is not known."""

    exit_code: int | None
    is_timed_out: bool
    is_asked: bool  # somebody asked it to end
    elapsed_seconds: float


class Ending(Protocol):
    """Something that runs and can be asked to end, from any thread."""

    @property
    def pid(self) -> int:
        """Number of the process."""

    def ask_to_end(self) -> None:
        """Let it end after the running stage."""

    def end_now(self) -> None:
        """Let it end at once; what is left of it after ``KILL_SECONDS`` is killed."""

    def wait(self) -> ChildEnd:
        """Wait for its end."""


class _Watched:
    """The steps to an end: SIGTERM after the limit, another one after a grace period, then SIGKILL to the group."""

    def __init__(self, pid: int, limit_seconds: float, grace_seconds: float, kill_seconds: float) -> None:
        self.pid = pid
        self._began_seconds = monotonic_seconds()
        self._deadline_seconds = self._began_seconds + limit_seconds
        self._grace_seconds = grace_seconds
        self._kill_seconds = kill_seconds
        self._steps = 0  # taken by the limit: 1 asked, 2 told to end at once, 3 killed
        self._is_timed_out = False
        self._is_asked = False
        self._is_gone = False
        self._lock = threading.RLock()  # a signal may come, and ask this to end, while its own thread holds it

    def ask_to_end(self) -> None:
        """Let it end after the running stage."""
        self._is_asked = True
        self._send(signal.SIGTERM)

    def end_now(self) -> None:
        """Let it end at once; what is left of it after the time to kill is killed."""
        self._is_asked = True
        if self._steps < 2:
            self._steps = 2
            self._deadline_seconds = monotonic_seconds() + self._kill_seconds
        self._send(signal.SIGTERM)

    def _keep_limit(self) -> None:
        """Take the next step where its time has come."""
        now = monotonic_seconds()
        if now < self._deadline_seconds:
            return
        self._is_timed_out = self._is_timed_out or not self._is_asked
        self._steps += 1
        if self._steps > 2:
            self._deadline_seconds = now + self._kill_seconds
            self._kill_group()
            return
        self._deadline_seconds = now + (self._grace_seconds if self._steps == 1 else self._kill_seconds)
        self._send(signal.SIGTERM)

    def _send(self, number: int) -> None:
        with self._lock, suppress(ProcessLookupError):
            if not self._is_gone:
                os.kill(self.pid, number)

    def _kill_group(self) -> None:
        """Kill all that is left of the group; macOS says EPERM for one that holds only the dead."""
        with self._lock, suppress(ProcessLookupError, PermissionError):
            if not self._is_gone:
                os.killpg(self.pid, signal.SIGKILL)

    def _ended(self, exit_code: int | None) -> ChildEnd:
        elapsed = monotonic_seconds() - self._began_seconds
        return ChildEnd(exit_code, self._is_timed_out, self._is_asked, elapsed)


class JobChild(_Watched):
    """A started child; its output goes to ``log``, a descriptor opened to append. Times are seconds awake."""

    def __init__(
        self,
        command: Sequence[str],
        log: int,
        *,
        limit_seconds: float,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        grace_seconds: float = GRACE_SECONDS,
        kill_seconds: float = KILL_SECONDS,
        max_log_bytes: int = MAX_LOG_BYTES,
    ) -> None:
        """Start it.

        Raises:
            OSError: the program cannot be started.
        """
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,  # so that the limit reaches its children, too, and Ctrl-C only the daemon
        )
        super().__init__(self._process.pid, limit_seconds, grace_seconds, kill_seconds)
        self._log = log
        self._max_log_bytes = max_log_bytes

    def wait(self) -> ChildEnd:
        """Wait for the end of the child, keep its limit and the size of its log, and kill what it leaves behind."""
        while (exit_code := self._poll()) is None:
            self._keep_limit()
            self._cut_log()
            time.sleep(POLL_SECONDS)
        self._cut_log()  # what it wrote since the last look
        return self._ended(exit_code)

    def _cut_log(self) -> None:
        with suppress(OSError):  # a full disk is the job's to complain about
            cut_log(self._log, self._max_log_bytes)

    def _poll(self) -> int | None:
        """Look whether it has ended; then kill what it left behind, before the number may be given to another."""
        with self._lock:
            exit_code = self._process.poll()
            if exit_code is not None:
                self._is_gone = True
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
            return exit_code


class Orphan(_Watched):
    """A job whose daemon was killed and that still holds the data folder: that is how it is known to be the same."""

    def __init__(self, pid: int, data_dir: Path, *, limit_seconds: float, kill_seconds: float = KILL_SECONDS) -> None:
        super().__init__(pid, limit_seconds, GRACE_SECONDS, kill_seconds)
        self._data_dir = data_dir

    def wait(self) -> ChildEnd:
        """Wait until the data folder is free; how the job ended is not in the exit code, since it is nobody's child."""
        while lock_holder_pid(self._data_dir) == self.pid:
            self._keep_limit()
            time.sleep(ORPHAN_POLL_SECONDS)
        with self._lock:
            self._is_gone = True
            return self._ended(None)
