"""The daemon as a real process, whose jobs have short commands: catching up, signals, kills, two of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from newstone.cli import cli
from newstone.config import Project, load_project
from newstone.schedule import once, runs
from newstone.schedule.children import JobChild
from newstone.schedule.crontab import last_time, parse_crontab
from newstone.schedule.daemon import CrontabTrigger, Daemon
from newstone.schedule.ledger import PLANNED, JobLedger, JobOutcome, JobRun
from pipelines.clock import utc_now
from pipelines.errors import UsageError
from tests.schedule.conftest import wait_until

FAR = f"30 {(utc_now().hour + 12) % 24} * * *"
"""A time of the day (UTC) that does not come while these tests run."""

NIGHTLY = f'nightly = "{FAR}"\n'
BOTH = f'{NIGHTLY}publish = "{FAR}"\n'

DAEMON = """
import sys
from newstone.schedule import runs
codes = dict(zip(sys.argv[2::2], sys.argv[3::2]))
runs.job_command = lambda project, job: [sys.executable, "-c", codes.get(job.name, ""), job.name]
{more}
from newstone.cli import main
main(["--config", sys.argv[1], "schedule"])
"""

EVERY_SECOND = """
from datetime import timedelta
from newstone.schedule import daemon
daemon.next_time = lambda crontab, zone, after: after.replace(microsecond=0) + timedelta(seconds=1)
daemon.last_time = lambda crontab, zone, until: until.replace(microsecond=0)
"""

UNTIL_ASKED = """
import signal, sys, time
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
print("ready", flush=True)
while len(heard) < {n}:
    time.sleep(0.02)
sys.exit(1)
"""

HOLDING_THE_FOLDER = """
import os, time
from pathlib import Path
from newstone.last_run import LastRun, write_last_run
from newstone.lock import hold_lock
with hold_lock(Path("data"), "nightly"):
    Path("held").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    write_last_run(Path("data"), LastRun("r1", "nightly", os.getpid(), "partial", "lost something"))
"""

ALONE = """
import os, sys, time
try:
    os.close(os.open("alone", os.O_CREAT | os.O_EXCL))
except FileExistsError:
    sys.exit(9)
time.sleep(0.4)
os.unlink("alone")
"""


class Running:
    """A started daemon, and what it and its ledger have said so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", project: Project, said: Path) -> None:
        self.process = process
        self.project = project
        self._said = said

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def runs(self, job: str) -> tuple[JobRun, ...]:
        return JobLedger(self.project.data_dir).runs(job)

    def outcomes(self, job: str) -> list[tuple[str, str]]:
        return [(run.attempt, str(run.outcome)) for run in self.runs(job)]

    def log_of(self, job: str) -> str:
        runs = self.runs(job)
        path = self.project.log_dir / (runs[-1].log_file if runs else "")
        return path.read_text() if path.is_file() else ""

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.said or self.process.poll() is not None, text)
        assert text in self.said

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=60)


@contextmanager
def _daemon(project: Project, codes: dict[str, str], more: str = "", name: str = "said") -> Iterator[Running]:
    said = project.root / name
    words = [word for pair in codes.items() for word in pair]
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", DAEMON.format(more=more), str(project.file), *words], stderr=stderr
        )
    try:
        yield Running(process, project, said)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _write(project: Project, schedule: str) -> Project:
    project.file.write_text(f'[schedule]\ndigest = ""\n{schedule}', encoding="utf-8")
    return load_project(project.file)


def _planned_for_days(project: Project, *jobs: str) -> None:
    """Let a schedule know FAR for some days."""
    for job in jobs:
        JobLedger(project.data_dir).watched_since(job, f"{FAR} UTC", utc_now() - timedelta(days=5))


def test_missed_nights_are_caught_up_by_one_run_and_not_again_at_the_next_start(project: Project) -> None:
    project = _write(project, NIGHTLY)
    _planned_for_days(project, "nightly")
    with _daemon(project, {"nightly": "print('worked')"}) as daemon:
        daemon.wait_for("nightly ended: ok")
        assert daemon.end() == 0
        assert daemon.outcomes("nightly") == [("catch-up", "ok")]
        assert daemon.runs("nightly")[0].planned_at == last_time(
            parse_crontab(FAR), ZoneInfo("UTC"), daemon.runs("nightly")[0].started_at
        )
        assert "worked" in daemon.log_of("nightly")
        assert "nightly: next " in daemon.said
    project = _write(project, BOTH)
    _planned_for_days(project, "publish")
    with _daemon(project, {}) as daemon:  # publish comes after nightly, so that nightly has had its turn
        daemon.wait_for("publish ended: ok")
        assert daemon.end() == 0
        assert daemon.outcomes("nightly") == [("catch-up", "ok")]


def test_nothing_is_caught_up_where_that_is_not_wanted(project: Project) -> None:
    project = _write(project, NIGHTLY + "catch_up = false\n")
    _planned_for_days(project, "nightly")
    with _daemon(project, {}, more=EVERY_SECOND) as daemon:
        daemon.wait_for("nightly ended: ok")
        assert daemon.end() == 0
        assert {attempt for attempt, _outcome in daemon.outcomes("nightly")} == {"planned"}


def test_sigterm_lets_the_running_stage_end_and_the_schedule_with_it(project: Project) -> None:
    project = _write(project, BOTH)
    _planned_for_days(project, "nightly", "publish")
    with _daemon(project, {"nightly": UNTIL_ASKED.format(n=1)}) as daemon:
        wait_until(lambda: "ready" in daemon.log_of("nightly"), "the night")
        assert daemon.end() == 0
        assert daemon.outcomes("nightly") == [("catch-up", "interrupted")]
        assert daemon.outcomes("publish") == []
        assert "ending after the running stage of nightly" in daemon.said


def test_a_second_sigterm_ends_the_job_at_once(project: Project) -> None:
    project = _write(project, NIGHTLY)
    _planned_for_days(project, "nightly")
    with _daemon(project, {"nightly": UNTIL_ASKED.format(n=2)}) as daemon:
        wait_until(lambda: "ready" in daemon.log_of("nightly"), "the night")
        daemon.process.terminate()
        daemon.wait_for("ending after the running stage")
        assert daemon.end() == 0
        assert daemon.outcomes("nightly") == [("catch-up", "interrupted")]
        assert "ending nightly (process" in daemon.said


def test_a_digest_that_is_being_sent_is_not_interrupted_by_the_first_sigterm(project: Project) -> None:
    project.file.write_text(
        f'[schedule]\nnightly = ""\ndigest = "{FAR}"\n[digest]\nrecipients = ["a@b.example"]\n', encoding="utf-8"
    )
    _planned_for_days(project, "digest")
    code = (
        "import time; from pathlib import Path; print('ready', flush=True)\n"
        "while not Path('go').exists(): time.sleep(0.02)"
    )
    with _daemon(project, {"digest": code}) as daemon:
        wait_until(lambda: "ready" in daemon.log_of("digest"), "the digest")
        daemon.process.terminate()
        daemon.wait_for("ending after the running stage of digest")
        (project.root / "go").touch()
        assert daemon.process.wait(timeout=60) == 0
        assert daemon.outcomes("digest") == [("catch-up", "ok")]


def test_a_second_daemon_says_who_serves_the_folder_and_ends_with_5(project: Project) -> None:
    project = _write(project, NIGHTLY)
    with _daemon(project, {}) as first:
        first.wait_for("nightly: next")
        with _daemon(project, {}, name="said-2") as second:
            assert second.process.wait(timeout=60) == 5
            assert f"in use by `newstone schedule` (process {first.process.pid}, since 20" in second.said
        assert first.process.poll() is None


def test_a_killed_daemon_leaves_a_night_that_the_next_one_follows_to_its_end(project: Project) -> None:
    project = _write(project, NIGHTLY)
    _planned_for_days(project, "nightly")
    with _daemon(project, {"nightly": HOLDING_THE_FOLDER}) as daemon:
        wait_until((project.root / "held").exists, "the night")
        daemon.process.kill()
        daemon.process.wait()
    project = _write(project, BOTH)
    _planned_for_days(project, "publish")
    with _daemon(project, {}) as daemon:
        daemon.wait_for("nightly of an earlier schedule still runs")
        assert daemon.outcomes("publish") == []
        (project.root / "go").touch()
        daemon.wait_for("publish ended: ok")
        assert daemon.said.index("nightly ended: partial") < daemon.said.index("publish started")
        assert daemon.outcomes("nightly") == [("catch-up", "partial")]
        assert daemon.end() == 0


def test_a_night_that_died_with_its_daemon_is_lost_and_caught_up(project: Project) -> None:
    project = _write(project, NIGHTLY)
    _planned_for_days(project, "nightly")
    ledger = JobLedger(project.data_dir)
    planned_at = last_time(parse_crontab(FAR), ZoneInfo("UTC"), utc_now())
    run_id = ledger.claim("nightly", planned_at, PLANNED, planned_at)
    assert run_id is not None
    ledger.note_start(run_id, 2**22 + 1, "x.log")  # beyond the largest process number of Linux
    with _daemon(project, {}) as daemon:
        daemon.wait_for("nightly ended: ok")
        assert daemon.outcomes("nightly") == [("planned", "lost"), ("catch-up", "ok")]
        assert daemon.end() == 0


@pytest.mark.slow
def test_jobs_run_at_their_times_and_never_two_at_once(project: Project) -> None:
    project = _write(project, BOTH)
    with _daemon(project, {"nightly": ALONE, "publish": ALONE}, more=EVERY_SECOND) as daemon:
        wait_until(lambda: min(len(daemon.runs(job)) for job in ("nightly", "publish")) >= 3, "three runs of each")
        assert daemon.end() == 0
        for job in ("nightly", "publish"):
            planned = [run.planned_at for run in daemon.runs(job)]
            assert len(set(planned)) == len(planned)
            # the last one may have been broken off, and the first of each is planned, not caught up
            assert {run.outcome for run in daemon.runs(job)[:-1]} == {JobOutcome.OK}
            assert {run.attempt for run in daemon.runs(job)} == {PLANNED}


def test_a_job_that_cannot_start_in_time_is_entered_as_missed(project: Project) -> None:
    project = _write(project, BOTH + "misfire_grace_seconds = 1\ncatch_up = false\n")
    slow = "import time; time.sleep(3)"
    with _daemon(project, {"nightly": slow, "publish": slow}, more=EVERY_SECOND) as daemon:
        daemon.wait_for("could not start within 1 s of its time")
        assert JobOutcome.MISSED in {run.outcome for job in ("nightly", "publish") for run in daemon.runs(job)}


def test_a_locked_folder_is_said_and_tried_again_later(project: Project) -> None:
    project = _write(project, NIGHTLY)
    _planned_for_days(project, "nightly")
    with _daemon(project, {"nightly": "import sys; sys.exit(5)"}) as daemon:
        daemon.wait_for("nightly found the data folder locked; it is tried again ")
        assert daemon.outcomes("nightly") == [("catch-up", "locked")]
        assert daemon.end() == 0


def test_sighup_reads_the_configuration_again_and_a_wrong_one_changes_nothing(project: Project) -> None:
    project = _write(project, NIGHTLY)
    with _daemon(project, {}) as daemon:
        daemon.wait_for("nightly: next")
        _write_text(project, 'nightly = "30 25 * * *"')
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("the old schedule stays: ")
        assert "hour 25 is beyond 0 to 23" in daemon.said
        _write_text(project, 'nightly = "45 3 * * *"\ntime_zone = "Asia/Tokyo"')
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("03:45 JST")
        assert daemon.end() == 0


def _write_text(project: Project, schedule: str) -> None:
    unfinished = project.root / "new.toml"
    unfinished.write_text(f"[schedule]\n{schedule}\n", encoding="utf-8")
    unfinished.replace(project.file)


def test_of_many_times_that_went_by_the_trigger_gives_only_the_last() -> None:
    trigger = CrontabTrigger(parse_crontab("* * * * *"), ZoneInfo("UTC"))
    now = datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC)
    assert trigger.get_next_fire_time(now - timedelta(days=300), now) == now.replace(second=0)
    assert trigger.get_next_fire_time(now.replace(second=0), now) == datetime(2025, 3, 1, 12, 1, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, now.replace(second=0)) == now.replace(second=0)


def test_a_clock_that_was_wrong_for_a_while_does_not_stop_the_schedule(project: Project) -> None:
    said: list[str] = []
    daemon = Daemon(_write(project, NIGHTLY), said.append)
    daemon._scheduler.start(paused=True)
    try:
        daemon._plan(utc_now() + timedelta(days=30_000))
        daemon._take_jump(-30_000 * 86_400)
        next_at = daemon._scheduler.get_job("nightly").next_run_time
        assert next_at - utc_now() < timedelta(days=1, hours=1)
        assert any("the clock was set back by 2592000000 s" in line for line in said)
    finally:
        daemon._scheduler.shutdown()


def test_a_schedule_without_times_says_so_and_waits(project: Project) -> None:
    with _daemon(project, {}) as daemon:
        daemon.wait_for("no job has a time; set one in [schedule] of ")
        assert daemon.end() == 0


def _newstone(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "newstone", "--config", str(project.file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def test_one_job_by_hand_ends_as_it_ends_and_stands_in_the_list(project: Project) -> None:
    ran = _newstone(project, "schedule", "--once", "publish")
    assert ran.returncode == 3, ran.stderr
    assert "publish ended: nothing to do" in ran.stderr
    (log,) = project.log_dir.glob("*-publish.log")
    assert "newstone.toml publish\n" in log.read_text().splitlines(keepends=True)[0]
    listed = _newstone(project, "schedule", "--list")
    assert "nobody serves this schedule" in listed.stdout
    (line,) = [line for line in listed.stdout.splitlines() if "publish" in line]
    assert line.endswith(": nothing to do")
    assert 'off (schedule.publish is "")' in line


def test_a_job_run_by_cron_says_something_only_where_a_person_should_read_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(job: str, exit_code: int) -> tuple[int, str]:
        code = f"import sys; sys.exit({exit_code})"
        monkeypatch.setattr(runs, "job_command", lambda _project, _job: [sys.executable, "-c", code])
        monkeypatch.setattr(once, "utc_now", lambda: next(moments))  # a job is run once within a second
        arguments = ["--config", str(project.file), "schedule", "--quiet", "--once", job]
        ran = CliRunner().invoke(cli, arguments, standalone_mode=False)
        return ran.return_value, ran.output

    begin = utc_now()
    moments = (begin + timedelta(seconds=n) for n in range(10))
    assert said("nightly", 0) == (0, "")
    assert said("poll", 3) == (3, "")
    assert said("poll", 5) == (5, "")
    for job, exit_code, outcome in (("nightly", 5, "locked"), ("poll", 1, "failed")):
        code, output = said(job, exit_code)
        assert code == exit_code
        assert f"/logs/{begin:%Y}" in output  # where to read on
        assert f"{job} ended: {outcome} after " in output
    assert [run.outcome for run in JobLedger(project.data_dir).runs("poll")] == ["nothing to do", "locked", "failed"]


def test_a_signal_that_comes_while_a_job_is_started_reaches_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Early(JobChild):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(runs, "JobChild", Early)
    monkeypatch.setattr(runs, "job_command", lambda _project, _job: ["sleep", "600"])
    report = once.run_once(project, "publish", print)
    assert (report.outcome, report.exit_code) == (JobOutcome.INTERRUPTED, -signal.SIGTERM)


def test_an_unknown_job_is_refused_with_those_that_there_are(project: Project) -> None:
    with pytest.raises(UsageError, match="no job 'nightli'; write one of nightly, digest, poll, publish, backup"):
        once.run_once(project, "nightli", print)


@pytest.mark.parametrize(
    "words", [("--list", "--once", "nightly"), ("--list", "--print", "cron"), ("--quiet",), ("--json",)], ids=" ".join
)
def test_options_that_do_not_go_together_are_refused(project: Project, words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(cli, ["--config", str(project.file), "schedule", *words]).exit_code == 2
