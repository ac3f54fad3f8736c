"""The ledger and what it decides: every planned time once, missed ones caught up once."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newstone.config import Project
from newstone.schedule.crontab import parse_crontab
from newstone.schedule.jobs import ScheduledJob, all_jobs, schedule_doubts
from newstone.schedule.ledger import CATCH_UP, PLANNED, JobLedger, JobOutcome, last_job_runs
from newstone.schedule.planning import missed_times, retry_time

NIGHT = datetime(2025, 1, 27, 2, 30, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=6)
DAY = timedelta(days=1)


def _job(name: str = "nightly", expression: str = "30 2 * * *") -> ScheduledJob:
    return ScheduledJob(name, (name,), parse_crontab(expression), ZoneInfo("UTC"), 60.0)


@pytest.fixture
def ledger(project: Project) -> JobLedger:
    return JobLedger(project.data_dir)


def _end(ledger: JobLedger, outcome: JobOutcome, attempt: str = PLANNED, planned_at: datetime = NIGHT) -> None:
    run_id = ledger.claim("nightly", planned_at, attempt, planned_at)
    assert run_id is not None
    ledger.note_end(run_id, outcome, 0, "", planned_at)


def test_a_fresh_project_has_missed_nothing(ledger: JobLedger) -> None:
    assert missed_times([_job()], ledger, MORNING) == ()
    assert missed_times([_job()], ledger, MORNING + timedelta(hours=1)) == ()


def test_nights_that_were_missed_are_caught_up_once_and_not_one_by_one(ledger: JobLedger) -> None:
    missed_times([_job()], ledger, MORNING)
    later = MORNING + 5 * DAY
    assert missed_times([_job()], ledger, later) == ((_job(), NIGHT + 5 * DAY),)
    _end(ledger, JobOutcome.INTERRUPTED, CATCH_UP, NIGHT + 5 * DAY)
    assert missed_times([_job()], ledger, later) == ()


def test_a_changed_time_begins_anew(ledger: JobLedger) -> None:
    missed_times([_job()], ledger, MORNING - 5 * DAY)
    assert missed_times([_job(expression="0 3 * * *")], ledger, MORNING) == ()


@pytest.mark.parametrize(
    ("outcome", "is_caught_up"),
    [
        (JobOutcome.OK, False),
        (JobOutcome.FAILED, False),
        (JobOutcome.PARTIAL, False),
        (JobOutcome.TIMED_OUT, False),
        (JobOutcome.RUNNING, False),
        (JobOutcome.INTERRUPTED, True),
        (JobOutcome.LOST, True),
        (JobOutcome.LOCKED, True),
        (JobOutcome.MISSED, True),
    ],
)
def test_what_was_broken_off_is_caught_up_and_what_had_its_chance_is_not(
    ledger: JobLedger, outcome: JobOutcome, *, is_caught_up: bool
) -> None:
    missed_times([_job()], ledger, MORNING - 5 * DAY)
    _end(ledger, outcome)
    assert bool(missed_times([_job()], ledger, MORNING)) is is_caught_up


def test_a_poll_is_not_caught_up_beside_a_night(ledger: JobLedger) -> None:
    jobs = [_job(), _job("poll", "0 * * * *")]
    missed_times(jobs, ledger, MORNING - DAY)
    assert [job.name for job, _at in missed_times(jobs, ledger, MORNING)] == ["nightly"]
    _end(ledger, JobOutcome.OK)
    assert [job.name for job, _at in missed_times(jobs, ledger, MORNING)] == ["poll"]


def test_a_planned_time_is_claimed_once_whatever_the_clock_says(ledger: JobLedger) -> None:
    assert ledger.claim("nightly", NIGHT, CATCH_UP, MORNING) is not None
    assert ledger.claim("nightly", NIGHT, PLANNED, NIGHT - timedelta(minutes=1)) is None
    assert ledger.claim("nightly", NIGHT + DAY, PLANNED, NIGHT + DAY) is not None
    assert ledger.claim("nightly", NIGHT + DAY, PLANNED, NIGHT) is None
    assert ledger.claim("nightly", NIGHT + DAY, f"{PLANNED}, retry 1", NIGHT + DAY) is not None


def test_retries_wait_longer_each_time_and_end_within_the_grace_time() -> None:
    waits: list[float] = []
    now = NIGHT
    while (at := retry_time(NIGHT, len(waits), now, timedelta(hours=6))) is not None:
        waits.append((at - now).total_seconds() / 60)
        now = at
    assert waits == [10, 20, 40, 80, 160]


def test_the_ledger_shows_the_newest_run_of_each_job_and_forgets_after_a_year(
    project: Project, ledger: JobLedger
) -> None:
    assert last_job_runs(project) == ()
    assert not ledger.path.exists()
    _end(ledger, JobOutcome.FAILED)
    _end(ledger, JobOutcome.OK, planned_at=NIGHT + DAY)
    ledger.claim("backup", NIGHT, PLANNED, NIGHT + DAY)
    shown = last_job_runs(project)
    assert [(run.job, run.outcome) for run in shown] == [("backup", "running"), ("nightly", "ok")]
    ledger.claim("publish", NIGHT + 401 * DAY, PLANNED, NIGHT + 401 * DAY)
    assert [run.planned_at for run in ledger.runs("nightly")] == [NIGHT + DAY]


def test_a_run_whose_process_is_gone_does_not_look_as_if_it_ran(project: Project, ledger: JobLedger) -> None:
    run_id = ledger.claim("nightly", NIGHT, PLANNED, NIGHT)
    assert run_id is not None
    ledger.note_start(run_id, os.getpid(), "x.log")
    assert [run.outcome for run in last_job_runs(project)] == ["running"]
    ledger.note_start(run_id, 2**22 + 1, "x.log")  # beyond the largest process number of Linux
    (run,) = last_job_runs(project)
    assert (run.outcome, run.detail) == ("lost", "process 4194305 is gone; how it ended is not known")


def test_a_damaged_ledger_is_set_aside(project: Project, ledger: JobLedger) -> None:
    _end(ledger, JobOutcome.OK)
    ledger.path.write_bytes(b"no database at all" * 500)
    assert ledger.claim("nightly", NIGHT + DAY, PLANNED, NIGHT + DAY) is not None
    assert [path.name for path in project.data_dir.glob("schedule.sqlite.damaged-*")] != []
    with sqlite3.connect(ledger.path) as connection:
        assert connection.execute("SELECT count(*) FROM job_run").fetchone() == (1,)
    connection.close()


def test_a_digest_without_recipients_is_off(project: Project) -> None:
    settings = project.settings
    timed = settings.model_copy(update={"schedule": settings.schedule.model_copy(update={"digest": "0 7 * * mon"})})
    digest = {job.name: job for job in all_jobs(project.model_copy(update={"settings": timed}))}["digest"]
    assert (digest.crontab, digest.off_reason) == (None, "digest.recipients is empty")
    sent = timed.model_copy(update={"digest": settings.digest.model_copy(update={"recipients": ("a@b.example",)})})
    digest = {job.name: job for job in all_jobs(project.model_copy(update={"settings": sent}))}["digest"]
    assert digest.crontab is not None


def test_a_night_shorter_than_its_crawl_is_doubted(project: Project) -> None:
    assert schedule_doubts(project) == ()
    settings = project.settings
    short = settings.schedule.model_copy(update={"nightly_limit_seconds": 3600.0})
    (doubt,) = schedule_doubts(project.model_copy(update={"settings": settings.model_copy(update={"schedule": short})}))
    assert "nightly_limit_seconds = 3600" in doubt
