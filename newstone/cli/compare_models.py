"""``newstone compare-models A B``."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.json_records import json_text
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from analysis.model_comparison import Agreement, ModelComparison
    from db.model_scores import ModelKey


@click.command("compare-models", short_help="Compare two models over the same sentences.")
@click.argument("a")
@click.argument("b")
@click.option("--since", type=DAY, help="First day, UTC. Default: the first with an article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last with an article.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Sentences that a model without scores is asked about, spread over companies and languages.",
)
@click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help="Sentences shown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all figures.")
@click.pass_obj
def compare_models_command(
    config: Path | None,
    a: str,
    b: str,
    since: date | None,
    until: date | None,
    sample: int,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Compare models A and B over the same sentences: agreement, shift of polarity, where they differ most.

    A and B are models that have scored here (id, id@revision or the first characters of a revision), or what can
    stand in [score]: builtin, a folder, a hub id. One without scores reads a sample now; nothing is kept of it.
    """
    from analysis.measures import Span
    from analysis.model_comparison import compare_models
    from db.read import open_snapshot
    from newstone.config import load_project
    from newstone.model_choice import choose_model, with_weights
    from newstone.spans import span_of

    project = load_project(config)
    span = Span(*span_of(project.snapshot_file, since, until))
    with open_snapshot(project.snapshot_file) as snapshot:
        models = [with_weights(project, choose_model(snapshot, project, name)) for name in (a, b)]
        found = compare_models(
            snapshot,
            models[0],
            models[1],
            span,
            sample=sample,
            n_differences=limit,
            minimum_voices=project.settings.analytics.minimum_voices,
        )
    if as_json:
        click.echo(json_text(asdict(found), indent=2))
    else:
        _show(found)


def _show(found: "ModelComparison") -> None:
    click.echo(f"A: {_name(found.a)}\nB: {_name(found.b)}")
    of = f"{found.overall.n} of {found.n_sentences} sentences, {found.span.since} to {found.span.until}"
    if found.sampled:
        asked = " and ".join("A" if key == found.a else "B" for key in found.scored_now)
        click.echo(f"{of}: a sample spread over companies and languages, read by {asked} just now; nothing was kept")
    else:
        click.echo(f"{of}: those that both have scored")
    click.echo()
    width = max(9, *(len(row.key) for row in (*found.languages, *found.entities)))
    click.echo(f"{'':{width}}  {'n':>7}  {'equal':>5}  {'kappa':>5}  {'A':>5}  {'B':>5}  B minus A")
    _show_rows("all", [found.overall], width)
    for heading, rows in (("languages", found.languages), ("companies", found.entities)):
        click.echo(heading)
        _show_rows("", rows, width)
    click.echo()
    from analysis.scorers.base import LABELS

    click.echo(f"{'A down, B across':>17}" + "".join(f"{label:>10}" for label in LABELS))
    for label, counts in zip(LABELS, found.confusion, strict=True):
        click.echo(f"{label:>17}" + "".join(f"{count:>10}" for count in counts))
    for row in found.differences:
        before, after = row.sentence[: row.start], row.sentence[row.end :]
        click.echo()
        click.echo(f"A {row.label_a} {row.polarity_a:+.2f}, B {row.label_b} {row.polarity_b:+.2f}  ({row.entity})")
        click.echo(f"  {shown(before)}{click.style(shown(row.surface), bold=True)}{shown(after)}")
        click.echo(shown(f"  {row.outlet}, {row.published_at:%Y-%m-%d}: {row.title}\n  {row.url}", lines=True))


def _show_rows(heading: str, rows: "Sequence[Agreement]", width: int) -> None:
    for row in rows:
        kappa = "–" if row.kappa is None else f"{row.kappa:.2f}"
        shift = row.shift
        interval = "too few" if shift.low is None or shift.high is None else f"{shift.low:+.2f} to {shift.high:+.2f}"
        stories = "1 story" if shift.n == 1 else f"{shift.n} stories"
        click.echo(
            f"{heading or row.key:{width}}  {row.n:>7}  {row.agreement:>5.0%}  {kappa:>5}  {row.polarity_a:>+5.2f}  "
            f"{row.polarity_b:>+5.2f}  {shift.value:+.2f} ({interval}, {stories})"
        )


def _name(key: "ModelKey") -> str:
    return f"{key.model_id}@{key.revision}"
