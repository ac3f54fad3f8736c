"""Two models over the same sentences: how often they agree, how far one leans from the other, and where most.

Earned media, current watchlist. Sentences that only one of the two has judged do not count.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.bootstrap import estimate_means
from analysis.measures import MINIMUM_VOICES, Estimate, Span
from analysis.scorers.base import LABELS, Label, Scorer
from analysis.scoring import score_mentions
from db.model_scores import (
    Disagreement,
    ModelKey,
    PairedAnswers,
    largest_differences,
    mentions_to_compare,
    pair_scores,
    scored_shares,
)
from db.read import Snapshot
from pipelines.errors import UsageError
from pipelines.records import Score

SAMPLE = 1000
"""Default of the number of sentences that a model without scores is asked about: some seconds of the built-in model."""

_SEED = 0


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """A revision of a model; ``scorer`` is None where its weights cannot be had, only its scores."""

    key: ModelKey
    scorer: Scorer | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two models on one set of sentences.

    ``agreement`` is the share of the ``n`` sentences with equal labels, ``kappa`` the same beyond chance (Cohen 1960,
    "A Coefficient of Agreement for Nominal Scales"), None where both models always gave one and the same label.
    ``shift`` is the mean polarity of the second model minus that of the first, -2 to 2, as a mean over stories of the
    mean over their sentences; its interval resamples stories, each with both answers. ``polarity_a`` and
    ``polarity_b`` are the two means.
    """

    key: str
    n: int
    agreement: float
    kappa: float | None
    polarity_a: float
    polarity_b: float
    shift: Estimate


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """All that ``newstone compare-models`` shows.

    ``n_sentences`` counts the sentences of the span that may be scored. ``sampled`` says that the figures are of a
    sample, spread over entities and languages, and ``scored_now`` which models were asked for it. ``confusion[i][j]``
    counts sentences to which the first model gives label i and the second label j, in the order of :data:`LABELS`.
    """

    a: ModelKey
    b: ModelKey
    span: Span
    n_sentences: int
    sampled: bool
    scored_now: tuple[ModelKey, ...]
    overall: Agreement
    languages: tuple[Agreement, ...]
    entities: tuple[Agreement, ...]
    confusion: tuple[tuple[int, ...], ...]
    differences: tuple[Disagreement, ...]


def compare_models(
    snapshot: Snapshot,
    a: ComparedModel,
    b: ComparedModel,
    span: Span,
    *,
    sample: int = SAMPLE,
    n_differences: int = 10,
    minimum_voices: int = MINIMUM_VOICES,
) -> ModelComparison:
    """Compare two models over the sentences of a span that both have scored.

    Where there are none, the models without scores are asked about a sample; their answers are not kept. The built-in
    model reads some hundred sentences a second.

    Args:
        snapshot: the open snapshot.
        a: the first model.
        b: the second model.
        span: days of publication.
        sample: sentences that a model without scores is asked about, at most.
        n_differences: sentences told, at most.
        minimum_voices: stories under which a shift has no interval.

    Raises:
        UsageError: the two are the same, or there is no sentence that both could judge.
        ModelError: the weights of a model cannot be read.
    """
    if a.key == b.key:
        raise UsageError(f"both are {a.key.model_id}@{a.key.revision}; name two models")
    shares = scored_shares(snapshot, a.key, b.key, span.since, span.until)
    if not shares.n:
        raise UsageError(f"no sentence from {span.since} to {span.until} names a watched company; widen the span")
    asked = [] if shares.n_both else [model for model, n in ((a, shares.n_a), (b, shares.n_b)) if not n]
    if not shares.n_both and not asked:  # each has scored other sentences
        asked = [model for model in (b, a) if model.scorer is not None][:1] or [b]
    passing = _ask(snapshot, asked, a if asked == [b] else b, span, sample) if asked else []
    rows = pair_scores(snapshot, a.key, b.key, span.since, span.until, passing)
    if not rows:
        raise UsageError(
            f"no sentence from {span.since} to {span.until} is in a language of both models; "
            "widen the span, or set all_languages in [score]"
        )
    return ModelComparison(
        a=a.key,
        b=b.key,
        span=span,
        n_sentences=shares.n,
        sampled=bool(asked),
        scored_now=tuple(model.key for model in asked),
        overall=_agreements({"": list(rows)}, minimum_voices)[0],
        languages=_agreements(_grouped((row.language, row) for row in rows), minimum_voices),
        entities=_agreements(_grouped((row.entity, row) for row in rows), minimum_voices),
        confusion=_confusion(rows),
        differences=largest_differences(snapshot, n_differences),
    )


def _ask(
    snapshot: Snapshot, asked: Sequence[ComparedModel], other: ComparedModel, span: Span, sample: int
) -> list[Score]:
    """Let models judge a sample of what the other has judged, or of all where both are asked."""
    languages: frozenset[str] | None = None
    scorers: list[Scorer] = []
    for model in asked:
        if model.scorer is None:
            raise UsageError(
                f"{model.key.model_id}@{model.key.revision} has no scores from {span.since} to {span.until} and its "
                "weights are not named; give a folder, a hub id or builtin instead, or widen the span"
            )
        scorers.append(model.scorer)
        if model.scorer.languages is not None:
            languages = model.scorer.languages if languages is None else languages & model.scorer.languages
    mentions = mentions_to_compare(
        snapshot,
        span.since,
        span.until,
        sample,
        scored_by=other.key if len(asked) == 1 else None,
        languages=languages,
        seed=_SEED,
    )
    return [score for scorer in scorers for score in score_mentions(mentions, scorer)]


def _grouped(rows: Iterable[tuple[str, PairedAnswers]]) -> dict[str, list[PairedAnswers]]:
    groups: defaultdict[str, list[PairedAnswers]] = defaultdict(list)
    for key, row in rows:
        groups[key].append(row)
    return groups


def _agreements(groups: dict[str, list[PairedAnswers]], minimum_voices: int) -> tuple[Agreement, ...]:
    """Give one row a group, the largest first."""
    stories = {key: _story_means(rows) for key, rows in groups.items()}
    # a difference of polarities reaches from -2 to 2 and a mean is cut at -1 and 1, so its half is resampled
    halves = estimate_means([(means[:, 1] - means[:, 0]) / 2 for means in stories.values()], minimum_voices)
    found = []
    for (key, rows), half in zip(groups.items(), halves, strict=True):
        n = sum(row.n for row in rows)
        share = sum(row.n for row in rows if row.label_a == row.label_b) / n
        polarity_a, polarity_b = stories[key].mean(axis=0)
        found.append(
            Agreement(key, n, share, _kappa(rows, n, share), float(polarity_a), float(polarity_b), _doubled(half))
        )
    return tuple(sorted(found, key=lambda each: (-each.n, each.key)))


def _story_means(rows: Sequence[PairedAnswers]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Give the mean polarity by both models of each story, shape (stories, 2)."""
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        parts = sums[row.story_id]
        parts[0] += row.polarity_a
        parts[1] += row.polarity_b
        parts[2] += row.n
    table = np.array([sums[story] for story in sorted(sums)])
    return np.asarray(table[:, :2] / table[:, 2:])


def _doubled(half: Estimate) -> Estimate:
    value, low, high = (None if each is None else 2 * each for each in (half.value, half.low, half.high))
    return Estimate(value, low, high, half.n, half.too_few)


def _kappa(rows: Sequence[PairedAnswers], n: int, agreement: float) -> float | None:
    of_a: Counter[str] = Counter()
    of_b: Counter[str] = Counter()
    for row in rows:
        of_a[row.label_a] += row.n
        of_b[row.label_b] += row.n
    by_chance = sum(of_a[label] * of_b[label] for label in of_a) / n**2
    return None if by_chance == 1 else (agreement - by_chance) / (1 - by_chance)


def _confusion(rows: Sequence[PairedAnswers]) -> tuple[tuple[int, ...], ...]:
    counts: Counter[tuple[Label, Label]] = Counter()
    for row in rows:
        counts[Label(row.label_a), Label(row.label_b)] += row.n
    return tuple(tuple(counts[one, other] for other in LABELS) for one in LABELS)
