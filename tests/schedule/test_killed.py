"""Nights that are killed and cannot say so: whoever started them tells the health check and Prometheus, once."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newstone.config import Project, load_project
from newstone.last_run import LastRun, write_last_run
from newstone.schedule.children import ChildEnd, Ending, JobChild
from newstone.schedule.jobs import ScheduledJob
from newstone.schedule.ledger import PLANNED, JobLedger
from newstone.schedule.runs import JobReport, close_orphan, run_job
from tests.monitoring.check_server import CheckServer, check_server
from tests.monitoring.exposition import read_exposition

NOW = datetime(2025, 1, 27, 2, 30, tzinfo=UTC)
DIE = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
TELL = """
from pathlib import Path
from newstone.config import load_project
from newstone.monitoring.watch import watching
with watching(load_project(Path("newstone.toml")), "nightly", [], []):
    pass
"""


@pytest.fixture
def service() -> Iterator[CheckServer]:
    with check_server() as service:
        yield service


@pytest.fixture
def night(tmp_path: Path, service: CheckServer) -> Project:
    config = f'[monitoring]\nhealthcheck_url = "{service.url}"\ntextfile = "newstone.prom"\n'
    (tmp_path / "newstone.toml").write_text(config, encoding="utf-8")
    project = load_project(tmp_path)
    project.data_dir.mkdir()
    return project


def run(project: Project, code: str, name: str = "nightly", *, is_at_limit: bool = False) -> JobReport:
    def on_start(child: Ending, log_file: str) -> None:
        del log_file
        if is_at_limit:
            assert isinstance(child, JobChild)
            child._steps, child._deadline_seconds = 2, 0.0  # both requests to end went by

    job = ScheduledJob(name, (name,), None, ZoneInfo("UTC"), 60.0)
    command = [sys.executable, "-c", code]
    report = run_job(project, job, JobLedger(project.data_dir), NOW, PLANNED, on_start, command=command)
    assert report is not None
    return report


def last_run(project: Project, name: str, **labels: str) -> float:
    assert project.textfile is not None
    samples = read_exposition(project.textfile.read_text(encoding="utf-8"))
    return samples[f"newstone_last_run_{name}", frozenset({("command", "nightly"), *labels.items()})]


def test_a_killed_night_is_told_by_who_started_it(night: Project, service: CheckServer) -> None:
    assert run(night, DIE).outcome == "failed"
    assert service.signals == ["/fail"]
    assert service.asked[0][2] == "ended by signal 9\nstate: killed"
    assert (last_run(night, "state", state="failed"), last_run(night, "exit_code")) == (1, -9)


def test_a_night_that_is_killed_at_its_limit_is_told_too(night: Project, service: CheckServer) -> None:
    assert run(night, "import time; time.sleep(600)", is_at_limit=True).outcome == "timed out"
    assert service.signals == ["/fail"]
    assert "time limit" in service.asked[0][2]


def test_a_night_that_told_of_its_end_is_not_told_of_again(night: Project, service: CheckServer) -> None:
    run(night, TELL + DIE)
    assert service.signals == ["/start", ""]
    assert last_run(night, "state", state="ok") == 1


def test_without_a_textfile_a_night_that_told_of_its_end_is_known_all_the_same(
    tmp_path: Path, service: CheckServer
) -> None:
    (tmp_path / "newstone.toml").write_text(f'[monitoring]\nhealthcheck_url = "{service.url}"\n', encoding="utf-8")
    run(load_project(tmp_path), TELL + DIE)
    assert service.signals == ["/start", ""]


def test_other_killed_jobs_and_failed_nights_are_not_told(night: Project, service: CheckServer) -> None:
    run(night, DIE, "publish")
    run(night, "raise SystemExit(5)")
    assert service.signals == []


def test_a_night_that_died_with_its_daemon_is_told_by_the_next_one(night: Project, service: CheckServer) -> None:
    ledger = JobLedger(night.data_dir)
    run_id = ledger.claim("nightly", NOW, PLANNED, NOW)
    assert run_id is not None
    ledger.note_start(run_id, 4_000_000, "night.log")
    (orphan,) = ledger.runs("nightly")
    gone = ChildEnd(None, is_timed_out=False, is_asked=False, elapsed_seconds=0.0)
    assert close_orphan(night, orphan, ledger, gone).outcome == "lost"
    assert close_orphan(night, orphan, ledger, gone).outcome == "lost"
    assert service.signals == ["/fail"]
    assert last_run(night, "start_timestamp_seconds") == NOW.timestamp()


@pytest.mark.parametrize(("began", "outcome"), [("20250126T023001Z", "lost"), ("20250127T023002Z", "ok")])
def test_an_earlier_run_of_a_process_with_the_same_number_tells_nothing(
    tmp_path: Path, began: str, outcome: str
) -> None:
    (tmp_path / "newstone.toml").touch()
    project = load_project(tmp_path)
    ledger = JobLedger(project.data_dir)
    run_id = ledger.claim("nightly", NOW, PLANNED, NOW)
    assert run_id is not None
    ledger.note_start(run_id, 4_000_000, "night.log")
    write_last_run(project.data_dir, LastRun(f"{began}-abc123", "nightly", 4_000_000, "ok", ""))
    (orphan,) = ledger.runs("nightly")
    gone = ChildEnd(None, is_timed_out=False, is_asked=False, elapsed_seconds=0.0)
    assert close_orphan(project, orphan, ledger, gone).outcome == outcome
