"""``newstone sources health``: in what state the sources are, and how one of them did night by night."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_NOTHING_TO_DO, EXIT_OK
from newstone.cli.json_records import json_text
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from db.source_states import SourceStateRow

PIPED_WIDTH = 400
"""Columns of the table where standard output is no terminal: a night stays on one line, whatever its reason."""


@click.command("health", short_help="Show which sources are not well, or one of them night by night.")
@click.argument("source_id", metavar="[ID]", required=False)
@click.option("--all", "show_all", is_flag=True, help="Also the sources that are well.")
@click.option("--nights", "n_nights", type=click.IntRange(1), default=30, help="With ID: how many nights. Default: 30.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per source, or per night, and line.")
@click.pass_obj
def health_command(config: Path | None, source_id: str | None, *, show_all: bool, n_nights: int, as_json: bool) -> int:
    """Show the sources that are not well, with the reason and since when; with ID, the last nights of that source.

    The states are quiet, changed_layout, blocked, walled and gone; new and ok are well. Ends with 3 where no night has
    been judged yet.

    Of a night: feeds are the feeds, sitemaps and section pages that answered, of those asked; new, the pages fetched
    for the first time; known, the items that were no news; again, the known pages that read well, of those that were
    fetched again; title, date and author, the share of articles that have one; chars, the median length of new texts.
    """
    from crawler.source import load_sources
    from db.source_states import read_source_history, read_source_states
    from db.status import open_best
    from newstone.config import load_project
    from newstone.health import issues_of
    from pipelines.errors import SourceError

    project = load_project(config)
    rows: Sequence[SourceStateRow] = ()
    with open_best(project.writer_file, project.snapshot_file) as (store, _read_from, note):
        states = () if store is None else read_source_states(store)
        if states and store is not None and source_id:
            since = max(row.night for row in states) - timedelta(days=4 * n_nights)
            rows = read_source_history(store, since, source_id)[-n_nights:]
    if note:
        click.echo(shown(note), err=True)
    if source_id and not rows and source_id not in load_sources(project.sources_dir):
        raise SourceError(f"no source {source_id} in {project.sources_dir}; see `newstone sources list`")
    if not source_id:
        issues = issues_of(states)
        rows = (*issues, *(row for row in states if row not in issues)) if show_all else issues
    if as_json:
        for row in rows:
            click.echo(json_text(asdict(row)))
    elif source_id and rows:
        _show_nights(rows)
    elif source_id:
        click.echo(f"no night of {source_id} was judged yet")
    else:
        for row in rows:
            click.echo(shown(issue_line(row)))
        counts = ", ".join(f"{count} {state}" for state, count in Counter(row.state for row in states).most_common())
        is_short = bool(states) and not rows
        click.echo(f"every source is well: {counts}" if is_short else counts or "no night was judged yet")
    return EXIT_OK if states and (rows or not source_id) else EXIT_NOTHING_TO_DO


def issue_line(row: "SourceStateRow") -> str:
    """Give one source and its state for a person."""
    from analysis.source_rules import WELL

    nights = "1 night" if row.n_nights == 1 else f"{row.n_nights} nights"
    good = "" if row.state in WELL else f", last good {row.last_good_night or 'never'}"
    reason = f": {row.reason}" if row.reason else ""
    return f"{row.source_id}: {row.state} since {row.since}, {nights}{good}{reason}"


def _show_nights(rows: "Sequence[SourceStateRow]") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    table = Table(box=None, header_style="bold", pad_edge=False)
    numbers = ["requests", "kB", "feeds", "new", "known", "articles", "walled", "again"]
    numbers += ["title", "date", "author", "chars"]
    table.add_column("night", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("reason")
    for row in rows:
        of = row.figures
        shares = [_percent(share) for share in (of.title_fill, of.date_fill, of.author_fill)]
        chars = "" if of.median_text_chars is None else f"{of.median_text_chars:.0f}"
        counts = [of.n_requests, of.received_bytes // 1000, f"{of.n_up}/{of.n_listings}", of.n_new, of.n_known]
        again = f"{of.n_again_read}/{of.n_again}" if of.n_again else ""
        counts += [of.n_articles, of.n_walled, again, *shares, chars]
        table.add_row(_day(row.night), row.state, *map(str, counts), shown(row.reason))
    console.print(table)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _day(night: date) -> str:
    return night.isoformat()
