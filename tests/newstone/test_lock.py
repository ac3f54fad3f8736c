"""One run per data folder; a dead holder never blocks."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from newstone.lock import hold_lock, lock_holder, lock_holder_pid
from pipelines.errors import ConfigError, LockedError

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


def test_the_run_that_takes_over_is_told_whom_it_follows(tmp_path: Path) -> None:
    with _start_holder(tmp_path) as child:
        child.kill()
        child.wait()
    assert f'"pid": {child.pid}' in (tmp_path / "newstone.lock").read_text()  # the file still names the dead one
    assert lock_holder(tmp_path) is None  # and nobody is misled by it
    assert lock_holder_pid(tmp_path) is None
    with hold_lock(tmp_path, "extract") as killed:
        assert re.search(rf"newstone nightly.*process {child.pid}, since 20", killed or "")
        assert lock_holder_pid(tmp_path) == os.getpid()
    with hold_lock(tmp_path, "extract") as killed:
        assert killed is None


def test_a_run_that_failed_leaves_no_name_behind(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(tmp_path, "nightly"):
        raise ZeroDivisionError
    with hold_lock(tmp_path, "extract") as killed:
        assert killed is None


def test_who_only_looks_does_not_keep_a_run_from_starting(tmp_path: Path) -> None:
    look = "import sys; from pathlib import Path; from newstone.lock import lock_holder\nprint('looks', flush=True)\n"
    look += "while True: lock_holder(Path(sys.argv[1]))"
    (tmp_path / "newstone.lock").touch()
    with subprocess.Popen([sys.executable, "-c", look, str(tmp_path)], stdout=subprocess.PIPE, text=True) as looker:
        assert looker.stdout is not None
        looker.stdout.readline()
        try:
            for _ in range(200):
                with hold_lock(tmp_path, "nightly"):
                    pass
        finally:
            looker.kill()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def test_a_file_system_without_locks_is_named_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    # no such file system can be mounted here, so the kernel's answer is given by hand
    def refuse(descriptor: int, kind: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("newstone.lock.fcntl.flock", refuse)
    with pytest.raises(ConfigError, match=r"file system without locks.*set paths\.data to a folder on a local disk"):  # noqa: SIM117
        with hold_lock(tmp_path, "nightly"):
            pytest.fail("went on without a lock")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_reader_without_the_right_to_write_sees_who_holds_the_folder(tmp_path: Path) -> None:
    with hold_lock(tmp_path, "nightly"):
        (tmp_path / "newstone.lock").chmod(0o444)
        assert f"process {os.getpid()}" in (lock_holder(tmp_path) or "")
