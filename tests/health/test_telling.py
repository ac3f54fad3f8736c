"""Who is told of sources that are not well: status, `sources health`, the weekly e-mail, the blind spots."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.blind_spots import find_blind_spots
from analysis.digest.text import render_text
from analysis.digest.writing import write_letter
from analysis.measures import Span
from db.loader import record_watchlist
from db.publish import publish
from db.read import open_snapshot
from db.source_states import SourceStateRow, read_source_states
from db.writer import open_writer
from newstone.cli import cli
from newstone.health import issues_of
from pipelines.clock import utc_now
from pipelines.outcomes import FeedOutcome
from tests.db import build
from tests.digest import samples
from tests.health.course import figures
from tests.health.press import FIRST, SILENT, Press, Told, make_press, make_source

GOOD = Told()
ABSENT = Told(0, feed=FeedOutcome.HTTP_ERROR, status=404)
BEGAN = FIRST + timedelta(days=15)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Three sources, of which one is silent for 20 nights and one gone for four."""
    press = make_press(tmp_path_factory.mktemp("press"), *(make_source(name) for name in ("daily", "weekly", "herald")))
    with open_writer(press.project.writer_file) as writer:
        record_watchlist(writer, build.WATCHLIST, utc_now())
    press.nights(15, dict.fromkeys(("daily", "weekly", "herald"), GOOD))
    press.nights(16, {"daily": GOOD, "weekly": SILENT, "herald": GOOD})
    press.nights(4, {"daily": GOOD, "weekly": SILENT, "herald": ABSENT})
    publish(press.project.writer_file, press.project.snapshot_file, now=utc_now())
    return press


def run(press: Press, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--config", str(press.project.file), *arguments], catch_exceptions=False)
    return result.output


def test_status_names_each_source_that_is_not_well_once_with_since_when_and_why(press: Press) -> None:
    lines = run(press, "status").splitlines()
    at = lines.index("sources that are not well: 2 of 3 (gone 1, quiet 1)")
    assert lines[at + 1].startswith(
        "  herald: gone since 2025-02-06, 4 nights, last good 2025-02-05: no good answer: its only listing not there"
    )
    assert "https://herald.example/rss http_error" in lines[at + 2]
    assert lines[at + 3].startswith(
        f"  weekly: quiet since {BEGAN}, 20 nights, last good 2025-01-20: nothing new for 20"
    )
    assert lines[at + 4] == "other sources with trouble in the last night: 0"
    states = json.loads(run(press, "status", "--json"))["store"]["source_states"]
    assert {row["figures"]["source_id"]: row["state"] for row in states} == {
        "daily": "ok", "herald": "gone", "weekly": "quiet",
    }  # fmt: skip


def test_sources_health_lists_who_is_not_well_and_counts_all(press: Press) -> None:
    lines = run(press, "sources", "health").splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["herald", "weekly"]
    assert set(lines[-1].split(", ")) == {"1 ok", "1 gone", "1 quiet"}
    well = next(line for line in run(press, "sources", "health", "--all").splitlines() if line.startswith("daily"))
    assert well == "daily: ok since 2025-01-12, 29 nights"


def test_sources_health_shows_one_source_night_by_night(press: Press) -> None:
    lines = run(press, "sources", "health", "weekly", "--nights", "22").splitlines()
    nights = [line.split() for line in lines[1:]]
    assert [(cells[0], cells[1], cells[5]) for cells in nights[:4]] == [
        ("2025-01-19", "ok", "6"), ("2025-01-20", "ok", "6"), ("2025-01-21", "ok", "0"), ("2025-01-22", "quiet", "0"),
    ]  # fmt: skip
    assert len(nights) == 22
    rows = [json.loads(line) for line in run(press, "sources", "health", "weekly", "--json").splitlines()]
    assert len(rows) == 30
    assert rows[-1]["figures"]["n_new"] == 0


def test_sources_health_refuses_an_unknown_source_and_says_so_before_the_first_night(
    press: Press, tmp_path: Path
) -> None:
    fresh = make_press(tmp_path, make_source("daily"))
    result = CliRunner().invoke(cli, ["--config", str(fresh.project.file), "sources", "health"], standalone_mode=False)
    assert (result.return_value, result.output) == (3, "no night was judged yet\n")
    with pytest.raises(Exception, match="no source nowhere in"):
        run(press, "sources", "health", "nowhere")


def test_a_digest_of_a_week_tells_the_states_at_its_end(press: Press) -> None:
    with open_snapshot(press.project.snapshot_file) as snapshot:
        assert {row.state for row in read_source_states(snapshot, date(2025, 1, 19))} == {"ok"}
        later = read_source_states(snapshot, date(2025, 2, 2))
    assert [(row.source_id, row.state) for row in issues_of(later)] == [("weekly", "quiet")]


def state(source_id: str, number: int, kind: str = "quiet") -> SourceStateRow:
    since = FIRST + timedelta(days=number)
    of = replace(figures(FIRST + timedelta(days=60)), source_id=source_id)
    return SourceStateRow(kind, since, 60 - number, since - timedelta(days=1), since, 0, 5.0, "news", "because", of)


def test_the_digest_names_the_longest_silent_first_and_states_how_many_there_are() -> None:
    states = (*(state(f"silent{number}", number) for number in range(12, 0, -1)), state("daily", 30, "changed_layout"))
    text = " ".join(render_text(write_letter(samples.ordinary(health=samples.health(), source_states=states))).split())
    assert "13 of 13 sources are not well, the longest first:" in text
    assert "Silent, or bring far less than usual (12): silent1 (since 7 January 2025, 59 nights), silent2" in text
    assert "and 4 more" in text
    assert "Read differently than before (1): Daily (since 5 February 2025, 30 nights)." in text
    assert "three articles a week" not in text
    german = render_text(write_letter(samples.ordinary("de", health=samples.health(), source_states=states)))
    assert "13 von 13 Quellen sind gestört" in " ".join(german.split())


def test_the_digest_says_that_all_is_well_where_it_is() -> None:
    digest = samples.ordinary(health=samples.health(), source_states=(state("daily", 1, "ok"),))
    assert "Each is as usual." in " ".join(render_text(write_letter(digest)).split())


def test_the_digest_calls_no_source_usual_of_which_too_little_is_known() -> None:
    states = (state("daily", 1, "new"), state("weekly", 1, "new"))
    text = " ".join(render_text(write_letter(samples.ordinary(health=samples.health(), source_states=states))).split())
    assert "2 sources are new: it is not known yet what is usual of them." in text
    assert "as usual" not in text


def test_blind_spots_follow_the_states(press: Press) -> None:
    with open_snapshot(press.project.snapshot_file) as snapshot:
        spots = find_blind_spots(snapshot, "acme", Span(FIRST, date(2025, 2, 9)))
    assert [(each.source_id, each.state, each.n_nights) for each in spots.not_well] == [("herald", "gone", 4)]
    assert "herald" not in {each.source_id for each in spots.silent_sources}
