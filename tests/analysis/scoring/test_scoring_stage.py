from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.scorers import InputForm, Pair, Probabilities
from analysis.scoring import score_mentions, supports_language
from analysis.sentiment_evaluation import evaluate_sentiment
from pipelines.records import Mention, Score, ScoreOutcome, Where


class WordScorer:
    """A whole scorer without a model: "wins" is good for the target, "loses" bad."""

    model_id = "words"
    revision = "r1"
    input_form = InputForm.PAIR

    def __init__(self, languages: frozenset[str] | None) -> None:
        self.languages = languages
        self.seen: list[Pair] = []

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        self.seen.extend(pairs)
        return [
            Probabilities(
                0.75 if f"{pair.target} loses" in pair.sentence else 0.125,
                0.125,
                0.125 if f"{pair.target} loses" in pair.sentence else 0.75,
            )
            for pair in pairs
        ]


def mention(number: int, sentence: str, surface: str, language: str) -> Mention:
    start = sentence.index(surface)
    return Mention(
        mention_id=f"m{number}",
        revision_id="a1",
        entity="acme",
        where=Where.BODY,
        sentence=sentence,
        sentence_start=0,
        sentence_end=len(sentence),
        surface=surface,
        start=start,
        end=start + len(surface),
        language=language,
        watchlist_version="w1",
    )


MENTIONS = [
    mention(1, "Acme wins", "Acme", "en"),
    mention(2, "Acme võidab", "Acme", "et"),
    mention(3, "Acme loses, Bolt wins", "Acme", "en"),
    mention(4, "Acme loses, Bolt wins", "Bolt", "en"),
    mention(5, "Acme", "Acme", "und"),
]


def test_rows_follow_the_mentions_and_unsupported_languages_stay_unscored() -> None:
    rows = score_mentions(MENTIONS, WordScorer(frozenset({"en", "de"})))
    unsupported = ScoreOutcome.UNSUPPORTED_LANGUAGE
    assert rows == [
        Score("m1", "words", "r1", ScoreOutcome.OK, 0.125, 0.125, 0.75),
        Score("m2", "words", "r1", unsupported),
        Score("m3", "words", "r1", ScoreOutcome.OK, 0.75, 0.125, 0.125),
        Score("m4", "words", "r1", ScoreOutcome.OK, 0.125, 0.125, 0.75),
        Score("m5", "words", "r1", unsupported),
    ]


def test_every_language_is_scored_if_the_model_makes_no_statement() -> None:
    scorer = WordScorer(None)
    rows = score_mentions(MENTIONS, scorer)
    assert {row.outcome for row in rows} == {ScoreOutcome.OK}
    assert scorer.seen == [Pair(each.sentence, each.surface, each.language) for each in MENTIONS]


def test_no_mentions_give_no_rows() -> None:
    assert score_mentions([], WordScorer(None)) == []


@pytest.mark.parametrize("code", ["zh", "zh-CN", "ZH_hant"])
def test_regional_codes_count_as_their_language(code: str) -> None:
    assert supports_language(WordScorer(frozenset({"zh"})), code)
    assert not supports_language(WordScorer(frozenset({"ja"})), code)


def test_evaluation_leaves_unsupported_rows_out_of_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"text": "Acme wins", "target": "Acme", "lang": "en", "label": "positive"}\n'
        '{"text": "Acme võidab", "target": "Acme", "lang": "et", "label": "negative"}\n'
    )
    report = evaluate_sentiment(path, WordScorer(frozenset({"en"})))
    assert (report.overall.n, report.overall.n_unscored, report.overall.accuracy) == (1, 1, 1.0)
    assert (report.languages["et"].n, report.languages["et"].macro_f1) == (0, None)
    everything = evaluate_sentiment(path, WordScorer(None))
    assert (everything.overall.n, everything.overall.accuracy) == (2, 0.5)
