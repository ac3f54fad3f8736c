"""``newstone report``."""

from datetime import date
from pathlib import Path

import click

from newstone.cli.days import DAY


@click.command("report")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: [report] file.")
@click.option("--since", type=DAY, help="First day, UTC. Default: [report] days before the last.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last day with coverage.")
@click.option(
    "--grain",
    type=click.Choice(["day", "week", "month"]),
    help="Length of a point. Default: by the span: day up to 45 days, week up to two years, else month.",
)
@click.pass_obj
def report_command(
    config: Path | None, out: Path | None, since: date | None, until: date | None, grain: str | None
) -> None:
    """Write the report page: one HTML file that works from disk without a network.

    How coverage of the subject and its competitors moved, how sure that is, and which sentences did it; with filters
    for companies, languages, media, themes and period.
    """
    from db.read import Grain
    from newstone.config import load_project
    from newstone.reporting import write_report

    project = load_project(config)
    file = out or project.report_file
    size_bytes = write_report(project, file, since=since, until=until, grain=Grain(grain) if grain else None)
    click.echo(f"{file} ({size_bytes / 1_000_000:.1f} MB)")
