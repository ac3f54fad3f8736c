"""The jobs of a project: their times, commands and time limits."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from newstone.config import Project
from newstone.schedule.crontab import Crontab, parse_crontab
from pipelines.errors import UsageError

JOBS: dict[str, tuple[str, ...]] = {
    "nightly": ("nightly",),
    "digest": ("digest", "--send"),
    "poll": ("crawl", "--due"),
    "publish": ("publish",),
    "backup": ("backup",),
}
"""Name of each job and the arguments of its command, in the order in which missed ones are caught up."""

PURPOSES = {
    "nightly": "the night: all stages, from the crawl to the snapshot",
    "digest": "the weekly e-mail",
    "poll": "feeds that are due between the nights",
    "publish": "what quiet hours held back",
    "backup": "a backup",
}
"""What each job is for, for a person."""

ENDS_BY_ITSELF = frozenset({"digest"})
"""Jobs that are short and whose interruption costs something: an e-mail that is being handed over is then in doubt."""


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """One job; ``crontab`` is None where it never runs by itself, and ``off_reason`` then says why."""

    name: str
    arguments: tuple[str, ...]
    crontab: Crontab | None
    zone: ZoneInfo
    limit_seconds: float
    off_reason: str = ""

    @property
    def ends_by_itself(self) -> bool:
        """True where the first request to end is not passed on."""
        return self.name in ENDS_BY_ITSELF


def all_jobs(project: Project) -> tuple[ScheduledJob, ...]:
    """Give every job of a project, also those that are switched off."""
    settings = project.settings.schedule
    jobs = []
    for name, arguments in JOBS.items():
        expression: str = getattr(settings, name)
        reason = "" if expression else f'schedule.{name} is ""'
        if name == "digest" and not project.settings.digest.recipients:
            expression, reason = "", "digest.recipients is empty"
        jobs.append(
            ScheduledJob(
                name=name,
                arguments=arguments,
                crontab=parse_crontab(expression) if expression else None,
                zone=ZoneInfo(settings.time_zone),
                limit_seconds=settings.nightly_limit_seconds if name == "nightly" else settings.job_limit_seconds,
                off_reason=reason,
            )
        )
    return tuple(jobs)


def job_named(project: Project, name: str) -> ScheduledJob:
    """Give one job by its name, also one that is switched off.

    Raises:
        UsageError: there is no such job.
    """
    for job in all_jobs(project):
        if job.name == name:
            return job
    raise UsageError(f"no job {name!r}; write one of {', '.join(JOBS)}")


def schedule_doubts(project: Project) -> tuple[str, ...]:
    """Give what is allowed in [schedule] and probably not meant, for `newstone check`."""
    settings, crawl = project.settings.schedule, project.settings.crawl
    doubts = []
    if settings.nightly_limit_seconds <= crawl.time_limit_seconds:
        doubts.append(
            f"schedule.nightly_limit_seconds = {settings.nightly_limit_seconds:g} stops a night before its crawl may "
            f"end (crawl.time_limit_seconds = {crawl.time_limit_seconds:g}); raise it by some hours"
        )
    return tuple(doubts)
