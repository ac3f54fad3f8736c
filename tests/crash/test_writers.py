"""Two that want to write."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.conftest import Ground


@pytest.mark.slow
def test_of_two_nights_at_once_one_works_and_the_other_says_who_does(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    with (
        ground.start(project, "nightly", "--quiet") as one,
        ground.start(project, "nightly", "--quiet") as other,
    ):
        ends = [(child.communicate()[1], child.returncode) for child in (one, other)]
    (worked, good), (refused, code) = sorted(ends, key=lambda end: end[1])
    assert (good, worked) == (0, "")
    assert code == 5
    assert "is in use by `newstone nightly` (process" in refused
    assert len(refused.splitlines()) == 1
    ground.assert_same(project)


def test_a_run_waits_for_somebody_who_has_the_database_open_for_a_moment(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    holder = "import sys, time, duckdb; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(2)"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(project.writer_file)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        ended = ground.run(project, "publish", "--quiet")
    assert (ended.code, ended.errors) == (0, "")
