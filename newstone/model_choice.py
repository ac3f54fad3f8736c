"""From what a person calls a model to the model: a revision that has scores in the snapshot, or a checkpoint."""

from pathlib import Path

from analysis.model_comparison import ComparedModel
from db.model_scores import ModelKey, list_models
from db.read import Snapshot
from newstone.config import Project, model_folder
from newstone.settings import ScoreSettings
from newstone.stages.scoring import open_scorer
from pipelines.errors import ModelError, UsageError

SHORTEST_PREFIX_CHARS = 4
"""Least characters of a revision that stand for it without the id of its model."""


def choose_model(snapshot: Snapshot, project: Project, name: str) -> ComparedModel:
    """Find a model by ``name``.

    Tried in this order: a model of the snapshot as id, id@revision or the beginning of a revision; the model of the
    configuration; "builtin", a folder or a hub id, as in [score].

    Raises:
        UsageError: several revisions of the snapshot fit.
        ModelError: nothing fits.
    """
    known = list_models(snapshot)
    fitting = [key for key in known if _fits(name, key)]
    if len(fitting) > 1:
        raise UsageError(
            f"{name!r} fits {' and '.join(f'{key.model_id}@{key.revision}' for key in fitting)}; name one of them"
        )
    if fitting:
        return ComparedModel(fitting[0], None)
    try:
        return _checkpoint(project, name)
    except ModelError as error:
        have = ", ".join(f"{key.model_id}@{key.revision}" for key in known) or "none"
        raise ModelError(f"{name!r} is no model with scores in {snapshot.path} (it has {have}); {error}") from error


def with_weights(project: Project, model: ComparedModel) -> ComparedModel:
    """Add the scorer to a model that was found by its scores, where it is the configured or the built-in one.

    Raises:
        ModelError: the configured model cannot be found or understood.
    """
    if model.scorer is not None:
        return model
    for name in dict.fromkeys((project.settings.score.model, "builtin")):
        found = _checkpoint(project, name)
        if found.key == model.key:
            return found
    return model


def _fits(name: str, key: ModelKey) -> bool:
    model_id, at, revision = name.rpartition("@")
    if at:
        return model_id == key.model_id and bool(revision) and key.revision.startswith(revision)
    return name == key.model_id or (len(name) >= SHORTEST_PREFIX_CHARS and key.revision.startswith(name))


def _checkpoint(project: Project, name: str) -> ComparedModel:
    configured = project.settings.score
    if name == configured.model:
        scorer = open_scorer(configured, project.root)
    else:  # labels, input form and revision of the configuration belong to its own model
        settings = ScoreSettings(model=name, offline=configured.offline)
        root = Path.cwd() if model_folder(name, Path.cwd()) is not None else project.root
        scorer = open_scorer(settings, root)
    return ComparedModel(ModelKey(scorer.model_id, scorer.revision), scorer)
