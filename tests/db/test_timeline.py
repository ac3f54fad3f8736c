"""The numbers of analysts, computed by hand."""

import math
import statistics
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.loader import load_mentions, load_part, load_scores, record_feed_checks, record_sources
from db.publish import publish
from db.read import Grain, covered_days, evidence, list_entities, share_of_voice, timeline, top_stories
from db.snapshot import open_snapshot
from db.writer import Writer, open_writer
from pipelines.errors import UsageError
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, Where
from tests.db import build

SINCE, UNTIL = date(2025, 1, 1), date(2025, 1, 31)
T_975 = {4: 2.776445, 5: 2.570582, 6: 2.446912, 9: 2.262157, 19: 2.093024, 29: 2.045230, 99: 1.984217}
"""Quantiles of Student's t by degrees of freedom, from printed tables."""

LONG = " ".join(f"word{i}" for i in range(60))


def ready(store: Path, snapshot_path: Path, days: list[int], polarities: list[float | None]) -> None:
    """One article of its own a polarity, published on that day of January."""
    with open_writer(store) as writer:
        pages = [
            build.page(f"https://a.example/{i}", f"Acme {i}.", published_at=build.day(number), signature=())
            for i, number in enumerate(days)
        ]
        build.fill(writer, pages, polarities)
    publish(store, snapshot_path, now=build.NOON)


def test_the_interval_is_that_of_the_mean_of_independent_stories(store: Path, snapshot_path: Path) -> None:
    values = [0.9, -0.2, 0.1, 0.4, -0.6, 0.3]
    ready(store, snapshot_path, [3] * 6, [*values])
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    half = T_975[5] * statistics.stdev(values) / math.sqrt(6)
    assert point.bucket == date(2025, 1, 3)
    assert (point.n_articles, point.n_stories, point.n_outlets, point.n_scored, point.n_scored_stories) == (
        6,
        6,
        1,
        6,
        6,
    )
    assert point.mean_polarity == pytest.approx(statistics.mean(values))
    assert point.ci_low == pytest.approx(statistics.mean(values) - half, abs=1e-3)
    assert point.ci_high == pytest.approx(statistics.mean(values) + half, abs=1e-3)
    assert point.too_few is False
    assert (point.share_positive, point.share_negative, point.share_neutral) == pytest.approx((4 / 6, 2 / 6, 0))


@pytest.mark.parametrize("degrees", sorted(T_975))
def test_the_t_quantile_agrees_with_printed_tables(writer: Writer, degrees: int) -> None:
    value = writer.fetch("SELECT t_quantile(?)", [degrees])[0][0]
    assert isinstance(value, float)
    assert value == pytest.approx(T_975[degrees], abs=1e-3)


def test_the_interval_stays_between_minus_one_and_one(store: Path, snapshot_path: Path) -> None:
    ready(store, snapshot_path, [3] * 5, [1.0, 1.0, 1.0, 1.0, -1.0])
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert point.ci_high == 1
    assert point.ci_low is not None
    assert -1 <= point.ci_low < 0


def test_under_five_voices_there_is_no_interval(store: Path, snapshot_path: Path) -> None:
    ready(store, snapshot_path, [3] * 4 + [4] * 5, [*[0.5] * 5, 0.4, 0.3, 0.2, None])
    first, second = timeline(snapshot_path, "acme", SINCE, UNTIL)
    for point in (first, second):
        assert point.too_few
        assert (point.ci_low, point.ci_high) == (None, None)
    assert (second.n_articles, second.n_scored, second.n_scored_stories) == (5, 4, 4)
    assert second.mean_polarity == pytest.approx(0.35)


def test_a_day_without_articles_is_missing_and_one_without_scores_has_no_mean(store: Path, snapshot_path: Path) -> None:
    ready(store, snapshot_path, [3, 6], [0.5, None])
    points = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert [(point.bucket.day, point.mean_polarity, point.share_positive) for point in points] == [
        (3, pytest.approx(0.5), 1.0),
        (6, None, None),
    ]


def test_the_covered_days_are_the_first_and_the_last_with_a_watched_entity(store: Path, snapshot_path: Path) -> None:
    ready(store, snapshot_path, [6, 3, 9], [0.5, None, 0.5])
    assert covered_days(snapshot_path) == (date(2025, 1, 3), date(2025, 1, 9))


def test_without_articles_no_day_is_covered(store: Path, snapshot_path: Path) -> None:
    ready(store, snapshot_path, [], [])
    assert covered_days(snapshot_path) is None
    assert timeline(snapshot_path, "acme", SINCE, UNTIL) == []


@pytest.mark.parametrize(
    ("grain", "buckets"),
    [
        pytest.param(Grain.DAY, {date(2025, 1, 5): 1, date(2025, 1, 6): 1, date(2025, 1, 31): 1}, id="day"),
        pytest.param(
            Grain.WEEK, {date(2024, 12, 30): 1, date(2025, 1, 6): 1, date(2025, 1, 27): 1}, id="week-from-monday"
        ),
        pytest.param(Grain.MONTH, {date(2025, 1, 1): 3}, id="month"),
    ],
)
def test_buckets_begin_on_their_first_day_and_both_ends_are_inclusive(
    store: Path, snapshot_path: Path, grain: Grain, buckets: dict[date, int]
) -> None:
    ready(store, snapshot_path, [5, 6, 31], [0.5, 0.5, 0.5])
    points = timeline(snapshot_path, "acme", date(2025, 1, 5), date(2025, 1, 31), grain)
    assert {point.bucket: point.n_articles for point in points} == buckets


def syndicated(writer: Writer) -> None:
    """Three copies of one text (0.8, 0.8, -0.4) and two texts of their own (0.0, -0.5)."""
    record_sources(writer, [build.source("tabloid")], build.NOON)
    copies = [
        build.page(
            f"https://{source}.example/copy", f"Acme wins. {LONG}", source_id=source, published_at=build.day(number)
        )
        for source, number in (("daily", 3), ("weekly", 3), ("tabloid", 3))
    ]
    own = [
        build.page("https://a.example/own1", "Acme one.", published_at=build.day(3)),
        build.page("https://a.example/own2", "Acme two.", published_at=build.day(3)),
    ]
    build.fill(writer, [*copies, *own], [0.8, 0.8, -0.4, 0.0, -0.5])


def test_syndicated_copies_are_one_voice_and_three_times_reach(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        syndicated(writer)
    publish(store, snapshot_path, now=build.NOON)
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert (point.n_articles, point.n_stories, point.n_outlets, point.n_scored_stories) == (5, 3, 3, 3)
    assert point.mean_polarity == pytest.approx(((0.8 + 0.8 - 0.4) / 3 + 0.0 - 0.5) / 3)
    assert point.share_positive == pytest.approx((2 / 3) / 3)
    stories = top_stories(snapshot_path, "acme", SINCE, UNTIL, limit=1)
    assert [(s.n_articles, s.n_outlets, s.outlets) for s in stories] == [(3, 3, ("Daily", "Tabloid", "Weekly"))]
    assert stories[0].mean_polarity == pytest.approx(0.4)


def test_an_article_is_the_mean_of_its_sentences_title_counted(store: Path, snapshot_path: Path) -> None:
    page = build.page("https://a.example/1", "Acme fails.", title="Acme wins", published_at=build.day(3))
    with open_writer(store) as writer:
        (body,) = build.fill(writer, [page], [None])
        title = build.mention(page, where=Where.TITLE)
        writer.fetch("DELETE FROM match_done")
        writer.fetch("DELETE FROM mention")
        load_mentions(writer, "w1", [(body.revision_id, [title, body])], "run1")
        load_scores(writer, [build.score(title, 0.9), build.score(body, -0.5, neutral=0.2)], "run1")
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as snapshot:
        rows = snapshot.fetch("SELECT n_mentions, n_scored, round(polarity, 6), label FROM coverage")
    assert rows == [(2, 2, 0.2, "positive")]
    sentences = evidence(snapshot_path, "acme", date(2025, 1, 3), date(2025, 1, 3))
    assert [(row.where, row.surface, row.label, row.part) for row in sentences] == [
        ("title", "Acme", "positive", "part1"),
        ("body", "Acme", "negative", "part1"),
    ]
    assert {(row.model_id, row.model_revision, row.extractor) for row in sentences} == {("tiny", "r1", build.EXTRACTOR)}
    assert sentences[0].published_at == build.day(3)


@pytest.mark.parametrize("medium", ["company_newsroom", "state_media"])
def test_own_and_state_media_stand_apart(store: Path, snapshot_path: Path, medium: str) -> None:
    with open_writer(store) as writer:
        record_sources(writer, [build.source("own", medium=medium)], build.NOON)
        pages = [
            build.page("https://a.example/1", "Acme one.", published_at=build.day(3)),
            build.page("https://own.example/1", "Acme two.", published_at=build.day(3), source_id="own"),
        ]
        build.fill(writer, pages, [0.1, 0.9])
    publish(store, snapshot_path, now=build.NOON)
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert point.n_articles == 1
    assert point.mean_polarity == pytest.approx(0.1)
    with open_snapshot(snapshot_path) as snapshot:
        apart = snapshot.fetch(
            "SELECT medium, earned, n_articles FROM timeline_by_medium('acme', '2025-01-01', '2025-01-31', 'month')"
            " ORDER BY earned"
        )
    assert apart == [(medium, False, 1), ("press", True, 1)]
    assert [row.n_articles for row in share_of_voice(snapshot_path, SINCE, UNTIL)] == [1, 0]
    assert [row.earned for row in evidence(snapshot_path, "acme", SINCE, UNTIL)].count(False) == 1


def test_share_of_voice_counts_articles_and_voices_of_every_watched_entity(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        syndicated(writer)
        page = build.page("https://a.example/3", "Globex grows.", published_at=build.day(4))
        load_part(writer, build.part("part2", [page]), [page])
        mention = build.mention(page, "globex", surface="Globex")
        load_mentions(writer, "w1", [(mention.revision_id, [mention])], "run1")
    publish(store, snapshot_path, now=build.NOON)
    acme, globex = share_of_voice(snapshot_path, SINCE, UNTIL)
    assert (acme.entity, acme.role, acme.n_articles, acme.n_stories) == ("acme", "subject", 5, 3)
    assert (acme.share_articles, acme.share_stories) == pytest.approx((5 / 6, 3 / 4))
    assert (globex.entity, globex.n_articles, globex.mean_polarity) == ("globex", 1, None)
    assert [row.share_articles for row in share_of_voice(snapshot_path, date(2024, 1, 1), date(2024, 1, 2))] == [
        None
    ] * 2


def test_only_the_revision_seen_last_counts(store: Path, snapshot_path: Path) -> None:
    pages = [
        build.page(
            "https://a.example/1",
            text,
            attempt=attempt,
            fetched_at=build.NOON + timedelta(days=attempt),
            published_at=build.day(3),
        )
        for attempt, text in ((1, "Acme wins."), (2, "Acme loses."))
    ]
    with open_writer(store) as writer:
        build.fill(writer, pages, [0.9, -0.9])
    publish(store, snapshot_path, now=build.NOON)
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert point.n_articles == 1
    assert point.mean_polarity == pytest.approx(-0.9)


def test_a_crawled_quiet_day_can_be_told_from_one_that_was_not_crawled(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        build.fill(writer, [build.page("https://a.example/1", published_at=build.day(3))], [0.5])
        checks = [
            FeedCheck("daily", "https://a.example/rss", "feed", build.day(number), outcome)
            for number, outcome in ((3, FeedOutcome.OK), (4, FeedOutcome.UNCHANGED), (5, FeedOutcome.TIMEOUT))
        ]
        record_feed_checks(writer, checks, "run1")
    publish(store, snapshot_path, now=build.NOON)
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert point.n_sources_up == 1
    with open_snapshot(snapshot_path) as snapshot:
        rows = snapshot.fetch(
            "SELECT day(bucket), n_sources_asked, n_sources_up, n_articles"
            " FROM sources_up('2025-01-01', '2025-01-31', 'day')"
        )
    assert rows == [(3, 1, 1, 1), (4, 1, 1, 0), (5, 1, 0, 0)]


def test_a_paywalled_article_counts_as_reach_but_has_no_polarity(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        page = build.page("https://a.example/1", outcome=Outcome.PAYWALL, published_at=build.day(3))
        build.fill(writer, [page], [None])
    publish(store, snapshot_path, now=build.NOON)
    (point,) = timeline(snapshot_path, "acme", SINCE, UNTIL)
    assert (point.n_articles, point.n_scored, point.mean_polarity) == (1, 0, None)
    (row,) = evidence(snapshot_path, "acme", SINCE, UNTIL)
    assert (row.score_outcome, row.label) == ("paywall", None)


def test_an_entity_that_is_not_watched_is_named_with_those_that_are(store: Path, snapshot_path: Path) -> None:
    ready(store, snapshot_path, [3], [0.5])
    with pytest.raises(UsageError, match="no entity 'initech'; it has acme, globex"):
        timeline(snapshot_path, "initech", SINCE, UNTIL)
    with pytest.raises(UsageError, match="after until"):
        timeline(snapshot_path, "acme", UNTIL, SINCE)
    assert [entity.name for entity in list_entities(snapshot_path)] == ["Acme", "Globex"]
    assert timeline(snapshot_path, "globex", SINCE, UNTIL) == []
