"""A full disk and one that may only be read."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newstone.backup.making import make_backup
from newstone.config import Project, load_project
from tests.crash.conftest import Ground

SMALL = "size=5m"
"""Too small for the database of a night (7 MB), large enough to begin it."""


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a small file system of its own; skips where this process may not."""
    folder.mkdir(parents=True)
    if shutil.which("mount") is None:
        pytest.skip("no mount program here")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"nothing may be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def limited(project: Project, ground: Ground, *arguments: str) -> "subprocess.Popen[str]":
    """Start a command none of whose files may become larger than 4 MB."""
    child = ground.start(project, *arguments)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
    return child


@pytest.mark.slow
def test_a_full_disk_is_told_and_with_room_the_next_night_is_clean(ground: Ground, tmp_path: Path) -> None:
    """Without the right to mount anything, a limit of the file size stands for the disk."""
    place = tmp_path / "disk"
    try:
        with mounted(place, SMALL):
            project = ground.fresh(place / "project")
            ended = ground.run(project, "nightly", "--quiet")
            assert ended.code == 1
            assert "make room on the disk" in ended.errors or "free some space" in ended.errors
            remount(place, "size=200m")
            ground.assert_clean_night(project)
    except pytest.skip.Exception:
        nightly_within_a_limit(ground, tmp_path)


def nightly_within_a_limit(ground: Ground, tmp_path: Path) -> None:
    project = ground.fresh(tmp_path / "project")
    with limited(project, ground, "nightly", "--quiet") as child:
        _out, errors = child.communicate()
    assert child.returncode == 1
    assert "Traceback" not in errors
    assert any(remedy in errors for remedy in ("make room on the disk", "raise the limit of file sizes"))
    ground.assert_clean_night(project)


def test_a_backup_that_finds_no_room_leaves_the_earlier_one_alone(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    earlier = make_backup(project, project.backup_dir, pages=False, keep=7).folder
    with limited(project, ground, "backup") as child:
        _out, errors = child.communicate()
    assert child.returncode == 1
    assert "make room on the disk" in errors
    assert list(project.backup_dir.iterdir()) == [earlier]


def test_a_folder_that_may_only_be_read_is_told_and_nothing_is_changed(ground: Ground, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    with mounted(place, "size=200m"):
        project = ground.after_night(place / "project")
        before = project.writer_file.read_bytes()
        remount(place, "ro")
        for command in (["nightly", "--quiet"], ["backup"]):
            ended = ground.run(project, *command)
            assert ended.code == 1, command
            assert "read-only file system" in ended.errors.lower(), command
            assert "name another place" in ended.errors, command
        assert ground.run(project, "status").code == 0
        assert project.writer_file.read_bytes() == before
        remount(place, "rw")
        assert ground.publish(project).state == "ok"
        ground.assert_same(project)


def test_a_backup_into_a_folder_that_may_not_be_written_is_told(ground: Ground, tmp_path: Path) -> None:
    project = load_project(ground.project.file)
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    ended = ground.run(project, "backup", "--to", str(tmp_path / "file" / "backups"))
    assert ended.code == 1
    assert str(tmp_path / "file") in ended.errors
    inside = ground.run(project, "backup", "--to", str(project.data_dir / "backups"))
    assert inside.code == 2
    assert "lies within the data folder" in inside.errors
