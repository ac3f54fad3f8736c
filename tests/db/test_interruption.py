"""A signal that comes while DuckDB computes."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.interruption import interruptible
from db.writer import open_writer

_LONG = "SELECT count(*) FROM range(100_000_000_000) a WHERE hash(a.range) = 1"


@pytest.fixture
def _signal_soon() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    yield
    timer.join()
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_signal_soon")
def test_a_signal_within_a_statement_is_a_keyboard_interrupt(tmp_path: Path) -> None:
    path = tmp_path / "writer.duckdb"
    with pytest.raises(KeyboardInterrupt), open_writer(path) as writer:
        writer.fetch(_LONG)
    with open_writer(path) as writer:  # the file is free and whole
        assert writer.fetch("SELECT 1") == [(1,)]


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="out of chairs"), interruptible():
        raise RuntimeError("out of chairs")
