"""One attempt at a job: claim its planned time, start the child, follow it, judge how it ended."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crawler.run import child_environment
from newstone.cli.exits import (
    EXIT_CHECKS_REFUSED,
    EXIT_FAILED,
    EXIT_LOCKED,
    EXIT_NOTHING_TO_DO,
    EXIT_OK,
    explain_os_error,
)
from newstone.config import Project
from newstone.last_run import read_last_run
from newstone.monitoring.watch import tell_killed
from newstone.schedule.children import ChildEnd, Ending, JobChild, Orphan
from newstone.schedule.jobs import ScheduledJob
from newstone.schedule.ledger import JobLedger, JobOutcome, JobRun
from newstone.schedule.logs import close_log, describe_exit, last_words, open_log, remove_old_logs
from pipelines.clock import utc_now
from pipelines.errors import StoreError

OUTCOMES = {
    EXIT_OK: JobOutcome.OK,
    EXIT_NOTHING_TO_DO: JobOutcome.NOTHING,
    EXIT_CHECKS_REFUSED: JobOutcome.REFUSED,
    EXIT_LOCKED: JobOutcome.LOCKED,
}
"""What an exit code says by itself; 1 needs a look at how the run itself was recorded, any other is a failure."""


@dataclass(frozen=True, slots=True)
class JobReport:
    """How an attempt ended, for the daemon's line and for ``--once``."""

    outcome: JobOutcome
    exit_code: int | None
    detail: str
    log_file: str
    elapsed_seconds: float


def job_command(project: Project, job: ScheduledJob) -> list[str]:
    """Give the command line of a job."""
    return [sys.executable, "-m", "newstone", "--config", str(project.file), *job.arguments]


def run_job(
    project: Project,
    job: ScheduledJob,
    ledger: JobLedger,
    planned_at: datetime,
    attempt: str,
    on_start: Callable[[Ending, str], None] = lambda _child, _log_file: None,
    command: Sequence[str] | None = None,
) -> JobReport | None:
    """Run a job to its end; None where this attempt at this planned time was made before.

    ``on_start`` is given the child, which other threads may ask to end, and the name of its log; ``command`` replaces
    that of the job.

    Raises:
        StoreError: the ledger cannot be written.
    """
    claimed_at = utc_now()
    run_id = ledger.claim(job.name, planned_at, attempt, claimed_at)
    if run_id is None:
        return None
    command = list(command or job_command(project, job))
    before = read_last_run(project.data_dir)
    try:
        path, log = open_log(project.log_dir, job.name, command, utc_now())
    except OSError as error:
        return _not_started(ledger, run_id, error)
    try:
        child = JobChild(
            command, log, limit_seconds=job.limit_seconds, folder=project.root, environment=job_environment()
        )
        with suppress(StoreError):  # the job counts for more; without its process a kill would make it "lost"
            ledger.note_start(run_id, child.pid, path.name)
        on_start(child, path.name)
        end = child.wait()
        last = read_last_run(project.data_dir)
        if last is not None and (last.pid != child.pid or last == before):
            last = None  # of another run
        outcome, detail = judge_end(end, None if last is None else (last.state, last.detail), last_words(path))
        try:
            ledger.note_end(run_id, outcome, end.exit_code, detail, utc_now())
        except StoreError as error:  # it ran all the same; a ledger that can be read shows it as lost
            detail = "\n".join(filter(None, (detail, str(error))))
        try:
            close_log(log, outcome, end.exit_code, end.elapsed_seconds, utc_now())
            remove_old_logs(project.log_dir, project.settings.schedule.log_days, utc_now())
        except OSError as error:
            detail = "\n".join(filter(None, (detail, explain_os_error(error))))
        if end.exit_code is not None and end.exit_code < 0:  # it could not say so itself
            untold = tell_killed(project, job.name, child.pid, claimed_at, end.exit_code, detail, is_hasty=end.is_asked)
            detail = "\n".join(filter(None, (detail, *untold)))
        return JobReport(outcome, end.exit_code, detail, path.name, end.elapsed_seconds)
    except OSError as error:
        return _not_started(ledger, run_id, error)
    finally:
        os.close(log)


def job_environment() -> Mapping[str, str]:
    """Give the environment of a job: that of the daemon, secrets included, for a job sends e-mail and pings.

    Files in the project's folder are no Python modules for it.
    """
    return {**os.environ, **child_environment()}


def judge_end(end: ChildEnd, last_run: tuple[str, str] | None, words: str = "") -> tuple[JobOutcome, str]:
    """Give the outcome of a child and what to say about it.

    ``last_run`` is the state and detail that its run recorded, since exit code 1 alone cannot say whether a run failed,
    lost something or was interrupted; ``words`` is the last message in its log.
    """
    state, said = last_run or ("", "")
    if end.is_timed_out and end.exit_code != EXIT_OK:  # asked in its last stage, it may have come to its end
        return JobOutcome.TIMED_OUT, "stopped at its time limit; the next run picks up what is left"
    if end.exit_code in OUTCOMES:
        outcome = OUTCOMES[end.exit_code]
        return outcome, said or ("" if outcome in {JobOutcome.OK, JobOutcome.NOTHING} else words)
    if end.exit_code in (EXIT_FAILED, None) and state in {"ok", "partial", "failed", "interrupted"}:
        return JobOutcome(state), said
    if end.exit_code is None:
        return JobOutcome.LOST, "the schedule was killed while this ran; how it ended is not known"
    if end.is_asked:
        return JobOutcome.INTERRUPTED, "stopped with the schedule"
    return JobOutcome.FAILED, said or words or describe_exit(end.exit_code)


def follow_orphan(
    project: Project, run: JobRun, ledger: JobLedger, orphan: Orphan, on_start: Callable[[Ending, str], None]
) -> JobReport:
    """Wait for a job that a killed daemon left, and enter how it ended.

    Raises:
        StoreError: the ledger cannot be written.
    """
    on_start(orphan, run.log_file)
    return close_orphan(project, run, ledger, orphan.wait())


def close_orphan(project: Project, run: JobRun, ledger: JobLedger, end: ChildEnd) -> JobReport:
    """Enter how a job ended that a killed daemon left, as far as its run recorded it; tell of one that said nothing.

    Raises:
        StoreError: the ledger cannot be written.
    """
    last = read_last_run(project.data_dir)
    known = (last.state, last.detail) if last is not None and last.is_of(run.pid, run.started_at) else None
    outcome, detail = judge_end(end, known)
    ledger.note_end(run.id, outcome, end.exit_code, detail, utc_now())
    if known is None and run.pid:
        untold = tell_killed(project, run.job, run.pid, run.started_at, end.exit_code, detail, is_hasty=True)
        detail = "\n".join(filter(None, (detail, *untold)))
    return JobReport(outcome, end.exit_code, detail, run.log_file, end.elapsed_seconds)


def _not_started(ledger: JobLedger, run_id: int, error: OSError) -> JobReport:
    detail = f"could not be run: {explain_os_error(error)}"
    ledger.note_end(run_id, JobOutcome.FAILED, None, detail, utc_now())
    return JobReport(JobOutcome.FAILED, None, detail, "", 0.0)
