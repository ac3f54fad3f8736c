"""``newstone timeline ENTITY``."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.json_records import json_text

if TYPE_CHECKING:
    from analysis.measures import Point, Series

PIPED_WIDTH = 120
"""Columns of the table where standard output is no terminal."""

WIDTH_WITH_BAR = 100
"""Columns from which the bar fits beside the figures; a terminal of 80 shows the figures alone."""

NO_CRAWL = "no crawl"
"""What stands in the place of the interval where no source answered."""

BAR_WIDTH = 20
"""Characters of the bar that shows polarity from -1 to 1."""


@click.command("timeline")
@click.argument("entity")
@click.option("--since", type=DAY, help="First day, UTC. Default: the first article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last article.")
@click.option("--grain", type=click.Choice(["day", "week", "month"]), default="week", show_default=True)
@click.option("--theme", metavar="ID", help="Only articles about this theme of the watchlist.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_obj
def timeline_command(
    config: Path | None,
    entity: str,
    since: date | None,
    until: date | None,
    grain: str,
    theme: str | None,
    *,
    as_json: bool,
) -> None:
    """Show coverage of one company over time, earned media: articles, voices, polarity with its 95 % interval.

    A week (from Monday), day or month without articles is missing, not zero; one in which no source answered says "no
    crawl". Days are UTC; a page that names only a day counts on that day. Polarity runs from -1 to 1; the interval is
    a bootstrap over voices. With fewer scored voices than [analytics] minimum_voices there is none and the row says
    "too few".
    """
    from analysis.measures import Span
    from analysis.timeline import build_series
    from db.read import Grain, open_snapshot
    from newstone.config import load_project
    from newstone.spans import span_of

    project = load_project(config)
    span = Span(*span_of(project.snapshot_file, since, until))
    with open_snapshot(project.snapshot_file) as snapshot:
        (series,) = build_series(
            snapshot,
            [entity],
            span,
            Grain(grain),
            theme=theme,
            minimum_voices=project.settings.analytics.minimum_voices,
        )
    if as_json:
        click.echo(json_text(_records(series), indent=2))
    else:
        show_timeline(series)


def show_timeline(series: "Series") -> None:
    """Print a timeline as a table on standard output."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    has_room = console.width >= WIDTH_WITH_BAR
    grain = series.grain.value
    table = Table(
        box=None,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=f"{series.entity} by {grain}" + (f", theme {series.theme}" if series.theme else ""),
        title_justify="left",
        title_style="bold",
    )
    table.add_column(grain, no_wrap=True)
    for heading in ("articles", "voices", "outlets", "pos%", "neu%", "neg%", "polarity", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    if has_room:
        table.add_column("-1        0         1", no_wrap=True)
    for bucket, point in _rows(series):
        if point is None:
            table.add_row(str(bucket), *["–"] * 7, NO_CRAWL)
            continue
        shares = (point.share_positive, point.share_neutral, point.share_negative)
        bar = (_bar(point),) if has_room else ()
        table.add_row(
            str(bucket),
            str(point.n_articles),
            str(point.n_voices),
            str(point.n_outlets),
            *("–" if share is None else f"{share * 100:.0f}" for share in shares),
            "–" if point.polarity.value is None else _signed(point.polarity.value),
            _interval(point),
            *bar,
        )
    console.print(table)
    if not series.points:
        click.echo("no articles in this span")


def _rows(series: "Series") -> "list[tuple[date, Point | None]]":
    """Give the points and, with None, the gaps without any, in order."""
    points: dict[date, Point | None] = dict.fromkeys(series.gaps)
    points.update((point.bucket, point) for point in series.points)
    return sorted(points.items())


def _records(series: "Series") -> list[dict[str, object]]:
    """Give the rows of the JSON list; a gap without articles has null for every number, since nothing is known."""
    gaps = set(series.gaps)
    return [
        {
            "bucket": bucket,
            "n_articles": point.n_articles if point else None,
            "n_stories": point.n_voices if point else None,
            "n_outlets": point.n_outlets if point else None,
            "n_scored_stories": point.polarity.n if point else None,
            "share_positive": point.share_positive if point else None,
            "share_neutral": point.share_neutral if point else None,
            "share_negative": point.share_negative if point else None,
            "mean_polarity": point.polarity.value if point else None,
            "ci_low": point.polarity.low if point else None,
            "ci_high": point.polarity.high if point else None,
            "too_few": point.polarity.too_few if point else None,
            "n_sources_up": point.n_sources_up if point else None,
            "is_gap": bucket in gaps,
        }
        for bucket, point in _rows(series)
    ]


def _signed(polarity: float) -> str:
    """Write a polarity with its sign and two digits; what rounds to zero has no sign."""
    text = f"{polarity:+.2f}"
    return " 0.00" if text in {"+0.00", "-0.00"} else text


def _interval(point: "Point") -> str:
    polarity = point.polarity
    if polarity.value is None:
        return "not scored"
    if polarity.low is None or polarity.high is None:
        return f"too few (n = {polarity.n})"
    return f"{_signed(polarity.low)} … {_signed(polarity.high)}"


def _bar(point: "Point") -> str:
    """Draw the interval as a line with the mean in it; without an interval the mean alone."""
    polarity = point.polarity
    if polarity.value is None:
        return ""
    cells = [" "] * (BAR_WIDTH + 1)
    cells[BAR_WIDTH // 2] = "·"
    if polarity.low is not None and polarity.high is not None:
        for place in range(_place(polarity.low), _place(polarity.high) + 1):
            cells[place] = "─"
    cells[_place(polarity.value)] = "●"
    return "".join(cells)


def _place(polarity: float) -> int:
    return round((polarity + 1) / 2 * BAR_WIDTH)
