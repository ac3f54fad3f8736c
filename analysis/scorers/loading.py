"""From the name of a model in the configuration to a scorer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.scorers.base import InputForm, Precision, Scorer
from analysis.scorers.builtin import builtin_folder
from analysis.scorers.checkpoint import Checkpoint, read_checkpoint
from analysis.scorers.labels import parse_labels
from pipelines.errors import ModelError

BUILTIN = "builtin"
"""The name of the checkpoint that is installed with newstone."""


@dataclass(frozen=True, slots=True)
class _Found:
    checkpoint: Checkpoint
    model_id: str
    revision: str


def load_scorer(
    name: str = BUILTIN,
    *,
    revision: str | None = None,
    cache_dir: Path | None = None,
    offline: bool = False,
    endpoint: str | None = None,
    labels: Mapping[str, str] | None = None,
    input_form: InputForm | None = None,
    all_languages: bool = False,
    precision: Precision = Precision.AUTO,
    threads: int | None = None,
) -> Scorer:
    """A scorer for a sequence classification checkpoint.

    Costs the import of torch and transformers (some seconds, once per process) and the reading of the weights.
    Code that comes with a checkpoint is never run.

    Args:
        name: "builtin", the path of a folder, or an id on the model hub; a folder that exists goes before the hub.
        revision: branch, tag or commit on the hub; only for hub ids.
        cache_dir: where hub downloads are kept; None is the cache of huggingface_hub.
        offline: never connect to the hub, use its cache only.
        endpoint: URL of another hub.
        labels: label name to "negative", "neutral" or "positive", for names that do not speak for themselves;
            goes before ``newstone_labels`` in config.json.
        input_form: what the model reads; None takes what the checkpoint says (:func:`read_checkpoint`).
        all_languages: score every language, whatever the model was validated on.
        precision: arithmetic of the model.
        threads: batches computed at the same time; None is one for each processor this process may use, at most 8.

    Raises:
        ModelError: not found, not readable, not a sentiment checkpoint; the message says what to do.
    """
    found = _find(name, revision=revision, cache_dir=cache_dir, offline=offline, endpoint=endpoint)
    checkpoint = found.checkpoint
    scheme = parse_labels(checkpoint.label_names, labels if labels is not None else checkpoint.label_mapping)
    form = input_form or checkpoint.input_form
    # Choices that change answers are part of the revision, so that changed settings lead to a new backlog.
    changed = _hash_of_choices(labels, input_form if input_form is not checkpoint.input_form else None, all_languages)
    if all_languages:
        checkpoint = replace(checkpoint, languages=None)

    from analysis.scorers.transformers_scorer import TransformersScorer

    return TransformersScorer(
        checkpoint,
        model_id=found.model_id,
        revision=found.revision + changed,
        scheme=scheme,
        input_form=form,
        precision=precision,
        threads=threads,
    )


def _find(name: str, *, revision: str | None, cache_dir: Path | None, offline: bool, endpoint: str | None) -> _Found:
    folder = builtin_folder() if name == BUILTIN else Path(name).expanduser()
    if folder.is_dir():
        if revision is not None:
            raise ModelError(
                f"revision {revision!r} makes no sense for {name!r}: only models of the hub have revisions"
            )
        checkpoint = read_checkpoint(folder, name)
        return _Found(checkpoint, checkpoint.model_id or folder.resolve().name, checkpoint.content_hash)
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelError(
            f"there is no folder {name!r}; give a folder that save_pretrained wrote, 'builtin' or a hub id"
        )

    from analysis.scorers.hub import fetch_checkpoint

    fetched = fetch_checkpoint(name, revision=revision, cache_dir=cache_dir, offline=offline, endpoint=endpoint)
    return _Found(read_checkpoint(fetched.folder, name), name, fetched.commit)


def _hash_of_choices(labels: Mapping[str, str] | None, input_form: InputForm | None, all_languages: bool) -> str:
    if labels is None and input_form is None and not all_languages:
        return ""
    choices = json.dumps([sorted((labels or {}).items()), input_form, all_languages])
    return "+" + hashlib.sha256(choices.encode()).hexdigest()[:8]
