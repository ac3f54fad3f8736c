"""How the sources were in a span: from real rows of requests, pages and articles."""

from datetime import date, timedelta

import pytest

from analysis.digest.service import answered, is_blocked, is_failing, is_partly, is_silent
from db.read import open_snapshot
from db.rows import SourceRow
from db.source_health import SourceHealth, SpanHealth, read_source_health
from pipelines.outcomes import FeedOutcome, Outcome
from tests.db import build
from tests.digest.press import Note, asked, days_of, publish_press

MONDAY, SUNDAY = date(2025, 1, 27), date(2025, 2, 2)
NAMES = ("daily", "silent", "seldom", "down", "barred", "walled", "unasked", "half", "off")


@pytest.fixture(scope="module")
def health(tmp_path_factory: pytest.TempPathFactory) -> SpanHealth:
    """A week with one source of each kind; pages of tests/db/build.py are fetched on Monday, 27 January."""
    before = MONDAY - timedelta(days=10)
    notes = [
        *days_of(MONDAY, 3, source_id="daily"),
        *days_of(before, 6, 2, source_id="silent"),
        *days_of(before, 2, source_id="seldom"),
        Note(MONDAY, source_id="walled", outcome=Outcome.CONSENT_WALL),
        Note(MONDAY, source_id="walled", outcome=Outcome.PAYWALL),
        Note(MONDAY, source_id="walled"),
        Note(MONDAY, source_id="barred", outcome=Outcome.ROBOTS),
    ]
    checks = [
        *asked("daily", MONDAY - timedelta(days=3), 5),
        *asked("daily", MONDAY + timedelta(days=4), 7),
        *asked("silent", MONDAY, 2),
        *asked("seldom", MONDAY, 2),
        *asked("down", MONDAY, 2, outcome=FeedOutcome.HTTP_ERROR, status=503),
        *asked("barred", MONDAY, 2, outcome=FeedOutcome.HTTP_ERROR, status=403),
        *asked("walled", MONDAY, 2),
        *asked("half", MONDAY, 1),
        *asked("half", MONDAY + timedelta(days=1), 1, outcome=FeedOutcome.TIMEOUT, status=None),
        *asked("off", MONDAY, 2),
    ]
    off = SourceRow("off", "v1", "Off", "en", "press", "Europe/London", country="GB", enabled=False)
    sources = [off if name == "off" else build.source(name) for name in NAMES]
    snapshot = publish_press(tmp_path_factory.mktemp("health"), notes, checks=checks, sources=sources)
    with open_snapshot(snapshot) as opened:
        return read_source_health(opened, MONDAY, SUNDAY)


def of(health: SpanHealth, source_id: str) -> SourceHealth:
    return next(source for source in health.sources if source.source_id == source_id)


def test_sources_that_are_switched_off_do_not_count(health: SpanHealth) -> None:
    assert {source.source_id for source in health.sources} == set(NAMES) - {"off"}


def test_a_source_is_silent_that_answered_and_used_to_publish_often(health: SpanHealth) -> None:
    assert [source.source_id for source in health.sources if is_silent(source)] == ["silent"]
    assert (of(health, "silent").n_articles, of(health, "silent").n_articles_before) == (0, 12)


def test_a_source_fails_that_never_answered(health: SpanHealth) -> None:
    assert [source.source_id for source in health.sources if is_failing(source)] == ["down"]
    assert (of(health, "down").last_outcome, of(health, "down").last_status) == ("http_error", 503)


def test_a_request_without_an_answer_has_no_status(health: SpanHealth) -> None:
    assert (of(health, "half").last_outcome, of(health, "half").last_status) == ("timeout", None)


def test_a_source_that_refuses_us_is_blocked_and_not_failing(health: SpanHealth) -> None:
    assert [source.source_id for source in health.sources if is_blocked(source)] == ["barred"]
    assert of(health, "barred").n_blocked == 1


def test_walls_are_counted_among_the_pages(health: SpanHealth) -> None:
    assert (of(health, "walled").n_walled, of(health, "walled").n_pages) == (2, 3)
    assert [source.source_id for source in health.sources if source.n_walled] == ["walled"]


def test_half_an_answer_is_told_as_such(health: SpanHealth) -> None:
    assert [source.source_id for source in health.sources if is_partly(source)] == ["half"]


def test_who_answered_is_counted_among_who_was_asked(health: SpanHealth) -> None:
    assert answered(health) == (5, 7)
    assert of(health, "unasked").n_checks == 0


def test_days_without_an_answer_between_crawls_are_gaps(health: SpanHealth) -> None:
    assert health.gaps == (MONDAY + timedelta(days=2), MONDAY + timedelta(days=3))
    assert [day.day for day in health.days] == [MONDAY + timedelta(days=n) for n in (0, 1, 4, 5, 6)]
    assert (health.first_crawl, health.last_crawl) == (MONDAY - timedelta(days=3), MONDAY + timedelta(days=10))
    assert health.days[0].n_asked == 8
    assert health.days[0].n_up == 6
