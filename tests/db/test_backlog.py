"""The backlog: what is still to do, in one order, and never a paywalled sentence."""

from functools import partial

import pytest

from db.backlog import (
    ArticleText,
    count_mentions_to_score,
    count_revisions_to_match,
    in_batches,
    mentions_to_score,
    revisions_to_match,
)
from db.loader import load_mentions, load_part, load_scores
from db.writer import Writer
from pipelines.outcomes import Outcome
from pipelines.records import Score, ScoreOutcome
from tests.db import build

FULL = build.page("https://a.example/1")
TEASER = build.page("https://a.example/2", "Acme begins", outcome=Outcome.TEASER)
PAYWALL = build.page("https://a.example/3", "Acme hidden", outcome=Outcome.PAYWALL)
SILENT = build.page("https://a.example/4", "Nothing to see.")
WALL = build.page("https://a.example/5", outcome=Outcome.CONSENT_WALL)
PAGES = [FULL, TEASER, PAYWALL, SILENT, WALL]


def load(writer: Writer) -> None:
    load_part(writer, build.part("part1", PAGES), PAGES)


def test_every_article_is_to_be_matched_once_per_watchlist(writer: Writer) -> None:
    load(writer)
    todo = revisions_to_match(writer, "w1", 100)
    articles = [page.extraction.article for page in PAGES if page.extraction.article is not None]
    assert todo == sorted(
        (ArticleText(a.revision_id, a.title, a.text, a.language) for a in articles), key=lambda text: text.revision_id
    )
    assert revisions_to_match(writer, "w1", 2) == todo[:2]
    load_mentions(writer, "w1", [(text.revision_id, []) for text in todo[:3]], "run1")
    assert revisions_to_match(writer, "w1", 100) == todo[3:]
    assert revisions_to_match(writer, "w2", 100) == todo


def test_sentences_of_paywalled_texts_are_matched_but_never_scored(writer: Writer) -> None:
    load(writer)
    mentions = [build.mention(page) for page in (FULL, TEASER, PAYWALL)]
    load_mentions(writer, "w1", [(mention.revision_id, [mention]) for mention in mentions], "run1")
    todo = mentions_to_score(writer, "tiny", "r1", "w1", 100)
    assert todo == sorted(mentions[:2], key=lambda mention: (mention.revision_id, mention.mention_id))
    assert mentions_to_score(writer, "tiny", "r1", "w1", 1) == todo[:1]
    assert (count_revisions_to_match(writer, "w1"), count_mentions_to_score(writer, "tiny", "r1", "w1")) == (1, 2)


@pytest.mark.parametrize(
    ("size", "sizes", "n_counted"),
    [(1, [1, 1, 1, 1], 1), (2, [2, 2], 1), (3, [3, 1], 1), (4, [4], 1), (5, [4], 0)],
    ids=["one-by-one", "full-batches", "a-rest", "exactly-one-batch", "less-than-a-batch"],
)
def test_a_backlog_is_gone_through_once_and_counted_only_where_it_fills_a_batch(
    writer: Writer, size: int, sizes: list[int], n_counted: int
) -> None:
    load(writer)
    counted: list[int] = []

    def count() -> int:
        counted.append(count_revisions_to_match(writer, "w1"))
        return counted[-1]

    found = []
    for batch, total in in_batches(partial(revisions_to_match, writer, "w1"), count, size):
        found.append(len(batch))
        assert total == 4
        load_mentions(writer, "w1", [(text.revision_id, []) for text in batch], "run1")

    assert (found, counted) == (sizes, [4] * n_counted)
    assert count_revisions_to_match(writer, "w1") == 0


def test_a_score_ends_the_backlog_of_its_model_only_also_where_the_language_is_unknown(writer: Writer) -> None:
    load(writer)
    mention = build.mention(FULL)
    load_mentions(writer, "w1", [(mention.revision_id, [mention])], "run1")
    score = Score(mention.mention_id, "tiny", "r1", ScoreOutcome.UNSUPPORTED_LANGUAGE)
    assert load_scores(writer, [score], "run1") == 1
    assert mentions_to_score(writer, "tiny", "r1", "w1", 100) == []
    assert mentions_to_score(writer, "tiny", "r2", "w1", 100) == [mention]
    assert mentions_to_score(writer, "tiny", "r1", "w2", 100) == []
