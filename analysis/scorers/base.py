"""What every scorer gives, without any model runtime."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Label(StrEnum):
    """The sentiment of a sentence toward its target."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


LABELS: tuple[Label, Label, Label] = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
"""All labels, in the order of the columns of every table of probabilities."""


class InputForm(StrEnum):
    """What a checkpoint is given to read."""

    PAIR = "pair"  # sentence and target as two segments: sentiment toward the target
    SENTENCE = "sentence"  # the sentence alone: every target in it gets the same answer
    MASKED = "masked"  # the sentence with a mark in place of the target; the answer is read at the mark
    NLI = "nli"  # the sentence as premise, three claims about the target as hypotheses


class Precision(StrEnum):
    """The number format of the model's arithmetic."""

    AUTO = "auto"  # bfloat16 where the processor multiplies it natively, otherwise float32
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence and the name in it that the sentiment is about.

    ``target`` is the surface form as it stands in the sentence; "" asks for the sentiment of the sentence as a whole.
    ``language`` is an ISO 639-1 code; a scorer never refuses a pair for its language, the caller decides that.
    """

    sentence: str
    target: str
    language: str


@dataclass(frozen=True, slots=True)
class Probabilities:
    """Three probabilities in 0..1 whose sum is 1 (to 1e-9), each a multiple of 0.000001."""

    negative: float
    neutral: float
    positive: float

    @property
    def label(self) -> Label:
        """The most probable label; neutral wins a tie, and negative wins against positive."""
        best = max(self.negative, self.neutral, self.positive)
        if self.neutral == best:
            return Label.NEUTRAL
        return Label.NEGATIVE if self.negative == best else Label.POSITIVE

    @property
    def polarity(self) -> float:
        """``positive - negative``, from -1 to 1."""
        return self.positive - self.negative


class Scorer(Protocol):
    """Anything that gives probabilities for pairs.

    The answer for a pair depends on the pair, the revision and the kind of processor only: never on the pairs that
    are scored with it, their order, or the number of threads.
    """

    @property
    def model_id(self) -> str:
        """Name of the model: a hub id, the name of a local folder, or what the checkpoint calls itself."""

    @property
    def revision(self) -> str:
        """Changes whenever an answer may change: content hash of the files, or the commit of the hub."""

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes that the model was validated on; None where it makes no statement (all are scored)."""

    @property
    def input_form(self) -> InputForm:
        """What the model reads; with ``sentence`` the answer is about the sentence as a whole, not about the target."""

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        """One answer per pair, in the order of ``pairs``."""
