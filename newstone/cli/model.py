"""``newstone model pull | info | list``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_OK
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from analysis.scorers.description import ModelDescription
    from newstone.settings import ScoreSettings

PIPED_WIDTH = 170
"""Columns of a table where standard output is no terminal."""

READS = {
    "pair": "the sentence and the target: sentiment toward the target",
    "sentence": "the sentence alone: every target in it gets the same answer",
    "masked": "the sentence with the target hidden: sentiment toward the target",
    "nli": "the sentence with three claims about the target: sentiment toward the target, without training for it",
}
"""What a person should know of each input form."""


@click.group("model")
def model_command() -> None:
    """Fetch a model from the hub, describe one, list some to choose from."""


@model_command.command("pull", short_help="Fetch a model from the hub and show how to pin it.")
@click.argument("model_id", metavar="ID")
@click.option("--revision", help="Branch, tag or commit. Default: the main branch.")
def pull_command(model_id: str, revision: str | None) -> int:
    """Fetch weights (safetensors only), configuration, tokenizer and card of a model; never code.

    Prints the commit to pin and the lines for newstone.toml. HF_ENDPOINT names another hub, HF_HOME another cache,
    HF_TOKEN is for models that need one.
    """
    from analysis.scorers import BUILTIN, identify_scorer
    from analysis.scorers.description import describe_model
    from analysis.scorers.hub import fetch_checkpoint

    if model_id == BUILTIN or Path(model_id).expanduser().is_dir():
        raise UsageError(f"{model_id!r} is here already; name an id of the model hub, such as owner/name")
    fetched = fetch_checkpoint(model_id, revision=revision)
    click.echo(f"{model_id}: commit {fetched.commit}")
    for line in _lines(describe_model(identify_scorer(model_id, revision=fetched.commit, offline=True))):
        click.echo(line)
    click.echo(
        f"\nIn newstone.toml:\n\n[score]\nmodel = {json.dumps(model_id)}\nrevision = {json.dumps(fetched.commit)}"
    )
    return EXIT_OK


@model_command.command("info", short_help="Say what a model reads, where it was validated, what it weighs.")
@click.argument("name", required=False)
@click.option("--card", "with_card", is_flag=True, help="The text of the model's card, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def info_command(config: Path | None, name: str | None, *, with_card: bool, as_json: bool) -> int:
    """Describe a model without loading it: NAME is "builtin", a folder or a hub id that was pulled.

    Default: the project's model, else the built-in one. Nothing is downloaded.
    """
    from analysis.scorers.description import describe_model
    from newstone.stages.scoring import identify_model

    settings, root = _settings(config, name)
    description = describe_model(identify_model(settings, root))
    card = description.card.read_text(encoding="utf-8", errors="replace") if with_card and description.card else ""
    if as_json:
        shown = description.to_json_dict() | ({"card_text": card} if with_card else {})
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return EXIT_OK
    click.echo(description.model_id)
    for line in _lines(description):
        click.echo(line)
    if with_card:
        click.echo(f"\n{card or 'no card'}")
    return EXIT_OK


@model_command.command("list", short_help="List checkpoints of the hub to choose from.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per model and line.")
def list_command(*, as_json: bool) -> int:
    """List checkpoints of the hub that newstone can use; "?" stands after what was not confirmed."""
    from dataclasses import asdict

    from analysis.scorers.known_models import known_models

    if as_json:
        for model in known_models():
            row = asdict(model) | {"unconfirmed": sorted(model.unconfirmed)}
            click.echo(json.dumps(row, ensure_ascii=False))
        return EXIT_OK
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("id", "reads", "weights", "licence", "safetensors", "languages", "note"):
        # An id is there to be copied; the last two columns give way where the room is short.
        table.add_column(heading, no_wrap=heading not in {"languages", "note"})
    for model in known_models():
        unsure = {key: "?" if key in model.unconfirmed else "" for key in ("licence", "safetensors", "languages")}
        table.add_row(
            model.id,
            model.input_form.value,
            f"{model.weights_millions} M",
            model.licence + unsure["licence"],
            ("yes" if model.safetensors else "no") + unsure["safetensors"],
            " ".join(model.languages) + unsure["languages"],
            model.note,
        )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)
    click.echo("`newstone model pull ID` fetches one; its card on the hub is what counts")
    return EXIT_OK


def _settings(config: Path | None, name: str | None) -> "tuple[ScoreSettings, Path]":
    """Give the settings that describe a model: the project's where it is the project's model."""
    from newstone.config import load_project_if_any
    from newstone.settings import ScoreSettings

    project = load_project_if_any(config)
    if project is not None and name in {None, project.settings.score.model}:
        settings, root = project.settings.score, project.root
    else:
        settings, root = ScoreSettings() if name is None else ScoreSettings(model=name), Path.cwd()
    return settings.model_copy(update={"offline": True}), root


def _lines(model: "ModelDescription") -> list[str]:
    labels = [name if name.lower() == meaning else f"{name} = {meaning}" for name, meaning in model.labels.items()]
    rows = [
        ("revision", model.revision),
        ("folder", str(model.folder)),
        ("weights", _size(model.weights_bytes)),
        ("licence", model.licence or "not stated; ask its authors before you publish what it says"),
        ("card", "none" if model.card is None else str(model.card)),
        ("reads", f"{model.input_form.value}: {READS[model.input_form.value]}"),
        ("labels", ", ".join(labels)),
    ]
    if model.validated is None:
        rows.append(("languages", "no statement; all are scored"))
    else:
        rows.append(("languages", f"validated: {_figures(model.validated) or 'none'}"))
    if model.not_validated:
        rows.append(("", f"measured only: {_figures(model.not_validated)}"))
    if model.validated or model.not_validated:
        rows.append(("", "(macro-F1, 0 to 1)"))
    if model.temperatures:
        temperatures = {code or "others": value for code, value in model.temperatures.items()}
        rows.append(("temperatures", _figures(temperatures)))
    return [f"  {heading:<13} {text}" for heading, text in rows]


def _figures(by_language: "dict[str, float | None] | dict[str, float]") -> str:
    return ", ".join(code if figure is None else f"{code} {figure:.2f}" for code, figure in by_language.items())


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"
