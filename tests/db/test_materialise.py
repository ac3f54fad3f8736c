"""Tables of the snapshot that are views in the writer database: the same rows, columns and comments, only faster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from db.loader import (
    load_mentions,
    load_part,
    load_scores,
    record_feed_checks,
    record_model,
    record_sources,
    record_watchlist,
)
from db.materialise import MATERIALISED, MENTIONS_AT_ONCE, materialise_views
from db.publish import publish
from db.rows import EntityRow, WatchlistRow
from db.snapshot import Snapshot, open_snapshot
from db.stories import write_stories
from db.times import from_stored
from db.writer import Writer, open_writer
from pipelines.dedupe import StoryItem, group_stories
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, Where
from tests.db import build

NAMES = tuple(view.name for view in MATERIALISED)
WIRE = "Acme and Globex sign. " + " ".join(f"word{i}" for i in range(60))
NEXT_WATCHLIST = WatchlistRow(
    "w2",
    "acme",
    'subject = "acme"\n# more\n',
    (*build.WATCHLIST.entities, EntityRow("initech", "Initech", "competitor")),
)
NEXT_MODEL = replace(build.MODEL, model_revision="r2")

ARGUMENTS = {
    "entity": "'acme'",
    "watched": "'acme'",
    "before_since": "'2025-01-01'",
    "before_until": "'2025-01-15'",
    "since": "'2025-01-10'",
    "until": "'2025-01-31'",
    "first_day": "'2025-01-10'",
    "last_day": "'2025-01-31'",
    "day": "'2025-01-12'",
    "grain": "'week'",
    "bucket_grain": "'day'",
    "apart": "TRUE",
    "first_run": "''",
}
"""What the parameters of table macros are asked with; a new macro with another parameter is to be added here."""


def write_everything(writer: Writer) -> None:
    """Revisions, copies, duplicates, failures, paywalls, two watchlists, two models, unknown sources and feeds."""
    record_sources(
        writer, [build.source(), build.source("weekly"), build.source("state", medium="state_media")], build.NOON
    )
    record_watchlist(writer, build.WATCHLIST, build.NOON)
    record_model(writer, build.MODEL, build.NOON)
    later = build.NOON + timedelta(days=2)
    plain = [
        build.page(f"https://a.example/{i}", f"Acme {i} beats Globex.", published_at=build.day(5 + i), signature=())
        for i in range(12)
    ]
    copies = [
        build.page(f"https://{host}.example/wire", WIRE, source_id=source, published_at=build.day(12), language="de")
        for host, source in (("a", "daily"), ("b", "weekly"), ("c", "state"), ("d", "nobody-knows"))
    ]
    others = [
        build.page(
            "https://a.example/3",
            "Acme 3 beats Globex. Corrected.",
            published_at=build.day(8),
            signature=(),
            attempt=2,
            fetched_at=later,
        ),
        build.page(
            "https://a.example/4",
            "Acme 4 beats Globex.",
            published_at=build.day(9),
            signature=(),
            attempt=2,
            fetched_at=later,
        ),
        build.page(
            "https://a.example/5?from=feed", "Acme 5 beats Globex.", canonical_url="https://a.example/5", signature=()
        ),
        build.page("https://a.example/wall", "Acme wants money.", outcome=Outcome.PAYWALL, published_at=build.day(12)),
        build.page("https://a.example/short", "Acme begins.", outcome=Outcome.TEASER, published_at=build.day(13)),
        build.page(
            "https://a.example/day", "Acme day.", published_at=datetime(2025, 1, 11, 16, tzinfo=UTC), has_time=False
        ),
        build.page("https://a.example/gone", outcome=Outcome.GONE),
        build.page("https://a.example/consent", outcome=Outcome.CONSENT_WALL, detail="asks first"),
    ]
    pages = [*plain, *copies, *others]
    load_part(writer, build.part("part1", pages), pages)
    texts = {page.extraction.article.revision_id: page for page in pages if page.extraction.article is not None}
    for watchlist, model in ((build.WATCHLIST, build.MODEL), (NEXT_WATCHLIST, NEXT_MODEL)):
        record_watchlist(writer, watchlist, build.NOON + timedelta(hours=1))
        record_model(writer, model, build.NOON + timedelta(hours=1))
        mentions, scores = [], []
        for number, (revision_id, page) in enumerate(sorted(texts.items())):
            article = page.extraction.article
            assert article is not None
            found = [build.mention(page, watchlist_version=watchlist.version)]
            if "Globex" in article.text:
                found.append(build.mention(page, "globex", surface="Globex", watchlist_version=watchlist.version))
            if "word" in article.text:
                found.append(build.mention(page, surface="Acme", where=Where.LEAD, watchlist_version=watchlist.version))
            mentions.append((revision_id, found))
            judged = [build.score(mention, (number % 7 - 3) / 4, neutral=0.2) for mention in found[: 1 + number % 3]]
            scores += [replace(score, model_revision=model.model_revision) for score in judged]
        load_mentions(writer, watchlist.version, mentions, "run1")
        load_scores(writer, scores, "run1")
    checks = [
        FeedCheck(source, f"https://{source}.example/rss", "feed", build.day(number), outcome, 200, 3, 1)
        for number in range(9, 15)
        for source, outcome in (("daily", FeedOutcome.OK), ("weekly", FeedOutcome.TIMEOUT))
    ]
    record_feed_checks(writer, checks, "run1")


@contextmanager
def unfinished_snapshot(store: Path, path: Path) -> Iterator[Writer]:
    """The copy that publishing makes, before its views are materialised, with its name ``published``."""
    with open_writer(store) as writer:
        write_everything(writer)
        writer.connection.execute(f"ATTACH '{path}' AS published (STORAGE_VERSION 'v1.2.0')")
        writer.connection.execute("COPY FROM DATABASE newstone TO published")
        writer.connection.execute("USE published")
        write_stories(writer)
        yield writer
        writer.connection.execute("USE newstone")
        writer.connection.execute("DETACH published")


def questions(writer: Writer) -> list[str]:
    """Every view and every table macro of the published database."""
    views = writer.fetch("SELECT view_name FROM duckdb_views() WHERE database_name = 'published' AND NOT internal")
    macros = writer.fetch(
        "SELECT function_name, parameters FROM duckdb_functions()"
        " WHERE database_name = 'published' AND NOT internal AND function_type = 'table_macro'"
    )
    calls = [
        f"{name}({', '.join(ARGUMENTS[parameter] for parameter in cast('list[str]', parameters))})"
        for name, parameters in macros
    ]
    return sorted([str(row[0]) for row in views] + calls)


def answers(writer: Writer, asked: list[str]) -> dict[str, list[str]]:
    rows = {question: writer.fetch(f"FROM {question}") for question in asked}
    return {
        question: sorted(repr([_rounded(value) for value in row]) for row in found) for question, found in rows.items()
    }


def _rounded(value: object) -> object:
    # sums of the same numbers in another order differ in the last digit
    return round(value, 12) if isinstance(value, float) else value


@pytest.mark.parametrize("mentions_at_once", [1, MENTIONS_AT_ONCE], ids=["entity-by-entity", "at-once"])
def test_every_view_and_macro_answers_the_same_from_tables(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mentions_at_once: int
) -> None:
    monkeypatch.setattr("db.materialise.MENTIONS_AT_ONCE", mentions_at_once)
    with unfinished_snapshot(store, tmp_path / "published.duckdb") as writer:
        asked = questions(writer)
        before = answers(writer, asked)
        materialise_views(writer)
        after = answers(writer, asked)
    assert after == before
    assert set(NAMES) < set(asked)
    filled = {question.partition("(")[0] for question, rows in before.items() if rows}
    assert {*NAMES, "article", "outlets", "funnel", "timeline", "timeline_by_medium", "evidence"} <= filled
    assert {"share_of_voice", "share_of_voice_change", "top_stories", "sources_up"} <= filled


COLUMNS = (
    "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE database_name = current_database()"
    f" AND table_name IN {NAMES} ORDER BY table_name, column_index"
)
TABLES = f"SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND table_name IN {NAMES}"


def test_the_snapshot_holds_tables_where_the_writer_database_has_views(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        write_everything(writer)
    publish(store, snapshot_path, now=build.NOON + timedelta(days=3))
    with open_writer(store) as writer:
        assert writer.fetch(TABLES) == []
        columns = writer.fetch(COLUMNS)
    with open_snapshot(snapshot_path) as snapshot:
        assert sorted(snapshot.fetch(TABLES)) == sorted((name,) for name in NAMES)
        assert snapshot.fetch(COLUMNS) == columns
    assert all(comment for *_, comment in columns)


def column_names(snapshot: Snapshot, table: str) -> list[str]:
    return [str(row[0]) for row in snapshot.fetch(f"DESCRIBE {table}")]


def test_an_article_is_its_revision_and_its_facts(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        write_everything(writer)
    publish(store, snapshot_path, now=build.NOON + timedelta(days=3))
    texts = {"canonical_url", "title", "text", "signature"}
    with open_snapshot(snapshot_path) as snapshot:
        whole, facts = column_names(snapshot, "article"), column_names(snapshot, "article_fact")
        assert facts == [name for name in whole if name not in texts]
        rows = snapshot.fetch(f"SELECT {', '.join(facts)} FROM article ORDER BY revision_id")
        assert rows == snapshot.fetch("FROM article_fact ORDER BY revision_id")
        assert len(rows) == 20


def test_rows_lie_by_entity_and_day_so_that_a_question_reads_few_blocks(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        write_everything(writer)
    publish(store, snapshot_path, now=build.NOON + timedelta(days=3))
    with open_snapshot(snapshot_path) as snapshot:
        for table in ("coverage", "sentences"):
            lying = f"SELECT entity, published_on, published_at, revision_id FROM {table} ORDER BY "
            rows = snapshot.fetch(lying + "rowid")
            assert rows == snapshot.fetch(lying + "ALL")
            assert len(set(rows)) > 10


def test_stories_of_the_snapshot_are_those_of_the_rule(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        write_everything(writer)
    report = publish(store, snapshot_path, now=build.NOON + timedelta(days=3))
    with open_snapshot(snapshot_path) as snapshot:
        rows = snapshot.fetch("SELECT revision_id, article_id, published_at, signature FROM article")
        stories = {str(revision): str(story) for revision, story in snapshot.fetch("FROM story")}
    items = [
        StoryItem(str(revision), str(article), from_stored(cast("datetime", at)), tuple(cast("list[int]", signature)))
        for revision, article, at, signature in rows
    ]
    assert stories == group_stories(items)
    assert report.n_stories == len(set(stories.values())) < len(stories)


@pytest.mark.parametrize("entity", ["initech", "globex"])
def test_a_watched_company_that_nobody_names_is_quiet_and_no_error(
    store: Path, snapshot_path: Path, entity: str
) -> None:
    with open_writer(store) as writer:
        write_everything(writer)
    publish(store, snapshot_path, now=build.NOON + timedelta(days=3))
    with open_snapshot(snapshot_path) as snapshot:
        rows = snapshot.fetch("FROM timeline($1, NULL, NULL, 'month')", [entity])
    assert len(rows) == (0 if entity == "initech" else 1)
