"""Which sentences to ask a reader about: those at which the model hesitates, and a random sample of all.

The margin of a sentence is the distance between its two largest probabilities. The sentences with the smallest are
those on which one label teaches most (margin sampling: Scheffer et al. 2001, "Active Hidden Markov Models for
Information Extraction"; Settles 2009, "Active Learning Literature Survey", 3.1). Unlike the smallest best probability
it does not mind a third label that is out of the question, and unlike the entropy it asks about what would change the
answer.

These are by construction the sentences where the model errs, so they say nothing about how often it does. Whoever
wants to know that draws sentences at random.
"""

from dataclasses import dataclass
from itertools import chain, zip_longest

from analysis.measures import Span
from db.read import Evidence, Snapshot
from db.reader_labels import Drawn, random_sentences, uncertain_sentences


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence to ask a reader about, and why this one."""

    drawn: Drawn
    entity: str
    evidence: Evidence


def margin_of(evidence: Evidence) -> float:
    """The distance between the two largest probabilities of a scored sentence, 0 to 1.

    Raises:
        ValueError: the sentence is not scored.
    """
    probabilities = (evidence.p_negative, evidence.p_neutral, evidence.p_positive)
    known = sorted(each for each in probabilities if each is not None)
    if len(known) < len(probabilities):
        raise ValueError(f"mention {evidence.mention_id} is not scored: {evidence.score_outcome}")
    return known[2] - known[1]


def most_uncertain(
    snapshot: Snapshot,
    span: Span,
    limit: int,
    entity: str | None = None,
    *,
    language: str | None = None,
) -> tuple[Evidence, ...]:
    """Give up to ``limit`` sentences with the smallest margins, the smallest first.

    Scored sentences of earned media by the current model, each text once and of each story at most one, without those
    that a reader has labelled. Languages have their turn with the square root of their number of sentences. The same
    snapshot gives the same.

    Args:
        snapshot: the open snapshot.
        span: days of publication.
        limit: how many at most.
        entity: only sentences about this one; None takes all entities.
        language: only this one, ISO 639-1; None takes all languages.

    Raises:
        UsageError: the watchlist does not name the entity, or the span ends before it begins.
        StoreError: the snapshot is of a version that had no labels.
    """
    found = uncertain_sentences(snapshot, span.since, span.until, limit, entity=entity, language=language)
    return tuple(each.evidence for each in found)


def draw_questions(
    snapshot: Snapshot,
    span: Span,
    *,
    n_uncertain: int,
    n_random: int,
    entity: str | None = None,
    language: str | None = None,
) -> tuple[Question, ...]:
    """Give sentences to label, the two kinds in turn, so that who stops half-way has labelled some of both.

    The random ones are in random order: their first ten are a random sample as well. ``entity`` narrows only the
    uncertain ones, because the random ones measure the model on everything.

    Args:
        snapshot: the open snapshot.
        span: days of publication.
        n_uncertain: most uncertain ones, at most.
        n_random: random ones, at most.
        entity: the uncertain sentences are about this one; None takes all entities.
        language: only this one, ISO 639-1; None takes all languages.

    Raises:
        UsageError: the watchlist does not name the entity, or the span ends before it begins.
        StoreError: the snapshot is of a version that had no labels.
    """
    at_random = random_sentences(snapshot, span.since, span.until, n_random, language=language)
    texts = [each.evidence.sentence for each in at_random]
    uncertain = uncertain_sentences(
        snapshot, span.since, span.until, n_uncertain, entity=entity, language=language, without=texts
    )
    pairs = zip_longest(
        (Question(Drawn.RANDOM, each.entity, each.evidence) for each in at_random),
        (Question(Drawn.UNCERTAIN, each.entity, each.evidence) for each in uncertain),
    )
    return tuple(each for each in chain.from_iterable(pairs) if each is not None)
