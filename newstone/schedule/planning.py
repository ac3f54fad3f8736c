"""Which planned times are still to be run: decisions of the daemon that need no scheduler."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from newstone.schedule.crontab import last_time
from newstone.schedule.jobs import ScheduledJob
from newstone.schedule.ledger import CATCH_UP, UNFINISHED, JobLedger

RETRY_AFTER = timedelta(minutes=10)
"""Pause before a job that found the data folder locked is tried again; it doubles each time."""


def missed_times(
    jobs: Sequence[ScheduledJob], ledger: JobLedger, now: datetime
) -> tuple[tuple[ScheduledJob, datetime], ...]:
    """Give each job whose last planned time was missed or broken off, with that time; each is to be caught up once.

    Nothing was missed before a job was first planned by its expression: a new project, or a changed time, starts with
    its next time. Where a night is caught up, a poll is not: the night fetches what it would.

    Raises:
        StoreError: the ledger cannot be read or written.
    """
    found = []
    for job in jobs:
        if job.crontab is None:
            continue
        since = ledger.watched_since(job.name, f"{job.crontab.expression} {job.zone.key}", now)
        planned_at = last_time(job.crontab, job.zone, now)
        attempts = ledger.runs(job.name, planned_at)
        is_open = all(run.outcome in UNFINISHED and not run.attempt.startswith(CATCH_UP) for run in attempts)
        if planned_at > since and is_open:
            found.append((job, planned_at))
    names = {job.name for job, _planned_at in found}
    return tuple((job, at) for job, at in found if not (job.name == "poll" and "nightly" in names))


def retry_time(since: datetime, n_retries: int, now: datetime, grace: timedelta) -> datetime | None:
    """Give when a job that found the data folder locked is tried again; None where that would be too late.

    ``n_retries`` counts those before. The waits are 10, 20, 40 … minutes, as long as they end within ``grace`` of
    ``since``, the first attempt.
    """
    moment = now + RETRY_AFTER * 2**n_retries
    return moment if moment - since <= grace else None
