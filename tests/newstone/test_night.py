"""A whole night on the embedded newsroom: every page one outcome, counts that add up, nothing fetched twice."""

import json
from datetime import date
from urllib.parse import urlsplit

import pytest

from db.query import QueryFormat, run_query
from db.read import Grain, evidence, timeline
from db.writer import open_writer
from newstone.demo.articles import expected_feed_outcomes, expected_outcomes, load_newsroom
from newstone.health import read_project_status
from newstone.jobs import named_stages, nightly_stages, run_stages
from pipelines.outcomes import Outcome
from pipelines.spool import folder, read_page
from tests.newstone.conftest import Night

SINCE, UNTIL = date(2025, 1, 1), date(2025, 3, 31)


def _select(night: Night, sql: str) -> list[dict[str, object]]:
    text = run_query(night.project.snapshot_file, sql, format=QueryFormat.JSON).text
    rows: list[dict[str, object]] = json.loads(text)
    return rows


def test_every_page_ends_in_the_outcome_that_its_author_meant(night: Night) -> None:
    rows = _select(night, "SELECT outcome, count(*) AS n FROM page_fate GROUP BY outcome")
    assert {row["outcome"]: row["n"] for row in rows} == {str(key): n for key, n in expected_outcomes().items()}


def test_every_feed_ends_in_the_outcome_that_its_author_meant(night: Night) -> None:
    rows = _select(night, "SELECT outcome, count(*) AS n FROM feed_check GROUP BY outcome")
    expected = {str(key): n for key, n in expected_feed_outcomes().items()}
    counts = {str(row["outcome"]): row["n"] for row in rows}
    # a run that is not the first adds answers "unchanged"; whatever else it says must be as before
    assert {key: n for key, n in counts.items() if key in expected and key == "ok"} == {"ok": expected["ok"]}
    assert set(counts) - {"unchanged"} == set(expected)


def test_the_counts_add_up_from_request_to_timeline(night: Night) -> None:
    stages = {result.stage: result for result in night.report.stages}
    assert night.report.state == "ok"
    assert stages["crawl"].n_in == stages["extract"].n_in == stages["publish"].n_in == len(load_newsroom().articles)
    assert stages["extract"].n_out == stages["match"].n_in == stages["publish"].n_out
    [paywalled] = _select(
        night, "SELECT count(*) AS n FROM mention m JOIN article a USING (revision_id) WHERE a.body_kind = 'paywall'"
    )
    assert paywalled == {"n": stages["match"].n_out - stages["score"].n_in}
    points = timeline(night.project.snapshot_file, "deepseek", SINCE, UNTIL, Grain.WEEK)
    covered = _select(night, "SELECT count(*) AS n FROM coverage WHERE entity = 'deepseek' AND earned")[0]["n"]
    assert sum(point.n_articles for point in points) == covered
    assert len(points) >= 8


def test_syndicated_copies_count_once_as_a_voice(night: Night) -> None:
    rows = _select(night, "SELECT count(*) AS articles, count(DISTINCT story_id) AS stories FROM coverage")
    copies = [article for article in load_newsroom().articles if article.front.copy_of]
    [stories] = _select(
        night,
        "SELECT count(*) AS n FROM"
        " (SELECT story_id FROM coverage GROUP BY story_id HAVING count(DISTINCT article_id) > 1)",
    )
    assert copies
    assert stories["n"] == len({article.front.copy_of for article in copies})
    assert rows[0]["stories"] < rows[0]["articles"]  # type: ignore[operator]


def test_a_number_leads_to_its_sentences_and_they_to_the_bytes_of_the_page(night: Night) -> None:
    rows = evidence(night.project.snapshot_file, "deepseek", date(2025, 1, 27), date(2025, 1, 31))
    scored = [row for row in rows if row.polarity is not None]
    assert scored
    for row in scored:
        page = read_page(folder(night.project.data_dir, "done") / row.part, row.record_offset)
        assert page.status == 200
        assert urlsplit(row.url).path == urlsplit(page.final_url).path
        assert row.sentence[row.start : row.end] == row.surface
        assert row.model_id
        assert row.model_revision


def test_a_second_night_fetches_no_page_twice_and_changes_nothing(night: Night) -> None:
    articles = {article.url for article in load_newsroom().articles}
    content = (
        "SELECT (SELECT count(*) FROM page) AS pages, (SELECT count(*) FROM mention) AS mentions,"
        " (SELECT count(*) FROM score) AS scores"
    )
    before, hits_before = _select(night, content), night.newsroom.hits()
    report = run_stages(night.project, "nightly", nightly_stages(), lambda _progress: None)
    assert report.state == "ok"
    assert _select(night, content) == before
    hits_after = night.newsroom.hits()
    assert {url for url in articles if hits_after.get(url) != hits_before.get(url)} == set()
    fetched = {url: count for url, count in night.hits.items() if url in articles}
    assert len(fetched) == len(articles) - expected_outcomes()[Outcome.ROBOTS]
    assert set(fetched.values()) == {1}


def test_status_names_every_source_that_had_trouble(night: Night) -> None:
    status = read_project_status(night.project)
    troubled = {trouble.source_id for trouble in status.troubles}
    room = load_newsroom()
    faulty = {outlet.id for outlet in room.outlets.values() if outlet.faults}
    gone = {a.outlet.id for a in room.articles if str(a.expected) in {"gone", "consent_wall", "robots"}}
    assert faulty | gone <= troubled
    assert status.n_parts_to_extract == 0
    assert status.store.n_mentions_to_score == 0
    assert status.store.last_good_run is not None


def test_a_new_extractor_reads_the_kept_pages_again_and_its_rows_stand_beside_the_old(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = "SELECT extractor, count(*) AS n FROM extraction GROUP BY extractor ORDER BY extractor"
    extract = named_stages(since=date(2020, 1, 1))["extract"]
    quiet = lambda _progress: None  # noqa: E731 (a callback that does nothing)
    assert run_stages(night.project, "extract", [extract], quiet).stages[0].n_in == 0
    monkeypatch.setattr("newstone.stages.extracting.EXTRACTOR", "zz-next/1")
    again = run_stages(night.project, "extract", [extract], quiet)
    assert again.stages[0].n_in == len(load_newsroom().articles)
    assert again.stages[0].n_out == 0  # the same texts: no new revision
    with open_writer(night.project.writer_file) as writer:
        rows = writer.fetch(counts)
        writer.connection.execute("DELETE FROM extraction WHERE extractor = 'zz-next/1'")
        writer.connection.execute("DELETE FROM part WHERE extractor = 'zz-next/1'")
    assert [n for _extractor, n in rows] == [len(load_newsroom().articles)] * 2
