"""Blind spots on a small press: each kind of silence is told by its reason."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from analysis.blind_spots import (
    BlindSpots,
    FailingFeed,
    LanguageReason,
    NeverNaming,
    SilentSource,
    UnreachedReason,
    WalledOutlet,
    WallReason,
    find_blind_spots,
)
from analysis.measures import Span
from db.loader import record_feed_checks, record_watchlist
from db.publish import publish
from db.rows import PageRow, SourceRow
from db.snapshot import Snapshot, open_snapshot
from db.writer import open_writer
from pipelines.errors import UsageError
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck
from tests.db import build

JANUARY = Span(date(2025, 1, 1), date(2025, 1, 31))


def source(name: str, language: str = "en", *, medium: str = "press", enabled: bool = True) -> SourceRow:
    return SourceRow(name, "v1", name.title(), language, medium, "UTC", enabled=enabled)


SOURCES = [
    source("daily"),
    source("never"),
    source("newsroom", medium="company_newsroom"),
    source("silent"),
    source("monthly"),
    source("walled"),
    source("german", "de"),
    source("finnish", "fi"),
    source("unscored", "sv"),
    source("mute", "nl"),
    source("unheard", "nl"),
    source("unasked", "nl"),
    source("off", "nl", enabled=False),
]


def check(source_id: str, day: int, outcome: FeedOutcome, status: int | None = 200) -> FeedCheck:
    return FeedCheck(
        source_id, f"https://{source_id}.example/rss", "feed", build.day(day), outcome, status, 0, 0, None, ""
    )


def page(source_id: str, number: int, day: int, *, language: str = "en", outcome: Outcome = Outcome.OK) -> PageRow:
    return build.page(
        f"https://{source_id}.example/{number}",
        f"Acme {source_id} {number}.",
        source_id=source_id,
        language=language,
        published_at=build.day(day),
        fetched_at=build.day(day),
        outcome=outcome,
        signature=(),
    )


def press(store: Path) -> None:
    named = [page("daily", day, day) for day in range(1, 31)]
    named += [page("silent", day, day) for day in range(1, 12)]
    named += [page("monthly", number, 1 + 14 * number) for number in range(2)]
    named += [page("german", number, 28, language="de") for number in range(3)]
    unscored = [page("unscored", 1, 28, language="sv")]
    quiet = [page("never", number, 27 + number) for number in range(4)]
    quiet += [page("newsroom", 1, 20), page("finnish", 1, 28, language="fi")]
    quiet += [page("walled", number, 28, outcome=Outcome.PAYWALL) for number in range(2)]
    quiet += [page("walled", 9, 28), page("walled", 8, 28, outcome=Outcome.CONSENT_WALL)]
    quiet += [page("mute", 1, 28, outcome=Outcome.HTTP_ERROR)]
    everything = [*named, *unscored, *quiet]
    with open_writer(store) as writer:
        mentions = [build.mention(each) for each in [*named, *unscored]]
        scores = [build.score(mention, 0.2) for mention in mentions[: len(named)]]
        build.load_press(writer, SOURCES, everything, mentions, scores)
        checks = [check("daily", 30, FeedOutcome.OK), check("mute", 30, FeedOutcome.OK)]
        checks += [check("silent", 2, FeedOutcome.OK), check("silent", 30, FeedOutcome.HTTP_ERROR, 500)]
        checks += [check("unheard", 20, FeedOutcome.HTTP_ERROR, 404), check("unheard", 30, FeedOutcome.HTTP_ERROR, 404)]
        checks += [check("off", 30, FeedOutcome.HTTP_ERROR, 404)]
        record_feed_checks(writer, checks, "run1")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    folder = tmp_path_factory.mktemp("press")
    store, snapshot_path = folder / "newstone.duckdb", folder / "snapshot.duckdb"
    press(store)
    publish(store, snapshot_path, now=datetime(2025, 2, 1, tzinfo=build.NOON.tzinfo))
    with open_snapshot(snapshot_path) as opened:
        yield opened


@pytest.fixture
def spots(snapshot: Snapshot) -> BlindSpots:
    return find_blind_spots(snapshot, "acme", JANUARY)


def test_sources_that_published_but_never_name_the_entity_are_told_with_their_articles(spots: BlindSpots) -> None:
    assert spots.never_naming == (
        NeverNaming("never", "Never", "en", "press", 4),
        NeverNaming("walled", "Walled", "en", "press", 3),  # a consent wall is no article
        NeverNaming("finnish", "Finnish", "fi", "press", 1),
    )


def test_every_thin_language_has_its_reason(spots: BlindSpots) -> None:
    found = {
        each.language: (each.reason, each.n_published, each.n_articles, each.n_scored_voices)
        for each in spots.languages
    }
    assert found == {
        "nl": (LanguageReason.NOTHING_PUBLISHED, 0, 0, 0),
        "fi": (LanguageReason.NEVER_NAMED, 1, 0, 0),
        "sv": (LanguageReason.NOT_SCORED, 1, 1, 0),
        "de": (LanguageReason.FEW_VOICES, 3, 3, 3),
    }


def test_the_minimum_of_voices_decides_what_is_thin(snapshot: Snapshot) -> None:
    languages = find_blind_spots(snapshot, "acme", JANUARY, minimum_voices=3).languages
    assert "de" not in {each.language for each in languages}


def test_a_failing_feed_is_told_with_the_days_since_it_last_answered(spots: BlindSpots) -> None:
    assert spots.failing_feeds == (
        FailingFeed("unheard", "Unheard", "https://unheard.example/rss", "http_error", 404, None, 10),
        FailingFeed("silent", "Silent", "https://silent.example/rss", "http_error", 500, date(2025, 1, 2), 28),
    )


def test_a_source_is_silent_by_its_own_usual_pause(spots: BlindSpots) -> None:
    # monthly has too few articles for a usual pause; daily wrote the day before
    assert spots.silent_sources == (SilentSource("silent", "Silent", date(2025, 1, 11), 20, 1.0),)


def test_a_slower_source_is_given_more_time(snapshot: Snapshot) -> None:
    until = date(2025, 1, 17)  # six days after the last article
    spots = find_blind_spots(snapshot, "acme", Span(JANUARY.since, until))
    assert spots.silent_sources == ()
    impatient = find_blind_spots(snapshot, "acme", Span(JANUARY.since, until), silent_days=5)
    assert [each.source_id for each in impatient.silent_sources] == ["silent"]


def test_an_outlet_behind_a_wall_is_told_with_its_share(spots: BlindSpots) -> None:
    assert spots.walled == (WalledOutlet("walled", "Walled", WallReason.PAYWALL, 4, 3, 0.75),)


def test_a_source_that_never_gave_an_article_has_its_reason(spots: BlindSpots) -> None:
    assert {each.source_id: each.reason for each in spots.unreached} == {
        "mute": UnreachedReason.NO_ARTICLE,
        "unheard": UnreachedReason.NEVER_ANSWERED,
        "unasked": UnreachedReason.NEVER_ASKED,
    }


def test_a_span_before_the_first_crawl_says_so_and_shows_feeds_as_they_are_known(snapshot: Snapshot) -> None:
    spots = find_blind_spots(snapshot, "acme", Span(date(2024, 1, 1), date(2024, 1, 31)))
    assert not spots.crawled_in_span
    assert spots.last_crawl == date(2025, 1, 30)
    assert [feed.source_id for feed in spots.failing_feeds] == ["unheard", "silent"]
    assert spots.never_naming == ()


def test_feeds_and_walls_are_those_of_the_crawls_in_the_span(snapshot: Snapshot) -> None:
    spots = find_blind_spots(snapshot, "acme", Span(JANUARY.since, date(2025, 1, 10)))
    assert spots.crawled_in_span
    assert spots.last_crawl == date(2025, 1, 10)
    assert (spots.failing_feeds, spots.walled) == ((), ())


def test_an_unknown_entity_is_refused(snapshot: Snapshot) -> None:
    with pytest.raises(UsageError, match="'nobody'; it has acme, globex"):
        find_blind_spots(snapshot, "nobody", JANUARY)


def test_an_empty_snapshot_has_nothing_to_say_but_does_not_fail(tmp_path: Path) -> None:
    store, snapshot_path = tmp_path / "newstone.duckdb", tmp_path / "snapshot.duckdb"
    with open_writer(store) as writer:
        record_watchlist(writer, build.WATCHLIST, build.NOON)
    publish(store, snapshot_path, now=build.NOON + timedelta(days=1))
    with open_snapshot(snapshot_path) as snapshot:
        spots = find_blind_spots(snapshot, "acme", JANUARY)
    assert (spots.last_crawl, spots.crawled_in_span, spots.languages, spots.unreached) == (None, False, (), ())
