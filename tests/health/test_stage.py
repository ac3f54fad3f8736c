"""The sources stage on a real database: which nights it judges, what it records, what it tells."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.source import Expect
from crawler.source_files import write_source
from db.loader import record_sources
from db.publish import publish
from db.read import open_snapshot
from db.source_states import read_source_figures, read_source_history, read_source_states
from db.writer import open_writer
from newstone.stages.extracting import source_row
from pipelines.clock import utc_now
from pipelines.outcomes import FeedOutcome, Outcome
from tests.health.press import FIRST, LOST, SILENT, Press, Told, make_press, make_source

GOOD = Told()
NAMES = ("daily", "weekly", "herald")


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return make_press(tmp_path, *(make_source(name) for name in NAMES), make_source("off", enabled=False))


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Fifteen good nights, judged."""
    sources = (*(make_source(name) for name in NAMES), make_source("off", enabled=False))
    press = make_press(tmp_path_factory.mktemp("fortnight"), *sources)
    assert press.nights(15, all_of(GOOD)).counts == {"ok": 3}
    return press


@pytest.fixture
def known(fortnight: Press, tmp_path: Path) -> Press:
    return fortnight.copy(tmp_path)


def all_of(told: Told) -> dict[str, Told]:
    return dict.fromkeys(NAMES, told)


def states(press: Press) -> dict[str, str]:
    with open_writer(press.project.writer_file) as writer:
        return {row.source_id: row.state for row in read_source_states(writer)}


def select(press: Press, sql: str) -> Sequence[tuple[object, ...]]:
    with open_writer(press.project.writer_file) as writer:
        return writer.fetch(sql)


def test_the_figures_of_a_night_are_those_that_were_recorded(press: Press) -> None:
    press.load({"daily": Told(4), "weekly": Told(3, Outcome.PAYWALL), "herald": Told(2, Outcome.HTTP_ERROR)})
    with open_writer(press.project.writer_file) as writer:
        by_id = {figures.source_id: figures for figures in read_source_figures(writer, FIRST)}
    daily = by_id["daily"]
    assert (daily.night, daily.n_requests, daily.received_bytes) == (FIRST, 5, 4000)
    assert (daily.n_listings, daily.n_up, daily.n_new, daily.n_known, daily.n_pages) == (1, 1, 4, 0, 4)
    assert (daily.n_articles, daily.title_fill, daily.date_fill, daily.author_fill) == (4, 1.0, 1.0, 1.0)
    assert daily.median_text_chars is not None
    assert json.loads(daily.outcomes) == {"ok": 4}
    weekly = by_id["weekly"]
    assert (weekly.n_walled, weekly.n_articles, weekly.median_text_chars) == (3, 3, None)
    assert json.loads(by_id["herald"].outcomes) == {"http_error": 2}
    assert by_id["herald"].title_fill is None


def test_each_kind_of_bad_answer_has_its_own_count(press: Press) -> None:
    answers = {
        "daily": Told(0, feed=FeedOutcome.HTTP_ERROR, status=403),
        "weekly": Told(0, feed=FeedOutcome.HTTP_ERROR, status=404),
        "herald": Told(0, feed=FeedOutcome.HTTP_ERROR, status=503),
    }
    press.load(answers)
    with open_writer(press.project.writer_file) as writer:
        rows = read_source_figures(writer, FIRST)
    counts = {row.source_id: (row.n_refused, row.n_absent, row.n_unresolved, row.n_unanswered) for row in rows}
    assert counts == {"daily": (1, 0, 0, 0), "weekly": (0, 1, 0, 0), "herald": (0, 0, 0, 1)}


def test_a_host_without_an_address_is_told_from_one_that_does_not_answer(press: Press) -> None:
    lost = Told(0, feed=FeedOutcome.CONNECTION_ERROR, status=None, detail="CannotResolveHostError: no address")
    press.load({"daily": lost, "weekly": LOST})
    assert select(press, "SELECT source_id, n_unresolved, n_unanswered FROM source_figures ORDER BY 1") == [
        ("daily", 1, 0),
        ("weekly", 0, 1),
    ]


def test_a_listing_that_answered_a_poll_was_up_in_the_night_that_follows(press: Press) -> None:
    press.load({"daily": GOOD}, hour=1, command="crawl")
    press.load({"daily": LOST}, hour=2)
    assert select(press, "SELECT n_listings, n_up, n_unanswered FROM source_figures") == [(1, 1, 0)]


def test_pages_fetched_again_are_no_news_and_those_taken_down_are_not_counted(press: Press) -> None:
    press.load({"daily": Told(3, attempt=2), "weekly": Told(3, Outcome.FORGOTTEN)})
    rows = select(press, "SELECT source_id, n_new, n_articles, n_pages, outcomes FROM source_figures ORDER BY 1")
    assert rows == [("daily", 0, 0, 3, '{"ok":3}'), ("weekly", 0, 0, 0, "{}")]


def test_pages_fetched_again_that_had_been_read_are_counted_by_what_became_of_them(press: Press) -> None:
    press.load({"daily": Told(5)})
    press.load({"daily": Told(2, Outcome.TOO_SHORT)}, hour=3)
    press.next_night += timedelta(days=1)
    press.n_pages = 0
    for hour, outcome in enumerate((Outcome.OK, Outcome.CONSENT_WALL, Outcome.GONE, Outcome.TIMEOUT, Outcome.NO_TEXT)):
        press.load({"daily": Told(1, outcome, attempt=2)}, hour=hour)
    press.load({"daily": Told(2, Outcome.TOO_SHORT, attempt=2)}, hour=6)  # as before
    with open_writer(press.project.writer_file) as writer:
        first, second = (row for row in read_source_figures(writer, date.min) if row.source_id == "daily")
    assert (first.n_new, first.n_again) == (7, 0)
    assert (second.n_new, second.n_pages, second.n_again) == (0, 7, 5)
    kinds = (second.n_again_walled, second.n_again_missing, second.n_again_shut, second.n_again_unusable)
    assert kinds == (1, 1, 1, 1)


def test_a_silent_source_is_told_from_the_second_night_on_and_stands_in_the_table_of_issues(known: Press) -> None:
    result = known.nights(3, {**all_of(GOOD), "weekly": SILENT})
    assert result.counts == {"ok": 2, "quiet": 1}
    assert result.problems == ()
    began = FIRST + timedelta(days=15)
    issues = select(known, "SELECT source_id, name, state, since, n_nights, last_good_night FROM source_issue")
    assert issues == [("weekly", "The Weekly", "quiet", began, 3, began - timedelta(days=1))]


def test_a_source_that_is_switched_off_is_no_issue(known: Press) -> None:
    known.nights(3, {**all_of(GOOD), "weekly": SILENT})
    sources = [make_source(name, enabled=name != "weekly") for name in NAMES]
    with open_writer(known.project.writer_file) as writer:
        record_sources(writer, [source_row(source) for source in sources], utc_now())
    assert select(known, "SELECT * FROM source_issue") == []
    assert set(states(known)) == {"daily", "herald"}


def test_a_source_whose_file_is_gone_is_no_issue_until_the_file_is_back(known: Press) -> None:
    known.nights(3, {**all_of(GOOD), "weekly": SILENT})
    file = next(known.project.sources_dir.rglob("weekly.toml"))
    content = file.read_bytes()
    file.unlink()
    known.night({"daily": GOOD, "herald": GOOD})
    assert (select(known, "SELECT * FROM source_issue"), set(states(known))) == ([], {"daily", "herald"})
    file.write_bytes(content)
    with open_writer(known.project.writer_file) as writer:
        record_sources(writer, [source_row(make_source(name)) for name in NAMES], utc_now())
    known.night({**all_of(GOOD), "weekly": SILENT})
    assert [row[0] for row in select(known, "SELECT source_id FROM source_issue")] == ["weekly"]


def test_a_night_repeated_on_the_same_day_is_one_night(known: Press) -> None:
    known.judge(known.load(all_of(SILENT), hour=2))
    known.judge(known.load(all_of(GOOD), hour=4))
    known.judge(known.load(all_of(SILENT), hour=6))
    assert set(states(known).values()) == {"ok"}
    with open_writer(known.project.writer_file) as writer:
        history = read_source_history(writer, known.next_night, "daily")
    assert [(row.night, row.figures.n_new) for row in history] == [(known.next_night, 6)]


def test_what_polling_found_in_between_belongs_to_the_next_night(known: Press) -> None:
    known.next_night -= timedelta(days=1)
    known.load(all_of(GOOD), hour=18, command="crawl")
    known.next_night += timedelta(days=1)
    known.night(all_of(SILENT))
    assert set(states(known).values()) == {"ok"}
    with open_writer(known.project.writer_file) as writer:
        assert {row.figures.n_new for row in read_source_states(writer)} == {6}


def test_a_night_that_was_killed_before_it_had_extracted_is_part_of_the_next_one(known: Press) -> None:
    known.load(all_of(SILENT), is_extracted=False)
    known.next_night += timedelta(days=1)
    known.night(all_of(Told(12)))
    with open_writer(known.project.writer_file) as writer:
        history = read_source_history(writer, FIRST + timedelta(days=14), "daily")
    assert [(row.night.day, row.state, row.figures.n_new) for row in history] == [(20, "ok", 6), (22, "ok", 12)]


def test_a_poll_alone_is_no_night(press: Press) -> None:
    run_id = press.load(all_of(GOOD), command="crawl")
    result = press.judge(run_id)
    assert (result.n_in, result.n_out, states(press)) == (0, 0, {})


def test_a_night_without_network_judges_nobody_and_is_told_once(known: Press) -> None:
    for _ in range(4):
        result = known.night({**all_of(LOST), "herald": GOOD})
        assert result.n_out == 0
        assert len(result.problems) == 1
        assert "2 of 3 sources" in result.problems[0]
    assert set(states(known).values()) == {"ok"}
    assert known.night(all_of(LOST)).problems == ()  # then the crawl has said it
    assert known.night(all_of(GOOD)).counts == {"ok": 3}


def test_nights_that_were_never_judged_are_judged_at_once(press: Press) -> None:
    result = press.nights(20, all_of(GOOD))
    assert (result.n_in, result.n_out) == (3, 60)
    assert press.judge("a run that did not crawl").n_out == 0


def test_a_source_that_was_left_out_of_a_night_keeps_its_state(known: Press) -> None:
    known.nights(3, {**all_of(GOOD), "weekly": SILENT})
    known.nights(2, {"daily": GOOD, "herald": GOOD})
    assert states(known)["weekly"] == "quiet"
    assert states(known)["daily"] == "ok"


def test_expectations_are_kept_by_version_of_the_source_file(press: Press) -> None:
    press.night(all_of(GOOD))
    source = make_source("daily", expect=Expect(articles_per_day_min=4.0, articles_per_day_max=9.0))
    for path in press.project.sources_dir.rglob("daily.toml"):
        path.unlink()
    write_source(source, press.project.sources_dir)
    press.night(all_of(GOOD))
    press.night(all_of(GOOD))
    rows = select(press, "SELECT articles_per_day_min FROM source_expect WHERE source_id = 'daily' ORDER BY 1")
    assert rows == [(0.0,), (4.0,)]


def test_the_snapshot_has_the_states_for_others(known: Press, tmp_path: Path) -> None:
    known.nights(3, {**all_of(GOOD), "weekly": SILENT})
    publish(known.project.writer_file, tmp_path / "snapshot.duckdb", now=utc_now())
    with open_snapshot(tmp_path / "snapshot.duckdb") as snapshot:
        rows = {row.source_id: row for row in read_source_states(snapshot)}
        figures = snapshot.fetch("SELECT count(*) FROM source_figures WHERE source_id = 'weekly'")
    assert rows["weekly"].state == "quiet"
    assert rows["weekly"].last_new_night == date(2025, 1, 20)
    assert figures == [(18,)]
