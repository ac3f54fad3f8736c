"""A backup from before a takedown: what it brings back is forgotten again by the next night, before it publishes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from db.checks import run_checks
from db.forget_selection import SelectedBy, Takedown
from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.backup.making import make_backup
from newstone.cli.restore import restore_command
from newstone.config import Project
from newstone.forgetting import forget_pages
from newstone.jobs import run_stages
from newstone.stages.extracting import extract_parts
from newstone.stages.pruning import prune_store
from newstone.stages.publishing import publish_snapshot
from newstone.stages.verifying import verify_store
from pipelines.clock import utc_now
from pipelines.spool import folder, list_done_parts
from tests.retention import press

PLACES = ("lead", "praise", "body", "title", "feed-title")


def nothing(project: Project) -> None:
    del project


def newer_parts_expire(project: Project) -> None:
    """Leave the tombstones to the database alone."""
    with open_writer(project.writer_file) as writer:
        rows = writer.fetch("SELECT DISTINCT replaced_by FROM part WHERE replaced_by IS NOT NULL")
    for (name,) in rows:
        (folder(project.data_dir, "done") / str(name)).unlink()


def the_database_is_damaged(project: Project) -> None:
    """Leave the tombstones to the parts alone."""
    project.writer_file.write_bytes(b"not what it was " * 4096)


def restored(project: Project, backup: Path) -> str:
    ended = CliRunner().invoke(restore_command, [str(backup), "--force"], obj=project.file, standalone_mode=False)
    assert ended.exception is None
    assert "newstone.toml nightly" in ended.output
    assert "newstone.toml publish" not in ended.output  # that alone would bring the article back to the readers
    return ended.output


@pytest.mark.parametrize(
    ("what_happens", "pages"), [(nothing, False), (newer_parts_expire, True), (the_database_is_damaged, True)]
)
def test_a_restore_brings_no_forgotten_article_back(
    project: Project, tmp_path: Path, what_happens: Callable[[Project], None], *, pages: bool
) -> None:
    before = len(list_done_parts(project.data_dir))
    backup = make_backup(project, tmp_path / "backups", pages=pages, keep=7).folder
    press.run(project, forget_pages(Takedown(SelectedBy.URL, press.url("revised"))), publish_snapshot)
    what_happens(project)
    said = restored(project, backup)
    if what_happens is not the_database_is_damaged:
        assert "addresses taken down since that backup" in said
        assert press.url("revised") in said
        assert "missing" not in said  # the parts without the article hold the other pages

    stages = [extract_parts, prune_store, verify_store, publish_snapshot]
    assert run_stages(project, "nightly", stages, lambda _progress: None).stages[-1].stage == "publish"
    shutil.rmtree(next(project.data_dir.glob("before-restore-*")))
    for place in PLACES:
        assert press.files_with(project.root, press.word("revised", place)) == []
        assert press.files_with(project.root, press.word("other", place)) != []
    with open_snapshot(project.snapshot_file) as snapshot:
        fates = snapshot.fetch("SELECT DISTINCT fate FROM page_fate WHERE url = ?", [press.url("revised")])
        [(n_takedowns,)] = snapshot.fetch("SELECT count(*) FROM forgotten_url WHERE url = ?", [press.url("revised")])
    assert (fates, n_takedowns) == ([("forgotten",)], 1)
    with open_writer(project.writer_file) as writer:
        assert [str(result) for result in run_checks(writer, now=utc_now()) if not result.passed] == []
    assert len(list_done_parts(project.data_dir)) >= before
