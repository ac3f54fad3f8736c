"""What a checkpoint is: what it reads, where it is good, who allows its use. Loads no weights."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.scorers.base import InputForm
from analysis.scorers.labels import EntailmentScheme
from analysis.scorers.loading import ScorerIdentity

_CARD = "README.md"
_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*$", re.DOTALL | re.MULTILINE)
_LICENCE_KEY = re.compile(r"^license:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_LICENCE_NAME_KEY = re.compile(r"^license_name:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_LICENCE_ROW = re.compile(r"^\|\s*licen[cs]e\s*\|\s*(.+?)\s*\|\s*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What ``newstone model info`` shows."""

    model_id: str
    revision: str
    folder: Path
    input_form: InputForm
    labels: dict[str, str]
    """Label name of the checkpoint to what newstone reads it as, in the order of the columns."""
    validated: dict[str, float | None] | None
    """ISO 639-1 code of each validated language to its macro-F1 (0..1) where known; None without a statement."""
    not_validated: dict[str, float]
    """Macro-F1 (0..1) of languages that were measured and not validated."""
    temperatures: dict[str, float]
    weights_bytes: int
    licence: str | None
    """As the model's card states it; None where it states none or there is no card."""
    card: Path | None

    def to_json_dict(self) -> dict[str, Any]:
        """The description for ``json.dumps``."""
        return {
            "model_id": self.model_id,
            "revision": self.revision,
            "folder": str(self.folder),
            "input_form": self.input_form.value,
            "labels": self.labels,
            "languages": self.validated,
            "languages_not_validated": self.not_validated,
            "temperatures": self.temperatures,
            "weights_bytes": self.weights_bytes,
            "licence": self.licence,
            "card": None if self.card is None else str(self.card),
        }


def describe_model(identity: ScorerIdentity) -> ModelDescription:
    """Describe an identified checkpoint; reads its card.

    Raises:
        OSError: a file of the checkpoint cannot be read.
    """
    checkpoint = identity.checkpoint
    card = checkpoint.folder / _CARD
    languages = checkpoint.languages
    return ModelDescription(
        model_id=identity.model_id,
        revision=identity.revision,
        folder=checkpoint.folder,
        input_form=identity.input_form,
        labels=_meanings(identity),
        validated=None if languages is None else {code: checkpoint.macro_f1.get(code) for code in sorted(languages)},
        not_validated={
            code: figure for code, figure in sorted(checkpoint.macro_f1.items()) if code not in (languages or ())
        },
        temperatures=dict(sorted(checkpoint.temperatures.items())),
        weights_bytes=sum(path.stat().st_size for path in checkpoint.folder.glob("*.safetensors")),
        licence=licence_of(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else None,
        card=card if card.is_file() else None,
    )


def licence_of(card: str) -> str | None:
    """The licence that a model's card states, in its front matter or in a table row "Licence"; None if none."""
    if front := _FRONT_MATTER.match(card):
        named = _LICENCE_NAME_KEY.search(front[1]) or _LICENCE_KEY.search(front[1])
        if named:
            return named[1]
    row = _LICENCE_ROW.search(card)
    return row[1] if row else None


def _meanings(identity: ScorerIdentity) -> dict[str, str]:
    scheme = identity.scheme
    names = identity.checkpoint.label_names
    if isinstance(scheme, EntailmentScheme):
        return {names[i]: "entailment" if i == scheme.entailment else "no entailment" for i in sorted(names)}
    return {names[i]: scheme.labels[i].value for i in sorted(names)}
