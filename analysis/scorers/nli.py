"""Checkpoints of natural language inference, asked about the sentiment toward a target (zero-shot)."""

from dataclasses import replace

import torch

from analysis.scorers.base import LABELS, InputForm, Pair, Precision
from analysis.scorers.checkpoint import Checkpoint
from analysis.scorers.hypotheses import hypotheses
from analysis.scorers.labels import EntailmentScheme, LabelScheme
from analysis.scorers.transformers_scorer import TransformersScorer


class NliScorer(TransformersScorer):
    """A :class:`~analysis.scorers.base.Scorer` that asks which of three claims about the target the sentence entails.

    Each pair costs three inputs: the sentence with the claim that the sentiment is negative, neutral and positive, in
    the language of the pair (:mod:`analysis.scorers.hypotheses`). The probabilities are the softmax over the three
    logits of entailment, whatever else the checkpoint tells apart. All three read the same part of a long sentence.
    """

    n_questions = len(LABELS)
    n_kept = 1
    recheck_margin = 0.15
    """Wider than that of one input, because the rounding of bfloat16 differs between the three."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        model_id: str,
        revision: str,
        scheme: EntailmentScheme,
        precision: Precision = Precision.AUTO,
        threads: int | None = None,
    ) -> None:
        super().__init__(
            checkpoint,
            model_id=model_id,
            revision=revision,
            scheme=LabelScheme(()),  # no column of its own means a sentiment
            input_form=InputForm.NLI,
            precision=precision,
            threads=threads,
        )
        self._entailment = scheme.entailment

    def _questions(self, pair: Pair) -> list[Pair]:
        return [replace(pair, target=claim) for claim in hypotheses(pair.target, pair.language)]

    def _read(self, logits: torch.Tensor, temperatures: torch.Tensor) -> torch.Tensor:
        return (logits[:, self._entailment] / temperatures)[:, None]

    def _combine(self, kept: torch.Tensor) -> torch.Tensor:
        return kept.reshape(-1, self.n_questions).softmax(dim=-1)
