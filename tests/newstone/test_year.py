"""The simulated year of ``bench/year.py``: a week of it is clean, and its comparisons cannot lie."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from bench.simulation.days import date_of, night_start
from bench.simulation.delivered import Delivered, read_delivered
from bench.simulation.events import Event, EventKind
from bench.simulation.outages import compare_states
from bench.simulation.plan import PageAnswer, Plan, make_plan
from bench.simulation.truth import Verdict, compare
from db.source_states import SourceFigures, SourceStateRow, record_source_states
from db.writer import open_writer

ROOT = Path(__file__).resolve().parents[2]
SEED = 360
"""Kills two crawls on the second night, and two nights on the third."""
NIGHTS = 6
OUTLETS = 6
JUDGED_NIGHTS = 20


@dataclass(frozen=True)
class Week:
    """Six simulated nights: what they printed, and what they left."""

    plan: Plan
    folder: Path
    status: int
    output: str

    @property
    def snapshot(self) -> Path:
        return self.folder / "project" / "newstone.duckdb"

    @property
    def delivered(self) -> Delivered:
        return read_delivered(self.folder / "delivered.jsonl", least_days=30, killed_nights=set())


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    folder = tmp_path_factory.mktemp("week") / "year"
    # a process of its own: it replaces the clock of every module
    command = [sys.executable, "-m", "bench.year", "--seed", str(SEED), "--nights", str(NIGHTS)]
    command += ["--outlets", str(OUTLETS), "--folder", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Week(make_plan(SEED, NIGHTS, OUTLETS), folder, run.returncode, run.stdout + run.stderr)


@pytest.fixture
def broken(week: Week, tmp_path: Path) -> Callable[[str], Verdict]:
    """Gives the comparison with a snapshot on which one statement was run."""

    def compare_after(statement: str) -> Verdict:
        copy = tmp_path / "copy.duckdb"
        shutil.copyfile(week.snapshot, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute(statement)
        return compare(week.plan, week.delivered, copy)

    return compare_after


@pytest.mark.slow
def test_a_week_with_kills_loses_and_doubles_nothing(week: Week) -> None:
    assert sum(night.kills for night in week.plan.nights) == 4
    assert week.status == 0, week.output
    assert "| **lost** | **0** |" in week.output
    assert "| **doubled** | **0** |" in week.output
    verdict = compare(week.plan, week.delivered, week.snapshot)
    assert verdict.is_clean
    assert verdict.n_articles > 50
    assert "runs killed in 2 nights" in week.output


@pytest.mark.slow
def test_every_printed_article_has_one_answer(week: Week) -> None:
    verdict = compare(week.plan, week.delivered, week.snapshot)
    had = verdict.n_articles + verdict.n_mended + verdict.recorded.total()
    assert had + verdict.unreachable.total() == verdict.n_printed


@pytest.mark.slow
def test_an_article_that_is_missing_is_called_lost(broken: Callable[[str], Verdict]) -> None:
    verdict = broken("DELETE FROM page WHERE url = (SELECT min(url) FROM page)")
    assert len(verdict.lost) == 1
    assert "is there as nothing" in verdict.lost[0]


@pytest.mark.slow
def test_an_article_without_its_text_is_called_lost(broken: Callable[[str], Verdict]) -> None:
    verdict = broken("DELETE FROM revision WHERE revision_id = (SELECT min(revision_id) FROM revision)")
    assert len(verdict.lost) == 1
    assert "without its text" in verdict.lost[0]


@pytest.mark.slow
def test_an_article_that_was_to_be_had_and_never_asked_for_is_called_lost(week: Week, tmp_path: Path) -> None:
    delivered = week.delivered
    number = min(number for number, pages in delivered.pages.items() if pages[0][1] is PageAnswer.ARTICLE)
    del delivered.pages[number]
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(week.snapshot, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("DELETE FROM page WHERE regexp_matches(url, $1)", [f"/story-{number}[./]"])
    verdict = compare(week.plan, delivered, copy)
    assert len(verdict.lost) == 1
    assert "was to be had" in verdict.lost[0]


@pytest.mark.slow
def test_an_article_under_two_ids_is_called_doubled(broken: Callable[[str], Verdict]) -> None:
    verdict = broken(
        "INSERT INTO page BY NAME SELECT * REPLACE (page_id || 'x' AS page_id) FROM page WHERE url ="
        " (SELECT min(url) FROM page);"
        "INSERT INTO extraction BY NAME SELECT * REPLACE (page_id || 'x' AS page_id, revision_id || 'x' AS revision_id)"
        " FROM extraction WHERE page_id = (SELECT min_by(page_id, url) FROM page);"
        "INSERT INTO revision BY NAME SELECT * REPLACE (revision_id || 'x' AS revision_id, article_id || 'x' AS"
        " article_id) FROM revision WHERE revision_id = (SELECT revision_id FROM extraction WHERE page_id ="
        " (SELECT min_by(page_id, url) FROM page WHERE NOT ends_with(page_id, 'x')))"
    )
    assert len(verdict.doubled) == 1


@pytest.mark.slow
def test_a_text_that_is_not_what_was_printed_is_called_altered(broken: Callable[[str], Verdict]) -> None:
    first = "(SELECT min(revision_id) FROM revision)"
    verdict = broken(f"UPDATE revision SET text = text || ' and more' WHERE revision_id = {first}")
    assert len(verdict.altered) == 1


def _states_file(folder: Path, plan: Plan, state_of: Callable[[str, int], str]) -> Path:
    """Write a database in which every outlet has a state on every night."""
    file = folder / "states.duckdb"
    with open_writer(file) as writer:
        for night in range(plan.n_nights):
            rows = [_row(outlet.id, night, state_of(outlet.id, night)) for outlet in plan.press.outlets]
            record_source_states(writer, rows, f"run{night:02d}", night_start(night))
    return file


def _row(source_id: str, night: int, state: str) -> SourceStateRow:
    day = date_of(night)
    figures = SourceFigures(source_id=source_id, night=day, asked_at=datetime.now(UTC) - timedelta(days=1))
    return SourceStateRow(state, day, 1, None, None, 0, None, "", "", figures)


@pytest.fixture
def with_outage() -> tuple[Plan, str]:
    """Gives a plan whose first outlet answers 403 from night 10 to 14, and nothing else."""
    plan = make_plan(1, JUDGED_NIGHTS, 3)
    first = plan.press.outlets[0].id
    event = Event(first, EventKind.FORBIDDEN, 10, 15)
    peace = tuple(replace(night, machine_off=False, network_down=False) for night in plan.nights)
    return replace(plan, events=(event,), events_of={first: (event,)}, nights=peace), first


@pytest.mark.parametrize(("from_night", "is_in_time"), [(11, True), (12, False), (99, False)])
def test_an_outage_counts_as_noticed_only_within_two_nights(
    with_outage: tuple[Plan, str], tmp_path: Path, from_night: int, is_in_time: bool
) -> None:
    plan, first = with_outage
    file = _states_file(tmp_path, plan, lambda name, n: "blocked" if name == first and from_night <= n < 15 else "ok")
    report = compare_states(plan, file)
    assert len(report.outages) == 1
    assert (report.late() == []) is is_in_time
    assert not report.false_alarms


def test_an_outage_under_another_name_is_not_noticed_and_a_state_without_one_is_a_false_alarm(
    with_outage: tuple[Plan, str], tmp_path: Path
) -> None:
    plan, first = with_outage
    second = plan.press.outlets[1].id
    wrong = {(first, night): "quiet" for night in range(10, 15)} | {(second, 5): "gone"}
    report = compare_states(plan, _states_file(tmp_path, plan, lambda name, n: wrong.get((name, n), "ok")))
    assert [one.state for one in report.late()] == ["quiet"]
    assert report.false_alarms == {"gone": 1}
