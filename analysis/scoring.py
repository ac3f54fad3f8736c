"""The score stage: mentions in, one score row per mention out."""

from collections.abc import Sequence

from analysis.scorers.base import Pair, Scorer
from pipelines.records import Mention, Score, ScoreOutcome


def supports_language(scorer: Scorer, language: str) -> bool:
    """Whether ``scorer`` was validated on a language; "zh-cn" counts as "zh"."""
    return scorer.languages is None or language.lower().replace("_", "-").split("-")[0] in scorer.languages


def score_mentions(mentions: Sequence[Mention], scorer: Scorer) -> list[Score]:
    """One row per mention, in the same order.

    A mention in a language that the model was not validated on becomes a row with outcome ``unsupported_language``
    and without probabilities, one whose sentence is no longer kept ``text_not_kept``. Batches of a thousand mentions
    and more make the best use of the model.

    Args:
        mentions: any number, of any articles; the same sentence with the same surface is computed once.
        scorer: the model.
    """
    is_scored = [bool(mention.sentence) and supports_language(scorer, mention.language) for mention in mentions]
    answers = iter(
        scorer.score(
            [
                Pair(mention.sentence, mention.surface, mention.language)
                for mention, scored in zip(mentions, is_scored, strict=True)
                if scored
            ]
        )
    )
    rows: list[Score] = []
    for mention, scored in zip(mentions, is_scored, strict=True):
        if not scored:
            why = ScoreOutcome.UNSUPPORTED_LANGUAGE if mention.sentence else ScoreOutcome.TEXT_NOT_KEPT
            rows.append(Score(mention.mention_id, scorer.model_id, scorer.revision, why))
            continue
        answer = next(answers)
        rows.append(
            Score(
                mention_id=mention.mention_id,
                model_id=scorer.model_id,
                model_revision=scorer.revision,
                outcome=ScoreOutcome.OK,
                p_negative=answer.negative,
                p_neutral=answer.neutral,
                p_positive=answer.positive,
            )
        )
    return rows
