"""The checks pass on a good database and each finds what it is there for."""

from datetime import timedelta

import pytest

from db.check_queries import CHECKS, KEYS
from db.checks import Severity, failed_checks, run_checks, warned_checks
from db.loader import load_part
from db.rows import ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import Writer
from pipelines.outcomes import Outcome
from tests.db import build

A, B = "https://a.example/1", "https://b.example/1"

BREAKAGES = {
    "page_has_outcome": "DELETE FROM extraction WHERE page_id = (SELECT min(page_id) FROM page)",
    "outcome_has_page": "DELETE FROM page WHERE page_id = (SELECT min(page_id) FROM page)",
    "outcome_is_known": "UPDATE extraction SET outcome = 'eaten' WHERE outcome = 'timeout'",
    "page_has_part": "DELETE FROM part",
    "part_is_complete": "UPDATE part SET n_records = 1",
    "article_outcome_has_revision": "UPDATE extraction SET revision_id = NULL WHERE outcome = 'ok'",
    "revision_has_page": "INSERT INTO revision SELECT 'x', article_id, canonical_url, title, text, signature, run_id"
    " FROM revision",
    "mention_has_revision": "DELETE FROM match_done",
    "match_is_complete": "UPDATE match_done SET n_mentions = 7",
    "mention_entity_is_watched": "DELETE FROM entity WHERE entity = 'acme'",
    "mention_lies_inside": "UPDATE mention SET surface = 'acme'",
    "sentence_is_quoted": "UPDATE mention SET sentence = sentence || '!'",
    "pruned_text_is_gone": "INSERT INTO text_pruned SELECT revision_id, 'metadata', 'age', now(), 'r' FROM revision",
    "forgotten_page_is_empty": "UPDATE extraction SET outcome = 'forgotten' WHERE outcome = 'timeout'",
    "themes_are_complete": "DELETE FROM theme_done",
    "theme_hit_is_a_theme": "DELETE FROM theme",
    "score_has_mention": "UPDATE score SET mention_id = 'x'",
    "score_is_a_distribution": "UPDATE score SET p_neutral = 0.5",
    "paywall_is_not_scored": "UPDATE extraction SET body_kind = 'paywall' WHERE outcome = 'ok'",
    "funnel_adds_up": "DELETE FROM mention",
    "coverage_is_single": "INSERT INTO story SELECT revision_id, unnest(['s', 't']) FROM revision",
    "date_is_not_ahead": "UPDATE extraction SET published_at = published_at + INTERVAL 30 DAY",
    "source_is_known": "DELETE FROM source",
    "night_has_articles": "UPDATE extraction SET run_id = 'later', extracted_at = extracted_at + INTERVAL 1 DAY"
    " WHERE outcome = 'timeout'",
}


def fill(writer: Writer) -> None:
    mentions = build.fill(writer, [build.page(A), build.page(B, "Acme and Globex.")], [0.5, None])
    record_theme_set(writer, ThemeSetRow("t1", (ThemeRow("trade", "Trade", "Handel"),)), build.NOON)
    hit = ThemeHit("trade", 1, in_title=True, in_lead=False, is_about=True)
    load_theme_hits(writer, "t1", [(mention.revision_id, [hit]) for mention in mentions], "run1")
    failed = [build.page(A, attempt=2, outcome=Outcome.TIMEOUT), build.page(B, attempt=2)]
    load_part(writer, build.part("part2", failed), failed)
    writer.fetch("INSERT INTO text_pruned SELECT min(revision_id), 'sentences', 'age', now(), 'run1' FROM revision")
    writer.fetch("INSERT INTO body_pruned SELECT min(page_id), 'reserved', now(), 'run1' FROM page")
    removal = "'r1', now(), 'url', 'https://c.example/', NULL, 1, 0, 0, 0, 0, 0, 'run1'"
    writer.fetch(f"INSERT INTO removal VALUES ({removal})")
    writer.fetch("INSERT INTO forgotten_url VALUES ('https://c.example/', 'r1')")


def test_a_good_database_passes_every_check(writer: Writer) -> None:
    fill(writer)
    results = run_checks(writer, now=build.NOON)
    assert [str(result) for result in results if not result.passed] == []
    assert len(results) == len(CHECKS) + len(KEYS)


def test_an_empty_database_passes_every_check(writer: Writer) -> None:
    assert all(result.passed for result in run_checks(writer, now=build.NOON))


def test_every_check_has_a_breakage_here() -> None:
    assert sorted(BREAKAGES) == sorted(check.name for check in CHECKS)


@pytest.mark.parametrize("name", sorted(BREAKAGES))
def test_each_check_finds_what_it_is_there_for(writer: Writer, name: str) -> None:
    fill(writer)
    writer.fetch(BREAKAGES[name])
    (result,) = [result for result in run_checks(writer, now=build.NOON) if result.name == name]
    assert result.n > 0
    assert result.example
    assert result.example in str(result)


@pytest.mark.parametrize("table", sorted(set(KEYS) - {"run", "run_end"}))
def test_a_doubled_row_is_found(writer: Writer, table: str) -> None:
    fill(writer)
    writer.fetch(f"INSERT INTO {table} SELECT * FROM {table}")
    assert f"unique_{table}" in [result.name for result in failed_checks(run_checks(writer, now=build.NOON))]


def test_a_sudden_drop_to_zero_is_a_warning_not_a_failure(writer: Writer) -> None:
    fill(writer)
    failed = [build.page(A, attempt=3, outcome=Outcome.CONNECTION_ERROR)]
    later = build.NOON + timedelta(days=1)
    load_part(writer, build.part("part3", failed, run_id="run2", processed_at=later), failed)
    results = run_checks(writer, now=later)
    assert failed_checks(results) == []
    assert [result.name for result in warned_checks(results)] == ["night_has_articles"]
    assert warned_checks(results)[0].severity is Severity.WARNING
