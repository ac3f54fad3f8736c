"""From the label names of a checkpoint to what its columns mean."""

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from analysis.scorers.base import LABELS, Label
from pipelines.errors import ModelError

_ENTAILMENT = frozenset({"entailment", "entails", "entail", "entailed"})
_NO_ENTAILMENT = frozenset(
    {"neutral", "contradiction", "contradicts", "contradict", "not entailment", "non entailment", "no entailment"}
)


@dataclass(frozen=True, slots=True)
class LabelScheme:
    """``labels[i]`` is what column ``i`` of the logits means; several columns may mean the same label."""

    labels: tuple[Label, ...]

    def columns(self, label: Label) -> tuple[int, ...]:
        """The columns that mean ``label``; their probabilities are to be added."""
        return tuple(i for i, each in enumerate(self.labels) if each is label)


@dataclass(frozen=True, slots=True)
class EntailmentScheme:
    """The column of the logits that says that the premise entails the hypothesis."""

    entailment: int


def says_entailment(names: Mapping[int, str], mapping: Mapping[str, str] | None = None) -> bool:
    """Whether the labels are those of natural language inference: entailment and, beside it, nothing but its absence.

    Args:
        names: column number to label name (``id2label`` of the checkpoint).
        mapping: label name to "entailment", "neutral" or "contradiction", for names that do not speak for themselves.
    """
    meanings = [_normalise(each) for each in _given_meanings(names, mapping)]
    n_entailment = sum(each in _ENTAILMENT for each in meanings)
    return n_entailment == 1 and len(meanings) > 1 and all(each in _ENTAILMENT | _NO_ENTAILMENT for each in meanings)


def parse_entailment(names: Mapping[int, str], mapping: Mapping[str, str] | None = None) -> EntailmentScheme:
    """The column of entailment, read from the names of the labels and never from its place.

    Args:
        names: column number to label name (``id2label`` of the checkpoint).
        mapping: label name to "entailment", "neutral" or "contradiction", for names that do not speak for themselves.

    Raises:
        ModelError: the labels are not those of natural language inference; the message shows the mapping to write.
    """
    _check_mapping(names, mapping)
    if not says_entailment(names, mapping):
        guesses = ("contradiction", "neutral", "entailment") if len(names) == 3 else ("not_entailment", "entailment")
        raise ModelError(
            f"the labels of the checkpoint, {_quoted(names)}, are not those of natural language inference "
            "(entailment, neutral, contradiction). Where the model's card says that they stand for those, "
            f"{_how_to_map(names, guesses)}; otherwise leave input_form away"
        )
    meanings = [_normalise(each) for each in _given_meanings(names, mapping)]
    return EntailmentScheme(next(i for i, each in enumerate(meanings) if each in _ENTAILMENT))


def parse_labels(names: Mapping[int, str], mapping: Mapping[str, str] | None = None) -> LabelScheme:
    """The meaning of each column, read from its name and never from its place.

    Args:
        names: column number to label name (``id2label`` of the checkpoint).
        mapping: label name to "negative", "neutral" or "positive", for names that do not speak for themselves.
            Names are compared without regard to case. Names that are not in it are read as usual.

    Raises:
        ModelError: a name is unknown or a label has no column; the message shows the mapping to write.
    """
    _check_mapping(names, mapping)
    wrong = sorted({meaning for meaning in (mapping or {}).values() if meaning.lower() not in set(LABELS)})
    if wrong:
        raise ModelError(f"the label mapping names {', '.join(map(repr, wrong))}; use negative, neutral or positive")
    meanings = _given_meanings(names, mapping)
    in_set = _set_of(names)
    labels: list[Label] = []
    for column, meaning in enumerate(meanings):
        label = in_set.get(_normalise(names[column])) if meaning == names[column] else None
        label = label or _label_of(meaning)
        if label is None:
            hint = (
                'the labels are those of natural language inference: set input_form = "nli" or leave it away'
                if says_entailment(names, mapping)
                else f"{_how_to_map(names, _guesses(names))} (which is which stands in the model's card)"
            )
            raise ModelError(f"label {names[column]!r} says nothing about sentiment; {hint}")
        labels.append(label)
    missing = [label.value for label in LABELS if label not in labels]
    if missing:
        raise ModelError(
            f"no label of the checkpoint means {' or '.join(missing)}: its labels are {_quoted(names)}, "
            f"read as {', '.join(labels)}. newstone needs a checkpoint with negative, neutral and positive"
        )
    return LabelScheme(tuple(labels))


def _check_mapping(names: Mapping[int, str], mapping: Mapping[str, str] | None) -> None:
    known = {_normalise(name) for name in names.values()}
    stray = sorted(name for name in mapping or {} if _normalise(name) not in known)
    if stray:
        raise ModelError(
            f"the label mapping names {', '.join(map(repr, stray))}, which the checkpoint does not have; "
            f"its labels are {_quoted(names)}"
        )
    if sorted(names) != list(range(len(names))):
        raise ModelError(f"id2label of the checkpoint must number its labels from 0 without a gap, not {dict(names)}")


def _given_meanings(names: Mapping[int, str], mapping: Mapping[str, str] | None) -> list[str]:
    """What the mapping says of each column, or its own name where the mapping says nothing."""
    given = {_normalise(name): meaning for name, meaning in (mapping or {}).items()}
    return [given.get(_normalise(names[column]), names[column]) for column in sorted(names)]


def _normalise(name: str) -> str:
    """Lower case without accents; "_" and hyphens before a letter become spaces, so that "-1" and "N+" stay apart."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return re.sub(r"\s+", " ", re.sub(r"_|(?<=\w)-(?=[^\W\d])", " ", plain)).strip().casefold()


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    names: dict[str, Label]
    degrees: frozenset[str]
    sets: tuple[dict[str, Label], ...]


@cache
def _vocabulary() -> _Vocabulary:
    known = tomllib.loads(resources.files("analysis.scorers").joinpath("label_names.toml").read_text(encoding="utf-8"))
    return _Vocabulary(
        names={_normalise(name): label for label in LABELS for name in known[label.value]},
        degrees=frozenset(map(_normalise, known["degrees"])),
        sets=tuple(
            {_normalise(name): Label(meaning) for name, meaning in each.items()} for each in known["sets"].values()
        ),
    )


def _label_of(name: str) -> Label | None:
    known = _vocabulary()
    plain = _normalise(name)
    first, _, rest = plain.partition(" ")
    return known.names.get(plain) or (known.names.get(rest) if first in known.degrees else None)


def _set_of(names: Mapping[int, str]) -> dict[str, Label]:
    """The set of short names that all labels of a checkpoint belong to, if they give all three meanings in it."""
    given = {_normalise(name) for name in names.values()}
    for each in _vocabulary().sets:
        if given <= set(each) and {each[name] for name in given} == set(LABELS):
            return each
    return {}


def _quoted(names: Mapping[int, str]) -> str:
    return ", ".join(repr(names[column]) for column in sorted(names))


def _guesses(names: Mapping[int, str]) -> list[str]:
    """What the labels may mean: those that speak for themselves that; the others neutral, or rising if none speaks."""
    known = [_label_of(names[column]) for column in sorted(names)]
    if any(known):
        return [(label or Label.NEUTRAL).value for label in known]
    middle = (len(names) - 1) / 2
    rising = (Label.NEUTRAL if i == middle else Label.NEGATIVE if i < middle else Label.POSITIVE for i in names)
    return [label.value for label in rising]


def _how_to_map(names: Mapping[int, str], guesses: list[str] | tuple[str, ...]) -> str:
    pairs = [
        (json.dumps(names[column], ensure_ascii=False), guesses[min(i, len(guesses) - 1)])
        for i, column in enumerate(sorted(names))
    ]
    return (
        "write the mapping into [score] of newstone.toml, such as labels = {"
        + ", ".join(f'{name} = "{guess}"' for name, guess in pairs)
        + '}, or into config.json of the checkpoint as "newstone_labels": {'
        + ", ".join(f'{name}: "{guess}"' for name, guess in pairs)
        + "}"
    )
