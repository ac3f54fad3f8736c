"""Replay: the kept pages give the same rows again, and the original is only read."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from db.forget_selection import SelectedBy
from newstone.cli.replay import replay_command
from newstone.config import Project, load_project
from pipelines.spool import list_done_parts
from tests.retention import press
from tests.retention.test_forget import content, failed, forget
from tests.retention.test_pruning import everything


def replay(project: Project, target: Path, *arguments: str) -> tuple[int, dict[str, tuple[int, int, int]]]:
    result = CliRunner().invoke(
        replay_command, ["--to", str(target), "--json", *arguments], obj=project.file, standalone_mode=False
    )
    assert result.exception is None, result.output
    figures = json.loads(result.stdout)
    tables = {
        table["name"]: (table["n_equal"], table["n_only_original"], table["n_only_replayed"])
        for table in figures["tables"]
    }
    return int(result.return_value), tables


@pytest.mark.slow
def test_a_replay_is_equal_row_for_row(project: Project, tmp_path: Path) -> None:
    forget(project, SelectedBy.URL, press.url("late"))
    before = everything(project)
    places = [(path, path.stat().st_ino, path.read_bytes()) for path in list_done_parts(project.data_dir)]
    code, tables = replay(project, tmp_path / "replay")
    assert code == 0
    assert tables == {
        "pages": (12, 0, 0),
        "outcomes": (12, 0, 0),
        "texts": (8, 0, 0),
        "mentions": (16, 0, 0),
        "themes": (tables["themes"][0], 0, 0),
        "scores": (16, 0, 0),
    }
    # what analysts see is equal, too: fates, stories, coverage
    assert content(load_project(tmp_path / "replay")) == content(project)
    assert everything(project) == before
    assert [(path, path.stat().st_ino, path.read_bytes()) for path in list_done_parts(project.data_dir)] == places


def test_a_replay_since_a_day_begins_there_and_leaves_pruned_pages_out(pruned: Project, tmp_path: Path) -> None:
    code, tables = replay(pruned, tmp_path / "replay", "--since", "2025-01-20")
    # seven of eight pages of two nights: the second address of the reserved article has no body any more
    assert (code, tables["pages"], tables["texts"]) == (0, (7, 0, 0), (7, 0, 0))
    assert failed(load_project(tmp_path / "replay")) == []


def test_a_replay_shows_what_a_changed_watchlist_changes(project: Project, tmp_path: Path) -> None:
    text = project.watchlist_file.read_text(encoding="utf-8")
    project.watchlist_file.write_text(text.replace('"DeepSeek"', '"Gulls"'), encoding="utf-8")
    figures = tmp_path / "newstone.prom"
    project.file.write_text(f'{project.file.read_text()}\n[monitoring]\ntextfile = "{figures}"\n', encoding="utf-8")
    code, tables = replay(project, tmp_path / "replay")
    assert not figures.exists()  # those of the nights would be lost
    n_equal, n_lost, n_new = tables["mentions"]
    assert code == 1
    assert tables["texts"] == (9, 0, 0)
    assert n_equal == 9  # Nvidia
    assert (n_lost, n_new) == (9, 9)  # DeepSeek is sought no more, gulls are


def test_without_pages_there_is_nothing_to_replay(project: Project, tmp_path: Path) -> None:
    assert replay(project, tmp_path / "replay", "--since", "2026-01-01")[0] == 3


def test_a_folder_with_something_in_it_is_refused(project: Project, tmp_path: Path) -> None:
    result = CliRunner().invoke(replay_command, ["--to", str(project.root)], obj=project.file, standalone_mode=False)
    assert "is not empty" in str(result.exception)
    del tmp_path
