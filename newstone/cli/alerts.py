"""``newstone alerts list | test``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_NOTHING_TO_DO, EXIT_OK

if TYPE_CHECKING:
    from newstone.alert_history import Rehearsed, RuleStanding

PIPED_WIDTH = 140
"""Columns of a table where standard output is no terminal."""

WITHOUT_RULES = "no rules; write [[alerts.rules]] blocks into {file}"


@click.group("alerts")
def alerts_command() -> None:
    """List the rules of alerts, and show what they would have told."""


@alerts_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_obj
def list_command(config: Path | None, *, as_json: bool) -> int:
    """List the rules, with the newest day that each has told and what waits to be told."""
    from newstone.alert_history import list_rules
    from newstone.config import load_project

    project = load_project(config)
    standings = list_rules(project)
    if as_json:
        click.echo(json.dumps([standing.to_json_dict() for standing in standings], ensure_ascii=False, indent=2))
    elif standings:
        _show_rules(standings)
    else:
        click.echo(WITHOUT_RULES.format(file=project.file), err=True)
    return EXIT_OK if standings else EXIT_NOTHING_TO_DO


@alerts_command.command("test")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=60, show_default=True, help="Days before the last article."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_obj
def test_command(config: Path | None, days: int, *, as_json: bool) -> int:
    """Show what the rules would have told over the last days of the data; sends nothing and remembers nothing.

    "told" would have been sent, "cool-down" and "muted" say why not, "told (quiet)" would have waited for the end of
    the quiet hours, if evaluated at the time of day of the newest publication.
    """
    from newstone.alert_history import rehearse
    from newstone.config import load_project

    project = load_project(config)
    rehearsal = rehearse(project, days)
    if as_json:
        click.echo(json.dumps([row.to_json_dict() for row in rehearsal.rows], ensure_ascii=False, indent=2))
    else:
        _show_rehearsal(rehearsal.rows)
        if rehearsal.span is None:
            click.echo("no articles about a watched company yet", err=True)
        else:
            n_told = sum(row.is_told for row in rehearsal.rows)
            span = f"{rehearsal.span.since} to {rehearsal.span.until}"
            click.echo(
                f"{n_told} of {len(rehearsal.rows)} days would have been told, {span}; nothing was sent", err=True
            )
    if not project.settings.alerts.rules:
        click.echo(WITHOUT_RULES.format(file=project.file), err=True)
    return EXIT_OK if project.settings.alerts.rules else EXIT_NOTHING_TO_DO


def _show_rules(standings: "tuple[RuleStanding, ...]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("rule", "company", "measure", "threshold", "least voices", "cool-down", "told last", "waiting"):
        table.add_column(heading, no_wrap=heading != "rule", justify="right" if heading in _NUMBERS else "left")
    for one in standings:
        muted = f" (muted until {one.mute_until})" if one.is_muted else ""
        cells = (one.company, one.measure, one.threshold, str(one.minimum_voices), f"{one.cool_down_days} days")
        table.add_row(
            one.name + muted, *cells, "–" if one.last_told is None else str(one.last_told), str(one.n_waiting)
        )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, markup=False, highlight=False).print(table)


_NUMBERS = frozenset({"least voices", "cool-down", "waiting", "value", "usual", "z", "n"})


def _show_rehearsal(rows: "tuple[Rehearsed, ...]") -> None:
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("day", "rule", "company", "value", "usual", "z", "n", "95 % interval", "outcome"):
        table.add_column(heading, no_wrap=heading != "rule", justify="right" if heading in _NUMBERS else "left")
    for row in rows:
        interval = "" if row.low is None or row.high is None else f"{row.low:+.2f} … {row.high:+.2f}"
        usual = "–" if row.usual is None else row.shown(row.usual)
        z = "" if row.z is None else f"{row.z:+.1f}"
        figures = (row.shown(row.value), usual, z, str(row.n_voices), interval)
        table.add_row(str(row.day), row.rule, row.company, *figures, row.outcome)
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, markup=False, highlight=False).print(table)
