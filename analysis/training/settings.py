"""What decides the weights that a training run ends with."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from analysis.training.data import Sentence

_LAST_RATE = 0.02  # of the highest learning rate, at the end of the linear decay


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides the weights, beside the data and the checkpoint."""

    epochs: float = 3.0
    """Passes over the authored sentences."""
    seed: int = 0
    batch_rows: int = 32
    learning_rate: float = 1.5e-4
    embedding_rate_factor: float = 2.0
    """Word embeddings get less gradient each: most words are in few batches."""
    warmup_share: float = 0.05
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    max_tokens: int = 128
    unmasked_share: float = 0.02
    """Of the rows; their target comes as a second segment, as a target does that is not found in its sentence."""
    swap_names: bool = True


def rate_factor(step: int, n_steps: int, warmup_share: float) -> float:
    """Part of the highest learning rate at a step: a linear rise, then linear decay to 0.02 at the end."""
    warmup = min(1.0, (step + 1) / max(1.0, warmup_share * n_steps))
    return warmup * max(_LAST_RATE, (n_steps - step) / n_steps)


def fingerprint(
    authored: Sequence[Sentence], available: dict[str, list[Sentence]], checkpoint_hash: str, settings: Settings
) -> str:
    """Hash of all that decides the weights; a saved state belongs to one fingerprint."""
    digest = hashlib.sha256(f"{checkpoint_hash} {asdict(settings) | {'epochs': float(settings.epochs)}}".encode())
    for each in [*authored, *(each for name in sorted(available) for each in available[name])]:
        digest.update(repr(each).encode())
    return digest.hexdigest()
