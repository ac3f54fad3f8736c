"""``newstone spikes``: what a person sees."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newstone.cli import cli
from tests.analysis.spikes.conftest import EVENT


@pytest.fixture
def project(tmp_path: Path, eventful: Path) -> Path:
    (tmp_path / "newstone.toml").write_text(f'[paths]\nsnapshot = "{eventful}"\n')
    return tmp_path


def spikes(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(project), "spikes", *arguments])


def test_the_subject_is_shown_with_what_moved_and_why(project: Path) -> None:
    result = spikes(project)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith(f"{EVENT}  Acme: 18 voices, usually 3 (z +")
    assert "  story     Agency report (2 outlets, 3 articles)" in lines
    assert any(line.startswith("  words en  ") and "battery 15" in line for line in lines)
    assert any("-0.80  Acme orders the recall of every battery" in line for line in lines)
    assert any(line.strip().startswith("Daily: https://a.example/recall/") for line in lines)
    assert any(line.startswith(f"{EVENT}  Acme: polarity -0.") for line in lines)
    assert sum("Agency report" in line for line in lines) == 1  # one day, two measures: its stories stand once


def test_json_gives_every_column(project: Path) -> None:
    found = json.loads(spikes(project, "acme", "--json").output)
    volume, tone = found["spikes"]
    assert (volume["measure"], tone["measure"]) == ("volume", "polarity")
    assert volume["day"] == str(EVENT)
    assert len(volume["stories"]) == 5
    assert volume["sentences"][0]["mention_id"]
    assert found["change_points"] == []


def test_without_a_spike_it_says_by_which_rule(project: Path) -> None:
    result = spikes(project, "globex", "--since", "2025-02-01", "--until", "2025-02-28")
    assert result.output == (
        "globex: no day from 2025-02-01 to 2025-02-28 was beyond its usual range"
        " (z 3.5 against 28 days, at least 5 voices)\n"
    )


def test_the_settings_of_the_file_decide(project: Path) -> None:
    with (project / "newstone.toml").open("a") as file:
        file.write("[analytics]\nspike_z = 90\nspike_baseline_days = 21\nminimum_voices = 6\n")
    assert "(z 90 against 21 days, at least 6 voices)" in spikes(project).output


def test_a_theme_that_is_unknown_is_named(project: Path) -> None:
    result = spikes(project, "--theme", "prices")
    assert result.exit_code != 0
    assert "no theme 'prices'" in str(result.exception)
