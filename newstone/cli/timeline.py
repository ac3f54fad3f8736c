"""``newstone timeline ENTITY``."""

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY

if TYPE_CHECKING:
    from db.read import TimelinePoint

PIPED_WIDTH = 120
"""Columns of the table where standard output is no terminal."""

WIDTH_WITH_BAR = 100
"""Columns from which the bar fits beside the figures; a terminal of 80 shows the figures alone."""

BAR_WIDTH = 20
"""Characters of the bar that shows polarity from -1 to 1."""


@click.command("timeline")
@click.argument("entity")
@click.option("--since", type=DAY, help="First day, UTC. Default: the first article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last article.")
@click.option("--grain", type=click.Choice(["day", "week", "month"]), default="week", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_obj
def timeline_command(
    config: Path | None, entity: str, since: date | None, until: date | None, grain: str, *, as_json: bool
) -> None:
    """Show coverage of one company over time, earned media: articles, voices, polarity with its 95 % interval.

    A week (from Monday), day or month without articles is missing, not zero. Days are UTC; a page that names only a day
    counts on that day. Polarity runs from -1 to 1; with fewer than five voices there is no interval and the row says
    "too few".
    """
    from db.read import Grain, timeline
    from newstone.config import load_project
    from newstone.spans import span_of

    snapshot = load_project(config).snapshot_file
    first, last = span_of(snapshot, since, until)
    points = timeline(snapshot, entity, first, last, Grain(grain))
    if as_json:
        click.echo(json.dumps([asdict(point) for point in points], default=str, indent=2))
    else:
        show_timeline(entity, grain, points)


def show_timeline(entity: str, grain: str, points: "list[TimelinePoint]") -> None:
    """Print a timeline as a table on standard output."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    has_room = console.width >= WIDTH_WITH_BAR
    table = Table(
        box=None,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=f"{entity} by {grain}",
        title_justify="left",
        title_style="bold",
    )
    table.add_column(grain, no_wrap=True)
    for heading in ("articles", "voices", "outlets", "pos%", "neu%", "neg%", "polarity", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    if has_room:
        table.add_column("-1        0         1", no_wrap=True)
    for point in points:
        shares = (point.share_positive, point.share_neutral, point.share_negative)
        bar = (_bar(point),) if has_room else ()
        table.add_row(
            str(point.bucket),
            str(point.n_articles),
            str(point.n_stories),
            str(point.n_outlets),
            *("–" if share is None else f"{share * 100:.0f}" for share in shares),
            "–" if point.mean_polarity is None else _signed(point.mean_polarity),
            _interval(point),
            *bar,
        )
    console.print(table)
    if not points:
        click.echo("no articles in this span")


def _signed(polarity: float) -> str:
    """Write a polarity with its sign and two digits; what rounds to zero has no sign."""
    text = f"{polarity:+.2f}"
    return " 0.00" if text in {"+0.00", "-0.00"} else text


def _interval(point: "TimelinePoint") -> str:
    if point.mean_polarity is None:
        return "not scored"
    if point.too_few or point.ci_low is None or point.ci_high is None:
        return f"too few (n = {point.n_scored_stories})"
    return f"{_signed(point.ci_low)} … {_signed(point.ci_high)}"


def _bar(point: "TimelinePoint") -> str:
    """Draw the interval as a line with the mean in it; without an interval the mean alone."""
    if point.mean_polarity is None:
        return ""
    cells = [" "] * (BAR_WIDTH + 1)
    cells[BAR_WIDTH // 2] = "·"
    if point.ci_low is not None and point.ci_high is not None and not point.too_few:
        for place in range(_place(point.ci_low), _place(point.ci_high) + 1):
            cells[place] = "─"
    cells[_place(point.mean_polarity)] = "●"
    return "".join(cells)


def _place(polarity: float) -> int:
    return round((polarity + 1) / 2 * BAR_WIDTH)
