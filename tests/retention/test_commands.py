"""What the commands around the data say where there is nothing to do, nobody to ask, or a place that cannot be."""

import json
from datetime import datetime

import click
import pytest
from click.testing import CliRunner

from newstone.backup.making import make_backup
from newstone.cli.backup import backup_command
from newstone.cli.forget import forget_command
from newstone.cli.replay import replay_command
from newstone.config import Project
from pipelines.errors import ConfigError
from tests.retention import press


def command(which: click.Command, project: Project, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; nobody answers a question."""
    result = CliRunner().invoke(which, list(arguments), obj=project.file, input="", standalone_mode=False)
    assert result.exception is None, result.exception
    return int(result.return_value or 0), result.stdout, result.stderr


def test_the_list_of_backups_is_json_where_json_is_asked_for(project: Project) -> None:
    assert command(backup_command, project, "--list", "--json")[:2] == (3, '{\n  "backups": []\n}\n')
    assert command(backup_command, project, "--quiet")[0] == 0
    code, out, _ = command(backup_command, project, "--list", "--json")
    (row,) = json.loads(out)["backups"]
    assert code == 0
    assert row["folder"] == str(next(project.backup_dir.glob("newstone-*")))
    assert datetime.fromisoformat(row["created_at"]).tzinfo is not None
    assert row["n_pages"] > 0


def test_no_backup_is_written_among_the_sources_whose_copies_would_count_as_sources(project: Project) -> None:
    project.sources_dir.mkdir(exist_ok=True)
    with pytest.raises(ConfigError, match="lies within the folder of the sources"):
        make_backup(project, project.sources_dir / "copies", pages=False, keep=1)
    assert not (project.sources_dir / "copies").exists()


def test_where_nobody_answers_nothing_is_forgotten_and_the_way_without_asking_is_named(project: Project) -> None:
    code, _, said = command(forget_command, project, "--url", press.url("open"))
    assert code == 1
    assert "nothing was removed; --yes does not ask" in said
    assert press.files_with(project.root, press.word("open", "body"))


def test_a_replay_without_pages_says_so_and_names_no_folder_that_is_not_there(project: Project) -> None:
    code, _, said = command(replay_command, project, "--since", "2099-01-01")
    assert code == 3
    assert "no pages fetched since 2099-01-01 are kept" in said
    assert "look at it" not in said
