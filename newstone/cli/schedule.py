"""``newstone schedule``."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_LOCKED, EXIT_NOTHING_TO_DO, EXIT_OK

if TYPE_CHECKING:
    from newstone.config import Project


@click.command("schedule")
@click.option("--list", "show_list", is_flag=True, help="Next time and last outcome of each job; starts nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --list: one JSON object instead of text.")
@click.option("--once", "job_name", metavar="JOB", help="Run one job now, as the schedule would, and end as it ends.")
@click.option("--quiet", is_flag=True, help="With --once: say something only where a person should read it (for cron).")
@click.option(
    "--print", "kind", metavar="KIND", help="What an administrator installs: cron, systemd, launchd or docker."
)
@click.pass_obj
def schedule_command(
    config: Path | None, *, show_list: bool, as_json: bool, job_name: str | None, quiet: bool, kind: str | None
) -> int:
    """Run the jobs of [schedule] at their times, one at a time, until SIGTERM or Ctrl-C.

    \b
    Jobs: nightly, digest (where [digest] has recipients), poll, publish, backup.
    Each is a process of its own with a time limit and a log in logs/ of the data folder.

    SIGTERM cuts a crawl short (what is left comes with the next run) and lets any other stage end; a second one ends
    at once. SIGHUP reads newstone.toml again.
    A job that was missed or broken off while the machine was off is caught up once.

    \b
    A job ended with   is recorded as
      0                ok
      1                failed, partial (something was lost) or interrupted
      2                failed: a setting or argument is wrong
      3                nothing to do
      4                refused: checks kept the last good snapshot
      5                locked: another run held the data folder; tried again after 10, 20, 40 ... minutes
    and one that was stopped at its limit as timed out.

    The schedule itself ends with 0 after SIGTERM, with 5 where another one serves this data folder.
    """  # noqa: D301  (\b is click's mark for lines that stay as they are)
    from newstone.config import load_project

    if sum((show_list, job_name is not None, kind is not None)) > 1:
        raise click.UsageError("give one of --list, --once and --print")
    if as_json and not show_list:
        raise click.UsageError("--json belongs to --list")
    if quiet and job_name is None:
        raise click.UsageError("--quiet belongs to --once")
    project = load_project(config)
    if show_list:
        return _list(project, as_json=as_json)
    if kind is not None:
        from newstone.schedule.units import render_schedule

        click.echo(render_schedule(project, kind, _executable()), nl=False)
        return EXIT_OK
    if job_name is not None:
        return _run_once(project, job_name, quiet=quiet)
    from newstone.schedule.daemon import Daemon, say_to_stderr

    Daemon(project, say_to_stderr).run()
    return EXIT_OK


def _executable() -> Path:
    """Give the command ``newstone`` that belongs to this interpreter, else the one on the path."""
    beside = Path(sys.executable).parent / "newstone"  # not resolved: a virtual environment links its interpreter
    found = str(beside) if beside.is_file() else shutil.which("newstone")
    return Path(found or beside).absolute()


def _list(project: "Project", *, as_json: bool) -> int:
    from newstone.schedule.listing import list_jobs, listing_json, listing_lines

    listing = list_jobs(project)
    if as_json:
        click.echo(json.dumps(listing_json(listing), ensure_ascii=False, indent=2))
    else:
        for line in listing_lines(listing):
            click.echo(line)
    return EXIT_OK


def _run_once(project: "Project", name: str, *, quiet: bool) -> int:
    from newstone.schedule.once import run_once

    said: list[str] = []
    report = run_once(project, name, said.append if quiet else lambda line: click.echo(line, err=True))
    code = EXIT_FAILED if report.exit_code is None or report.exit_code < 0 else report.exit_code
    # a poll that finds the data folder locked has nothing to add to the run that holds it
    is_expected = code in {EXIT_OK, EXIT_NOTHING_TO_DO} or (code == EXIT_LOCKED and name == "poll")
    for line in () if is_expected else said:
        click.echo(line, err=True)
    return code
