"""One run per data folder; a dead holder never blocks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from newstone.lock import hold_lock, lock_holder
from pipelines.errors import LockedError

HOLD = """
import sys
from pathlib import Path
from newstone.lock import hold_lock
with hold_lock(Path(sys.argv[1]), "nightly"):
    print("held", flush=True)
    sys.stdin.read()
"""


def _start_holder(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    with _start_holder(tmp_path) as child:
        try:
            with pytest.raises(LockedError, match=rf"newstone nightly.*process {child.pid}, since 20"):  # noqa: SIM117
                with hold_lock(tmp_path, "extract"):
                    pytest.fail("two runs at once")
            assert f"process {child.pid}" in (lock_holder(tmp_path) or "")
        finally:
            child.communicate("")
    assert lock_holder(tmp_path) is None


def test_the_lock_of_a_killed_run_is_free_at_once(tmp_path: Path) -> None:
    with _start_holder(tmp_path) as child:
        child.kill()
        child.wait()
        with hold_lock(tmp_path, "extract"):
            assert lock_holder(tmp_path) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_reader_without_the_right_to_write_sees_who_holds_the_folder(tmp_path: Path) -> None:
    with hold_lock(tmp_path, "nightly"):
        (tmp_path / "newstone.lock").chmod(0o444)
        assert f"process {os.getpid()}" in (lock_holder(tmp_path) or "")
