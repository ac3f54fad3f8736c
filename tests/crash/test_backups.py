"""Backup and restore: a copy that is whole, a way back that loses nothing, also when either is killed."""

import json
import random
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb
import pytest

from newstone.backup.files import copy_sqlite
from newstone.backup.making import make_backup
from newstone.backup.manifest import list_backups, read_manifest
from newstone.backup.restoring import end_restore, restore_backup
from newstone.config import Project, load_project
from newstone.delivery.outbox import DeliveryState, Kind, Parcel, open_outbox
from pipelines.errors import DataFileError, NewstoneError
from tests.crash.conftest import Ground, copy_project
from tests.db.test_versions import unpack
from tests.newstone.test_kill import content_of


def backed_up(project: Project, folder: Path | None = None, *, pages: bool = False) -> Path:
    """Make a backup and give its folder."""
    keep = project.settings.backup.keep
    return make_backup(project, folder or project.backup_dir, pages=pages, keep=keep).folder


def test_a_backup_is_whole_and_for_its_owner_alone(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    with open_outbox(project.outbox_file) as outbox:
        outbox.enter(Parcel(Kind.DIGEST, "2025-W05", "a@example.org"), "<1@example.org>", DeliveryState.SENT, "")
    ended = ground.run(project, "backup", "--json")
    assert ended.code == 0, ended.errors
    backup = Path(json.loads(ended.out)["folder"])
    manifest = read_manifest(backup)
    assert manifest.counts["page"] == len(ground.articles)
    names = {stored.path for stored in manifest.files}
    assert {"data/writer.duckdb", "data/crawl/state.sqlite", "data/outbox.sqlite"} <= names
    assert {"project/newstone.toml", "project/watchlist.toml", "project/sources/gb/fen_review.toml"} <= names
    assert [listed.state for listed in manifest.spool if listed.name.endswith(".warc.gz")] == ["done"]
    for path in (backup, *backup.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    with duckdb.connect(str(backup / "data" / "writer.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM score").fetchall() == [(manifest.counts["score"],)]


def test_older_backups_go_only_after_a_newer_one_and_never_those_of_another_project(
    ground: Ground, tmp_path: Path
) -> None:
    project = ground.after_night(tmp_path / "project")
    place = tmp_path / "backups"
    project.file.write_text(f'{project.file.read_text()}\n[backup]\nfolder = "{place}"\nkeep = 2\n')
    project = load_project(project.file)
    made = [backed_up(project) for _ in range(3)]
    assert list(list_backups(place)) == made[1:]
    other = place / "newstone-20200101T000000Z"
    shutil.copytree(made[1], other)
    elsewhere = {"data_dir": "/elsewhere/data", "created_at": "2020-01-01T00:00:00Z"}
    stored = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(stored | elsewhere))
    newest = backed_up(project)
    assert list(list_backups(place)) == [other, made[2], newest]

    with duckdb.connect(str(project.writer_file)) as connection:
        connection.execute("DELETE FROM extraction")
    ended = ground.run(project, "backup", "--quiet")
    assert ended.code == 4
    assert "page_has_outcome" in ended.errors
    assert list(list_backups(place)) == [other, made[2], newest]


def test_of_backups_made_within_one_second_the_older_ones_go(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = ground.after_night(tmp_path / "project")
    second = datetime(2025, 2, 1, 2, 30, tzinfo=UTC)
    times = (second.replace(microsecond=number) for number in count())
    monkeypatch.setattr("newstone.backup.making.utc_now", lambda: next(times))
    for _ in range(4):  # the first one's name is free again for the fourth
        made = make_backup(project, project.backup_dir, pages=False, keep=2).folder
        assert list_backups(project.backup_dir)[-1] == made


@pytest.mark.slow
def test_what_was_fetched_after_the_backup_is_neither_lost_nor_fetched_again(
    ground: Ground, half: Project, tmp_path: Path
) -> None:
    project = copy_project(half, tmp_path / "project")
    backup = backed_up(project)
    assert ground.run_stages(project, "crawl", "extract").state == "ok"
    with open_outbox(project.outbox_file) as outbox:
        outbox.enter(Parcel(Kind.DIGEST, "2025-W05", "a@example.org"), "<1@example.org>", DeliveryState.SENT, "")
    hits = ground.hits()
    project.writer_file.write_bytes(b"")

    restored = ground.run(project, "restore", backup.name, "--force")
    assert restored.code == 0, restored.errors
    assert "2 newer ones for the next run to load" in restored.out  # a part and a journal
    ground.assert_clean_night(project)
    assert ground.hits() == hits
    with open_outbox(project.outbox_file) as outbox:
        assert [row.key for row in outbox.rows()] == ["2025-W05"]  # what was sent stays sent


def test_a_project_is_restored_elsewhere_and_its_next_night_fetches_nothing(ground: Ground, tmp_path: Path) -> None:
    original = ground.after_night(tmp_path / "project")
    original.file.write_text(
        f'{original.file.read_text()}\n[paths]\nsnapshot = "{tmp_path}/published.duckdb"\nsources = "sources"\n'
    )
    backup = backed_up(original, tmp_path / "backups", pages=True)
    shutil.rmtree(original.root)
    hits = ground.hits()
    ended = ground.run(original, "restore", str(backup), "--into", str(tmp_path / "new"))
    assert ended.code == 0, ended.errors
    project = load_project(tmp_path / "new")
    assert project.snapshot_file == tmp_path / "new" / "newstone.duckdb"
    assert stat.S_IMODE(project.file.stat().st_mode) == 0o600
    shutil.copyfile(ground.project.score_cache_file, project.score_cache_file)
    assert ground.run_stages(project, "crawl", "verify", "publish").state == "ok"
    ground.assert_same(project)
    assert ground.hits() == hits
    assert ground.run(project, "verify", "--deep").code == 0
    again = ground.run(original, "restore", str(backup), "--into", str(tmp_path / "new"))
    assert again.code == 2
    assert "exists already" in again.errors


def test_a_backup_without_pages_names_the_parts_that_are_missing(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    [part] = [path.name for path in (project.data_dir / "spool" / "done").glob("*.warc.gz")]
    backup = backed_up(project)
    shutil.rmtree(project.data_dir)
    ended = ground.run(project, "restore", backup.name)
    assert ended.code == 1
    assert part in ended.errors
    ground.publish(project)
    ground.assert_same(project)


def test_a_takedown_after_a_backup_without_pages_outlives_it_and_nothing_is_fetched_again(
    ground: Ground, tmp_path: Path
) -> None:
    project = ground.after_night(tmp_path / "project")
    backup = backed_up(project)
    url = min(ground.articles)
    assert ground.run(project, "forget", "--url", url, "--yes").code == 0
    hits = ground.hits()
    restored = ground.run(project, "restore", backup.name, "--force")
    assert restored.code == 0, restored.errors
    assert "2 parts in place (1 of them written anew since), 0 newer ones" in restored.out  # a part and a journal
    assert ground.run(project, "verify", "--deep").code == 0  # the next night is no worry
    refused = ground.run(project, "publish", "--quiet")
    assert refused.code == 4
    assert "taken_down_stays_gone" in refused.errors
    assert "`newstone prune` forgets them again" in refused.errors
    assert ground.run_stages(project, "crawl", "extract", "prune", "verify", "publish").state == "ok"
    assert ground.hits() == hits
    with duckdb.connect(str(project.snapshot_file), read_only=True) as snapshot:
        fates = snapshot.execute("SELECT fate, count(*), min(url) FROM page_fate GROUP BY 1").fetchall()
    assert [row for row in fates if row[0] == "forgotten"] == [("forgotten", 1, url)]
    assert sum(row[1] for row in fates) == len(ground.articles)


def test_pages_that_wait_for_extraction_are_in_every_backup(ground: Ground, crawled: Project, tmp_path: Path) -> None:
    project = copy_project(crawled, tmp_path / "project")
    backup = backed_up(project)
    hits = ground.hits()
    shutil.rmtree(project.data_dir)
    restored = ground.run(project, "restore", backup.name)
    assert restored.code == 0, restored.errors
    shutil.copyfile(ground.project.score_cache_file, project.score_cache_file)
    ground.assert_clean_night(project)
    assert ground.hits() == hits


def test_a_backup_of_an_older_schema_is_migrated_by_the_next_run(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    shutil.rmtree(project.data_dir)
    project.snapshot_file.unlink()
    unpack(6, project.writer_file)
    backup = backed_up(project)
    assert read_manifest(backup).schema_version == 6
    project.writer_file.unlink()
    ended = ground.run(project, "restore", backup.name)
    assert ended.code == 0, ended.errors
    ground.publish(project)
    assert len(content_of(project.snapshot_file)["page"]) == 4


def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_touched(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    good = backed_up(project)

    def spoiled(what: str) -> Path:
        copy = shutil.copytree(good, tmp_path / what)
        state, manifest = copy / "data" / "crawl" / "state.sqlite", copy / "manifest.json"
        if what == "changed":
            state.write_bytes(state.read_bytes()[:-1] + b"x")
        elif what == "missing":
            state.unlink()
        elif what == "newer":
            manifest.write_text(manifest.read_text().replace('"schema_version": ', '"schema_version": 9'))
        else:
            manifest.unlink()
        return copy

    before = sorted(path.relative_to(project.data_dir) for path in project.data_dir.rglob("*"))
    for what, words in {
        "changed": "was changed since the backup was made",
        "missing": "is missing; name another backup",
        "newer": "update newstone",
        "no-manifest": "is no backup of newstone",
    }.items():
        with pytest.raises(NewstoneError, match=words):
            restore_backup(spoiled(what), project, force=True)
    ended = ground.run(project, "restore", "no-such-backup", "--force")
    assert ended.code == 2
    assert len(ended.errors.splitlines()) == 1
    assert sorted(path.relative_to(project.data_dir) for path in project.data_dir.rglob("*")) == before


@pytest.mark.slow
def test_a_backup_and_a_restore_that_are_killed_leave_nothing_half(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    good = backed_up(project)
    dice = random.Random(20250127)

    def kill_soon_after_change(seen: Callable[[], object], *arguments: str) -> None:
        before = seen()
        with ground.start(project, *arguments) as child:
            while seen() == before and child.poll() is None:
                time.sleep(0.005)
            time.sleep(dice.random() * 0.2)
            child.kill()

    def backups() -> set[Path]:
        return set(project.backup_dir.iterdir())

    def unfinished() -> int:
        try:
            return (project.data_dir / ".restoring").stat().st_ino
        except FileNotFoundError:
            return 0

    for _ in range(3):
        kill_soon_after_change(backups, "backup", "--quiet")
        for backup in list_backups(project.backup_dir):
            with duckdb.connect(str(backup / "data" / "writer.duckdb"), read_only=True) as connection:
                assert connection.execute("SELECT count(*) FROM page").fetchall() == [(len(ground.articles),)]
    for _ in range(3):
        kill_soon_after_change(unfinished, "restore", good.name, "--force")
        assert (project.data_dir / "writer.duckdb").is_file() or (project.data_dir / "restoring").is_dir()
    ended = ground.run(project, "restore", good.name, "--force")
    assert ended.code == 0, ended.errors
    assert not list(project.data_dir.glob(".restoring")) + list(project.data_dir.glob("restoring"))
    assert ground.publish(project).state == "ok"
    ground.assert_same(project)
    backed_up(project)
    assert not list(project.backup_dir.glob(".newstone-*"))


def test_a_restore_that_was_cut_off_keeps_runs_out_until_it_is_ended(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    backup = backed_up(project)
    restoring = project.data_dir / "restoring"
    restoring.mkdir()
    (restoring / "before-restore-name").write_text("before-restore-x")
    shutil.move(project.writer_file, restoring / "writer.duckdb")  # as if killed between two renames
    ended = ground.run(project, "nightly", "--quiet")
    assert ended.code == 5
    assert "run `newstone restore BACKUP` to end it" in ended.errors
    assert ground.run(project, "restore", backup.name, "--force").code == 0
    ground.publish(project)
    ground.assert_same(project)


def test_a_restore_that_was_cut_off_at_its_very_end_is_over(tmp_path: Path) -> None:
    (tmp_path / "restoring").mkdir()  # as if killed between the note and the folder
    assert end_restore(tmp_path)
    assert not (tmp_path / "restoring").exists()


@pytest.mark.parametrize("name", ["a#b", "a?b", "50%25"])
def test_the_outbox_is_copied_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    source = tmp_path / name / "outbox.sqlite"
    source.parent.mkdir()
    with closing(sqlite3.connect(source)) as outbox, outbox:
        outbox.execute("CREATE TABLE sent AS SELECT 1 AS n")
    copy_sqlite(source, tmp_path / "copy.sqlite")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        assert copy.execute("SELECT n FROM sent").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("files", "path", "data/../../x"),
        ("files", "path", "/etc/x"),
        ("spool", "name", "../x.warc.gz"),
        ("spool", "name", ".."),
    ],
)
def test_a_backup_whose_manifest_leads_out_of_it_is_refused(tmp_path: Path, kind: str, key: str, value: str) -> None:
    entry: dict[str, object] = {"size_bytes": 1, "sha256": "0"}
    if kind == "spool":
        entry |= {"state": "new", "stored": True}
    row = {
        "program": "0", "schema_version": 12, "created_at": "2025-01-01T00:00:00Z", "data_dir": "/x", "counts": {},
        "files": [], "spool": [], kind: [{**entry, key: value}],
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(row))
    with pytest.raises(DataFileError, match=r"leads out of the backup|is no file name"):
        read_manifest(tmp_path)
