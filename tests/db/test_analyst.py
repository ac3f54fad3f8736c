"""What an analyst types into any DuckDB client: days, open ends, wrong names, two entities in one sentence."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from db.loader import load_mentions, load_part, load_scores, record_model, record_sources, record_watchlist
from db.publish import publish
from db.writer import open_writer
from tests.db import build

MIDNIGHTS = {
    "Honolulu": datetime(2025, 1, 3, 10, tzinfo=UTC),
    "Greenwich": datetime(2025, 1, 3, tzinfo=UTC),
    "Berlin": datetime(2025, 1, 2, 23, tzinfo=UTC),
    "Shanghai": datetime(2025, 1, 2, 16, tzinfo=UTC),
    "Auckland in summer": datetime(2025, 1, 2, 11, tzinfo=UTC),
}
"""The midnight with which the third of January begins, by place."""


@pytest.fixture
def analyst(store: Path, snapshot_path: Path) -> duckdb.DuckDBPyConnection:
    """A plain client over three days of articles, with a second entity in the sentence of the first."""
    with open_writer(store) as writer:
        pages = [
            build.page(f"https://a.example/{i}", f"Acme {i} beats Globex.", published_at=build.day(i), signature=())
            for i in (3, 4, 20)
        ]
        record_sources(writer, [build.source()], build.NOON)
        record_watchlist(writer, build.WATCHLIST, build.NOON)
        record_model(writer, build.MODEL, build.NOON)
        load_part(writer, build.part("part1", pages), pages)
        first = [build.mention(page) for page in pages]
        second = [build.mention(page, "globex", surface="Globex") for page in pages]
        found = [(one.revision_id, [one, two]) for one, two in zip(first, second, strict=True)]
        load_mentions(writer, "w1", found, "run1")
        scores = [build.score(one, polarity) for one, polarity in zip(first, [0.5, -0.5, 0.5], strict=True)]
        load_scores(writer, scores, "run1")
    publish(store, snapshot_path, now=build.NOON)
    return duckdb.connect(str(snapshot_path), read_only=True)


@pytest.mark.parametrize("place", sorted(MIDNIGHTS))
def test_a_page_that_names_only_a_day_counts_on_that_day(store: Path, snapshot_path: Path, place: str) -> None:
    with open_writer(store) as writer:
        page = build.page("https://a.example/1", published_at=MIDNIGHTS[place], has_time=False)
        build.fill(writer, [page], [0.5])
    publish(store, snapshot_path, now=build.NOON)
    with duckdb.connect(str(snapshot_path), read_only=True) as analyst:
        days = analyst.execute("SELECT CAST(published_on AS VARCHAR) FROM coverage").fetchall()
        points = analyst.execute(
            "SELECT n_articles FROM timeline('acme', '2025-01-03', '2025-01-03', 'day')"
        ).fetchall()
    assert days == [("2025-01-03",)]
    assert points == [(1,)]


def test_a_moment_counts_on_its_day_in_utc(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        page = build.page("https://a.example/1", published_at=datetime(2025, 1, 2, 23, tzinfo=UTC))
        build.fill(writer, [page], [0.5])
    publish(store, snapshot_path, now=build.NOON)
    with duckdb.connect(str(snapshot_path), read_only=True) as analyst:
        days = analyst.execute("SELECT CAST(published_on AS VARCHAR) FROM coverage").fetchall()
    assert days == [("2025-01-02",)]


SPANS = {
    "strings": ("'2025-01-03', '2025-01-04'", 2),
    "dates": ("DATE '2025-01-03', DATE '2025-01-04'", 2),
    "timestamps": ("TIMESTAMP '2025-01-03 11:00', TIMESTAMP '2025-01-04 00:00'", 2),
    "open-beginning": ("NULL, '2025-01-04'", 2),
    "open-end": ("'2025-01-04', NULL", 2),
    "all": ("NULL, NULL", 3),
}


@pytest.mark.parametrize("name", sorted(SPANS))
def test_days_are_dates_strings_or_timestamps_and_null_is_open(analyst: duckdb.DuckDBPyConnection, name: str) -> None:
    span, n = SPANS[name]
    calls = [f"timeline('acme', {span}, 'day')", f"top_stories('acme', {span})", f"evidence_between('acme', {span})"]
    assert [len(analyst.execute(f"FROM {call}").fetchall()) for call in calls] == [n, n, n]
    shares = analyst.execute(f"SELECT n_articles FROM share_of_voice({span}) WHERE entity = 'acme'").fetchall()
    assert shares == [(n,)]


WRONG = {
    "timeline": ("timeline('Acme', '2025-01-01', '2025-01-31', 'day')", "no entity Acme"),
    "timeline_by_medium": ("timeline_by_medium('initech', '2025-01-01', '2025-01-31', 'day')", "no entity initech"),
    "top_stories": ("top_stories('initech', '2025-01-01', '2025-01-31')", "no entity initech"),
    "evidence": ("evidence('initech', '2025-01-03')", "no entity initech"),
    "grain": ("timeline('acme', '2025-01-01', '2025-01-31', 'year')", "grain must be"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_name_is_an_error_and_not_an_empty_answer(analyst: duckdb.DuckDBPyConnection, name: str) -> None:
    call, message = WRONG[name]
    with pytest.raises(duckdb.Error, match=message):
        analyst.execute(f"FROM {call}").fetchall()


def test_a_macro_can_be_asked_for_every_entity_at_once(analyst: duckdb.DuckDBPyConnection) -> None:
    rows = analyst.execute(
        "SELECT e.entity, t.n_articles FROM entities e, LATERAL (FROM timeline(e.entity, NULL, NULL, 'month')) t"
        " ORDER BY e.entity"
    ).fetchall()
    assert rows == [("acme", 3), ("globex", 3)]


def test_the_sentences_that_name_two_entities_join_by_sentence(analyst: duckdb.DuckDBPyConnection) -> None:
    rows = analyst.execute(
        "SELECT a.sentence, a.label, b.score_outcome, b.place FROM sentences a JOIN sentences b USING (sentence_id)"
        " WHERE a.entity = 'acme' AND b.entity = 'globex' AND a.label = 'negative'"
    ).fetchall()
    assert rows == [("Acme 4 beats Globex.", "negative", "not_scored_yet", "body")]


def test_no_column_needs_quotes(analyst: duckdb.DuckDBPyConnection) -> None:
    reserved = analyst.execute(
        "SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_keywords() k"
        " ON k.keyword_name = c.column_name WHERE k.keyword_category = 'reserved' AND NOT c.internal"
    ).fetchall()
    assert reserved == []


def test_the_change_of_voice_counts_only_sources_of_both_periods(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        both = [build.page(f"https://a.example/{i}", f"Acme {i}.", published_at=build.day(i)) for i in (3, 20)]
        build.fill(writer, both, [0.5, 0.5])
        record_sources(writer, [build.source("newcomer")], build.NOON)
        late = [
            build.page(f"https://n.example/{i}", f"Globex {i}.", source_id="newcomer", published_at=build.day(20 + i))
            for i in range(3)
        ]
        load_part(writer, build.part("part2", late), late)
        found = [build.mention(page, "globex", surface="Globex") for page in late]
        load_mentions(writer, "w1", [(mention.revision_id, [mention]) for mention in found], "run1")
        load_scores(writer, [build.score(mention, 0.0) for mention in found], "run1")
    publish(store, snapshot_path, now=build.NOON)
    periods = "'2025-01-01', '2025-01-10', '2025-01-11', '2025-01-31'"
    with duckdb.connect(str(snapshot_path), read_only=True) as analyst:
        rows = analyst.execute(
            "SELECT entity, n_stories_before, n_stories, share_before, share_stories, change, n_sources"
            f" FROM share_of_voice_change({periods}) ORDER BY entity"
        ).fetchall()
    assert rows == [("acme", 1, 1, 1.0, 1.0, 0.0, 1), ("globex", 0, 0, 0.0, 0.0, 0.0, 1)]
