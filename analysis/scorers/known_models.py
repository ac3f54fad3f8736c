"""Checkpoints of the model hub that newstone can use, as a table to choose from."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from analysis.scorers.base import InputForm


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One checkpoint of the hub; ``known_models.toml`` explains the fields."""

    id: str
    weights_millions: int
    licence: str
    languages: tuple[str, ...]
    input_form: InputForm
    safetensors: bool
    note: str = ""
    unconfirmed: frozenset[str] = frozenset()


@cache
def known_models() -> tuple[KnownModel, ...]:
    """All of them, in the order of the file."""
    text = resources.files("analysis.scorers").joinpath("known_models.toml").read_text(encoding="utf-8")
    return tuple(
        KnownModel(
            id=each["id"],
            weights_millions=each["weights_millions"],
            licence=each["licence"],
            languages=tuple(each["languages"]),
            input_form=InputForm(each["input_form"]),
            safetensors=each["safetensors"],
            note=each.get("note", ""),
            unconfirmed=frozenset(each.get("unconfirmed", ())),
        )
        for each in tomllib.loads(text)["model"]
    )
