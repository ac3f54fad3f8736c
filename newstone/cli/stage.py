"""``newstone crawl``, ``extract``, ``match``, ``score``, ``publish``: one stage alone."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.exits import EXIT_FAILED, EXIT_NOTHING_TO_DO, EXIT_OK

if TYPE_CHECKING:
    from newstone.jobs import Stage


def _run(
    config: Path | None,
    name: str,
    *,
    as_json: bool,
    quiet: bool,
    source_ids: tuple[str, ...] = (),
    since: date | None = None,
    due_only: bool = False,
) -> int:
    from newstone.cli.display import run_shown
    from newstone.config import load_project
    from newstone.jobs import alert_stages, named_stages

    project = load_project(config)
    named = named_stages(source_ids or None, since)
    stages = [_due_crawl(source_ids) if due_only else named[name]]
    if name == "publish":  # by hand, too, nothing is published that does not agree with what was
        stages = [named["verify"], *stages, *alert_stages(project)]
    report = run_shown(project, name, stages, as_json=as_json, quiet=quiet)
    if report.problems:
        return EXIT_FAILED
    return EXIT_OK if any(result.n_in for result in report.stages) else EXIT_NOTHING_TO_DO


def _due_crawl(source_ids: tuple[str, ...]) -> "Stage":
    from newstone.stages.crawling import crawl_sources

    return partial(crawl_sources, source_ids=source_ids or None, due_only=True)


def _options(function: Callable[..., int]) -> Callable[..., int]:
    function = click.option("--quiet", is_flag=True, help="No progress; errors only (for cron).")(function)
    return click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object on stdout.")(function)


@click.command("crawl")
@click.option("--source", "source_ids", multiple=True, metavar="ID", help="Only this source; may be repeated.")
@click.option("--due", "due_only", is_flag=True, help="Only feeds whose next poll is due; for between the nights.")
@_options
@click.pass_obj
def crawl_command(
    config: Path | None, source_ids: tuple[str, ...], *, due_only: bool, as_json: bool, quiet: bool
) -> int:
    """Fetch feeds, sitemaps and section pages, and the pages that are new in them, into the spool.

    With --due a feed is asked the sooner the more of it was new last time, from every half hour to once a day; one that
    fails is asked less and less. Ends with 3 where nothing was due, or nothing new came.
    """
    return _run(config, "crawl", as_json=as_json, quiet=quiet, source_ids=source_ids, due_only=due_only)


@click.command("extract")
@click.option(
    "--since",
    type=DAY,
    help="Also pages fetched since this day (UTC) that would be read otherwise now: new extractor, overrides, zone, "
    "language or name.",
)
@_options
@click.pass_obj
def extract_command(config: Path | None, since: date | None, *, as_json: bool, quiet: bool) -> int:
    """Turn the pages of the spool into articles; every page ends in one outcome."""
    return _run(config, "extract", as_json=as_json, quiet=quiet, since=since)


@click.command("match")
@_options
@click.pass_obj
def match_command(config: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Find the sentences that name watched companies, in articles this watchlist has not seen."""
    return _run(config, "match", as_json=as_json, quiet=quiet)


@click.command("score")
@_options
@click.pass_obj
def score_command(config: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Score the sentences that the configured model has not judged yet."""
    return _run(config, "score", as_json=as_json, quiet=quiet)


@click.command("publish")
@_options
@click.pass_obj
def publish_command(config: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Check the database and replace the snapshot, then tell alerts; a failed check keeps the old one (exit code 4)."""
    return _run(config, "publish", as_json=as_json, quiet=quiet)
