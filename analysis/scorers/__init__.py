"""Sentiment toward a named target: from (sentence, target) to three probabilities.

::

    name ─▶ load_scorer ─▶ hub (download) ─▶ checkpoint (config, weights file, revision)
                                                  │
    pairs ─▶ windows (long sentences) ─▶ batches (fixed shapes) ─▶ model ─▶ labels (columns by name) ─▶ Probabilities

``base`` holds the protocol that the rest of the program knows; it needs no model runtime. ``packing`` is the format
of the built-in weights (one byte per weight). torch, transformers and safetensors are imported by
``transformers_scorer``, ``packing`` and ``hub`` only, and those only inside :func:`load_scorer`.
"""

from analysis.scorers.base import LABELS, InputForm, Label, Pair, Precision, Probabilities, Scorer
from analysis.scorers.loading import BUILTIN, load_scorer

__all__ = [
    "BUILTIN",
    "LABELS",
    "InputForm",
    "Label",
    "Pair",
    "Precision",
    "Probabilities",
    "Scorer",
    "load_scorer",
]
