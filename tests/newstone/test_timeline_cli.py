"""``newstone timeline`` over a small database: intervals, gaps, themes, the setting of the minimum."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.bootstrap import estimate_mean
from newstone.cli import cli
from pipelines.errors import UsageError
from tests.analysis.statistics.newsroom import Asked, Item, january, publish_items

POLARITIES = (0.8, -0.2, 0.1, 0.4, -0.6)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Five voices on the 6th and three on the 8th of January 2025; no crawl on the 7th."""
    items = [Item(january(6), polarity, themes=("chips",)) for polarity in POLARITIES]
    items += [Item(january(8), polarity) for polarity in POLARITIES[:3]]
    publish_items(tmp_path, items, [Asked(january(6)), Asked(january(8))])
    return settings(tmp_path, "")


def settings(folder: Path, text: str) -> Path:
    file = folder / "newstone.toml"
    file.write_text(f'[paths]\nsnapshot = "snapshot.duckdb"\n{text}', encoding="utf-8")
    return file


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(project), "timeline", "acme", *arguments])


def test_the_table_shows_intervals_gaps_and_what_is_too_few(project: Path) -> None:
    done = run(project, "--grain", "day")
    assert done.exit_code == 0, done.output
    sixth, seventh, eighth = (line for line in done.output.splitlines() if line.startswith("2025-01-"))
    assert "+0.10" in sixth
    assert "…" in sixth
    assert seventh.split()[1:] == ["–"] * 7 + ["no", "crawl"]
    assert "too few (n = 3)" in eighth


def test_json_has_the_bootstrap_interval_and_null_where_nothing_is_known(project: Path) -> None:
    import numpy as np

    sixth, seventh, eighth = json.loads(run(project, "--grain", "day", "--json").stdout)
    expected = estimate_mean(np.array(POLARITIES))
    assert sixth["bucket"] == "2025-01-06"
    assert (sixth["ci_low"], sixth["ci_high"]) == pytest.approx((expected.low, expected.high), abs=1e-6)
    counts = ("n_articles", "n_stories", "n_outlets", "n_scored_stories", "n_sources_up", "is_gap", "too_few")
    assert [sixth[key] for key in counts] == [5, 5, 1, 5, 1, False, False]
    assert seventh == {**dict.fromkeys(sixth), "bucket": "2025-01-07", "is_gap": True}
    assert (eighth["ci_low"], eighth["too_few"], eighth["is_gap"]) == (None, True, False)


def test_the_minimum_comes_from_the_settings(project: Path) -> None:
    settings(project.parent, "[analytics]\nminimum_voices = 3\n")
    assert "too few" not in run(project, "--grain", "day").output


def test_a_theme_narrows_the_timeline_and_an_unknown_one_is_told(project: Path) -> None:
    done = run(project, "--grain", "day", "--theme", "chips")
    assert "theme chips" in done.output
    assert "2025-01-06" in done.output
    assert "2025-01-08" not in done.output
    unknown = run(project, "--theme", "weather")
    assert isinstance(unknown.exception, UsageError)
    assert "it has chips, privacy" in str(unknown.exception)
