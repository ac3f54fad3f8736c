"""Weights stored with one byte each: symmetric int8 with one scale for every run of 64 weights.

A matrix is cut along its rows into runs; a run ``w`` is kept as int8 ``q`` and float32 ``s`` so that ``w = s * q``;
vectors (biases, layer norms) are kept in float16. Storage only: a scorer turns them back to float32 before it computes,
so the loss is that of rounding the weights, not of integer arithmetic. The scale of a run is the one with the least
squared error among some that are at most the largest weight by 127; weights beyond it are clipped.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from pipelines.errors import ModelError

_FORMAT = "newstone-int8-rows/1"
_SCALE_SUFFIX = ".row_scale"
_RUN = 64
"""Weights per scale where the width of a matrix is a multiple of it, otherwise a whole row."""

_MAX_INT8 = 127
_SCALE_FRACTIONS = tuple(1 - 0.005 * i for i in range(31))
"""Scales that are tried, as parts of the scale at which the largest weight of a row just fits.

Against the full scale alone, on the first checkpoint: squared error -2 %, labels kept on NewsMTSC rw 99.65 % instead
of 99.48 %, mt 99.25 % instead of 99.05 %.
"""


def quantise_rows(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``(int8 matrix, float32 scales of shape [rows])`` for a matrix of floats; a row of zeros has scale 0."""
    exact = weights.float()
    largest = exact.abs().amax(dim=1)
    best_error = torch.full_like(largest, torch.inf)
    best_scale = torch.zeros_like(largest)
    best = torch.zeros_like(exact, dtype=torch.int8)
    for fraction in _SCALE_FRACTIONS:
        scale = largest * fraction / _MAX_INT8
        rounded = (exact / scale.clamp_min(1e-12)[:, None]).round().clamp(-_MAX_INT8, _MAX_INT8)
        error = (rounded * scale[:, None] - exact).square().sum(dim=1)
        better = error < best_error
        best_error = torch.where(better, error, best_error)
        best_scale = torch.where(better, scale, best_scale)
        best = torch.where(better[:, None], rounded.to(torch.int8), best)
    return best, best_scale


def dequantise_rows(quantised: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """The float32 matrix that :func:`quantise_rows` stands for."""
    return quantised.float() * scales.float()[:, None]


def write_packed(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Writes a state dict in the packed format; replaces ``path``."""
    packed: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        if tensor.is_floating_point() and tensor.dim() == 2:
            width = _RUN if tensor.shape[1] % _RUN == 0 else tensor.shape[1]
            quantised, packed[name + _SCALE_SUFFIX] = quantise_rows(tensor.reshape(-1, width))
            packed[name] = quantised.reshape(tensor.shape)
        else:
            packed[name] = tensor.half().contiguous() if tensor.is_floating_point() else tensor.contiguous()
    save_file(packed, path, metadata={"format": _FORMAT})
    path.chmod(0o644)  # safetensors makes files that only their owner can read


def read_packed(path: Path) -> dict[str, torch.Tensor]:
    """The float32 state dict that :func:`write_packed` stored.

    Raises:
        ModelError: the file is damaged or of another format.
    """
    try:
        with safe_open(path, framework="pt") as file:
            found = (file.metadata() or {}).get("format")
            if found != _FORMAT:
                raise ModelError(f"{path.name} has format {found!r}, this version of newstone reads {_FORMAT!r}")
            packed = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path.name} cannot be read: {error}; copy the file again") from error
    state: dict[str, torch.Tensor] = {}
    for name, tensor in packed.items():
        if name.endswith(_SCALE_SUFFIX):
            continue
        scales = packed.get(name + _SCALE_SUFFIX)
        if scales is not None:
            state[name] = dequantise_rows(tensor.reshape(len(scales), -1), scales).reshape(tensor.shape)
        else:
            state[name] = tensor.float() if tensor.is_floating_point() else tensor
    return state
