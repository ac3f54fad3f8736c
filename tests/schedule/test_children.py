"""Jobs as real processes: limits, groups, logs, outcomes."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from newstone.config import Project
from newstone.last_run import LastRun, write_last_run
from newstone.schedule.children import ChildEnd, Ending, JobChild
from newstone.schedule.jobs import ScheduledJob
from newstone.schedule.ledger import PLANNED, JobLedger, JobOutcome
from newstone.schedule.logs import open_log, remove_old_logs
from newstone.schedule.runs import JobReport, judge_end, run_job
from tests.schedule.conftest import wait_until

NOW = datetime(2025, 1, 27, 2, 30, tzinfo=UTC)

DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda *_: print("heard", flush=True))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("grandchild", child.pid, flush=True)
while True:
    time.sleep(600)
"""

POLITE = """
import signal, time
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    time.sleep(0.02)
print("ended by itself", flush=True)
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path, descriptor = open_log(tmp_path / "logs", "nightly", ["newstone", "nightly"], NOW)
    yield path, descriptor
    os.close(descriptor)


def _child(code: str, log: tuple[Path, int], limit_seconds: float = 600, **more: float) -> JobChild:
    return JobChild([sys.executable, "-c", code], log[1], limit_seconds=limit_seconds, **more)  # type: ignore[arg-type]


def test_a_child_beyond_its_limit_is_asked_told_and_killed_with_all_its_children(log: tuple[Path, int]) -> None:
    child = _child(DEAF, log)
    ends: list[ChildEnd] = []
    waiter = threading.Thread(target=lambda: ends.append(child.wait()))
    waiter.start()
    wait_until(lambda: "grandchild" in log[0].read_text(), "the grandchild")
    for n_heard in (1, 2):
        child._deadline_seconds = 0.0  # the time of the next step has come
        wait_until(lambda n=n_heard: log[0].read_text().count("heard") == n, "the child's ear")  # type: ignore[misc]
    child._deadline_seconds = 0.0
    waiter.join()
    [end] = ends
    assert (end.exit_code, end.is_timed_out) == (-signal.SIGKILL, True)
    text = log[0].read_text()
    assert text.count("heard") == 2
    grandchild = int(text.split("grandchild ")[1].split()[0])
    wait_until(
        lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE,
        "the end of the grandchild",
    )


def test_a_child_that_listens_ends_after_its_stage(log: tuple[Path, int]) -> None:
    child = _child(POLITE, log)
    wait_until(lambda: "ready" in log[0].read_text(), "the child")
    child.ask_to_end()
    end = child.wait()
    assert (end.exit_code, end.is_timed_out, end.is_asked) == (0, False, True)
    assert "ended by itself" in log[0].read_text()


def test_a_deaf_child_that_is_told_to_end_at_once_is_killed(log: tuple[Path, int]) -> None:
    child = _child(DEAF, log, kill_seconds=0.3)
    wait_until(lambda: "grandchild" in log[0].read_text(), "the grandchild")
    threading.Timer(0.2, child.end_now).start()
    end = child.wait()
    assert (end.exit_code, end.is_timed_out, end.is_asked) == (-signal.SIGKILL, False, True)


def test_a_signal_that_comes_while_the_child_is_looked_at_is_passed_on(log: tuple[Path, int]) -> None:
    child = _child(POLITE, log)
    wait_until(lambda: "ready" in log[0].read_text(), "the child")

    def ask() -> None:
        with child._lock:  # as where the handler of a signal interrupts wait() in its own thread
            child.ask_to_end()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(60)
    assert not asking.is_alive()
    assert child.wait().is_asked


@pytest.mark.parametrize("pause_seconds", [0.02, 0.0], ids=["slow", "over-before-anybody-looks"])
def test_a_runaway_log_keeps_its_beginning_and_its_end(log: tuple[Path, int], pause_seconds: float) -> None:
    code = (
        "import time\nfor n in range(40):\n"
        f"    print(f'line {{n}} ' + 'x' * 500, flush=True); time.sleep({pause_seconds})\n"
    )
    _child(code, log, max_log_bytes=4000).wait()
    text = log[0].read_text()
    assert len(text) < 4000
    assert text.startswith("# 2025-01-27 02:30:00 UTC: newstone nightly\nline 0 ")
    assert text.count("output was left out here") == 1
    assert "line 39 " in text


def test_only_logs_of_old_runs_are_removed(tmp_path: Path) -> None:
    names = ["20241227T022959Z-nightly.log", "20241228T023000Z-poll-2.log", "20250127T023000Z-nightly.log", "my.log"]
    for name in names:
        (tmp_path / name).touch()
    assert remove_old_logs(tmp_path, 30, NOW) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == names[1:]


def _job(limit_seconds: float = 60.0) -> ScheduledJob:
    return ScheduledJob("publish", ("publish",), None, ZoneInfo("UTC"), limit_seconds)


def _run(project: Project, code: str, planned_at: datetime = NOW) -> JobReport | None:
    command = [sys.executable, "-c", code]
    return run_job(project, _job(), JobLedger(project.data_dir), planned_at, PLANNED, command=command)


@pytest.mark.parametrize(
    ("exit_code", "outcome"),
    [(0, "ok"), (1, "failed"), (2, "failed"), (3, "nothing to do"), (4, "refused"), (5, "locked"), (77, "failed")],
)
def test_an_exit_code_becomes_an_outcome(project: Project, exit_code: int, outcome: str) -> None:
    report = _run(project, f"import sys; print('said'); sys.exit({exit_code})")
    assert report is not None
    assert (report.outcome, report.exit_code) == (outcome, exit_code)
    (run,) = JobLedger(project.data_dir).runs()
    assert (run.outcome, run.exit_code, run.log_file) == (outcome, exit_code, report.log_file)
    first, said, last = (project.log_dir / report.log_file).read_text().splitlines()
    assert sys.executable in first
    assert said == "said"
    assert f"UTC: {outcome}, exit code {exit_code}, after " in last


@pytest.mark.parametrize("state", ["partial", "interrupted", "failed"])
def test_exit_code_1_is_told_apart_by_what_the_run_recorded(project: Project, state: str) -> None:
    code = (
        "import os, sys; from pathlib import Path; from newstone.last_run import LastRun, write_last_run;"
        f"run = LastRun('r2', 'nightly', os.getpid(), {state!r}, 'none of 3 feeds');"
        "write_last_run(Path('data'), run); sys.exit(1)"
    )
    write_last_run(project.data_dir, LastRun("r1", "nightly", 1, "ok", ""))
    report = _run(project, code)
    assert report is not None
    assert (report.outcome, report.detail) == (state, "none of 3 feeds")


def test_what_another_run_recorded_says_nothing(project: Project) -> None:
    write_last_run(project.data_dir, LastRun("r1", "nightly", os.getpid(), "partial", ""))
    report = _run(project, "import sys; sys.exit(1)")
    assert report is not None
    assert report.outcome == "failed"


def test_a_killed_child_failed_and_the_signal_is_named(project: Project) -> None:
    report = _run(project, "import os; os.kill(os.getpid(), 9)")
    assert report is not None
    assert (report.outcome, report.detail) == ("failed", "ended by signal 9")


def test_what_a_failed_command_said_last_stands_in_the_ledger(project: Project) -> None:
    project.file.write_text("[schedul]\n", encoding="utf-8")
    command = [sys.executable, "-m", "newstone", "--config", str(project.file), "publish"]
    report = run_job(project, _job(), JobLedger(project.data_dir), NOW, PLANNED, command=command)
    assert report is not None
    assert (report.outcome, report.exit_code) == ("failed", 2)
    assert report.detail.startswith(f"{project.file}: unknown key 'schedul'")


def test_a_job_runs_once_for_a_planned_time(project: Project) -> None:
    assert _run(project, "") is not None
    assert _run(project, "") is None
    assert _run(project, "", NOW + timedelta(days=1)) is not None


def test_a_child_that_is_asked_to_end_and_fails_was_interrupted(project: Project) -> None:
    def end(child: Ending, log_file: str) -> None:
        wait_until(lambda: "ready" in (project.log_dir / log_file).read_text(), "the child")
        child.end_now()

    code = "import time; print('ready', flush=True); time.sleep(600)"
    command = [sys.executable, "-c", code]
    report = run_job(project, _job(), JobLedger(project.data_dir), NOW, PLANNED, end, command=command)
    assert report is not None
    assert report.outcome == "interrupted"


@pytest.mark.parametrize(
    ("end", "last_run", "outcome"),
    [
        (ChildEnd(-9, True, False, 1.0), None, JobOutcome.TIMED_OUT),
        (ChildEnd(1, True, False, 1.0), ("interrupted", ""), JobOutcome.TIMED_OUT),
        (ChildEnd(0, True, False, 1.0), ("ok", ""), JobOutcome.OK),
        (ChildEnd(None, False, False, 1.0), ("ok", ""), JobOutcome.OK),
        (ChildEnd(None, False, False, 1.0), None, JobOutcome.LOST),
        (ChildEnd(0, False, True, 1.0), None, JobOutcome.OK),
    ],
    ids=[
        "killed at its limit",
        "ended at its limit",
        "done at its limit",
        "orphan that went well",
        "orphan that is gone",
        "asked, but done",
    ],
)
def test_how_a_child_ended_is_judged(end: ChildEnd, last_run: tuple[str, str] | None, outcome: JobOutcome) -> None:
    assert judge_end(end, last_run)[0] is outcome


def test_a_file_in_the_project_is_no_module_of_a_job(project: Project) -> None:
    (project.root / "json.py").write_text("raise SystemExit('imported from the project')", encoding="utf-8")
    report = run_job(
        project,
        _job(),
        JobLedger(project.data_dir),
        NOW,
        PLANNED,
        command=[sys.executable, "-m", "newstone", "--help"],
    )
    assert report is not None
    assert report.outcome == "ok", (project.log_dir / report.log_file).read_text()


def test_a_job_has_the_secrets_that_it_needs(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_SMTP_PASSWORD", "open sesame")
    report = _run(project, "import os; raise SystemExit(os.environ['NEWSTONE_SMTP_PASSWORD'] != 'open sesame')")
    assert report is not None
    assert report.outcome == "ok"


def test_a_log_that_somebody_removed_meanwhile_changes_nothing(project: Project) -> None:
    report = _run(project, "import pathlib; [log.unlink() for log in pathlib.Path('data/logs').glob('*.log')]")
    assert report is not None
    assert report.outcome == "ok"


def test_a_ledger_that_is_lost_meanwhile_is_told_with_the_outcome(project: Project) -> None:
    report = _run(project, "import os; os.remove('data/schedule.sqlite'); os.mkdir('data/schedule.sqlite')")
    assert report is not None
    assert report.outcome == "ok"
    assert f"{project.data_dir / 'schedule.sqlite'}: " in report.detail


def test_a_log_that_cannot_be_written_fails_the_job_and_not_the_schedule(project: Project) -> None:
    project.log_dir.write_text("in the way", encoding="utf-8")
    report = _run(project, "")
    assert report is not None
    assert report.outcome == "failed"
    assert "could not be run" in report.detail
