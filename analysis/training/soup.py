"""Averages the weights of runs that started from the same encoder and differ in their seed.

After Wortsman et al. 2022, "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
increasing inference time" (the uniform soup).
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from pipelines.errors import ModelError

_WEIGHTS = "model.safetensors"


def average_checkpoints(checkpoints: Sequence[Path], output: Path) -> None:
    """Writes a checkpoint whose weights are the mean of others; its other files are those of the first.

    Args:
        checkpoints: folders of transformers, at least one, of one architecture and vocabulary.
        output: folder to write; made if need be.

    Raises:
        ModelError: the checkpoints differ in the names or shapes of their weights.
    """
    states = [load_file(each / _WEIGHTS) for each in checkpoints]
    shapes = {name: tensor.shape for name, tensor in states[0].items()}
    for folder, state in zip(checkpoints, states, strict=True):
        if {name: tensor.shape for name, tensor in state.items()} != shapes:
            raise ModelError(f"{folder} and {checkpoints[0]} are not of one architecture; average runs of one encoder")
    output.mkdir(parents=True, exist_ok=True)
    for path in checkpoints[0].iterdir():
        if path.is_file() and path.name != _WEIGHTS:
            shutil.copyfile(path, output / path.name)
    mean = {name: torch.stack([state[name].float() for state in states]).mean(dim=0).contiguous() for name in shapes}
    save_file(mean, output / _WEIGHTS, metadata={"format": "pt"})
