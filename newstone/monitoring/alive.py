"""Whether the schedule does its work, for the HEALTHCHECK of a container: ``python -m newstone.monitoring.alive``.

Ends with 0 where the daemon runs and the newest planned night has happened and went through, else with 1 and one line.
It reads the ledger of jobs and the daemon's lock, no database: it takes tenths of a second and disturbs no run.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from newstone.config import load_project
from newstone.lock import SCHEDULE_LOCK_NAME, lock_holder_pid
from pipelines.clock import utc_now
from pipelines.errors import NewstoneError

if TYPE_CHECKING:
    from newstone.config import Project

NIGHT = "nightly"

RETRY_SECONDS = 3600.0
"""Besides the grace of a missed start: a night that found the data folder locked is tried again within this time."""


def find_fault(project: "Project", now: datetime) -> str | None:
    """Say what keeps the schedule from being well; None where nothing does. A night under way is well.

    Raises:
        NewstoneError: the ledger cannot be read.
    """
    from newstone.schedule.crontab import last_time
    from newstone.schedule.jobs import job_named
    from newstone.schedule.ledger import JobOutcome, last_job_runs

    if lock_holder_pid(project.data_dir, SCHEDULE_LOCK_NAME) is None:
        return "the schedule does not run; start `newstone schedule`"
    job = job_named(project, NIGHT)
    run = next((run for run in last_job_runs(project) if run.job == NIGHT), None)
    if run is None or job.crontab is None:
        return None  # it was not time yet, or there are no nights
    well = (JobOutcome.OK, JobOutcome.PARTIAL, JobOutcome.NOTHING, JobOutcome.RUNNING, JobOutcome.LOCKED)
    if run.outcome not in well:
        detail = f": {run.detail.splitlines()[0]}" if run.detail else ""
        return f"the night of {run.planned_at:%Y-%m-%d %H:%M} UTC is {run.outcome}{detail}"
    grace = timedelta(seconds=project.settings.schedule.misfire_grace_seconds + RETRY_SECONDS)
    due = last_time(job.crontab, job.zone, now - grace)
    if run.planned_at < due:
        return f"the night of {due:%Y-%m-%d %H:%M} UTC has not begun; the newest is of {run.planned_at:%Y-%m-%d %H:%M}"
    return None


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
