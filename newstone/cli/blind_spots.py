"""``newstone blind-spots``."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.json_records import json_text
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from analysis.blind_spots import BlindSpots, FailingFeed

WORDING = {
    "nothing_published": "no article came",
    "never_named": "never named",
    "not_scored": "not scored",
    "few_voices": "too few voices",
    "paywall": "paywall",
    "consent_wall": "consent wall",
    "never_asked": "never asked",
    "never_answered": "never answered",
    "no_article": "answers, but gave no article",
}
"""What the reasons say to a person."""


@click.command("blind-spots")
@click.argument("entity", required=False)
@click.option("--since", type=DAY, help="First day, UTC. Default: the first article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last article.")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="Lines of each list.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object with everything, without a limit.")
@click.pass_obj
def blind_spots_command(
    config: Path | None, entity: str | None, since: date | None, until: date | None, limit: int, *, as_json: bool
) -> None:
    """Show where nothing is known about ENTITY (default: the subject) for another reason than a quiet press.

    Sources that published but never name it, thin languages, failing feeds, silent sources, outlets behind walls, and
    sources that never gave an article.
    """
    from analysis.blind_spots import find_blind_spots
    from analysis.measures import Span
    from db.read import open_snapshot
    from db.watched import watched_entity
    from newstone.config import load_project
    from newstone.spans import span_of

    project = load_project(config)
    first, last = span_of(project.snapshot_file, since, until)
    with open_snapshot(project.snapshot_file) as snapshot:
        watched = watched_entity(snapshot, entity)
        minimum_voices = project.settings.analytics.minimum_voices
        spots = find_blind_spots(snapshot, watched, Span(first, last), minimum_voices=minimum_voices)
    if as_json:
        click.echo(json_text(asdict(spots), indent=2))
    else:
        _show(spots, limit)


def _show(spots: "BlindSpots", limit: int) -> None:
    click.secho(f"{spots.entity}, {spots.span.since} to {spots.span.until}", bold=True)
    if spots.last_crawl is None:
        click.echo("no crawl took place: nothing is known of feeds and walls")
    elif not spots.crawled_in_span:
        click.echo(f"no crawl took place in this span; feeds and walls are as of {spots.last_crawl}")
    _list(
        "sources that published, but never name it",
        (f"{each.outlet} ({each.language}, {each.medium}): {each.n_articles} articles" for each in spots.never_naming),
        limit,
    )
    _list(
        "thin languages",
        (
            f"{each.language}: {WORDING[each.reason]} ({each.n_published} articles in all, {each.n_articles} about it,"
            f" {each.n_voices} voices, {each.n_scored_voices} scored)"
            for each in spots.languages
        ),
        limit,
    )
    _list(
        "failing feeds",
        map(_feed, spots.failing_feeds),
        limit,
    )
    _list(
        "silent sources",
        (
            f"{each.outlet}: nothing for {each.n_days} days, usually every {max(each.usual_days, 1):.0f}"
            for each in spots.silent_sources
        ),
        limit,
    )
    _list(
        "sources that are not well",
        (
            f"{each.outlet}: {each.state.replace('_', ' ')} since {each.since}, {each.n_nights} nights; {each.reason}"
            for each in spots.not_well
        ),
        limit,
    )
    _list(
        "outlets behind walls",
        (f"{each.outlet}: {WORDING[each.reason]}, {each.n_walled} of {each.n_pages} pages" for each in spots.walled),
        limit,
    )
    _list(
        "sources that never gave an article",
        (f"{each.outlet} ({each.language}): {WORDING[each.reason]}" for each in spots.unreached),
        limit,
    )


def _feed(feed: "FailingFeed") -> str:
    good = "never answered well" if feed.last_good_on is None else f"last good on {feed.last_good_on}"
    status = f" {feed.status}" if feed.status else ""
    return f"{feed.outlet}: {feed.outcome.replace('_', ' ')}{status}, {good}: {feed.url}"


def _list(heading: str, lines: Iterable[str], limit: int) -> None:
    rows = list(lines)
    click.echo(f"{heading}: {len(rows) or 'none'}")
    for row in rows[:limit]:
        click.echo(shown(f"  {row}"))
    if len(rows) > limit:
        click.echo(f"  … and {len(rows) - limit} more (--limit, --json)")
