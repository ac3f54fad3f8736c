"""Whether the schedule does its work, for the HEALTHCHECK of a container: ``python -m newstone.monitoring.alive``.

Ends with 0 where the daemon runs and the newest planned night has happened and went through, else with 1 and one line.
It reads the ledger of jobs and the daemon's lock, no database: it takes tenths of a second and disturbs no run.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newstone.config import load_project
from newstone.lock import SCHEDULE_LOCK_NAME, lock_holder_pid
from pipelines.clock import utc_now
from pipelines.errors import NewstoneError

if TYPE_CHECKING:
    from newstone.config import Project
    from newstone.schedule.jobs import ScheduledJob

NIGHT = "nightly"

RETRY = timedelta(hours=1)
"""Besides the grace of a missed start: a night that found the data folder locked is tried again within this time."""


def find_fault(project: "Project", now: datetime) -> str | None:
    """Say what keeps the schedule from being well; None where nothing does. A night under way is well.

    Raises:
        NewstoneError: the ledger cannot be read.
    """
    from newstone.schedule.jobs import job_named
    from newstone.schedule.ledger import JobOutcome, last_job_runs

    if lock_holder_pid(project.data_dir, SCHEDULE_LOCK_NAME) is None:
        return "the schedule does not run; start `newstone schedule`"
    job = job_named(project, NIGHT)
    run = next((run for run in last_job_runs(project) if run.job == NIGHT), None)
    if run is None or job.crontab is None:
        return None  # it was not time yet, or there are no nights
    grace = timedelta(seconds=project.settings.schedule.misfire_grace_seconds)
    well = {JobOutcome.OK, JobOutcome.PARTIAL, JobOutcome.NOTHING, JobOutcome.RUNNING}
    if now - run.started_at <= grace:
        well.add(JobOutcome.LOCKED)  # it is tried again
    if run.outcome not in well:
        detail = f": {run.detail.splitlines()[0]}" if run.detail else ""
        return f"the night of {run.planned_at:%Y-%m-%d %H:%M} UTC is {run.outcome}{detail}"
    due = _due(project, job, now - grace - RETRY)
    if due is not None and run.planned_at < due:
        return f"the night of {due:%Y-%m-%d %H:%M} UTC has not begun; the newest is of {run.planned_at:%Y-%m-%d %H:%M}"
    return None


def _due(project: "Project", job: "ScheduledJob", until: datetime) -> datetime | None:
    """Give the last night up to a moment; None where it lies before the daemon took up the times by which it plans.

    They are those of the ledger: what was changed in newstone.toml counts once the daemon has read it.
    """
    from newstone.schedule.crontab import last_time, parse_crontab
    from newstone.schedule.ledger import watched_expression

    watched = watched_expression(project, NIGHT)
    if watched is None:
        return None if job.crontab is None else last_time(job.crontab, job.zone, until)
    expression, _, zone = watched[0].rpartition(" ")
    due = last_time(parse_crontab(expression), ZoneInfo(zone), until)
    return due if due > watched[1] else None


def main(arguments: list[str]) -> int:
    """Print what is wrong, if anything; give the exit status. ``arguments`` may name newstone.toml or its folder."""
    try:
        fault = find_fault(load_project(Path(arguments[0]) if arguments else None), utc_now())
    except NewstoneError as error:
        fault = str(error)
    print(fault or "well")  # noqa: T201  (Docker shows it in `docker inspect`)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
