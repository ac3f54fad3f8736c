"""The phrases of ``phrases.toml`` as compiled patterns."""

import re
import tomllib
from functools import cache
from importlib.resources import files


@cache
def _phrases() -> dict[str, list[str]]:
    text = files("pipelines").joinpath("phrases.toml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = tomllib.loads(text)
    return found


@cache
def phrase_names(prefix: str) -> tuple[str, ...]:
    """Give the names of the lists that begin with ``prefix``, in the order of the file."""
    return tuple(name for name in _phrases() if name.startswith(prefix))


@cache
def phrases(*names: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """Give one pattern for any phrase of these lists, case ignored, between two pieces of pattern.

    Raises:
        KeyError: a list has no such name.
    """
    alternatives = "|".join(phrase for name in names for phrase in _phrases()[name])
    return re.compile(f"{before}(?:{alternatives}){after}", re.IGNORECASE)
