"""What goes into the page: span, grain, sums, the data block and its size."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.measures import Span
from analysis.report import build_report
from analysis.report.buckets import list_buckets, span_text
from analysis.report.facts import ReportFacts, grain_of, report_span
from analysis.report.payload import build_payload, decode, encode
from analysis.report.safe_text import plain_text, safe_url, signed
from db.publish import publish
from db.read import Grain, open_snapshot
from newstone.cli import cli
from pipelines.errors import UsageError
from tests.db.test_versions import unpack
from tests.report.newsroom import NOW
from tests.report.synthetic import build_year


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1", True),
        ("HTTP://a.example/", True),
        ("javascript:alert(1)", False),
        ("javascript://a.example/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/x", False),
        ("https://", False),
        ("https://a.example/\nx", False),
        ("https://[a.example/", False),
        ("", False),
    ],
)
def test_only_http_addresses_become_links(url: str, safe: bool) -> None:
    assert safe_url(url) == (url if safe else "")


def test_signs_that_turn_text_are_taken_out_without_moving_the_rest() -> None:
    text = "a\u202eb\u2066c\x00d\u2028e שלום"
    assert plain_text(text) == "a\u200bb\u200bc d e שלום"
    assert len(plain_text(text)) == len(text)


@pytest.mark.parametrize(
    ("value", "text"), [(0.004, "0.00"), (-0.004, "0.00"), (-0.125, "−0.12"), (0.5, "+0.50"), (None, "–")]
)
def test_numbers_have_a_sign_unless_they_round_to_zero(value: float | None, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("n_days", "grain"), [(45, Grain.DAY), (46, Grain.WEEK), (731, Grain.WEEK), (732, Grain.MONTH)]
)
def test_the_grain_goes_with_the_span(n_days: int, grain: Grain) -> None:
    since = date(2024, 1, 1)
    assert grain_of(Span(since, since + timedelta(days=n_days - 1))) is grain


@pytest.mark.parametrize("grain", list(Grain))
def test_buckets_cover_the_span_without_holes(grain: Grain) -> None:
    span = Span(date(2024, 1, 31), date(2024, 4, 2))
    buckets = list_buckets(span, grain)
    assert (buckets[0].since, buckets[-1].until) == (span.since, span.until)
    for before, after in pairwise(buckets):
        assert before.until + timedelta(days=1) == after.since == after.first


def test_a_span_reads_as_a_person_writes_it() -> None:
    assert span_text(Span(date(2025, 1, 6), date(2025, 3, 2))) == "6 January – 2 March 2025"
    assert span_text(Span(date(2024, 12, 30), date(2025, 1, 5))) == "30 December 2024 – 5 January 2025"
    assert span_text(Span(date(2025, 1, 6), date(2025, 1, 6))) == "6 January 2025"


def test_the_span_ends_with_coverage_and_begins_with_it(newsroom: Path) -> None:
    with open_snapshot(newsroom) as snapshot:
        assert report_span(snapshot, None, None, 365) == Span(date(2025, 1, 6), date(2025, 3, 2))
        assert report_span(snapshot, None, None, 10) == Span(date(2025, 2, 21), date(2025, 3, 2))
        assert report_span(snapshot, date(2024, 1, 1), None, 10).since == date(2024, 1, 1)
        with pytest.raises(UsageError, match="would begin on 2025-03-01 and end on 2025-02-01"):
            report_span(snapshot, date(2025, 3, 1), date(2025, 2, 1), 10)
        with pytest.raises(UsageError, match="no watched company was in the press from 2020"):
            build_report(snapshot, now=NOW, since=date(2020, 1, 1), until=date(2020, 1, 2))


def test_the_same_snapshot_gives_the_same_page(newsroom: Path, report_file: Path) -> None:
    with open_snapshot(newsroom) as snapshot:
        assert build_report(snapshot, now=NOW) == report_file.read_text(encoding="utf-8")


def test_the_data_block_survives_packing() -> None:
    payload = {"text": "</script> \u2028 שלום", "numbers": [1, None, 0.5]}
    packed = encode(payload)
    assert decode(packed) == payload
    assert "<" not in packed


def test_sentences_are_spread_over_directions_and_languages(facts_by: Callable[[Grain], ReportFacts]) -> None:
    payload = build_payload(facts_by(Grain.WEEK))
    acme = [row for row in payload["sentences"] if row[0] == 0 and row[1] == 1]
    assert {row[9] > 0 for row in acme if row[9] is not None} == {True, False}
    languages = {payload["articles"][row[2]][3] for row in acme}
    assert len(languages) == 2
    assert any(row[9] is None and row[10] == "not_scored_yet" for row in payload["sentences"] if row[1] == 2)


def test_a_page_by_day_and_by_month_holds_the_same_voices(facts_by: Callable[[Grain], ReportFacts]) -> None:
    totals = []
    for grain in (Grain.DAY, Grain.MONTH):
        payload = build_payload(facts_by(grain))
        own = [place for place, pairs in enumerate(payload["signatures"]) if payload["media"][pairs[1]][2] == "earned"]
        cells = payload["voices"]
        n = sum(
            n
            for n, entity, signature in zip(cells["n"], cells["entity"], cells["signature"], strict=True)
            if entity == 0 and signature in own
        )
        n += len({s for s, e in zip(payload["long"]["story"], payload["long"]["entity"], strict=True) if e == 0})
        totals.append(n)
    assert totals == [96, 96]


@pytest.mark.slow
def test_a_year_of_the_shipped_watchlist_stays_under_five_megabytes(tmp_path: Path) -> None:
    snapshot_path = build_year(tmp_path, n_articles=40_000)
    with open_snapshot(snapshot_path) as snapshot:
        page = build_report(snapshot, now=NOW)
    assert len(page.encode()) < 5_000_000
    assert "in 14 languages about 23 companies" in page


def test_the_command_writes_the_page_and_says_where(newsroom: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(cli, ["--config", str(tmp_path), "report"]).exit_code != 0
    (tmp_path / "newstone.toml").write_text(f'[paths]\nsnapshot = "{newsroom}"\n', encoding="utf-8")
    result = runner.invoke(cli, ["--config", str(tmp_path), "report", "--since", "2025-01-20", "--grain", "day"])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "20 January – 2 March 2025 · by day" in page
    assert str(tmp_path / "report.html") in result.output.replace("\n", "")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_the_page_says_how_right_the_model_was_where_readers_have_labelled(tmp_path: Path) -> None:
    snapshot_file = tmp_path / "newstone.duckdb"
    publish(unpack(10, tmp_path / "writer.duckdb"), snapshot_file, now=NOW)  # it holds one label of a reader
    with open_snapshot(snapshot_file) as snapshot:
        page = build_report(snapshot, now=NOW)
    row = '<th scope="row">English</th><td>100 %</td><td>1</td><td>21 % to 100 %</td>'
    assert row in page.partition("How right the model was, by language")[2].partition("</details>")[0]
