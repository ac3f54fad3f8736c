"""Damaged files: the database, the crawl state, the snapshot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newstone.backup.making import make_backup
from pipelines.errors import StoreError
from tests.crash.conftest import Ground


def flip(file: Path, begin: float, end: float) -> None:
    """Turn over the bits of a stretch of a file, given as shares of its length."""
    data = bytearray(file.read_bytes())
    for place in range(int(len(data) * begin), int(len(data) * end)):
        data[place] ^= 0xFF
    file.write_bytes(data)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite(file: Path) -> None:
    file.write_bytes(b"not what it was " * 4096)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "bits-of-its-data-flipped": lambda file: flip(file, 0.05, 0.5),
    "cut-in-half": cut,
    "overwritten": overwrite,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_database_is_told_and_a_restore_brings_it_back(
    ground: Ground, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    project = ground.after_night(tmp_path / "project")
    backup = make_backup(project, project.backup_dir, pages=False, keep=7).folder
    damage(project.writer_file)

    ended = ground.run(project, "nightly" if damage is cut else "publish", "--quiet")
    assert ended.code == 1
    assert "newstone restore BACKUP" in ended.errors
    assert len(ended.errors.splitlines()) == 1
    with pytest.raises(StoreError, match="newstone restore BACKUP"):
        make_backup(project, project.backup_dir, pages=False, keep=7)
    assert list(project.backup_dir.iterdir()) == [backup]

    restored = ground.run(project, "restore", backup.name, "--force")
    assert restored.code == 0, restored.errors
    assert ground.publish(project).state == "ok"
    ground.assert_same(project)


def test_a_damaged_crawl_state_is_told_and_made_anew_from_the_parts(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    hits = ground.hits()
    state = project.data_dir / "crawl" / "state.sqlite"
    flip(state, 0.3, 0.9)
    assert "state.sqlite is damaged" in " ".join(ground.run_stages(project, "crawl").problems)
    overwrite(state)
    ended = ground.run(project, "crawl", "--quiet")
    assert ended.code == 1
    assert "state.sqlite is damaged" in ended.errors
    assert "the next run makes it anew from the parts" in ended.errors
    assert ground.run_stages(project, "crawl", "verify", "publish").state == "ok"
    assert ground.hits() == hits
    ground.assert_same(project)


def test_a_damaged_snapshot_is_told_and_replaced_by_the_next_publishing(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    cut(project.snapshot_file)
    assert ground.run(project, "query", "SELECT count(*) FROM coverage").code == 1
    overwrite(project.snapshot_file)
    for command in (["status"], ["timeline", "deepseek"]):
        ended = ground.run(project, *command)
        assert ended.code == 1, command
        assert "`newstone publish` makes it anew" in ended.errors, command
    assert "snapshot_is_whole" in ground.run(project, "verify").out
    assert ground.publish(project).state == "ok"
    ground.assert_same(project)
