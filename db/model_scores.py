"""Scores of two models over the same mentions: earned media, current watchlist. Days are in UTC and inclusive.

Scores that are made for a comparison only live in the memory of the open snapshot and end with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.snapshot import Snapshot
from db.statements import fetch_records, load_statement, to_mention
from pipelines.records import Mention, Score, ScoreOutcome


@dataclass(frozen=True, slots=True)
class ModelKey:
    """One revision of a model."""

    model_id: str
    revision: str


@dataclass(frozen=True, slots=True)
class ScoredShares:
    """Of ``n`` sentences that may be scored, how many the first, the second and both models have scored."""

    n: int
    n_a: int
    n_b: int
    n_both: int


@dataclass(frozen=True, slots=True)
class PairedAnswers:
    """Sentences of one story about one entity with the same pair of labels; polarities are sums over ``n``."""

    entity: str
    language: str
    story_id: str
    label_a: str
    label_b: str
    n: int
    polarity_a: float
    polarity_b: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A sentence and what two models say about it; polarities from -1 to 1.

    ``start`` and ``end`` are offsets of ``surface`` in ``sentence``, in characters.
    """

    mention_id: str
    entity: str
    language: str
    outlet: str
    published_at: datetime
    title: str
    url: str
    sentence: str
    surface: str
    start: int
    end: int
    label_a: str
    polarity_a: float
    label_b: str
    polarity_b: float


def list_models(snapshot: Snapshot) -> tuple[ModelKey, ...]:
    """Give the model revisions that were ever in use, the newest first."""
    sql = (
        "SELECT model_id, model_revision FROM model GROUP BY ALL"
        " ORDER BY max(recorded_at) DESC, model_id, model_revision"
    )
    return tuple(fetch_records(snapshot, ModelKey, sql))


def scored_shares(snapshot: Snapshot, a: ModelKey, b: ModelKey, since: date, until: date) -> ScoredShares:
    """Count the sentences of a span and those that the models have scored."""
    parameters = _models(a, b) | {"since": since, "until": until}
    return fetch_records(snapshot, ScoredShares, load_statement("scored_shares"), parameters)[0]


def mentions_to_compare(
    snapshot: Snapshot,
    since: date,
    until: date,
    limit: int,
    *,
    scored_by: ModelKey | None,
    languages: frozenset[str] | None,
    seed: int,
) -> list[Mention]:
    """Give a sample of mentions, spread over entities and languages; the same seed gives the same one.

    ``scored_by`` None takes mentions that no model has scored as well; ``languages`` None takes all.
    """
    rows = snapshot.fetch(
        load_statement("mentions_to_compare"),
        {
            "since": since,
            "until": until,
            "limit": limit,
            "seed": str(seed),
            "languages": None if languages is None else sorted(languages),
            "scored_id": scored_by.model_id if scored_by else None,
            "scored_revision": scored_by.revision if scored_by else None,
        },
    )
    return [to_mention(row) for row in rows]


def pair_scores(
    snapshot: Snapshot, a: ModelKey, b: ModelKey, since: date, until: date, passing: Sequence[Score] = ()
) -> tuple[PairedAnswers, ...]:
    """Put the answers of two models side by side, summed over stories; ``passing`` are scores that are not kept.

    :func:`largest_differences` then tells the sentences.
    """
    snapshot.fetch(
        "CREATE OR REPLACE TEMP TABLE passing_score (mention_id VARCHAR, model_id VARCHAR, model_revision VARCHAR,"
        " p_negative DOUBLE, p_neutral DOUBLE, p_positive DOUBLE)"
    )
    rows = [
        (each.mention_id, each.model_id, each.model_revision, each.p_negative, each.p_neutral, each.p_positive)
        for each in passing
        if each.outcome is ScoreOutcome.OK
    ]
    if rows:
        with snapshot.connection.appender("temp.main.passing_score") as appender:
            appender.append_rows(rows)
    snapshot.fetch(load_statement("compared_scores"), _models(a, b) | {"since": since, "until": until})
    sql = (
        "SELECT entity, language, story_id, label_a, label_b, count(*), sum(polarity_a), sum(polarity_b) FROM compared"
        " GROUP BY ALL ORDER BY ALL"
    )
    return tuple(fetch_records(snapshot, PairedAnswers, sql))


def largest_differences(snapshot: Snapshot, limit: int) -> tuple[Disagreement, ...]:
    """Give the sentences of the last :func:`pair_scores` whose polarities lie farthest apart, each text once."""
    return tuple(fetch_records(snapshot, Disagreement, load_statement("largest_differences"), {"limit": limit}))


def _models(a: ModelKey, b: ModelKey) -> dict[str, object]:
    return {"a_id": a.model_id, "a_revision": a.revision, "b_id": b.model_id, "b_revision": b.revision}
