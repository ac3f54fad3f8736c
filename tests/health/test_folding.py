"""A night without network: many sources with the same trouble are one line, and JSON stays JSON."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from click.testing import CliRunner

from newstone.cli import cli
from newstone.cli.source_lines import same_words
from tests.health.press import LOST, Press, Told, make_press, make_source

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    press = make_press(tmp_path_factory.mktemp("press"), *(make_source(name) for name in (*NAMES, "zeta")))
    press.night(dict.fromkeys((*NAMES, "zeta"), Told()))
    lost = {name: replace(LOST, n_new=0, detail=f"no answer from www.{name}.example") for name in NAMES}
    press.night({**lost, "zeta": Told(0, feed=LOST.feed, status=None, detail="the connection broke off")})
    return press


def run(press: Press, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--config", str(press.project.file), *arguments], catch_exceptions=False)
    return str(result.output)


def test_sources_that_failed_for_the_same_reason_are_one_line_with_their_number_and_some_names(press: Press) -> None:
    lines = [line for line in run(press, "status").splitlines() if "no answer from" in line]
    assert lines == ["  5 sources (alpha, beta, delta and 2 more): feed connection_error (no answer from …)"]
    (other,) = [line for line in run(press, "status").splitlines() if "broke off" in line]
    assert other.startswith("  zeta: https://zeta.example/rss connection_error (the connection broke off), last good ")


def test_all_names_each_of_them(press: Press) -> None:
    lines = [line for line in run(press, "status", "--all").splitlines() if "no answer from" in line]
    assert sorted(line.strip().partition(":")[0] for line in lines) == sorted(NAMES)


def test_the_same_trouble_is_known_through_addresses_and_counts() -> None:
    first = same_words(["12 pages robots (robots.txt unavailable: no answer from a.example)", "5 requests repeated"])
    assert first == same_words(
        ["1 page robots (robots.txt unavailable: no answer from b.example)", "1 requests repeated"]
    )
    assert first == ("pages robots (robots.txt unavailable: no answer from …)", "requests repeated")
    assert first != same_words(["1 page robots (robots.txt unavailable: it answered 500)"])


def test_moments_are_iso_8601_in_utc_and_outcomes_are_no_text(press: Press) -> None:
    (row, *_) = [json.loads(line) for line in run(press, "sources", "health", "alpha", "--json").splitlines()]
    state = next(
        each
        for each in json.loads(run(press, "status", "--json"))["store"]["source_states"]
        if each["figures"]["source_id"] == "alpha"
    )
    assert (row["figures"]["outcomes"], state["figures"]["outcomes"]) == ({"ok": 6}, {"ok": 6})
    for figures in (row["figures"], state["figures"]):
        asked_at = datetime.fromisoformat(figures["asked_at"])
        assert "T" in figures["asked_at"]
        assert (asked_at.tzinfo is not None, asked_at.hour) == (True, 2)
