"""What commands print of strangers' texts: no escape sequence of theirs reaches a terminal."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from db.publish import publish
from db.writer import open_writer
from newstone.cli import cli
from newstone.cli.terminal import shown
from newstone.config import load_project
from tests.db import build

EVIL = "Acme \x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u2066 opens\x08\x7f a plant"
OURS = re.compile(r"\x1b\[(?:1|0)m")
"""Bold and back, which the commands write themselves."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot with titles and sentences as an older database may hold them: extraction takes such things out."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "newstone.toml").write_text("")
    project = load_project(folder)
    with open_writer(project.writer_file) as writer:
        build.fill(writer, [build.page(f"https://a.example/{n}", f"{EVIL}.", title=EVIL) for n in range(8)], [0.9] * 8)
    publish(project.writer_file, project.snapshot_file, now=build.NOON)
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ("evidence", "acme", "2025-01-27"),
        ("evidence", "acme", "2025-01-27", "--json"),
        ("status",),
        ("status", "--json"),
        ("blind-spots", "acme"),
        ("query", "SELECT title, sentence FROM sentences"),
        ("query", "SELECT title, sentence FROM sentences", "--format", "json"),
        ("timeline", "acme"),
    ],
    ids=" ".join,
)
def test_no_escape_sequence_of_a_page_reaches_the_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, ["--config", str(folder), *arguments], color=True, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    left = OURS.sub("", done.output)
    assert not re.findall(r"[\x00-\x09\x0b-\x1f]", left)
    if "json" not in " ".join(arguments):  # JSON is for programs; it escapes what is below a blank and nothing else
        assert not re.findall(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", left)


def test_the_text_of_a_page_is_shown_but_for_what_has_no_place_there() -> None:
    assert shown("a\x1b[2Jb\u200bc") == "a [2Jb c"
    assert shown("深度求索 naïve 👩\u200d💻 می\u200cخواهم") == "深度求索 naïve 👩\u200d💻 می\u200cخواهم"
    assert shown("one\ntwo\x07", lines=True) == "one\ntwo "
    assert shown("one\ntwo") == "one two"
