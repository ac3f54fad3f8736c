"""``newstone evaluate entities | sentiment``."""

import json
from pathlib import Path

import click

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("evaluate")
def evaluate_command() -> None:
    """Measure matching or sentiment on a labelled JSON Lines file; prints one JSON object."""


@evaluate_command.command("entities")
@click.argument("file", type=FILE)
@click.option("--watchlist", type=FILE, help="Default: the project's, else the shipped one.")
@click.pass_obj
def evaluate_entities_command(config: Path | None, file: Path, watchlist: Path | None) -> None:
    """Measure which watched companies are found. Rows: text, expected (list of ids), lang (optional).

    Prints precision, recall and F1 over all and per language.
    """
    from analysis.entity_evaluation import evaluate_entities
    from analysis.watchlist import load_watchlist, shipped_watchlist_path
    from newstone.config import load_project_if_any

    if watchlist is None:
        project = load_project_if_any(config)
        watchlist = project.watchlist_file if project else shipped_watchlist_path()
    report = evaluate_entities(file, load_watchlist(watchlist))
    click.echo(json.dumps(report.to_json_dict(), ensure_ascii=False, indent=2))


@evaluate_command.command("sentiment")
@click.argument("file", type=FILE)
@click.option("--model", help='"builtin", a folder, or a hub id. Default: the project\'s, else "builtin".')
@click.option("--all-languages", is_flag=True, help="Score languages too that the model was not validated on.")
@click.pass_obj
def evaluate_sentiment_command(config: Path | None, file: Path, model: str | None, *, all_languages: bool) -> None:
    """Measure sentiment toward a target. Rows: text, target, lang, label (negative, neutral or positive).

    Prints macro-F1 with its 95 % interval, accuracy, F1 per label, calibration error and the share of sentences with
    every target right, over all and per language.
    """
    from analysis.sentiment_evaluation import evaluate_sentiment
    from newstone.config import load_project_if_any
    from newstone.settings import ScoreSettings
    from newstone.stages.scoring import open_scorer

    project = load_project_if_any(config)
    if project is not None and model is None:
        settings, root = project.settings.score, project.root
    else:  # labels and input form of the project belong to its own model
        settings, root = ScoreSettings() if model is None else ScoreSettings(model=model), Path.cwd()
    if all_languages:
        settings = settings.model_copy(update={"all_languages": True})
    report = evaluate_sentiment(file, open_scorer(settings, root))
    click.echo(json.dumps(report.to_json_dict(), ensure_ascii=False, indent=2))
