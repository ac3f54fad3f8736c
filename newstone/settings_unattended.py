"""The sections of newstone.toml for running unattended: when, watched by whom, keeping what for how long."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from newstone.settings import Section, Url, ZoneName

_FIELD = r"(\*|[0-9a-z]+(-[0-9a-z]+)?)(/[0-9]+)?(,(\*|[0-9a-z]+(-[0-9a-z]+)?)(/[0-9]+)?)*"


def _check_cron(value: str) -> str:
    if value and re.fullmatch(rf"{_FIELD}( {_FIELD}){{4}}", value.lower()) is None:
        raise ValueError('write five fields as in a crontab, such as "30 2 * * *" (02:30 every day), or "" for never')
    return value


Cron = Annotated[str, AfterValidator(_check_cron)]


class ScheduleSettings(Section):
    """When the jobs of `newstone schedule` run; cron expressions as in a crontab, 0 and 7 are Sunday, "" is never."""

    time_zone: ZoneName = "UTC"
    """Time zone in which the times of this section are meant, such as "Europe/Berlin"."""
    nightly: Cron = "30 2 * * *"
    """`newstone nightly`: all stages."""
    digest: Cron = "0 7 * * mon"
    """`newstone digest --send`: the weekly e-mail; runs only where [digest] recipients are set."""
    poll: Cron = ""
    """Between the nights: the feeds that are due, so that busy ones lose nothing; such as "0 */3 * * *"."""
    publish: Cron = ""
    """`newstone publish`: also tells alerts that quiet hours held back; such as "5 7 * * *"."""
    backup: Cron = ""
    """`newstone backup` into [backup] folder; such as "0 5 * * sun"."""
    catch_up: bool = True
    """True runs a job once, at start, whose last time was missed while the machine was off."""
    misfire_grace_seconds: int = Field(6 * 3600, ge=1)
    """A job that could not start in time (the machine slept, another job ran) still starts within this time."""
    nightly_limit_seconds: float = Field(10 * 3600, gt=0)
    """Time after which a night is stopped: more than [crawl] time_limit_seconds, for the stages after it."""
    job_limit_seconds: float = Field(3600, gt=0)
    """Time after which any other job is stopped."""
    log_days: int = Field(30, ge=1)
    """Days for which the output of jobs is kept in logs/ of the data folder."""


class MonitoringSettings(Section):
    """Who is told that the nights happen."""

    healthcheck_url: Url = ""
    """Address that is asked after each good night, as healthchecks.io wants; /start and /fail are asked, too."""
    textfile: str = ""
    """File for node_exporter's textfile collector, such as "/var/lib/node_exporter/newstone.prom"; "" = none."""


class RetentionSettings(Section):
    """What is kept for how long; `newstone prune --dry-run` says what would go. 0 days is forever."""

    pages_days: int = Field(0, ge=0)
    """Days for which fetched pages (WARC) are kept; without them nothing can be extracted again or replayed."""
    text_days: int = Field(0, ge=0)
    """Days for which full texts are kept; after them only the sentences that name a company."""
    reserved_keep: Literal["full", "sentences", "metadata"] = "sentences"
    """What stays of texts whose publisher reserves text and data mining: all, the sentences that name a company, or
    only title, address, date and scores."""
    reserved_days: int = Field(30, ge=1)
    """Days for which such texts and pages stay in full, so that a changed watchlist still finds them."""
    addresses_days: int = Field(365, ge=0)
    """Days for which the outbox remembers to whom an e-mail was sent."""


class BackupSettings(Section):
    """Copies of the data (`newstone backup`)."""

    folder: Path = Path("backups")
    """Where backups are written; best on another disk."""
    keep: int = Field(7, ge=1)
    """Backups kept; older ones of the same folder are removed after a new one was verified."""
    pages: bool = False
    """True copies the pages (WARC parts), too, instead of a list of them with their checksums."""
