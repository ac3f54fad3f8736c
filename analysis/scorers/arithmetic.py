"""Where a model computes and in which number format."""

import copy
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from analysis.scorers.base import Precision
from pipelines.errors import ModelError

AUTO_DEVICE = "auto"
"""A GPU where there is one that torch can use, otherwise the CPU."""

RECHECK_MARGIN = 0.04
"""Distance of the two best labels below which a bfloat16 answer is computed again in float32.

A label turns over only where the two best are closer than the formats differ. Over 6,000 sentences of 14 languages the
logarithm of their ratio differed by 0.049 at most (root mean square 0.008), which needs a margin of 0.025; the four
labels that turned over had 0.011 at most. 1.7 % of the sentences are computed again.
"""

_FLOAT32_ATTENTION = "newstone_float32"


def choose_device(wanted: str) -> torch.device:
    """The device of a model: what ``wanted`` says ("auto", "cpu", "cuda", "cuda:1").

    Raises:
        ModelError: torch knows no such device or cannot use it here.
    """
    has_gpu = torch.cuda.is_available()
    if wanted == AUTO_DEVICE:
        return torch.device("cuda" if has_gpu else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError:
        device = None
    if device is None or device.type not in {"cpu", "cuda"}:
        raise ModelError(f"device {wanted!r} is unknown; use 'auto', 'cpu', 'cuda' or 'cuda:' with a number")
    n_gpus = torch.cuda.device_count() if has_gpu else 0
    if device.type == "cuda" and (device.index or 0) >= n_gpus:
        raise ModelError(
            f"device {wanted!r} is not there: torch {torch.__version__} can use {n_gpus} GPUs here; use 'cpu', or "
            "install a build of torch for CUDA"
        )
    return device


def uses_bfloat16(precision: Precision, device: torch.device) -> bool:
    """Whether a model of this precision computes in bfloat16 on a device."""
    return precision is Precision.BFLOAT16 or (precision is Precision.AUTO and has_native_bfloat16(device))


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself; without that bfloat16 is slower than float32."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(flag, False) for flag in ("avx512_bf16", "amx_bf16", "bf16"))


def with_bfloat16_layers(model: Any) -> Any:
    """A copy whose linear layers hold bfloat16 weights; everything else is shared with ``model``.

    Autocast alone gives the same numbers, but converts every weight again for every batch.
    """
    twin = copy.deepcopy(model, {id(each): each for each in (*model.parameters(), *model.buffers())})
    for layer in twin.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.weight = torch.nn.Parameter(layer.weight.detach().to(torch.bfloat16), requires_grad=False)
            if layer.bias is not None:
                layer.bias = torch.nn.Parameter(layer.bias.detach().to(torch.bfloat16), requires_grad=False)
    if twin.config._attn_implementation == "sdpa":  # noqa: SLF001 - no public reader
        AttentionInterface.register(_FLOAT32_ATTENTION, _attend_in_float32)
        AttentionMaskInterface.register(_FLOAT32_ATTENTION, sdpa_mask)
        twin.set_attn_implementation(_FLOAT32_ATTENTION)
    return twin


def _attend_in_float32(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *rest: Any, **options: Any
) -> tuple[torch.Tensor, None]:
    # On the CPU torch's fused attention is slower in bfloat16 than in float32 for the length of a sentence. On a GPU it
    # takes another kernel where a batch holds no padding, and in bfloat16 the two differ in the third digit: an answer
    # would depend on the sentences beside it.
    with torch.autocast(query.device.type, enabled=False):
        attended, weights = sdpa_attention_forward(module, query.float(), key.float(), value.float(), *rest, **options)
    return attended.to(query.dtype), weights
