"""kill -9 in the middle of loading and publishing: nothing doubled, nothing half."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db import CONTENT_TABLES
from db.checks import failed_checks, run_checks
from db.publish import publish
from db.snapshot import open_snapshot
from db.status import read_status
from db.writer import open_writer
from tests.db import build, crash_child

ROOT = Path(__file__).parents[2]


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.db.crash_child", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_after(child: subprocess.Popen[str], words: int, seconds: float) -> None:
    """Kill the child so long after it has said so many words; it may have ended before."""
    assert child.stdout is not None
    for _ in range(words):
        child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    child.communicate()


def contents(store: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_writer(store) as writer:
        assert [str(result) for result in failed_checks(run_checks(writer, now=build.NOON))] == []
        return {name: writer.fetch(f"SELECT * FROM {name} ORDER BY ALL") for name in (*CONTENT_TABLES, "part", "run")}


@pytest.mark.slow
def test_loading_that_is_killed_again_and_again_ends_in_the_same_rows(tmp_path: Path) -> None:
    undisturbed, store = tmp_path / "undisturbed.duckdb", tmp_path / "killed.duckdb"
    crash_child.load(undisturbed)
    dice = random.Random(20250127)
    words = 0
    for _ in range(12):
        with start("load", store) as child:
            kill_after(child, dice.randint(0, 4), dice.random() * 0.05)
        if store.exists():
            # what a killed process left can be read at once, log and all, and passes every check
            status = read_status(store, tmp_path / "none.duckdb", now=build.NOON)
            assert status.read_from == "writer"
            words += 1
            with open_writer(store) as writer:
                assert [str(r) for r in failed_checks(run_checks(writer, now=build.NOON))] == []
    assert words > 0
    with start("load", store) as child:
        child.communicate()
    assert child.returncode == 0
    assert contents(store) == contents(undisturbed)


@pytest.mark.slow
def test_publishing_that_is_killed_leaves_the_old_or_the_new_snapshot(tmp_path: Path) -> None:
    store, snapshot_path = tmp_path / "newstone.duckdb", tmp_path / "snapshot.duckdb"
    crash_child.load(store)
    publish(store, snapshot_path, now=build.NOON)
    dice = random.Random(20250128)
    for _ in range(8):
        with start("publish", store, snapshot_path) as child:
            kill_after(child, 1, dice.random() * 0.5)
        with open_snapshot(snapshot_path) as snapshot:
            assert snapshot.fetch("SELECT count(*) FROM coverage") == [(crash_child.PARTS * crash_child.PAGES,)]
            assert snapshot.fetch("SELECT count(*) FROM story") == [(crash_child.PARTS * crash_child.PAGES,)]
    publish(store, snapshot_path, now=build.NOON)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newstone.duckdb", "snapshot.duckdb"]
