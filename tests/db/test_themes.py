"""Themes in the database: what is loaded, what is current, and the numbers by theme, computed by hand."""

import math
import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.backlog import count_revisions_without_themes, revisions_to_match, revisions_without_themes
from db.migrate import load_migrations
from db.publish import publish
from db.rows import PageRow, ThemeRow, ThemeSetRow
from db.snapshot import Snapshot, open_snapshot
from db.themes import ThemeHit, load_theme_hits, record_theme_set, theme_names, theme_shares
from db.watched import watched_entity
from db.writer import Writer, open_writer
from pipelines.errors import StoreError, UsageError
from pipelines.outcomes import Outcome
from tests.db import build

THEMES = ThemeSetRow("t1", (ThemeRow("trade", "Trade", "Handel"), ThemeRow("law", "Law", "Recht")))
POLARITIES = [0.9, -0.2, 0.1, 0.4, -0.6, 0.3]
T_975_OF_5 = 2.570582  # quantile of Student's t, from printed tables
SINCE, UNTIL = date(2025, 1, 1), date(2025, 1, 31)


def hit(theme: str = "trade", *, is_about: bool = True) -> ThemeHit:
    return ThemeHit(theme, 2, in_title=False, in_lead=False, is_about=is_about)


def six_pages() -> list[PageRow]:
    return [
        build.page(f"https://a.example/{i}", f"Acme {i}.", published_at=build.day(i + 1), signature=())
        for i in range(len(POLARITIES))
    ]


def revision_ids(pages: list[PageRow]) -> list[str]:
    return [page.extraction.article.revision_id for page in pages if page.extraction.article is not None]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """Six articles about acme on six days: all about trade, the second about law too, the third only in passing."""
    folder = tmp_path_factory.mktemp("themes")
    store, snapshot_path = folder / "newstone.duckdb", folder / "snapshot.duckdb"
    with open_writer(store) as writer:
        pages = six_pages()
        build.fill(writer, pages, [*POLARITIES])
        record_theme_set(writer, THEMES, build.NOON)
        results = [[hit()], [hit(), hit("law")], [hit(), hit("law", is_about=False)], [hit()], [hit()], [hit()]]
        load_theme_hits(writer, "t1", list(zip(revision_ids(pages), results, strict=True)), "run1")
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as opened:
        yield opened


def test_the_numbers_of_a_theme_are_those_of_its_voices(snapshot: Snapshot) -> None:
    trade, law = theme_shares(snapshot, "acme", SINCE, UNTIL)
    half = T_975_OF_5 * statistics.stdev(POLARITIES) / math.sqrt(6)
    mean = statistics.mean(POLARITIES)
    assert (trade.theme, trade.name_en, trade.name_de) == ("trade", "Trade", "Handel")
    assert (trade.n_articles, trade.n_stories, trade.n_outlets, trade.n_scored_stories) == (6, 6, 1, 6)
    assert trade.share_stories == 1
    assert trade.mean_polarity == pytest.approx(mean)
    assert trade.ci_low == pytest.approx(mean - half, abs=1e-3)
    assert trade.ci_high == pytest.approx(mean + half, abs=1e-3)
    assert not trade.too_few
    assert (law.theme, law.n_articles, law.ci_low, law.too_few) == ("law", 1, None, True)
    assert (law.share_stories, law.mean_polarity) == pytest.approx((1 / 6, -0.2))


def test_a_span_and_an_entity_without_articles_give_zeros_and_no_share(snapshot: Snapshot) -> None:
    (first, second) = theme_shares(snapshot, "globex", SINCE, UNTIL)
    assert {first.n_articles, second.n_articles, first.share_stories, first.mean_polarity} == {0, None}
    (trade, law) = theme_shares(snapshot, "acme", date(2025, 1, 2), date(2025, 1, 2))
    assert (trade.n_articles, trade.share_stories, law.n_articles) == (1, 1, 1)
    with pytest.raises(UsageError, match="swap them"):
        theme_shares(snapshot, "acme", UNTIL, SINCE)


def test_the_timeline_by_theme_agrees_with_the_timeline(snapshot: Snapshot) -> None:
    columns = "bucket, n_articles, n_stories, n_outlets, n_scored, mean_polarity, ci_low, ci_high, too_few"
    for grain in ("day", "week", "month"):
        whole = snapshot.fetch(f"SELECT {columns} FROM timeline('acme', NULL, NULL, '{grain}')")
        theme = snapshot.fetch(
            f"SELECT {columns} FROM timeline_by_theme('acme', NULL, NULL, '{grain}') WHERE theme = 'trade'"
        )
        assert theme == whole
    law = snapshot.fetch(
        "SELECT bucket, n_articles FROM timeline_by_theme('acme', NULL, NULL, 'day') WHERE theme = 'law'"
    )
    assert law == [(date(2025, 1, 2), 1)]


def test_an_unknown_entity_or_grain_is_an_error_and_no_empty_answer(snapshot: Snapshot) -> None:
    for arguments in ("'nobody', NULL, NULL, 'day'", "'acme', NULL, NULL, 'year'"):
        with pytest.raises(Exception, match=r"has no entity|grain must be"):
            snapshot.fetch(f"SELECT * FROM timeline_by_theme({arguments})")


def test_the_subject_is_meant_where_no_entity_is_named(snapshot: Snapshot) -> None:
    assert watched_entity(snapshot, None) == "acme"
    assert watched_entity(snapshot, "globex") == "globex"
    with pytest.raises(UsageError, match="'nobody'; it has acme, globex"):
        watched_entity(snapshot, "nobody")


def test_a_snapshot_without_a_watchlist_says_what_to_do(store: Path, snapshot_path: Path) -> None:
    with open_writer(store):
        pass
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as empty, pytest.raises(StoreError, match="newstone match"):
        watched_entity(empty, None)


def test_loading_hits_again_adds_nothing(writer: Writer) -> None:
    pages = six_pages()
    build.fill(writer, pages, [*POLARITIES])
    record_theme_set(writer, THEMES, build.NOON)
    results = [(revision_id, [hit()]) for revision_id in revision_ids(pages)]
    assert load_theme_hits(writer, "t1", results, "run1") == 6
    assert load_theme_hits(writer, "t1", [(results[0][0], [hit("law")])], "run2") == 0
    assert writer.fetch("SELECT count(*), count(DISTINCT run_id) FROM theme_hit") == [(6, 1)]


def test_a_revision_without_themes_is_done_too(writer: Writer) -> None:
    pages = six_pages()
    build.fill(writer, pages, [*POLARITIES])
    assert count_revisions_without_themes(writer, "t1") == 6
    batch = revisions_without_themes(writer, "t1", 4)
    assert len(batch) == 4
    load_theme_hits(writer, "t1", [(text.revision_id, []) for text in batch], "run1")
    assert count_revisions_without_themes(writer, "t1") == 2
    assert count_revisions_without_themes(writer, "t2") == 6


def test_walls_have_no_themes_but_paywalled_titles_may(writer: Writer) -> None:
    pages = [
        build.page("https://a.example/1", "Acme wins."),
        build.page("https://a.example/2", "Acme loses.", outcome=Outcome.PAYWALL),
        build.page("https://a.example/3", "Cookies.", outcome=Outcome.CONSENT_WALL),
    ]
    build.fill(writer, pages[:2], [0.5, None])
    assert count_revisions_without_themes(writer, "t1") == 2


def test_themes_and_entities_are_sought_apart(writer: Writer) -> None:
    pages = six_pages()
    build.fill(writer, pages, [*POLARITIES])  # all are matched for w1
    load_theme_hits(writer, "t1", [(revision_id, [hit()]) for revision_id in revision_ids(pages)], "run1")
    assert (len(revisions_to_match(writer, "w1", 9)), len(revisions_without_themes(writer, "t2", 9))) == (0, 6)
    assert (len(revisions_to_match(writer, "w2", 9)), len(revisions_without_themes(writer, "t1", 9))) == (6, 0)


def test_the_newest_themes_are_the_current_ones_even_with_a_clock_set_back(writer: Writer) -> None:
    pages = six_pages()
    build.fill(writer, pages, [*POLARITIES])
    first = revision_ids(pages)[0]
    assert record_theme_set(writer, THEMES, build.NOON)
    assert not record_theme_set(writer, THEMES, build.NOON)
    load_theme_hits(writer, "t1", [(first, [hit()])], "run1")
    assert record_theme_set(writer, ThemeSetRow("none", ()), build.NOON - timedelta(days=1))
    assert writer.fetch("FROM themes") == []
    assert writer.fetch("FROM article_theme") == []
    assert record_theme_set(writer, THEMES, build.NOON - timedelta(days=2))
    assert writer.fetch("SELECT theme FROM themes ORDER BY place") == [("trade",), ("law",)]
    assert writer.fetch("SELECT revision_id, theme FROM article_theme") == [(first, "trade")]


def test_the_names_of_themes_come_in_the_order_of_the_watchlist(snapshot: Snapshot) -> None:
    assert [theme.theme for theme in theme_names(snapshot)] == ["trade", "law"]


def test_a_database_from_before_the_themes_gets_a_backlog_of_all_its_articles(store: Path) -> None:
    before = [step for step in load_migrations() if step.version < 7]
    with open_writer(store, migrations=before) as writer:
        build.fill(writer, six_pages(), [*POLARITIES])
    with open_writer(store) as writer:
        assert writer.fetch("SELECT max(version) FROM schema_version") == [(load_migrations()[-1].version,)]
        assert count_revisions_without_themes(writer, "t1") == 6
        assert len(revisions_to_match(writer, "w1", 9)) == 0
        assert writer.fetch("SELECT count(*) FROM coverage") == [(6,)]
