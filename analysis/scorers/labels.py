"""From the label names of a checkpoint to the three labels of newstone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.scorers.base import LABELS, Label
from pipelines.errors import ModelError

_KNOWN_NAMES: dict[str, Label] = {
    "negative": Label.NEGATIVE,
    "neg": Label.NEGATIVE,
    "very negative": Label.NEGATIVE,
    "neutral": Label.NEUTRAL,
    "neu": Label.NEUTRAL,
    "positive": Label.POSITIVE,
    "pos": Label.POSITIVE,
    "very positive": Label.POSITIVE,
    "1 star": Label.NEGATIVE,
    "2 stars": Label.NEGATIVE,
    "3 stars": Label.NEUTRAL,
    "4 stars": Label.POSITIVE,
    "5 stars": Label.POSITIVE,
}


@dataclass(frozen=True, slots=True)
class LabelScheme:
    """``labels[i]`` is what column ``i`` of the logits means; several columns may mean the same label."""

    labels: tuple[Label, ...]

    def columns(self, label: Label) -> tuple[int, ...]:
        """The columns that mean ``label``; their probabilities are to be added."""
        return tuple(i for i, each in enumerate(self.labels) if each is label)


def parse_labels(names: Mapping[int, str], mapping: Mapping[str, str] | None = None) -> LabelScheme:
    """The meaning of each column, read from its name and never from its place.

    Args:
        names: column number to label name (``id2label`` of the checkpoint).
        mapping: label name to "negative", "neutral" or "positive", for names that do not speak for themselves.
            Names are compared without regard to case. Names that are not in it are read as usual.

    Raises:
        ModelError: a name is unknown or a label has no column; the message shows the mapping to write.
    """
    given = {_normalise(name): meaning for name, meaning in (mapping or {}).items()}
    unknown_meanings = sorted({meaning for meaning in given.values() if meaning.lower() not in set(LABELS)})
    if unknown_meanings:
        raise ModelError(
            f"the label mapping names {', '.join(map(repr, unknown_meanings))}; use negative, neutral or positive"
        )
    stray = sorted(set(given) - {_normalise(name) for name in names.values()})
    if stray:
        raise ModelError(
            f"the label mapping names {', '.join(map(repr, stray))}, which the checkpoint does not have; "
            f"its labels are {', '.join(map(repr, names.values()))}"
        )
    if sorted(names) != list(range(len(names))):
        raise ModelError(f"id2label of the checkpoint must number its labels from 0 without a gap, not {dict(names)}")
    labels: list[Label] = []
    for column in range(len(names)):
        name = _normalise(names[column])
        label = Label(given[name].lower()) if name in given else _KNOWN_NAMES.get(name)
        if label is None:
            raise ModelError(
                f"label {names[column]!r} says nothing about sentiment. {_how_to_map(names)} "
                "(which is which stands in the model's card)"
            )
        labels.append(label)
    missing = [label.value for label in LABELS if label not in labels]
    if missing:
        raise ModelError(
            f"no label of the checkpoint means {' or '.join(missing)}: its labels are "
            f"{', '.join(map(repr, names.values()))}. newstone needs a checkpoint with all three, "
            f"or a mapping that gives all three. {_how_to_map(names)}"
        )
    return LabelScheme(tuple(labels))


def _normalise(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


def _how_to_map(names: Mapping[int, str]) -> str:
    guesses = [LABELS[min(i, 2)].value for i in range(len(names))]
    lines = ", ".join(f'"{names[i]}": "{guess}"' for i, guess in zip(sorted(names), guesses, strict=True))
    return f'Write a mapping, as "newstone_labels" in config.json or as a setting, such as {{{lines}}}'
