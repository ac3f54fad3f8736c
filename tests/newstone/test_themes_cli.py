"""``newstone themes`` and ``newstone blind-spots`` as a person meets them."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from db.publish import publish
from db.rows import ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import open_writer
from newstone.cli import COMMANDS, cli
from newstone.config import Project, load_project
from newstone.scaffold import init_project
from pipelines.errors import UsageError
from tests.db import build

Run = Callable[..., Result]
SPAN = ("--since", "2025-01-01", "--until", "2025-01-31")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with six articles about acme; all but one are about trade."""
    folder = tmp_path_factory.mktemp("cli") / "p"
    init_project(folder, languages=frozenset())
    project = load_project(folder)
    with open_writer(project.writer_file) as writer:
        pages = [build.page(f"https://a.example/{i}", f"Acme {i}.", signature=()) for i in range(6)]
        mentions = build.fill(writer, pages, [0.9, -0.2, 0.1, 0.4, -0.6, None])
        record_theme_set(writer, ThemeSetRow("t1", (ThemeRow("trade", "Trade", "Handel"),)), build.NOON)
        hit = ThemeHit("trade", 2, in_title=False, in_lead=False, is_about=True)
        hits = [(mention.revision_id, [hit] if i else []) for i, mention in enumerate(mentions)]
        load_theme_hits(writer, "t1", hits, "run1")
    publish(project.writer_file, project.snapshot_file, now=build.NOON)
    return project


@pytest.fixture
def run(project: Project) -> Run:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(project.file), *arguments])

    return call


def test_themes_shows_voices_and_polarity_of_the_subject(run: Run) -> None:
    shown = run("themes", *SPAN)
    assert shown.exit_code == 0, shown.output
    assert "acme, 2025-01-01 to 2025-01-31" in shown.output
    (row,) = [line for line in shown.output.splitlines() if line.startswith("Trade")]
    assert row.split()[1:5] == ["5", "5", "1", "83"]
    assert "too few (n = 4)" in row


def test_themes_have_the_interval_and_the_least_voices_of_the_timeline(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSTONE_ANALYTICS__MINIMUM_VOICES", "4")
    (row,) = json.loads(run("themes", "--json", *SPAN).output)
    (point,) = json.loads(run("timeline", "acme", "--theme", "trade", "--grain", "month", "--json", *SPAN).output)
    names = ("n_scored_stories", "mean_polarity", "ci_low", "ci_high", "too_few")
    assert row["ci_low"] < row["mean_polarity"] < row["ci_high"]
    assert [row[name] for name in names] == pytest.approx([point[name] for name in names])


def test_themes_gives_everything_as_json(run: Run) -> None:
    (row,) = json.loads(run("themes", "--entity", "acme", "--json", *SPAN).output)
    assert (row["theme"], row["name_de"], row["n_stories"], row["n_scored_stories"]) == ("trade", "Handel", 5, 4)
    assert row["mean_polarity"] == pytest.approx(-0.075)


def test_themes_of_a_company_nobody_wrote_about_are_quiet(run: Run) -> None:
    (row,) = [
        line for line in run("themes", "--entity", "globex", *SPAN).output.splitlines() if line.startswith("Trade")
    ]
    assert row.split()[1:] == ["0", "0", "0", "–", "–", "–"]


@pytest.mark.parametrize("command", [["themes", "--entity", "nobody"], ["blind-spots", "nobody"]], ids=lambda c: c[0])
def test_an_unknown_company_is_named_with_the_known_ones(command: list[str], run: Run) -> None:
    result = run(*command, *SPAN)
    assert isinstance(result.exception, UsageError)
    assert "'nobody'; it has acme, globex" in str(result.exception)


def test_blind_spots_lists_every_kind_with_its_number(run: Run) -> None:
    shown = run("blind-spots", "globex", *SPAN)
    assert shown.exit_code == 0, shown.output
    assert "sources that published, but never name it: 1\n  Daily (en, press): 6 articles" in shown.output
    assert "thin languages: 1\n  en: never named (6 articles in all, 0 about it" in shown.output
    assert "failing feeds: none" in shown.output
    assert "sources that never gave an article: 1\n  Weekly (en): never asked" in shown.output


def test_blind_spots_gives_reasons_as_data(run: Run) -> None:
    spots = json.loads(run("blind-spots", "--json", *SPAN).output)
    assert (spots["entity"], spots["span"]) == ("acme", {"since": "2025-01-01", "until": "2025-01-31"})
    assert [(each["source_id"], each["reason"]) for each in spots["unreached"]] == [("weekly", "never_asked")]
    assert spots["never_naming"] == []
    assert spots["crawled_in_span"] is True


def test_a_command_with_a_hyphen_is_found() -> None:
    assert "blind-spots" in COMMANDS
    assert CliRunner().invoke(cli, ["blind-spots", "--help"]).exit_code == 0
