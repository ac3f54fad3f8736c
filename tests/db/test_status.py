"""How the store stands: also while somebody writes, and before there is anything."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from db.loader import (
    load_part,
    load_scores,
    record_feed_checks,
    record_run_end,
    record_run_start,
    record_source_nights,
    record_stage,
)
from db.publish import publish
from db.rows import PartState, RunEnd, RunStart, RunState, StageRun, ThemeRow, ThemeSetRow
from db.status import FeedTrouble, PageTrouble, SourceTrouble, read_status
from db.themes import load_theme_hits, record_theme_set
from db.writer import Writer, open_writer
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, Score, ScoreOutcome, SourceNight
from tests.db import build
from tests.db.test_writer import HOLD

FEED = "https://a.example/rss"
LATER = build.NOON + timedelta(hours=1)


def night(source_id: str, retries: int, n_429: int) -> SourceNight:
    return SourceNight(source_id, "crawl1", build.NOON, 9, retries, n_429, handed_over=5, outcomes=(("fetched", 5),))


def fill(writer: Writer) -> None:
    for number, state in enumerate((RunState.OK, RunState.PARTIAL)):
        started = build.NOON + timedelta(minutes=number)
        record_run_start(writer, RunStart(f"run{number}", "nightly", started, "0.1", "c", 12, "host"))
        record_run_end(writer, RunEnd(f"run{number}", started, state, "" if number == 0 else "one part in quarantine"))
    record_run_start(writer, RunStart("run2", "nightly", build.NOON + timedelta(minutes=2), "0.1", "c"))
    pages = [
        build.page("https://a.example/1"),
        build.page("https://a.example/2", "Acme 说。", language="zh"),
        build.page("https://a.example/3", outcome=Outcome.TIMEOUT, detail="no answer within 30 s"),
        build.page("https://a.example/4", outcome=Outcome.TIMEOUT, detail="no answer within 30 s"),
        build.page("https://a.example/5", outcome=Outcome.CONSENT_WALL),
    ]
    mentions = build.fill(writer, pages[:2], [None, None])
    load_part(writer, build.part("part2", pages[2:]), pages[2:])
    unsupported = ScoreOutcome.UNSUPPORTED_LANGUAGE
    load_scores(writer, [Score(mentions[1].mention_id, "tiny", "r1", unsupported)], "run1")
    load_part(writer, build.part("part3", [], state=PartState.QUARANTINE, detail="not gzip"), [])
    checks = [
        FeedCheck("daily", FEED, "feed", build.NOON, FeedOutcome.OK, 200),
        FeedCheck("daily", FEED, "feed", LATER, FeedOutcome.NOT_A_FEED, 200, detail="an HTML page"),
        FeedCheck("weekly", FEED + "2", "feed", build.NOON, FeedOutcome.TIMEOUT),
        FeedCheck("weekly", FEED + "2", "feed", LATER, FeedOutcome.UNCHANGED, 304),
    ]
    record_feed_checks(writer, checks, "run1")
    record_source_nights(writer, [night("daily", 2, 1), night("weekly", 0, 0)], "run1")


def test_status_names_runs_backlog_and_every_trouble(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        fill(writer)
    publish(store, snapshot_path, now=build.NOON)
    status = read_status(store, snapshot_path, now=LATER)
    assert (status.read_from, status.note) == ("writer", "")
    assert status.last_run is not None
    assert (status.last_run.run_id, status.last_run.state, status.last_run.ended_at) == ("run2", "unfinished", None)
    assert status.last_good_run is not None
    assert (status.last_good_run.run_id, status.last_good_run.started_at) == ("run0", build.NOON)
    assert (status.n_revisions_to_match, status.n_mentions_to_score) == (0, 1)
    assert status.n_revisions_without_themes is None  # no themes in this store
    assert dict(status.night_outcomes) == {"ok": 2, "timeout": 2, "consent_wall": 1}
    assert status.feed_troubles == (FeedTrouble("daily", FEED, "not_a_feed", 200, "an HTML page", LATER, build.NOON),)
    assert status.page_troubles == (
        PageTrouble("daily", "consent_wall", 1, "https://a.example/5", ""),
        PageTrouble("daily", "timeout", 2, "https://a.example/3", "no answer within 30 s"),
    )
    assert status.source_troubles == (SourceTrouble("daily", 9, 2, 1, 0, 0),)
    assert status.unscored_languages == (("zh", 1),)
    assert [(part.part, part.detail) for part in status.quarantined] == [("part3", "not gzip")]
    assert status.last_publication is not None
    assert status.last_publication.state == "passed"
    assert (status.snapshot_published_at, status.snapshot_age_seconds) == (build.NOON, 3600)


def test_status_tells_in_how_many_articles_the_themes_were_not_sought_yet(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        fill(writer)
        record_theme_set(writer, ThemeSetRow("t1", (ThemeRow("trade", "Trade", "Handel"),)), build.NOON)
        revision = str(writer.fetch("SELECT min(revision_id) FROM article WHERE body_kind = 'full'")[0][0])
        load_theme_hits(writer, "t1", [(revision, ())], "run1")
    assert read_status(store, snapshot_path, now=LATER).n_revisions_without_themes == 1


def test_after_a_night_without_pages_the_trouble_of_the_sources_stays(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        fill(writer)
        record_stage(writer, StageRun("run2", "crawl", LATER, LATER, 0, 0, 1.0))
    status = read_status(store, snapshot_path, now=LATER)
    assert status.night_outcomes == ()
    assert [trouble.outcome for trouble in status.page_troubles] == ["consent_wall", "timeout"]
    assert [trouble.source_id for trouble in status.source_troubles] == ["daily"]


def test_while_another_process_writes_the_snapshot_answers_and_says_so(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        fill(writer)
    publish(store, snapshot_path, now=build.NOON)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        status = read_status(store, snapshot_path, now=LATER)
        child.communicate()
    assert status.read_from == "snapshot"
    assert f"(process {child.pid}): this is the state of the last snapshot" in status.note
    assert dict(status.night_outcomes) == {"ok": 2, "timeout": 2, "consent_wall": 1}


def test_before_the_first_run_there_is_nothing_and_no_error(store: Path, snapshot_path: Path) -> None:
    status = read_status(store, snapshot_path, now=LATER)
    assert status.read_from == "nothing"
    assert (status.last_run, status.snapshot_age_seconds, status.n_revisions_to_match) == (None, None, None)


def test_an_empty_database_has_no_backlog_because_it_has_no_watchlist(store: Path, snapshot_path: Path) -> None:
    with open_writer(store):
        pass
    status = read_status(store, snapshot_path, now=LATER)
    assert (status.read_from, status.n_revisions_to_match, status.n_mentions_to_score) == ("writer", None, None)


def test_a_night_that_lost_something_is_not_hidden_by_a_good_poll_after_it(store: Path, snapshot_path: Path) -> None:
    with open_writer(store) as writer:
        for number, (command, state) in enumerate(
            [("nightly", RunState.OK), ("nightly", RunState.PARTIAL), ("crawl", RunState.OK), ("crawl", RunState.OK)]
        ):
            started = build.NOON + timedelta(minutes=number)
            record_run_start(writer, RunStart(f"run{number}", command, started, "0.1", "c"))
            record_run_end(writer, RunEnd(f"run{number}", started, state, "no network" if number == 1 else ""))
    status = read_status(store, snapshot_path, now=LATER)
    assert status.last_run is not None
    assert status.last_good_run is not None
    assert status.last_night is not None
    assert (status.last_run.run_id, status.last_good_run.run_id) == ("run3", "run3")
    assert (status.last_night.run_id, status.last_night.state, status.last_night.detail) == (
        "run1",
        "partial",
        "no network",
    )


def test_a_page_that_was_taken_down_is_no_trouble_of_its_source(store: Path, snapshot_path: Path) -> None:
    pages = [
        build.page("https://a.example/1", outcome=Outcome.FORGOTTEN, detail="taken down on request"),
        build.page("https://a.example/2", outcome=Outcome.TIMEOUT, detail="no answer within 30 s"),
    ]
    with open_writer(store) as writer:
        load_part(writer, build.part("part1", pages), pages)
    status = read_status(store, snapshot_path, now=LATER)
    assert [trouble.outcome for trouble in status.page_troubles] == ["timeout"]
