"""Training that was stopped goes on where it was: the state of a run in one file."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from pipelines.errors import ModelError


def save_state(path: Path, fingerprint: str, state: dict[str, Any]) -> None:
    """Writes ``state`` and the state of the random numbers; the file is whole or not there."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        torch.save({**state, "fingerprint": fingerprint, "random": torch.get_rng_state()}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load_state(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """What :func:`save_state` wrote, its random numbers set; None if there is no file.

    Raises:
        ModelError: the state is of a run with another fingerprint.
    """
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state["fingerprint"] != fingerprint:
        raise ModelError(
            f"{path} is the state of a run with other settings, data or checkpoint; "
            "delete it to start anew, or give another output folder"
        )
    torch.set_rng_state(state["random"])
    return state


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces ``path``; a reader finds the old content or the new."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replaces ``path`` with a JSON object that a person can read."""
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
