"""The memory of the crawl between nights."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.page_marks import CRAWL_ENDED, ROBOTS_UNAVAILABLE, mark_of
from crawler.state import MAX_FAILURES, CrawlState, Validators
from pipelines.errors import CrawlError
from pipelines.outcomes import FETCH_OUTCOMES, TRANSIENT_OUTCOMES, Outcome
from pipelines.records import FeedItem, Page
from pipelines.spool import PartWriter, mark_done

NOW = datetime(2025, 1, 20, 12, 0, tzinfo=UTC)
ITEM = FeedItem("http://a.test/1?utm_source=feed", title="One")


def page(outcome: Outcome | None = None, at: datetime = NOW, attempt: int = 1, detail: str = "") -> Page:
    body = b"" if outcome else b"<html>"
    return Page(ITEM.url, ITEM.url, "a", at, attempt=attempt, outcome=outcome, body=body, detail=detail)


def with_item(data_dir: Path) -> CrawlState:
    state = CrawlState(data_dir)
    assert state.take_listing("http://a.test/feed", Validators('"1"'), "a", [("0", ITEM)], NOW) == 1
    return state


def due_after(state: CrawlState, wait: timedelta) -> bool:
    return bool(state.due(["a"], NOW + wait))


def test_an_item_waits_until_a_durable_part_holds_it(tmp_path: Path) -> None:
    with with_item(tmp_path) as state:
        (pending,) = state.due(["a"], NOW)
        assert (pending.item, pending.source_id, pending.attempt) == (ITEM, "a", 1)
        state.index_part("1", [mark_of(page())])
        assert state.due(["a"], NOW) == []


def test_what_waits_outlives_the_process(tmp_path: Path) -> None:
    with_item(tmp_path).close()
    with CrawlState(tmp_path) as state:
        assert len(state.due(["a"], NOW)) == 1
        assert state.due(["b"], NOW) == []
        assert state.validators("http://a.test/feed") == Validators('"1"')
        assert state.validators("http://a.test/other") == Validators()


def test_tracking_parameters_make_no_new_item(tmp_path: Path) -> None:
    with with_item(tmp_path) as state:
        other = replace(ITEM, url="http://A.test/1?utm_source=other#top")
        assert state.take_listing("http://a.test/more", Validators(), "a", [("1", other)], NOW) == 0
        assert [pending.item for pending in state.due(["a"], NOW)] == [ITEM]


@pytest.mark.parametrize("is_reversed", [False, True], ids=["low-first", "high-first"])
def test_the_lowest_rank_has_an_item_whichever_listing_answers_first(tmp_path: Path, *, is_reversed: bool) -> None:
    with CrawlState(tmp_path) as state:
        for name in sorted("ab", reverse=is_reversed):
            state.take_listing(name, Validators(), name, [(name, replace(ITEM, title=name))], NOW)
        (pending,) = state.due(["a", "b"], NOW)
        assert (pending.source_id, pending.item.title) == ("a", "a")


@pytest.mark.parametrize("outcome", sorted(FETCH_OUTCOMES))
def test_transient_failures_come_again_after_six_hours_and_hard_ones_wait(tmp_path: Path, outcome: Outcome) -> None:
    with with_item(tmp_path) as state:
        state.index_part("1", [mark_of(page(outcome, detail="x"))])
        assert not due_after(state, timedelta(hours=5))
        assert due_after(state, timedelta(hours=7)) is (outcome in TRANSIENT_OUTCOMES)


def test_failures_in_a_row_wait_twice_as_long_up_to_a_week_and_end(tmp_path: Path) -> None:
    with with_item(tmp_path) as state:
        at, waits = NOW, []
        for number in range(1, MAX_FAILURES + 1):
            state.index_part(str(number), [mark_of(page(Outcome.TIMEOUT, at, number))])
            if number == MAX_FAILURES:
                break
            wait = next(hours for hours in range(1, 200) if state.due(["a"], at + timedelta(hours=hours)))
            waits.append(wait)
            at += timedelta(hours=wait)
        assert waits == [6, 12, 24, 48, 96, 168, 168]
        assert state.due(["a"], at + timedelta(days=365)) == []


def test_a_robots_txt_that_could_not_be_read_is_no_verdict(tmp_path: Path) -> None:
    with with_item(tmp_path) as state:
        state.index_part("1", [mark_of(page(Outcome.ROBOTS, detail=f"{ROBOTS_UNAVAILABLE}: it answered 500"))])
        assert due_after(state, timedelta(hours=7))


def test_a_page_cut_by_the_end_of_the_crawl_is_due_at_once(tmp_path: Path) -> None:
    with with_item(tmp_path) as state:
        state.index_part("1", [mark_of(page(Outcome.TIMEOUT, detail=f"{CRAWL_ENDED} (stopped)"))])
        (pending,) = state.due(["a"], NOW)
        assert pending.attempt == 2


def test_indexing_a_part_twice_changes_nothing(tmp_path: Path) -> None:
    with with_item(tmp_path) as state:
        state.index_part("1", [mark_of(page(Outcome.TIMEOUT))])
        state.index_part("1", [mark_of(page(at=NOW + timedelta(hours=1)))])
        assert due_after(state, timedelta(hours=7))


def test_parts_that_nobody_indexed_are_caught_up_with_wherever_they_are(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path)
    writer.append(page())
    part = writer.close()
    assert part is not None
    mark_done(part)
    with with_item(tmp_path) as state:
        assert state.catch_up() == 1
        assert state.catch_up() == 0
        assert state.due(["a"], NOW) == []


def test_of_a_damaged_part_the_whole_pages_are_indexed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = PartWriter(tmp_path)
    writer.append(page())
    writer.append(page())
    part = writer.close()
    assert part is not None
    part.write_bytes(part.read_bytes()[:-5])
    with with_item(tmp_path) as state:
        assert state.catch_up() == 1
        assert state.due(["a"], NOW) == []
    assert part.name in caplog.text


def test_a_state_that_is_no_database_is_set_aside_and_made_anew_from_the_parts(tmp_path: Path) -> None:
    path = tmp_path / "crawl" / "state.sqlite"
    path.parent.mkdir()
    path.write_text("not a database at all, only text of some length")
    writer = PartWriter(tmp_path)
    writer.append(page())
    writer.close()
    with pytest.raises(CrawlError, match=r"moved to state\.sqlite\.damaged; the next run makes it anew"):
        CrawlState(tmp_path)
    assert path.with_name("state.sqlite.damaged").read_text().startswith("not a database")
    with CrawlState(tmp_path) as state:
        assert state.catch_up() == 1
        assert state.take_listing("http://a.test/feed", Validators(), "a", [("0", ITEM)], NOW) == 0


def test_a_state_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    CrawlState(tmp_path).close()
    database = sqlite3.connect(tmp_path / "crawl" / "state.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(CrawlError, match="newer newstone"):
        CrawlState(tmp_path)
