"""kill -9 at every step of a takedown and of a pruning: the same call again completes it, nothing else is lost."""

import signal
import subprocess
import sys

import pytest

from crawler.state import CrawlState
from newstone.config import Project
from newstone.stages.pruning import prune_store
from newstone.stages.publishing import publish_snapshot
from pipelines.spool import folder, list_done_parts, read_page
from tests.retention import forget_child, press
from tests.retention.test_forget import content, page_places, traces

FORGET_POINTS = {
    "within-the-transaction": "db.forget:_entomb_pages:1",
    "between-two-moves": "pipelines.rewriting:mark_done:2",
    "between-two-old-parts": "newstone.settling:remove_file:3",
    "before-the-copy-is-known": "db.compaction:sync_folder:2",
}
PRUNE_POINTS = {
    "within-texts": "db.retention:_empty_sentences:1",
    "after-the-ledger": "newstone.settling:settle_rewritten:2",
}


def kill(project: Project, what: str, point: str) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.retention.forget_child", str(project.file), what, point],
        capture_output=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()


def complete(project: Project, what: str) -> None:
    press.run_sound(project, *forget_child.stages_of(what))


def assert_parts_are_whole(project: Project) -> None:
    """Every page lies where the database says, and no file is left over."""
    parts = {path.name: path for path in list_done_parts(project.data_dir)}
    assert {str(part) for _id, _url, part, _offset in page_places(project)} == set(parts)
    for _id, url, part, offset in page_places(project):
        assert read_page(parts[str(part)], int(str(offset))).url == url
    assert list(folder(project.data_dir, "rewritten").iterdir()) == []
    assert [path.name for path in project.data_dir.iterdir() if "compact" in path.name] == []


@pytest.mark.slow
@pytest.mark.parametrize("point", FORGET_POINTS.values(), ids=FORGET_POINTS)
def test_a_killed_takedown_is_completed_by_the_same_call(project: Project, forgotten: Project, point: str) -> None:
    with CrawlState(project.data_dir) as state:
        state.catch_up()
    kill(project, "forget", point)
    complete(project, "forget")
    assert traces(project, "reserved") == []
    assert content(project) == content(forgotten)
    assert_parts_are_whole(project)


@pytest.mark.slow
def test_a_killed_takedown_is_completed_by_the_next_night(
    project: Project, forgotten: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(project, "forget", FORGET_POINTS["between-two-moves"])
    monkeypatch.setattr("newstone.stages.pruning.utc_now", lambda: press.NIGHTS[2])  # nothing is old yet
    with CrawlState(project.data_dir) as state:
        state.catch_up()
    press.run(project, prune_store, publish_snapshot)
    assert traces(project, "reserved") == []
    assert content(project) == content(forgotten)
    assert_parts_are_whole(project)


@pytest.mark.slow
@pytest.mark.parametrize("point", PRUNE_POINTS.values(), ids=PRUNE_POINTS)
def test_a_killed_pruning_is_completed_by_the_next_one(
    project: Project, pruned: Project, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr("newstone.stages.pruning.utc_now", lambda: press.MONTH_LATER)
    with CrawlState(project.data_dir) as state:
        state.catch_up()
    kill(project, "prune", point)
    complete(project, "prune")
    assert content(project) == content(pruned)
    assert_parts_are_whole(project)
