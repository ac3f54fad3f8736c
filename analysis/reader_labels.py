"""How often the current model is right on what readers labelled: live precision by language.

Only sentences of the random sample count. Those at which the model hesitated are told apart, because the model is wrong
on them far more often than elsewhere.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.scorers.base import LABELS, Label
from db.read import Snapshot
from db.reader_labels import UNCLEAR, Drawn, LabelCount, label_counts

_Z_95 = 1.959963984540054  # the 0.975 quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Proportion:
    """``n_right`` of ``n``, as a share with its 95 % interval (Wilson 1927); all None where ``n`` is 0."""

    n: int
    n_right: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LabelPrecision:
    """Of the sentences that the model gave ``label``, how many readers gave it too."""

    label: Label
    precision: Proportion


@dataclass(frozen=True, slots=True)
class LanguagePrecision:
    """How often one model revision is right in a language, by readers' labels of a random sample.

    ``precision`` is over all labels: of the answers of the model, the share that readers confirmed (with one answer
    to each sentence this is its accuracy). ``by_label`` has a row for every label, ``precision.n`` counts how often
    the model gave it. ``of_the_uncertain`` is the same share among the sentences at which a model hesitated; it says
    nothing about the press as a whole. ``n_unclear`` counts sentences of the random sample that readers could not
    label, and ``n_not_scored`` labelled ones for which this model has no answer; neither enters a share.
    """

    language: str
    model_id: str
    model_revision: str
    precision: Proportion
    by_label: tuple[LabelPrecision, ...]
    of_the_uncertain: Proportion
    n_unclear: int
    n_not_scored: int

    @property
    def n(self) -> int:
        """Sentences of the random sample with a label and an answer."""
        return self.precision.n

    @property
    def n_right(self) -> int:
        """Those on which model and reader agree."""
        return self.precision.n_right


def live_precision(snapshot: Snapshot) -> tuple[LanguagePrecision, ...]:
    """Give how right the current model is by language, languages with most labels of the random sample first.

    A label counts for the model that is in use now, whichever was asked when the sentence was exported. Of several
    readers of a sentence the newest label counts. Empty where nobody has labelled anything. Reads a few rows only;
    labels for another model look for their sentences among all mentions (under a second for a million).
    """
    languages: dict[str, list[LabelCount]] = {}
    for count in label_counts(snapshot):
        languages.setdefault(count.language, []).append(count)
    found = [_of_language(language, counts) for language, counts in languages.items()]
    return tuple(sorted(found, key=lambda each: (-each.n, each.language)))


def _of_language(language: str, counts: list[LabelCount]) -> LanguagePrecision:
    clear = [each for each in counts if each.label != UNCLEAR]
    answered = [each for each in clear if each.said is not None]
    at_random = [each for each in answered if each.drawn is Drawn.RANDOM]
    return LanguagePrecision(
        language=language,
        model_id=counts[0].model_id,
        model_revision=counts[0].model_revision,
        precision=_proportion(at_random),
        by_label=tuple(
            LabelPrecision(label, _proportion(each for each in at_random if each.said == label)) for label in LABELS
        ),
        of_the_uncertain=_proportion(each for each in answered if each.drawn is Drawn.UNCERTAIN),
        n_unclear=sum(each.n for each in counts if each.label == UNCLEAR and each.drawn is Drawn.RANDOM),
        n_not_scored=sum(each.n for each in clear if each.said is None),
    )


def _proportion(counts: Iterable[LabelCount]) -> Proportion:
    rows = list(counts)
    return wilson_proportion(sum(each.n for each in rows if each.said == each.label), sum(each.n for each in rows))


def wilson_proportion(n_right: int, n: int) -> Proportion:
    """Give a share with its 95 % score interval, which holds for few rows and for shares of 0 and 1 as well.

    Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    if n == 0:
        return Proportion(0, 0, None, None, None)
    share = n_right / n
    weight = _Z_95**2 / n
    centre = (share + weight / 2) / (1 + weight)
    half = _Z_95 * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return Proportion(n, n_right, share, max(0.0, centre - half), min(1.0, centre + half))
