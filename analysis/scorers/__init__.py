"""Sentiment toward a named target: from (sentence, target) to three probabilities.

::

    name ─▶ identify_scorer ─▶ hub (download) ─▶ checkpoint (config, files, revision) ─▶ labels (columns by name)
                                                                                              │
    ScorerIdentity ─▶ load_identified ◀───────────────────────────────────────────────────────┘
                            │
    pairs ─▶ windows (long sentences) ─▶ batches (fixed shapes) ─▶ model ─▶ Probabilities

``base`` holds the protocol that the rest of the program knows; it needs no model runtime. ``nli`` asks a checkpoint of
natural language inference with the claims of ``hypotheses``. ``packing`` is the format of the built-in weights (one
byte per weight), ``arithmetic`` chooses device and precision, ``cache`` keeps answers from run to run without any
runtime. ``known_models`` lists checkpoints of the hub, ``description`` says what a checkpoint is. torch, transformers
and safetensors are imported by ``transformers_scorer``, ``arithmetic``, ``nli`` and ``packing`` only, and those only
inside :func:`load_identified`.
"""

from analysis.scorers.base import LABELS, InputForm, Label, Pair, Precision, Probabilities, Scorer
from analysis.scorers.loading import (
    BUILTIN,
    DeferredScorer,
    ScorerIdentity,
    identify_scorer,
    load_identified,
    load_scorer,
)

__all__ = [
    "BUILTIN",
    "LABELS",
    "DeferredScorer",
    "InputForm",
    "Label",
    "Pair",
    "Precision",
    "Probabilities",
    "Scorer",
    "ScorerIdentity",
    "identify_scorer",
    "load_identified",
    "load_scorer",
]
