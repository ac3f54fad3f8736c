"""The claims that a checkpoint of natural language inference is asked about; needs no model runtime."""

import hashlib
import json
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from analysis.scorers.base import LABELS

_FALLBACK = "en"
_TARGET = "{target}"


def hypotheses(target: str, language: str) -> tuple[str, str, str]:
    """Three claims about the target, in the order of :data:`~analysis.scorers.base.LABELS`.

    Args:
        target: the name; "" asks about the sentence as a whole.
        language: code of the sentence, also with a region ("zh-CN"); one without claims of its own gets English ones.
    """
    written = _written()
    claims = written.get(language.lower().replace("_", "-").split("-")[0], written[_FALLBACK])
    negative, neutral, positive = ((claims if target else claims["whole"])[label.value] for label in LABELS)
    return (
        negative.replace(_TARGET, target),
        neutral.replace(_TARGET, target),
        positive.replace(_TARGET, target),
    )


def hypothesis_languages() -> frozenset[str]:
    """ISO 639-1 codes of the languages that have claims of their own."""
    return frozenset(_written())


def hypotheses_hash() -> str:
    """Eight hex digits that change with any of the claims, and so with the answers."""
    return hashlib.sha256(json.dumps(_written(), sort_keys=True).encode()).hexdigest()[:8]


@cache
def _written() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("analysis.scorers").joinpath("hypotheses.toml").read_text(encoding="utf-8"))
