"""From the name of a model in the configuration to a scorer: find it, understand it, load its weights."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from analysis.scorers.base import InputForm, Pair, Precision, Probabilities, Scorer
from analysis.scorers.builtin import builtin_folder
from analysis.scorers.checkpoint import Checkpoint, read_checkpoint
from analysis.scorers.hypotheses import hypotheses_hash
from analysis.scorers.labels import EntailmentScheme, LabelScheme, parse_entailment, parse_labels, says_entailment
from pipelines.errors import ModelError

BUILTIN = "builtin"
"""The name of the checkpoint that is installed with newstone."""


@dataclass(frozen=True, slots=True)
class ScorerIdentity:
    """A checkpoint that was found and understood, without its weights; the first four as in :class:`Scorer`."""

    model_id: str
    revision: str
    languages: frozenset[str] | None
    input_form: InputForm
    checkpoint: Checkpoint
    scheme: LabelScheme | EntailmentScheme
    """What the columns of the logits mean."""


@dataclass(frozen=True, slots=True)
class _Found:
    checkpoint: Checkpoint
    model_id: str
    revision: str


def identify_scorer(
    name: str = BUILTIN,
    *,
    revision: str | None = None,
    cache_dir: Path | None = None,
    offline: bool = False,
    endpoint: str | None = None,
    labels: Mapping[str, str] | None = None,
    input_form: InputForm | None = None,
    all_languages: bool = False,
) -> ScorerIdentity:
    """Which model that is, without loading it: imports no model runtime, but downloads what is not there yet.

    Costs the hashing of a folder's files (0.3 s per GB). A checkpoint whose labels are those of natural language
    inference is asked with hypotheses ("nli") unless ``input_form`` says otherwise.

    Args:
        name: "builtin", the path of a folder, or an id on the model hub; a folder that exists goes before the hub.
        revision: branch, tag or commit on the hub; only for hub ids.
        cache_dir: where hub downloads are kept; None is the cache of huggingface_hub.
        offline: never connect to the hub, use its cache only.
        endpoint: URL of another hub.
        labels: label name to "negative", "neutral" or "positive" (for inference "entailment", "neutral" or
            "contradiction"), for names that do not speak for themselves; goes before ``newstone_labels`` in
            config.json.
        input_form: what the model reads; None takes what the checkpoint says (:func:`read_checkpoint`).
        all_languages: score every language, whatever the model was validated on.

    Raises:
        ModelError: not found, not readable, not a sentiment checkpoint; the message says what to do.
    """
    found = _find(name, revision=revision, cache_dir=cache_dir, offline=offline, endpoint=endpoint)
    checkpoint = found.checkpoint
    _check_tokenizer(checkpoint.folder, name)
    mapping = labels if labels is not None else checkpoint.label_mapping
    names = checkpoint.label_names
    own_form = InputForm.NLI if says_entailment(names, mapping) else checkpoint.input_form
    form = input_form or own_form
    # Choices that change answers are part of the revision, so that changed settings lead to a new backlog.
    changed = _hash_of_choices(labels, input_form if input_form is not own_form else None, all_languages)
    return ScorerIdentity(
        model_id=found.model_id,
        revision=found.revision + (f"+{hypotheses_hash()}" if form is InputForm.NLI else "") + changed,
        languages=None if all_languages else checkpoint.languages,
        input_form=form,
        checkpoint=checkpoint,
        scheme=parse_entailment(names, mapping) if form is InputForm.NLI else parse_labels(names, mapping),
    )


def load_identified(
    identity: ScorerIdentity, *, precision: Precision = Precision.AUTO, threads: int | None = None
) -> Scorer:
    """The scorer of an identified checkpoint.

    Costs the import of torch and transformers (some seconds, once per process) and the reading of the weights.
    Code that comes with a checkpoint is never run.

    Args:
        identity: from :func:`identify_scorer`.
        precision: arithmetic of the model.
        threads: batches computed at the same time; None is one for each processor this process may use, at most 8.

    Raises:
        ModelError: the weights or the tokenizer cannot be read; the message says what to do.
    """
    from analysis.scorers.nli import NliScorer
    from analysis.scorers.transformers_scorer import TransformersScorer

    checkpoint = replace(identity.checkpoint, languages=identity.languages)
    if isinstance(identity.scheme, EntailmentScheme):
        return NliScorer(
            checkpoint,
            model_id=identity.model_id,
            revision=identity.revision,
            scheme=identity.scheme,
            precision=precision,
            threads=threads,
        )
    return TransformersScorer(
        checkpoint,
        model_id=identity.model_id,
        revision=identity.revision,
        scheme=identity.scheme,
        input_form=identity.input_form,
        precision=precision,
        threads=threads,
    )


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
    """A scorer for a sequence classification checkpoint: :func:`identify_scorer`, then :func:`load_identified`.

    Raises:
        ModelError: not found, not readable, not a sentiment checkpoint; the message says what to do.
    """
    identity = identify_scorer(
        name,
        revision=revision,
        cache_dir=cache_dir,
        offline=offline,
        endpoint=endpoint,
        labels=labels,
        input_form=input_form,
        all_languages=all_languages,
    )
    return load_identified(identity, precision=precision, threads=threads)


class DeferredScorer:
    """A :class:`~analysis.scorers.base.Scorer` that loads its weights when the first pair is scored."""

    def __init__(
        self, identity: ScorerIdentity, *, precision: Precision = Precision.AUTO, threads: int | None = None
    ) -> None:
        self.model_id = identity.model_id
        self.revision = identity.revision
        self.languages = identity.languages
        self.input_form = identity.input_form
        self._identity = identity
        self._precision = precision
        self._threads = threads
        self._scorer: Scorer | None = None

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        """One answer per pair, in the order of ``pairs``.

        Raises:
            ModelError: the weights cannot be read (on the first call with pairs).
        """
        if not pairs:
            return []
        if self._scorer is None:
            self._scorer = load_identified(self._identity, precision=self._precision, threads=self._threads)
        return self._scorer.score(pairs)


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


def _check_tokenizer(folder: Path, name: str) -> None:
    """SentencePiece models are read with a package that newstone does not need otherwise; say so before a night."""
    vocabularies = sorted(path.name for path in folder.glob("*.model"))
    if vocabularies and not (folder / "tokenizer.json").is_file() and find_spec("sentencepiece") is None:
        raise ModelError(
            f"checkpoint {name!r} has its tokenizer as {vocabularies[0]} only, without tokenizer.json; "
            "`pip install sentencepiece protobuf` beside newstone, or add the tokenizer.json that save_pretrained of "
            "its AutoTokenizer writes"
        )


def _hash_of_choices(labels: Mapping[str, str] | None, input_form: InputForm | None, all_languages: bool) -> str:
    if labels is None and input_form is None and not all_languages:
        return ""
    choices = json.dumps([sorted((labels or {}).items()), input_form, all_languages])
    return "+" + hashlib.sha256(choices.encode()).hexdigest()[:8]
