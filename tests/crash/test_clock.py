"""The clock is set back between two nights."""

import os
from pathlib import Path

import pytest

from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.config import Project
from tests.crash.conftest import Ended, Ground, copy_project
from tests.newstone.test_kill import content_of

CLOCK = Path(__file__).parent / "clock"
ROOT = Path(__file__).parent.parent.parent
DAY_SECONDS = 86400


@pytest.mark.slow
def test_a_clock_that_is_set_back_loses_nothing_and_fetches_nothing_twice(
    ground: Ground, half: Project, tmp_path: Path
) -> None:
    project = copy_project(half, tmp_path / "project")
    path = os.pathsep.join((str(CLOCK), str(ROOT)))
    two_days_back = {"PYTHONPATH": path, "CLOCK_OFFSET_SECONDS": str(-2 * DAY_SECONDS)}
    hits = ground.hits()
    assert ground.run_apart(project, "nightly", "--quiet", **two_days_back) == Ended(0, "", "")
    fetched = {url: n - hits.get(url, 0) for url, n in ground.hits().items()}
    assert set(fetched.values()) == {0, 1}
    with open_snapshot(half.snapshot_file) as snapshot:
        known = {str(url) for (url,) in snapshot.fetch("SELECT url FROM page")}
    assert {url for url, n in fetched.items() if n} == ground.articles - known
    found, wanted = content_of(project.snapshot_file), ground.content
    for table in ("page", "extraction", "revision", "mention", "score", "coverage", "source"):
        assert found[table] == wanted[table], f"{table} differs"

    with open_writer(project.writer_file) as writer:
        runs = writer.fetch("SELECT r.started_at, e.state FROM run r JOIN run_end e USING (run_id) ORDER BY r.rowid")
        published = writer.fetch("SELECT recorded_at, state FROM publication ORDER BY rowid")
    assert [state for _moment, state in runs] == ["ok"] * 2
    assert [state for _moment, state in published] == ["passed"] * 2
    assert runs[0][0] > runs[1][0]  # type: ignore[operator]  # the clock did go back
    assert ground.run(project, "verify", "--deep").code == 0
    status = ground.run_apart(project, "status", **two_days_back).out
    assert f"last good run: nightly {runs[1][0]:%Y-%m-%d %H:%M}" in status
    assert "snapshot: 0.0 h old" in status
