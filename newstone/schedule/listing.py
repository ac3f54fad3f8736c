"""What ``newstone schedule --list`` shows: when each job comes next, and how it ended last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newstone.config import Project
from newstone.lock import SCHEDULE_LOCK_NAME, lock_holder
from newstone.schedule.crontab import next_time
from newstone.schedule.jobs import ScheduledJob, all_jobs
from newstone.schedule.ledger import JobRun, last_job_runs
from pipelines.clock import utc_now


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One job; ``next_at`` is in UTC, None where it is switched off. ``last`` is its newest attempt."""

    job: ScheduledJob
    next_at: datetime | None
    last: JobRun | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All jobs, and the daemon that serves them (for a person, None where none does)."""

    daemon: str | None
    jobs: tuple[ListedJob, ...]


def list_jobs(project: Project) -> Listing:
    """Read schedule and ledger; starts nothing and writes nothing.

    Raises:
        StoreError: the ledger cannot be read.
    """
    last = {run.job: run for run in last_job_runs(project)}
    now = utc_now()
    jobs = (
        ListedJob(
            job=job,
            next_at=None if job.crontab is None else next_time(job.crontab, job.zone, now),
            last=last.get(job.name),
        )
        for job in all_jobs(project)
    )
    return Listing(lock_holder(project.data_dir, SCHEDULE_LOCK_NAME), tuple(jobs))


def listing_lines(listing: Listing) -> Iterator[str]:
    """Give the listing for a person, times in the zone of [schedule]."""
    yield f"served by {listing.daemon}" if listing.daemon else "nobody serves this schedule; `newstone schedule` does"
    for row in listing.jobs:
        zone = row.job.zone
        when = f"off ({row.job.off_reason})"
        if row.next_at is not None:
            when = f"next {row.next_at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
        last = "never run"
        if row.last is not None:
            last = f"last {row.last.started_at.astimezone(zone):%Y-%m-%d %H:%M %Z}: {row.last.outcome}"
            if row.last.detail:
                last += f" ({row.last.detail.splitlines()[0]})"
        yield f"  {row.job.name:<8} {when}; {last}"


def listing_json(listing: Listing) -> dict[str, Any]:
    """Give the listing for ``json.dumps``; times in UTC, ISO 8601."""
    return {
        "daemon": listing.daemon,
        "jobs": [
            {
                "job": row.job.name,
                "off_reason": row.job.off_reason,
                "next_at": None if row.next_at is None else row.next_at.isoformat(),
                "last": None if row.last is None else _run_json(row.last),
            }
            for row in listing.jobs
        ],
    }


def _run_json(run: JobRun) -> dict[str, Any]:
    return {
        "planned_at": run.planned_at.isoformat(),
        "attempt": run.attempt,
        "started_at": run.started_at.isoformat(),
        "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
        "outcome": str(run.outcome),
        "exit_code": run.exit_code,
        "log_file": run.log_file,
        "detail": run.detail,
    }
