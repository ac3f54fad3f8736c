"""The sections of newstone.toml for running unattended: when, watched by whom, keeping what for how long."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from newstone.schedule.crontab import parse_crontab
from newstone.settings import Section, Url, ZoneName


def _check_cron(value: str) -> str:
    if value.strip():
        parse_crontab(value)
    return value.strip()


Cron = Annotated[str, AfterValidator(_check_cron)]

LONGEST_DAYS = 36_500
"""A century: longer than anything is kept, and short enough that a date so far back exists."""

LONGEST_GRACE_SECONDS = 31 * 86_400
"""A month: a job that waited longer than that is another month's."""


class ScheduleSettings(Section):
    """When the jobs of `newstone schedule` run, as in a crontab; "" is never."""

    time_zone: ZoneName = "UTC"
    """Time zone in which the times of this section are meant, such as "Europe/Berlin"."""
    nightly: Cron = "30 2 * * *"
    """`newstone nightly`: all stages. Minute, hour, day of month, month, day of week (0 and 7 are Sunday; where day of
    month and day of week are both given, one is enough). A time that clocks skip in spring runs when they have jumped,
    one that comes twice in autumn runs once."""
    digest: Cron = "0 7 * * mon"
    """`newstone digest --send`: the weekly e-mail; runs only where [digest] recipients are set."""
    poll: Cron = ""
    """Between the nights: the feeds that are due, so that busy ones lose nothing; such as "0 */3 * * *"."""
    publish: Cron = ""
    """`newstone publish`: also tells alerts that quiet hours held back; such as "5 7 * * *"."""
    backup: Cron = ""
    """`newstone backup` into [backup] folder; such as "0 5 * * sun"."""
    catch_up: bool = True
    """True runs a job once whose last time was missed while the machine was off, or which was broken off then."""
    misfire_grace_seconds: int = Field(6 * 3600, ge=1, le=LONGEST_GRACE_SECONDS)
    """A job that could not start in time (the machine slept, another job ran) still starts within this time; later it
    counts as missed. Also how long a job is tried again that found the data folder locked."""
    nightly_limit_seconds: float = Field(10 * 3600, gt=0)
    """Time after which a night is told to end; 10 minutes later it ends at once. More than [crawl] time_limit_seconds,
    for the stages after the crawl."""
    job_limit_seconds: float = Field(3600, gt=0)
    """The same for any other job."""
    log_days: int = Field(30, ge=1, le=LONGEST_DAYS)
    """Days for which the output of jobs is kept in logs/ of the data folder."""


class MonitoringSettings(Section):
    """Who is told that the nights happen."""

    healthcheck_url: Url = ""
    """Address that is asked after each good night, as healthchecks.io wants; /start and /fail are asked, too."""
    textfile: str = ""
    """File for node_exporter's textfile collector, such as "/var/lib/node_exporter/newstone.prom"; "" = none."""


class RetentionSettings(Section):
    """What is kept for how long; `newstone prune --dry-run` says what would go. 0 days is forever."""

    pages_days: int = Field(0, ge=0, le=LONGEST_DAYS)
    """Days for which fetched pages (WARC) are kept, in whole parts; without them nothing can be extracted again or
    replayed. Articles, mentions and scores stay. Journals of crawls go with them, at the latest after 400 days."""
    text_days: int = Field(0, ge=0, le=LONGEST_DAYS)
    """Days for which full texts are kept in the database; after them only the sentences that name a company."""
    reserved_keep: Literal["full", "sentences", "metadata"] = "sentences"
    """What stays of texts whose publisher reserves text and data mining: all, the sentences that name a company, or
    only title, address, date and scores."""
    reserved_days: int = Field(30, ge=1, le=LONGEST_DAYS)
    """Days for which such texts and pages stay in full, so that a changed watchlist still finds them; from the first
    fetch of the text."""
    addresses_days: int = Field(365, ge=0, le=LONGEST_DAYS)
    """Days for which the outbox remembers to whom an e-mail was sent; after them only that it was."""
    migration_backups_days: int = Field(180, ge=0, le=LONGEST_DAYS)
    """Days for which the copies of the database stay that an update makes before it changes the schema (*.bak)."""


class BackupSettings(Section):
    """Copies of the data (`newstone backup`)."""

    folder: Path = Path("backups")
    """Where backups are written; best on another disk."""
    keep: int = Field(7, ge=1)
    """Backups kept; older ones of the same folder are removed after a new one was verified."""
    pages: bool = False
    """True copies the pages (WARC parts), too, instead of a list of them with their checksums."""
