"""``newstone themes``."""

import json
import sys
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY

if TYPE_CHECKING:
    from db.themes import ThemeShare

PIPED_WIDTH = 120
"""Columns of the table where standard output is no terminal."""


@click.command("themes")
@click.option("--entity", help="Company by its id. Default: the subject of the watchlist.")
@click.option("--since", type=DAY, help="First day, UTC. Default: the first article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last article.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_obj
def themes_command(
    config: Path | None, entity: str | None, since: date | None, until: date | None, *, as_json: bool
) -> None:
    """Show what earned media write about one company: articles, voices and polarity per theme of the watchlist.

    An article with two themes counts for both, one without a theme for none, so the shares do not add up to 100 %.
    Polarity and its interval are those of `newstone timeline`.
    """
    from analysis.measures import Span
    from analysis.timeline import estimate_themes
    from db.read import open_snapshot
    from db.themes import theme_shares
    from db.watched import watched_entity
    from newstone.config import load_project
    from newstone.spans import span_of

    project = load_project(config)
    path, minimum_voices = project.snapshot_file, project.settings.analytics.minimum_voices
    first, last = span_of(path, since, until)
    with open_snapshot(path) as snapshot:
        watched = watched_entity(snapshot, entity)
        shares = theme_shares(snapshot, watched, first, last)
        themes = [share.theme for share in shares]
        polarities = estimate_themes(snapshot, watched, Span(first, last), themes, minimum_voices=minimum_voices)
    shares = [
        replace(share, ci_low=polarity.low, ci_high=polarity.high, too_few=polarity.too_few)
        for share, polarity in zip(shares, polarities, strict=True)
    ]
    if as_json:
        click.echo(json.dumps([asdict(share) for share in shares], ensure_ascii=False, indent=2))
    elif not shares:
        click.echo("the watchlist has no themes; add [[theme]] tables (the shipped deepseek.toml shows how)")
    else:
        _show(watched, first, last, shares)


def _show(entity: str, first: date, last: date, shares: "list[ThemeShare]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        box=None,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=f"{entity}, {first} to {last}",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("theme")
    for heading in ("articles", "voices", "outlets", "% of voices", "polarity", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    for share in shares:
        table.add_row(
            share.name_en,
            str(share.n_articles),
            str(share.n_stories),
            str(share.n_outlets),
            "–" if share.share_stories is None else f"{share.share_stories * 100:.0f}",
            "–" if share.mean_polarity is None else f"{share.mean_polarity:+.2f}",
            _interval(share),
        )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


def _interval(share: "ThemeShare") -> str:
    if not share.n_stories:
        return "–"
    if share.mean_polarity is None:
        return "not scored"
    if share.ci_low is None or share.ci_high is None:
        return f"too few (n = {share.n_scored_stories})"
    return f"{share.ci_low:+.2f} … {share.ci_high:+.2f}"
