"""``newstone spikes [ENTITY]``."""

from dataclasses import asdict
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.json_records import json_text
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from analysis.measures import ChangePoint, Spike

STORIES_SHOWN = 3
"""Stories of a spike on a terminal; --json gives all that were kept."""


@click.command("spikes")
@click.argument("entity", required=False)
@click.option("--since", type=DAY, help="First day, UTC. Default: the first article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last article.")
@click.option("--theme", help="Only articles with this theme, by its id.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object with all columns.")
@click.pass_obj
def spikes_command(
    config: Path | None, entity: str | None, since: date | None, until: date | None, theme: str | None, *, as_json: bool
) -> None:
    """Show the days on which coverage of a company left its usual range, and why. Default: the subject.

    A day is told where its voices (texts, copies counted once) or their mean polarity lie beyond spike_z robust
    standard deviations of the days before ([analytics] in newstone.toml). Below it stand the stories, the words that
    the days before lack, and the strongest sentences; at the end the weeks from which on a level changed. Earned media,
    days in UTC.
    """
    from analysis.change_points import find_change_points
    from analysis.measures import Span
    from analysis.spikes import find_spikes
    from db.read import list_entities, open_snapshot
    from newstone.analytics import spike_settings
    from newstone.config import load_project
    from newstone.spans import span_of

    project = load_project(config)
    limits = project.settings.analytics
    path = project.snapshot_file
    span = Span(*span_of(path, since, until))
    settings = spike_settings(limits)
    chosen = [entity] if entity else [one.entity for one in list_entities(path)[:1]]
    with open_snapshot(path) as snapshot:
        spikes = find_spikes(snapshot, chosen, span, settings, theme=theme)
        changes = find_change_points(snapshot, chosen, span, theme=theme, minimum_voices=limits.minimum_voices)
    if as_json:
        found = {"spikes": [asdict(one) for one in spikes], "change_points": [asdict(one) for one in changes]}
        click.echo(json_text(found, indent=2))
        return
    told: tuple[str, date] | None = None
    for spike in spikes:
        show_spike(spike, with_stories=told != (spike.entity, spike.day))
        told = spike.entity, spike.day
    for change in changes:
        show_change_point(change)
    if not spikes:
        about = chosen[0] if chosen else "the watchlist"
        click.echo(
            f"{about}: no day from {span.since} to {span.until} was beyond its usual range"
            f" (z {settings.z:g} against {settings.baseline_days} days, at least {settings.minimum_voices} voices)"
        )


def show_spike(spike: "Spike", *, with_stories: bool) -> None:
    """Print a spike with what stands behind it; stories and words are those of the day, whatever moved on it."""
    about = f"{spike.name}, {spike.theme}" if spike.theme else spike.name
    if spike.measure.value == "volume":
        what = f"{spike.value:.0f} voices, usually {spike.usual:g}"
    else:
        what = f"polarity {spike.value:+.2f} over {spike.n_voices} voices, usually {spike.usual:+.2f}"
    click.secho(f"{spike.day}  {about}: {what} (z {spike.z:+.1f})", bold=True)
    if with_stories:
        for story in spike.stories[:STORIES_SHOWN]:
            reach = (
                f"{story.outlet}" if story.n_outlets == 1 else f"{story.n_outlets} outlets, {story.n_articles} articles"
            )
            click.echo(shown(f"  story     {story.title} ({reach})"))
        for language, terms in groupby(spike.terms, key=lambda term: term.language):
            click.echo(shown(f"  words {language}  {', '.join(f'{term.text} {term.n}' for term in terms)}"))
    for row in spike.sentences:
        polarity = row.score_outcome if row.polarity is None else f"{row.polarity:+.2f}"
        before, name, after = row.sentence[: row.start], row.sentence[row.start : row.end], row.sentence[row.end :]
        click.echo(f"  {polarity:>8}  {shown(before)}{click.style(shown(name), bold=True)}{shown(after)}")
        click.echo(shown(f"            {row.outlet}: {row.url}"))
    click.echo()


def show_change_point(change: "ChangePoint") -> None:
    """Print a change of level with its two intervals."""
    digits, unit = ("+.2f", "polarity") if change.measure.value == "polarity" else (".1f", "voices a week")
    sides = []
    for side in (change.before, change.after):
        interval = "" if side.low is None or side.high is None else f" ({side.low:{digits}} … {side.high:{digits}})"
        sides.append(f"{side.value:{digits}}{interval}" if side.value is not None else "nothing")
    click.echo(f"{change.bucket}  {change.name}: {unit} from {sides[0]} to {sides[1]} from this week on")
