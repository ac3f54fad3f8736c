"""One step down the gradient, the same for alignment and for fine-tuning."""

from typing import Any

import torch

_MAX_GRADIENT_NORM = 1.0


def make_optimizer(
    model: Any, *, learning_rate: float, embedding_rate_factor: float, weight_decay: float
) -> torch.optim.Optimizer:
    """AdamW whose word embeddings learn faster than the rest: most words are in few batches.

    Args:
        model: a model of transformers.
        learning_rate: the highest, of everything but word embeddings.
        embedding_rate_factor: times that for word embeddings.
        weight_decay: of AdamW.
    """
    words = [each for name, each in model.named_parameters() if "word_embeddings" in name]
    others = [each for name, each in model.named_parameters() if "word_embeddings" not in name]
    groups = [
        {"params": words, "highest_rate": learning_rate * embedding_rate_factor},
        {"params": others, "highest_rate": learning_rate},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, weight_decay=weight_decay, fused=True)


def descend(model: Any, optimizer: torch.optim.Optimizer, loss: torch.Tensor, rate_factor: float) -> None:
    """Changes the weights of ``model`` by one step; every group learns at ``rate_factor`` of its highest rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["highest_rate"] * rate_factor
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), _MAX_GRADIENT_NORM)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
