"""``newstone schedule``: APScheduler starts the jobs, one at a time, each once for each planned time.

APScheduler keeps the times (coalescing, grace for misfires, at most one instance of a job); one worker thread runs the
jobs behind each other, so that they never find the data folder locked by one another. The main thread takes signals
and watches the clock.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from newstone.config import Project, load_project
from newstone.lock import SCHEDULE_LOCK_NAME, hold_lock, lock_holder_pid
from newstone.schedule.children import ChildEnd, Ending, Orphan
from newstone.schedule.crontab import Crontab, last_time, next_time
from newstone.schedule.jobs import ScheduledJob, all_jobs
from newstone.schedule.ledger import CATCH_UP, PLANNED, JobLedger, JobOutcome, JobRun
from newstone.schedule.planning import missed_times, retry_time
from newstone.schedule.runs import JobReport, close_orphan, follow_orphan, run_job
from pipelines.clock import monotonic_seconds, utc_now
from pipelines.errors import NewstoneError

BEAT_SECONDS = 10.0
"""Pause between two looks at the clock. APScheduler sleeps until the next job and would not see it set or the machine
asleep."""

JUMP_SECONDS = 5.0
"""Difference between the clock and the time that passed from which the clock was set, or the machine slept."""


class CrontabTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """The moments of an expression, for APScheduler, whose own CronTrigger counts weekdays from Monday."""

    def __init__(self, crontab: Crontab, zone: ZoneInfo) -> None:
        self._crontab = crontab
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Give the first moment after the one before, or from now on; of many that went by, only the last."""
        if previous_fire_time is None:
            return next_time(self._crontab, self._zone, now - timedelta(microseconds=1))
        passed = last_time(self._crontab, self._zone, now)
        return passed if passed > previous_fire_time else next_time(self._crontab, self._zone, previous_fire_time)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt at a planned time; ``since`` is when the first of its kind was due (UTC)."""

    planned_at: datetime
    kind: str  # PLANNED or CATCH_UP
    since: datetime
    n_retries: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind}, retry {self.n_retries}" if self.n_retries else self.kind


class Daemon:
    """The schedule of one project, from :meth:`run` until a signal ends it."""

    def __init__(self, project: Project, say: Callable[[str], None]) -> None:
        """``say`` is given one line for a person at a time, from any thread."""
        self._project = project
        self._say = say
        self._ledger = JobLedger(project.data_dir)
        self._jobs: dict[str, ScheduledJob] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1},
        )
        self._lock = threading.Lock()
        self._is_busy = False  # the worker runs a job, or is about to
        self._current: tuple[Ending, ScheduledJob] | None = None
        self._n_ends = 0  # requests to end so far
        self._n_passed = 0  # those that the current child was told of
        self._is_reload_wanted = False
        self._wake = threading.Event()

    @property
    def _grace_seconds(self) -> int:
        return self._project.settings.schedule.misfire_grace_seconds

    def run(self) -> None:
        """Run jobs at their times until SIGTERM or SIGINT; returns when the last one has ended.

        Raises:
            LockedError: another daemon serves this data folder.
            StoreError: the ledger cannot be read or written.
            OSError: the data folder cannot be written.
        """
        with hold_lock(self._project.data_dir, "schedule", SCHEDULE_LOCK_NAME), self._taking_signals():
            logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what a person needs is said here
            self._scheduler.add_listener(self._note_miss, EVENT_JOB_MISSED)
            self._scheduler.add_listener(self._note_error, EVENT_JOB_ERROR)
            self._scheduler.add_listener(self._note_wait, EVENT_JOB_MAX_INSTANCES)
            self._scheduler.start(paused=True)
            self._adopt_orphans()
            self._plan_all()
            self._scheduler.resume()
            self._beat()
            self._scheduler.shutdown(wait=True)
            self._say("schedule ended")

    # -- the main thread -------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        """Wait for signals, and for jumps of the clock, until the end was asked for and no job runs."""
        wall, steady = utc_now(), monotonic_seconds()
        n_handled = 0
        while not (self._n_ends and not self._is_busy):
            self._wake.wait(BEAT_SECONDS)
            self._wake.clear()
            if self._n_ends > n_handled:
                n_handled = self._n_ends
                self._end(n_handled)
            if self._is_reload_wanted:
                self._is_reload_wanted = False
                self._reload()
            jump = (utc_now() - wall).total_seconds() - (monotonic_seconds() - steady)
            wall, steady = utc_now(), monotonic_seconds()
            if abs(jump) > JUMP_SECONDS and not self._n_ends:
                self._take_jump(jump)

    def _take_jump(self, seconds: float) -> None:
        """Plan anew after the clock was set back; after it was set forward or a sleep, start what is due."""
        if seconds < 0:
            self._say(f"the clock was set back by {-seconds:.0f} s; planned times that were run are not run again")
            self._plan(utc_now())
        self._scheduler.wakeup()

    def _end(self, n: int) -> None:
        """Start nothing more, and pass the n-th request to end on to the child, once."""
        self._scheduler.pause()
        with self._lock:
            if self._current is None or n <= self._n_passed:
                return
            self._n_passed = n
            child, job = self._current
        if n > 1:
            self._say(f"ending {job.name} (process {child.pid}) at once")
            child.end_now()
            return
        self._say(f"ending after the running stage of {job.name} (process {child.pid}); once more ends it at once")
        if not job.ends_by_itself:
            child.ask_to_end()

    @contextmanager
    def _taking_signals(self) -> Iterator[None]:
        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            self._n_ends += 1
            self._wake.set()

        def reload(number: int, frame: FrameType | None) -> None:
            del number, frame
            self._is_reload_wanted = True
            self._wake.set()

        handlers = {signal.SIGTERM: end, signal.SIGINT: end}
        # a closed terminal says SIGHUP, too: then nobody wants the schedule to go on
        handlers[signal.SIGHUP] = end if sys.stderr.isatty() else reload
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _reload(self) -> None:
        """Read newstone.toml again; a wrong one changes nothing."""
        try:
            self._project = load_project(self._project.file)
        except NewstoneError as error:
            self._say(f"the old schedule stays: {error}")
            return
        self._say("newstone.toml was read again")
        try:
            self._plan_all()
        except NewstoneError as error:  # the ledger: planned times come all the same
            self._say(f"nothing is caught up: {error}")

    def _plan_all(self) -> None:
        """Plan from one moment on, so that no time falls between what is planned and what is caught up."""
        now = utc_now()
        self._plan(now)
        self._catch_up(now)

    def _plan(self, now: datetime) -> None:
        """Plan every job that has times, in place of what was planned before, and say when each comes next."""
        self._jobs = {job.name: job for job in all_jobs(self._project)}
        for job in self._jobs.values():
            if job.crontab is None:
                with suppress(LookupError):
                    self._scheduler.remove_job(job.name)
                continue
            self._scheduler.add_job(
                self._run_planned,
                CrontabTrigger(job.crontab, job.zone),
                args=[job.name],
                id=job.name,
                replace_existing=True,
                misfire_grace_time=self._grace_seconds,
                next_run_time=next_time(job.crontab, job.zone, now),
            )
            self._say(f"{job.name}: next {_local(next_time(job.crontab, job.zone, now), job.zone)}")
        if not self._scheduler.get_jobs():
            self._say(f"no job has a time; set one in [schedule] of {self._project.file}, then send SIGHUP")

    def _catch_up(self, now: datetime) -> None:
        missed = missed_times(tuple(self._jobs.values()), self._ledger, now)  # also notes since when jobs are planned
        if self._project.settings.schedule.catch_up:
            for job, planned_at in missed:
                self._start(job.name, _Attempt(planned_at, CATCH_UP, since=now), now)

    def _adopt_orphans(self) -> None:
        """Follow the job that a killed daemon left behind; enter what is known about those that are gone."""
        holder = lock_holder_pid(self._project.data_dir)
        limits = {job.name: job.limit_seconds for job in all_jobs(self._project)}
        for run in self._ledger.runs():
            if run.outcome is not JobOutcome.RUNNING:
                continue
            if run.pid and run.pid == holder:
                self._say(f"{run.job} of an earlier schedule still runs (process {run.pid}); the others wait for it")
                left = limits.get(run.job, 0.0) - max(0.0, (utc_now() - run.started_at).total_seconds())
                orphan = Orphan(run.pid, self._project.data_dir, limit_seconds=max(0.0, left))
                self._scheduler.add_job(self._follow, args=[run, orphan], misfire_grace_time=None)
            else:
                report = close_orphan(self._project, run, self._ledger, ChildEnd(None, False, False, 0.0))
                self._say(f"{run.job} of {run.planned_at:%Y-%m-%d %H:%M} UTC, {run.attempt}: {report.outcome}")

    def _start(self, name: str, attempt: _Attempt, at: datetime) -> None:
        self._scheduler.add_job(
            self._run,
            DateTrigger(at),
            args=[name, attempt],
            id=f"{name}, {attempt.kind}",
            replace_existing=True,
            misfire_grace_time=None,
        )

    # -- the worker thread -----------------------------------------------------------------------------------------

    def _run_planned(self, name: str) -> None:
        """Run a job for its last planned time; several that came while it waited are one."""
        job, now = self._jobs[name], utc_now()
        if job.crontab is not None:
            self._run(name, _Attempt(last_time(job.crontab, job.zone, now), PLANNED, since=now))

    def _run(self, name: str, attempt: _Attempt) -> None:
        job = self._jobs[name]

        def on_start(child: Ending, log_file: str) -> None:
            self._say(f"{name} started ({attempt.name}, process {child.pid}): {self._project.log_dir / log_file}")
            self._note_current(child, job)

        if not self._is_free_to_start():
            return
        try:
            report = run_job(self._project, job, self._ledger, attempt.planned_at, attempt.name, on_start)
        except NewstoneError as error:
            self._say(f"{name} was not run: {error}")
            return
        finally:
            self._forget_current()
        if report is None:
            self._say(f"{name} was run already for {_local(attempt.planned_at, job.zone)}")
            return
        self._say_end(job, report)
        if report.outcome is JobOutcome.LOCKED:
            self._retry(job, attempt)

    def _follow(self, run: JobRun, orphan: Orphan) -> None:
        job = self._jobs[run.job]
        if not self._is_free_to_start():
            return
        try:
            report = follow_orphan(
                self._project, run, self._ledger, orphan, lambda child, _log_file: self._note_current(child, job)
            )
        finally:
            self._forget_current()
        self._say_end(job, report)

    def _is_free_to_start(self) -> bool:
        with self._lock:
            self._is_busy = not self._n_ends
            return self._is_busy

    def _note_current(self, child: Ending, job: ScheduledJob) -> None:
        with self._lock:
            self._current, self._n_passed = (child, job), 0
        if self._n_ends:  # asked between the look before the start and now
            self._end(self._n_ends)

    def _forget_current(self) -> None:
        with self._lock:
            self._current, self._is_busy = None, False
        self._wake.set()

    def _say_end(self, job: ScheduledJob, report: JobReport) -> None:
        first = report.detail.splitlines()[0] if report.detail else ""
        self._say(f"{job.name} ended: {report.outcome} after {report.elapsed_seconds:.0f} s" + (first and f"; {first}"))

    def _retry(self, job: ScheduledJob, attempt: _Attempt) -> None:
        at = retry_time(attempt.since, attempt.n_retries, utc_now(), timedelta(seconds=self._grace_seconds))
        if at is None:
            self._say(f"{job.name} is not tried again before its next time")
        else:
            self._say(f"{job.name} found the data folder locked; it is tried again {_local(at, job.zone)}")
            self._start(job.name, replace(attempt, n_retries=attempt.n_retries + 1), at)

    # -- events of APScheduler -------------------------------------------------------------------------------------

    def _note_miss(self, event: Any) -> None:
        """Enter a time at which a job could not start within the grace time, and catch it up where that is wanted."""
        job = self._jobs.get(event.job_id)
        if job is None:
            return
        detail = f"could not start within {self._grace_seconds} s of its time"
        try:
            run_id = self._ledger.claim(job.name, event.scheduled_run_time, PLANNED, utc_now())
            if run_id is not None:
                self._ledger.note_end(run_id, JobOutcome.MISSED, None, detail, utc_now())
                self._say(f"{job.name} missed {_local(event.scheduled_run_time, job.zone)}: it {detail}")
                self._catch_up(utc_now())
        except NewstoneError as error:  # APScheduler would say nothing
            self._say(f"{job.name} {detail}, and is not caught up: {error}")

    def _note_error(self, event: Any) -> None:
        self._say(f"{event.job_id} was not run: {event.exception}")

    def _note_wait(self, event: Any) -> None:
        self._say(f"{event.job_id} waits already behind another job; its times are one run")


def say_to_stderr(line: str) -> None:
    """Write one line to stderr, with the time (UTC) where no journal adds it."""
    stamp = "" if "JOURNAL_STREAM" in os.environ else f"{utc_now():%Y-%m-%d %H:%M:%S}Z "
    with suppress(OSError):  # nobody reads any more; the ledger says the same, and the jobs go on
        sys.stderr.write(f"{stamp}{line}\n")
        sys.stderr.flush()


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
