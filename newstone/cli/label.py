"""``newstone label export | import | show``."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.exits import EXIT_NOTHING_TO_DO, EXIT_OK
from newstone.cli.json_records import json_text

if TYPE_CHECKING:
    from newstone.config import Project
    from newstone.labelling import ImportReport


@click.group("label")
def label_command() -> None:
    """Label sentences yourself: to measure the model, and to train the next one."""


@label_command.command("export", short_help="Write sentences to label as CSV.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Sentences in all.")
@click.option("--random", "n_random", type=click.IntRange(0), help="How many of them at random. Default: half.")
@click.option("--since", type=DAY, help="First day, UTC. Default: the first with an article.")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the last with an article.")
@click.option("--entity", help="Uncertain sentences about this one only; the random ones are of all.")
@click.option("--language", help="Only this language, e.g. de.")
@click.option("--semicolon", is_flag=True, help="Semicolons and decimal commas, as Excel expects in German.")
@click.option("--training", is_flag=True, help="Write the labels given so far instead, as JSON lines to train with.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object.")
@click.pass_obj
def export_command(
    config: Path | None,
    file: Path,
    limit: int,
    n_random: int | None,
    since: date | None,
    until: date | None,
    entity: str | None,
    language: str | None,
    *,
    semicolon: bool,
    training: bool,
    as_json: bool,
) -> int:
    """Write FILE.csv with sentences to label: fill the column "label", then import it.

    Half are drawn at random, to measure the model; they do not show what it said, so that you judge for yourself. The
    others are those at which it hesitated most, to train. A label is negative, neutral or positive toward the column
    "target", from the sentence alone; unclear where nobody could tell; empty to skip.
    """
    from newstone.config import load_project
    from newstone.labelling import export_questions

    if training and (n_random is not None or any((since, until, entity, language, semicolon))):
        raise click.UsageError("--training writes all labels given so far; leave the other options out")
    project = load_project(config)
    if training:
        return _export_training(project, file, as_json=as_json)
    report = export_questions(
        project,
        file,
        limit=limit,
        n_random=n_random,
        since=since,
        until=until,
        entity=entity,
        language=language,
        semicolon=semicolon,
    )
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
        return EXIT_OK
    languages = ", ".join(f"{language} {n}" for language, n in report.n_by_language.items())
    click.echo(f"{file}: {report.n_random} sentences at random, {report.n_uncertain} uncertain ones ({languages})")
    click.echo(f'fill the column "label" with negative, neutral or positive, then `newstone label import {file}`')
    return EXIT_OK


def _export_training(project: "Project", file: Path, *, as_json: bool) -> int:
    from newstone.labelling import export_training

    n_rows = export_training(project, file)
    if as_json:
        click.echo(json.dumps({"n_rows": n_rows}))
    else:
        click.echo(f"{file}: {n_rows} labels of uncertain sentences; the random ones stay out, they measure")
        click.echo("put it into DATA/reader/ for `python -m analysis.training.make_model DATA …`")
    return EXIT_OK


@label_command.command("import", short_help="Take over the labels of a CSV file.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reader", default="reader", show_default=True, help="Who labelled; names keep readers apart.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object.")
@click.pass_obj
def import_command(config: Path | None, file: Path, reader: str, *, as_json: bool) -> int:
    """Take over the labels of a table that `newstone label export` wrote; all of them, or none where a row is wrong.

    A label that you changed replaces your earlier one; the same file again adds nothing (exit code 3).
    """
    from newstone.config import load_project
    from newstone.labelling import import_labels

    report = import_labels(load_project(config), file, reader)
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        _show_import(file, report)
    return EXIT_OK if report.loaded.n_new or report.loaded.n_changed else EXIT_NOTHING_TO_DO


def _show_import(file: Path, report: "ImportReport") -> None:
    loaded = report.loaded
    unclear = f", {report.n_unclear} of them unclear" if report.n_unclear else ""
    click.echo(
        f"{file}: {report.n_given} labels{unclear}: {loaded.n_new} new, {loaded.n_changed} changed, "
        f"{loaded.n_unchanged} known already"
    )
    if loaded.n_new or loaded.n_changed:
        click.echo("they count from the next snapshot on: `newstone publish`, or the next night")


@label_command.command("show", short_help="Show labels and live precision.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show_command(config: Path | None, *, as_json: bool) -> int:
    """Show the labels in the snapshot by reader, and how often the current model is right by language."""
    from analysis.reader_labels import live_precision
    from db.read import open_snapshot
    from db.reader_labels import label_stock
    from newstone.cli.status import precision_lines
    from newstone.config import load_project

    with open_snapshot(load_project(config).snapshot_file) as snapshot:
        stock, precision = label_stock(snapshot), live_precision(snapshot)
    if as_json:
        found = {"labels": [asdict(each) for each in stock], "live_precision": [asdict(each) for each in precision]}
        click.echo(json_text(found, indent=2))
        return EXIT_OK
    if not stock:
        click.echo("no labels in the snapshot; `newstone label export FILE.csv` writes sentences to label")
        return EXIT_OK
    for reader in dict.fromkeys(each.reader for each in stock):
        own = [each for each in stock if each.reader == reader]
        parts = ", ".join(
            f"{label} {sum(each.n for each in own if each.label == label)}"
            for label in ("negative", "neutral", "positive", "unclear")
        )
        n_random = sum(each.n for each in own if each.drawn == "random")
        click.echo(f"{reader}: {sum(each.n for each in own)} sentences, {n_random} drawn at random ({parts})")
        if n_shared := sum(each.n_shared for each in own):
            n_agreed = sum(each.n_agreed for each in own)
            click.echo(f"  {n_shared} labelled by others too, all agree on {n_agreed} ({n_agreed / n_shared:.0%})")
    for line in precision_lines(precision):
        click.echo(line)
    return EXIT_OK
