"""Run a pure function over work, here or in processes, so that one bad item costs only itself."""

import faulthandler
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Generic, TypeVar

from pipelines.machine_faults import is_of_the_machine

T = TypeVar("T")
R = TypeVar("R")

IN_FLIGHT_PER_WORKER = 3
"""Items handed out ahead per worker: enough that none waits for the reader, few enough that memory stays flat."""

ITEM_SECONDS = 300.0
"""Time that one item may take in a process of its own: some hundred times what the slowest honest page takes."""

ORPHAN_EXIT_CODE = 1


@dataclass(frozen=True, slots=True)
class StageFailure(Generic[T]):
    """One item without a result. ``reason`` names the exception, or says that the process that held it died."""

    item: T
    reason: str


def _prepare_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent has died: a killed run must leave no orphans."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(ORPHAN_EXIT_CODE)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _attempt(function: Callable[[T], R], item: T) -> R | StageFailure[T]:
    try:
        return function(item)
    except Exception as error:  # whatever one item does, the others go on
        if is_of_the_machine(error):
            raise
        return StageFailure(item, f"{type(error).__name__}: {error}")


def _attempt_within(function: Callable[[T], R], item: T, seconds: float) -> R | StageFailure[T]:
    """Attempt one item in a process of its own; one that takes longer ends the process, whatever it is busy with."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # the traceback that comes with the end is nobody's
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            return _attempt(function, item)
        finally:
            faulthandler.cancel_dump_traceback_later()


class _Pool:
    """A process pool that is replaced when one of its processes died."""

    def __init__(self, workers: int, item_seconds: float) -> None:
        self._workers = workers
        self.item_seconds = item_seconds
        self._executor: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[[T], R], item: T) -> "Future[R | StageFailure[T]]":
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_prepare_worker)
        try:
            return self._executor.submit(_attempt_within, function, item, self.item_seconds)
        except BrokenProcessPool as error:
            failed: Future[R | StageFailure[T]] = Future()
            failed.set_exception(error)
            return failed

    def drop(self) -> None:
        """Give up the processes; the next submit starts fresh ones."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


def _alone(pool: _Pool, function: Callable[[T], R], item: T) -> R | StageFailure[T]:
    """Run one item with nothing beside it, so that a death can be laid to it and to nothing else."""
    try:
        return pool.submit(function, item).result()
    except BrokenProcessPool:
        pool.drop()
        reason = "the process died while it held this item (out of memory, a crash, or more than "
        reason += f"{pool.item_seconds:g} s)"
        return StageFailure(item, reason)
    except Exception as error:  # an item or result that cannot be pickled
        if is_of_the_machine(error):
            raise
        return StageFailure(item, f"{type(error).__name__}: {error}")


def run_stage(
    function: Callable[[T], R], batches: Iterable[T], *, workers: int, item_seconds: float = ITEM_SECONDS
) -> Iterator[R | StageFailure[T]]:
    """Give ``function(item)`` for every item, in the order of the items.

    ``workers`` 0 or 1 runs here, more runs in that many processes started afresh (spawn), then ``function``, items and
    results must be picklable. An item whose call raises, or whose process dies or takes ``item_seconds``, gives a
    :class:`StageFailure` in its place; the rest goes on. At most ``IN_FLIGHT_PER_WORKER`` items per worker are read
    ahead.

    Raises:
        OSError: the machine is at its end (a full disk, too many open files): no item is to blame, and all are left.
    """
    if workers <= 1:
        for item in batches:
            yield _attempt(function, item)
        return
    pool = _Pool(workers, item_seconds)
    source = iter(batches)
    waiting: deque[tuple[T, Future[R | StageFailure[T]]]] = deque()
    try:
        while True:
            while len(waiting) < workers * IN_FLIGHT_PER_WORKER:
                try:
                    item = next(source)
                except StopIteration:
                    break
                waiting.append((item, pool.submit(function, item)))
            if not waiting:
                return
            item, future = waiting.popleft()
            try:
                result = future.result()
            except BrokenProcessPool:
                # any of the items in flight may be the culprit: each is run again by itself
                pool.drop()
                suspects = [(item, future), *waiting]
                waiting.clear()
                for suspect, earlier in suspects:
                    finished = earlier.done() and not earlier.cancelled() and earlier.exception() is None
                    yield earlier.result() if finished else _alone(pool, function, suspect)
                continue
            except Exception as error:  # an item or result that cannot be pickled
                if is_of_the_machine(error):
                    raise
                result = StageFailure(item, f"{type(error).__name__}: {error}")
            yield result
    finally:
        pool.drop()
