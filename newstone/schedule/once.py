"""One job now, in the foreground, the way the schedule runs it: for cron, and to see that the set-up works."""

import signal
from collections.abc import Callable
from types import FrameType

from newstone.config import Project
from newstone.schedule.children import Ending
from newstone.schedule.jobs import job_named
from newstone.schedule.ledger import ONCE, JobLedger
from newstone.schedule.runs import JobReport, run_job
from pipelines.clock import utc_now
from pipelines.errors import LockedError


def run_once(project: Project, name: str, say: Callable[[str], None]) -> JobReport:
    """Run a job by its name, also one that is switched off; a signal to end is passed on, the second ends it at once.

    Raises:
        UsageError: there is no such job.
        LockedError: the same job was started within this second.
        StoreError: the ledger cannot be written.
    """
    job = job_named(project, name)
    running: list[Ending] = []
    n_signals = 0

    def take(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal n_signals
        n_signals += 1
        for child in running:
            pass_on(child)

    def pass_on(child: Ending) -> None:
        if n_signals == 1:
            child.ask_to_end()
        else:
            child.end_now()

    def on_start(child: Ending, log_file: str) -> None:
        running.append(child)
        if n_signals:  # they came while it was started
            pass_on(child)
        say(f"{name} started (process {child.pid}): {project.log_dir / log_file}")

    numbers = [n for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, take) for number in numbers}
    try:
        report = run_job(project, job, JobLedger(project.data_dir), utc_now(), ONCE, on_start)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if report is None:
        raise LockedError(f"{name} was started within this second already; wait for it")
    say(f"{name} ended: {report.outcome} after {report.elapsed_seconds:.0f} s")
    if report.detail:
        say(report.detail)
    return report
