"""Loading: nothing twice, nothing half, the same rows in whatever order."""

import random
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import CONTENT_TABLES
from db.backlog import processed_parts
from db.loader import (
    LoadReport,
    load_mentions,
    load_part,
    load_scores,
    record_feed_checks,
    record_model,
    record_run_end,
    record_run_start,
    record_source_nights,
    record_sources,
    record_stage,
    record_watchlist,
)
from db.rows import PageRow, PartState, RunEnd, RunStart, RunState, StageRun, WatchlistRow
from db.times import to_stored
from db.writer import Writer, open_writer
from pipelines.errors import StoreError
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, SourceNight
from tests.db import build

A, B, C = "https://a.example/1", "https://b.example/1", "https://c.example/1"


def contents(writer: Writer) -> dict[str, list[tuple[object, ...]]]:
    """All content rows and fates, sorted."""
    return {
        name: writer.fetch(f"SELECT * FROM {name} ORDER BY ALL") for name in (*CONTENT_TABLES, "page_fate", "article")
    }


def test_a_part_that_is_loaded_twice_adds_nothing(writer: Writer) -> None:
    pages = [build.page(A), build.page(B, outcome=Outcome.TIMEOUT, detail="no answer within 30 s")]
    part = build.part("part1", pages)
    assert load_part(writer, part, pages) == LoadReport(2, 2, 1)
    before = contents(writer)
    assert load_part(writer, part, pages) == LoadReport(known=True)
    assert contents(writer) == before
    assert processed_parts(writer) == {"part1"}


def test_a_page_that_comes_in_two_parts_is_stored_once(writer: Writer) -> None:
    pages = [build.page(A)]
    load_part(writer, build.part("part1", pages), pages)
    assert load_part(writer, build.part("part2", pages), pages) == LoadReport()
    assert processed_parts(writer) == {"part1", "part2"}


def test_a_page_is_stored_with_everything_the_records_say(writer: Writer) -> None:
    zone = timezone(timedelta(hours=8))
    pages = [build.page(A, "Acme 发布。", published_at=datetime(2025, 1, 28, 4, tzinfo=zone))]
    load_part(writer, build.part("part1", pages), pages)
    assert writer.fetch(
        "SELECT url, http_status, content_type, feed_title, feed_published_raw, rights_reserved, rights_signals,"
        " length(body_sha256) FROM page"
    ) == [(A, 200, "text/html", "News", None, True, ["header tdm-reservation: 1"], 64)]
    assert writer.fetch("SELECT text, published_at, authors, body_kind, is_current, n_pages FROM article") == [
        ("Acme 发布。", to_stored(datetime(2025, 1, 27, 20, tzinfo=UTC)), ["A. Writer"], "full", True, 1)
    ]


def test_a_time_without_zone_is_refused_and_nothing_is_stored(writer: Writer) -> None:
    pages = [replace(build.page(A), fetched_at=to_stored(build.NOON))]
    with pytest.raises(ValueError, match="no time zone"):
        load_part(writer, build.part("part1", pages), pages)
    assert processed_parts(writer) == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda page: replace(page, fetch_outcome=Outcome.ROBOTS), id="fetch-failed-but-extracted"),
        pytest.param(
            lambda page: replace(page, extraction=replace(page.extraction, article=None)), id="ok-without-article"
        ),
        pytest.param(
            lambda page: replace(page, extraction=replace(page.extraction, outcome=Outcome.NO_TEXT)),
            id="no-text-with-article",
        ),
    ],
)
def test_a_page_that_contradicts_itself_is_refused(writer: Writer, wrong: object) -> None:
    assert callable(wrong)
    pages: list[PageRow] = [build.page(B), wrong(build.page(A))]
    with pytest.raises(StoreError, match=A):
        load_part(writer, build.part("part1", pages), pages)
    assert writer.fetch("SELECT count(*) FROM page") == [(0,)]


def test_a_part_with_another_number_of_pages_is_refused(writer: Writer) -> None:
    with pytest.raises(StoreError, match="2 records but 1 pages"):
        load_part(writer, build.part("part1", [build.page(A), build.page(B)]), [build.page(A)])


def test_a_part_in_quarantine_is_processed_and_may_be_done_later(writer: Writer) -> None:
    pages = [build.page(A)]
    bad = build.part("part1", [], state=PartState.QUARANTINE, detail="not gzip")
    assert load_part(writer, bad, []) == LoadReport()
    assert load_part(writer, bad, []) == LoadReport(known=True)
    assert processed_parts(writer) == {"part1"}
    assert load_part(writer, build.part("part1", pages), pages) == LoadReport(1, 1, 1)


def test_a_new_extractor_adds_extractions_and_becomes_the_current_one(writer: Writer) -> None:
    old = [build.page(A, "Acme grows. Latest news: Globex")]
    new = [replace(old[0], extraction=build.page(A, "Acme grows.").extraction)]
    load_part(writer, build.part("part1", old), old)
    later = build.part("part1", new, extractor="test-extract/2", processed_at=build.NOON + timedelta(days=1))
    assert load_part(writer, later, new) == LoadReport(0, 1, 1)
    assert writer.fetch("SELECT text, extractor FROM article") == [("Acme grows.", "test-extract/2")]
    assert writer.fetch("SELECT count(*), count(DISTINCT page_id) FROM page_fate") == [(1, 1)]


def test_the_first_page_by_attempt_and_url_stands_for_its_text(writer: Writer) -> None:
    pages = [
        build.page(B, canonical_url=A),
        build.page(A, attempt=2),
        build.page(A),
        build.page(C, canonical_url=A, outcome=Outcome.PAYWALL),
        build.page(A, attempt=3, outcome=Outcome.GONE),
    ]
    load_part(writer, build.part("part1", pages), pages)
    assert writer.fetch("SELECT url, attempt, fate FROM page_fate ORDER BY url, attempt") == [
        (A, 1, "ok"),
        (A, 2, "unchanged"),
        (A, 3, "gone"),
        (B, 1, "duplicate"),
        (C, 1, "duplicate"),
    ]


MANY = [
    build.page(
        f"https://{host}.example/{path}",
        text,
        canonical_url="https://a.example/0" if path == 0 else "",
        attempt=attempt,
        source_id=host,
        outcome=outcome,
        published_at=build.day(path + attempt),
        fetched_at=build.day(10 + attempt),
    )
    for host in "abc"
    for path in range(2)
    for attempt in (1, 2)
    for text, outcome in (("Acme grows.", Outcome.OK), ("Acme shrinks.", Outcome.PAYWALL), ("", Outcome.NO_TEXT))
]


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(len(MANY))), st.integers(1, 9))
def test_content_and_fates_do_not_depend_on_the_order_of_loading(order: list[int], size: int) -> None:
    def load(indexes: list[int], path: Path) -> dict[str, list[tuple[object, ...]]]:
        with open_writer(path) as writer:
            for start in range(0, len(indexes), size):
                pages = [MANY[index] for index in indexes[start : start + size]]
                part = build.part(f"part{start}", pages)
                load_part(writer, part, pages)
            # the part of a page is where it came first, and that depends on the order
            wanted = {"extraction": "*", "revision": "*"} | dict.fromkeys(
                ("page", "page_fate", "article"), "* EXCLUDE (part)"
            )
            return {
                name: writer.fetch(f"SELECT {columns} FROM {name} ORDER BY ALL") for name, columns in wanted.items()
            }

    with tempfile.TemporaryDirectory() as folder:
        straight = load(list(range(len(MANY))), Path(folder, "straight.duckdb"))
        shuffled = load(order, Path(folder, "shuffled.duckdb"))
    assert len(straight["page"]) == len(MANY)
    assert shuffled == straight


def test_mentions_and_scores_are_loaded_once(writer: Writer) -> None:
    pages = [build.page(A), build.page(B, "Nothing here.")]
    mentions = build.fill(writer, pages[:1], [0.5])
    score = build.score(mentions[0], -0.5)
    assert load_mentions(writer, "w1", [(mentions[0].revision_id, mentions)], "run2") == 0
    assert load_scores(writer, [score, score], "run2") == 0
    assert load_mentions(writer, "w1", [("f" * 32, [])], "run2") == 0
    assert writer.fetch("SELECT n_mentions FROM match_done ORDER BY run_id") == [(1,), (0,)]


def test_a_mention_of_another_revision_is_refused(writer: Writer) -> None:
    mention = build.mention(build.page(A))
    with pytest.raises(StoreError, match="was given for revision other"):
        load_mentions(writer, "w1", [("other", [mention])], "run1")
    with pytest.raises(StoreError, match="watchlist w2"):
        load_mentions(writer, "w2", [(mention.revision_id, [mention])], "run1")
    assert writer.fetch("SELECT count(*) FROM match_done") == [(0,)]


def test_a_source_gets_a_row_only_when_its_file_changes(writer: Writer) -> None:
    first, second = build.source(version="v1"), build.source(version="v2", medium="state_media")
    later = build.NOON + timedelta(days=1)
    assert record_sources(writer, [first, build.source("weekly")], build.NOON) == 2
    assert record_sources(writer, [first], later) == 0
    assert record_sources(writer, [second], later) == 1
    assert record_sources(writer, [first], build.NOON) == 1  # back again, with a clock set back
    assert writer.fetch("SELECT source_id, version, earned FROM current_source ORDER BY 1") == [
        ("daily", "v1", True),
        ("weekly", "v1", True),
    ]
    assert writer.fetch("SELECT count(*) FROM source") == [(4,)]


def test_the_watchlist_and_model_recorded_last_are_the_current_ones(writer: Writer) -> None:
    other = WatchlistRow("w2", "acme", "", build.WATCHLIST.entities[:1])
    assert record_watchlist(writer, build.WATCHLIST, build.NOON)
    assert not record_watchlist(writer, build.WATCHLIST, build.NOON)
    assert record_watchlist(writer, other, build.NOON)
    assert writer.fetch("SELECT entity FROM entities") == [("acme",)]
    assert record_watchlist(writer, build.WATCHLIST, build.NOON)
    assert writer.fetch("SELECT entity FROM entities ORDER BY 1") == [("acme",), ("globex",)]
    assert writer.fetch("SELECT count(*) FROM entity") == [(3,)]
    assert record_model(writer, build.MODEL, build.NOON)
    assert not record_model(writer, build.MODEL, build.NOON)
    assert record_model(writer, replace(build.MODEL, model_revision="r2"), build.NOON)
    assert writer.fetch("SELECT model_revision FROM current_model") == [("r2",)]


def test_runs_stages_feeds_and_nights_are_recorded_once(writer: Writer) -> None:
    check = FeedCheck("daily", "https://a.example/rss", "feed", build.NOON, FeedOutcome.OK, 200, 10, 3, build.day(5))
    for _ in range(2):
        record_run_start(writer, RunStart("run1", "nightly", build.NOON, "0.1", "c0ffee", 12, "host"))
        record_stage(writer, StageRun("run1", "match", build.NOON, build.NOON, 5, 4, 1.5, {"none": 1}))
        record_run_end(writer, RunEnd("run1", build.NOON, RunState.PARTIAL, "one part in quarantine"))
        record_feed_checks(writer, [check, check], "run1")
        record_source_nights(writer, [SourceNight("daily", "crawl1", build.NOON, n_429=2)], "run1")
    record_run_end(writer, RunEnd("run1", build.NOON, RunState.OK))
    assert writer.fetch("SELECT state, detail FROM run_end") == [("partial", "one part in quarantine")]
    assert writer.fetch("SELECT stage, n_in, n_out, counts FROM stage_run") == [("match", 5, 4, '{"none": 1}')]
    assert writer.fetch("SELECT outcome, newest_item_at FROM feed_check") == [("ok", to_stored(build.day(5)))]
    assert writer.fetch("SELECT source_id, n_429 FROM source_night") == [("daily", 2)]
    assert writer.fetch("SELECT count(*) FROM run") == [(1,)]


def test_the_current_revision_of_an_article_is_the_one_seen_last(writer: Writer) -> None:
    texts = ["Acme grows.", "Acme shrinks.", "Acme grows."]
    pages = [
        build.page(A, text, attempt=number, fetched_at=datetime(2025, 1, number, tzinfo=UTC))
        for number, text in enumerate(texts, start=1)
    ]
    random.Random(7).shuffle(pages)
    load_part(writer, build.part("part1", pages), pages)
    assert writer.fetch("SELECT text, is_current FROM article ORDER BY text") == [
        ("Acme grows.", True),
        ("Acme shrinks.", False),
    ]


def test_a_full_text_stays_current_when_its_page_is_fetched_again_behind_a_wall(writer: Writer) -> None:
    kinds = [(Outcome.PAYWALL, "Acme …"), (Outcome.OK, "Acme grows."), (Outcome.PAYWALL, "Acme …")]
    pages = [
        build.page(A, text, attempt=number, outcome=outcome, fetched_at=datetime(2025, 1, number, tzinfo=UTC))
        for number, (outcome, text) in enumerate(kinds, start=1)
    ]
    load_part(writer, build.part("part1", pages), pages)
    assert writer.fetch("SELECT text, body_kind, is_current FROM article ORDER BY text") == [
        ("Acme grows.", "full", True),
        ("Acme …", "paywall", False),
    ]
