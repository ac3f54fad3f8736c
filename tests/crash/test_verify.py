"""What `newstone verify` and the nights say where database, parts and snapshot no longer agree."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from newstone.config import Project
from newstone.verification import sound_sqlite
from pipelines.errors import ChecksFailedError
from pipelines.spool import read_pages
from tests.crash.conftest import Ground


def failed(ground: Ground, project: Project, *arguments: str) -> tuple[int, dict[str, tuple[str, int]]]:
    """Verify and give the exit code and the failed checks: severity and count by name."""
    ended = ground.run(project, "verify", "--json", *arguments)
    checks = json.loads(ended.out)["checks"]
    return ended.code, {check["name"]: (check["severity"], check["n"]) for check in checks if not check["passed"]}


def the_part(project: Project) -> Path:
    [part] = (project.data_dir / "spool" / "done").glob("*.warc.gz")
    return part


def test_an_old_part_that_was_removed_is_told_once_and_the_nights_go_on(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    assert failed(ground, project, "--deep") == (0, {})
    the_part(project).unlink()
    assert failed(ground, project) == (1, {"part_is_kept": ("problem", 1)})
    first, second = ground.publish(project), ground.publish(project)
    assert first.state == "partial"
    assert "whose file is not in spool/done" in first.problems[0]
    assert second.state == "ok"
    assert second.stages[0].counts == {"part_is_kept": 1}
    ground.assert_same(project)


def test_a_part_that_changed_is_found_by_its_size_or_by_its_checksum(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    part = the_part(project)
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    assert failed(ground, project) == (1, {"part_is_unchanged": ("problem", 1)})
    offset = [stored.offset for stored in read_pages(the_part(ground.project))][3]
    part.write_bytes(whole[: offset + 30] + bytes(8) + whole[offset + 38 :])
    assert failed(ground, project) == (0, {})
    code, found = failed(ground, project, "--deep")
    assert code == 1
    assert found["part_is_unchanged"] == ("problem", 1)
    assert found["page_lies_where_it_says"][1] >= 1


def test_a_part_that_nobody_loaded_is_told(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    part = the_part(project)
    shutil.copyfile(part, part.with_name("20200101T000000.000000Z-deadbeef.warc.gz"))
    shutil.copyfile(part, project.data_dir / "spool" / "new" / part.name)
    assert failed(ground, project) == (1, {"part_is_loaded": ("problem", 1), "part_is_in_one_place": ("problem", 1)})


def test_another_database_never_replaces_the_snapshot(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    other = ground.after_night(tmp_path / "other")
    assert ground.publish(other).state == "ok"
    shutil.copyfile(other.snapshot_file, project.snapshot_file)  # as if [paths] named the data of another project
    published = project.snapshot_file.read_bytes()
    assert failed(ground, project) == (4, {"snapshot_is_of_this_database": ("error", 1)})
    by_hand = ground.run(project, "publish", "--quiet")
    assert by_hand.code == 4
    assert "Correct [paths] data or snapshot" in by_hand.errors
    with pytest.raises(ChecksFailedError, match=r"Correct \[paths\] data or snapshot"):
        ground.publish(project)
    assert project.snapshot_file.read_bytes() == published
    project.snapshot_file.unlink()
    assert ground.publish(project).state == "ok"


def test_a_database_that_lost_pages_is_not_published(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    published = project.snapshot_file.read_bytes()
    with duckdb.connect(str(project.writer_file)) as connection:
        for table in ("page", "extraction", "revision", "match_done", "mention", "score", "theme_done", "theme_hit"):
            connection.execute(f"DELETE FROM {table}")
    with pytest.raises(ChecksFailedError, match="pages fewer than the 15 that were once published"):
        ground.publish(project)
    assert project.snapshot_file.read_bytes() == published


@pytest.mark.parametrize("name", ["#1", "50%25", "what?"])
def test_a_file_of_sqlite_is_looked_at_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    file = tmp_path / name / "outbox.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE one (x)")
    assert sound_sqlite(file)
    file.write_bytes(b"not what it was " * 4096)
    assert not sound_sqlite(file)
    assert list(tmp_path.iterdir()) == [tmp_path / name]
