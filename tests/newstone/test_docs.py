"""The README is true: it names every command, its commands parse, its SQL runs on a real snapshot."""

import re
import shlex
from pathlib import Path

import click
import pytest

from db.query import run_query
from newstone.cli import COMMANDS, cli
from newstone.scaffold import render_config
from tests.newstone.conftest import Night

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


SHELL_LINES = [line for block in _blocks("sh") for line in block.splitlines() if line.startswith("newstone ")]
STATEMENTS = [sql.strip() for block in _blocks("sql") for sql in block.split(";") if sql.strip()]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme_and_has_help(name: str) -> None:
    assert f"newstone {name}" in README
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help


@pytest.mark.parametrize("line", SHELL_LINES)
def test_every_command_line_of_the_readme_parses(line: str) -> None:
    _program, name, *arguments = shlex.split(line, comments=True)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    command.make_context(name, arguments, resilient_parsing=False)


@pytest.mark.parametrize("sql", STATEMENTS, ids=lambda sql: sql.splitlines()[0].strip("- "))
def test_every_query_of_the_readme_gives_rows(sql: str, night: Night) -> None:
    assert run_query(night.project.snapshot_file, sql).n_rows > 0


def test_the_readme_has_examples_to_test() -> None:
    assert len(SHELL_LINES) >= 5
    assert len(STATEMENTS) >= 5


def test_every_key_of_the_configuration_is_explained_on_the_line_above_it() -> None:
    lines = render_config().splitlines()
    keys = [place for place, line in enumerate(lines) if re.match(r"#[a-z_]+ = ", line)]
    assert len(keys) > 15
    for place in keys:
        assert lines[place - 1].startswith("# "), lines[place]
