"""What the rules of [retention] leave, and what stays right without it."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from db.checks import run_checks
from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.cli.evidence import evidence_command
from newstone.cli.prune import prune_command
from newstone.config import Project, load_project
from newstone.delivery.outbox import DeliveryRow, DeliveryState, Kind, Outbox, Parcel, open_outbox
from newstone.jobs import run_stages
from newstone.stages.extracting import extract_parts
from newstone.stages.matching import match_articles
from newstone.stages.pruning import foresee_pruning, prune_store
from newstone.stages.publishing import publish_snapshot
from newstone.stages.scoring import score_backlog
from pipelines.clock import utc_now
from pipelines.errors import SchemaError
from pipelines.ids import page_id
from pipelines.journal import JOURNAL_SUFFIX, JournalWriter
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck
from pipelines.spool import folder, list_done_parts, mark_done, read_page
from tests.db.test_versions import unpack
from tests.retention import press
from tests.retention.test_forget import content, failed, page_places

YEAR_LATER = press.NIGHTS[2] + timedelta(days=365)

Clock = Callable[[object], None]
Rows = dict[str, list[tuple[Any, ...]]]


def keeping(project: Project, **limits: object) -> Project:
    lines = [f"{name} = {json.dumps(value)}" for name, value in limits.items()]
    text = project.file.read_text(encoding="utf-8").partition("\n[retention]")[0]
    project.file.write_text("\n".join([text, "[retention]", *lines, ""]), encoding="utf-8")
    return load_project(project.file)


def prune(project: Project) -> dict[str, int]:
    return press.run(project, prune_store)


def in_files(project: Project, name: str, place: str) -> list[str]:
    return press.files_with(project.root, press.word(name, place))


def everything(project: Project) -> Rows:
    """All files of the data but the ledger of runs: sizes of parts, and the rows of the database."""
    with open_writer(project.writer_file) as writer:
        tables = writer.fetch("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1")
        names = {str(name) for (name,) in tables} - {"run", "run_end", "stage_run"}
        rows = {name: writer.fetch(f"SELECT * FROM {name} ORDER BY ALL") for name in names}
    return {**rows, "parts": [(path.name, path.stat().st_size) for path in list_done_parts(project.data_dir)]}


def test_reserved_texts_keep_their_sentences_and_nothing_else(pruned: Project) -> None:
    for place in ("lead", "body", "hall", "summary"):
        assert [file for file in in_files(pruned, "reserved", place) if not file.endswith("writer.duckdb")] == []
    for place in ("praise", "blow"):
        assert in_files(pruned, "reserved", place) == ["data/writer.duckdb", "newstone.duckdb"]
    assert len(in_files(pruned, "fresh", "body")) == 3  # too young
    assert len(in_files(pruned, "open", "body")) == 4  # not reserved
    assert in_files(pruned, "thin", "body") == []  # no article, but reserved


def test_numbers_stay_as_they_were(made_press: Project, pruned: Project) -> None:
    before, after = content(made_press), content(pruned)
    assert {table for table in before if before[table] != after[table]} == {"revision"}
    assert len(before["revision"] - after["revision"]) == 1


def test_with_metadata_only_the_sentences_go_too(project: Project, clock: Clock) -> None:
    project = keeping(project, reserved_keep="metadata")
    clock(press.MONTH_LATER)
    before = content(project)["coverage"]
    assert prune(project) == {"page bodies": 3, "texts to metadata": 1}
    press.run(project, publish_snapshot)
    said = CliRunner().invoke(evidence_command, ["deepseek", "2025-01-10"], obj=project.file).output
    assert "(names DeepSeek; the sentence is no longer kept" in said
    for place in ("praise", "blow", "body"):
        assert [file for file in in_files(project, "reserved", place) if not file.endswith("writer.duckdb")] == []
    assert in_files(project, "reserved", "title") != []
    assert content(project)["coverage"] == before


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"reserved_keep": "metadata", "text_days": 5},
        {"pages_days": 20, "text_days": 40},
        {"reserved_keep": "full", "pages_days": 40},
    ],
    ids=["default", "metadata-and-age", "pages", "full"],
)
def test_a_dry_run_says_exactly_what_the_real_run_does(
    project: Project, clock: Clock, limits: dict[str, object]
) -> None:
    project = keeping(project, **limits)
    fill_outbox(project)
    for name, days in (("old", 400), ("new", 1)):
        copy = project.data_dir / f"writer.duckdb.schema0009-{name}.bak"
        copy.write_bytes(b"copy")
        when = (press.MONTH_LATER - timedelta(days=days)).timestamp()
        os.utime(copy, (when, when))
    clock(press.MONTH_LATER)
    before = everything(project)
    foreseen = foresee_pruning(project, press.MONTH_LATER)
    assert everything(project) == before
    counts = {name: amount.n for name, amount in foreseen.kinds().items() if amount.n}
    assert prune(project) == counts
    after = everything(project)
    assert prune(project) == {}
    assert everything(project) == after
    # and what it counted is what is gone
    assert len(diff(before["revision"], after["revision"])) == foreseen.sentences.n + foreseen.metadata.n
    assert text_bytes(before) - text_bytes(after) == foreseen.sentences.n_bytes + foreseen.metadata.n_bytes
    assert len(after["body_pruned"]) == foreseen.bodies.n
    expired = [row for row in after["part"] if row[6] == "expired"]
    assert (len(expired), sum(row[2] for row in expired)) == (foreseen.parts.n, foreseen.parts.n_bytes)
    assert failed(project) == []


def diff(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> set[str]:
    return {str(row) for row in before} - {str(row) for row in after}


def text_bytes(rows: Rows) -> int:
    """Bytes of texts and mention sentences, white space apart from the first, titles not."""
    texts = sum(len("".join(row[4].split()).encode()) for row in rows["revision"])
    sentences = sum(len(row[4].encode()) for row in rows["mention"] if row[3] != "title")
    return texts + sentences


def test_a_page_without_its_body_stays_where_it_was_with_its_outcome(pruned: Project) -> None:
    parts = {path.name: path for path in list_done_parts(pruned.data_dir)}
    removed = set()
    for identifier, url, part, offset in page_places(pruned):
        page = read_page(parts[str(part)], int(str(offset)))
        assert (page.url, page_id(page)) == (url, identifier)
        if page.removed is not None:
            removed.add(page.url)
            assert (page.outcome, page.body, page.removed.reason) == (None, b"", "reserved")
    assert removed == {press.url("reserved"), press.url("reserved") + "?page=all", press.url("thin")}


def test_a_new_extractor_leaves_pages_without_bodies_alone(
    project: Project, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(press.MONTH_LATER)
    prune(project)
    monkeypatch.setattr("newstone.stages.extracting.EXTRACTOR", "newer/1")
    press.run(project, lambda context: extract_parts(context, press.NIGHTS[0].date()), publish_snapshot)
    with open_snapshot(project.snapshot_file) as snapshot:
        rows = snapshot.fetch(
            "SELECT url, fate, extractor = 'newer/1' FROM page_fate WHERE url LIKE '%reserved%' ORDER BY 1"
        )
    assert rows == [(press.url("reserved"), "ok", False), (press.url("reserved") + "?page=all", "duplicate", False)]


def test_a_dry_run_does_not_migrate_the_database_of_an_older_version(project: Project) -> None:
    unpack(10, project.writer_file)
    before = project.writer_file.read_bytes()
    with pytest.raises(SchemaError, match="has schema 10, this newstone reads"):
        foresee_pruning(project, press.MONTH_LATER)
    assert project.writer_file.read_bytes() == before


def write_journal(project: Project, night: str) -> Path:
    """A journal of one night that was loaded, as the crawl stage leaves it."""
    writer = JournalWriter(project.data_dir)
    at = datetime.fromisoformat(f"{night}T02:30:00+00:00")
    writer.add_check(FeedCheck("bay_ledger", "http://a.example/feed", "feed", at, FeedOutcome.OK, 200, 3, 1, None, ""))
    path = writer.close()
    assert path is not None
    named = path.rename(path.with_name(f"{at:%Y%m%dT%H%M%S.%fZ}-0000{JOURNAL_SUFFIX}"))
    return mark_done(named)


def test_old_journals_go_and_their_rows_stay(project: Project, clock: Clock) -> None:
    project = keeping(project, reserved_keep="full")
    old, new = write_journal(project, "2025-01-10"), write_journal(project, "2025-02-10")
    clock(press.NIGHTS[0] + timedelta(days=410))
    assert foresee_pruning(project, press.NIGHTS[0] + timedelta(days=410)).journals.n == 1
    assert prune(project) == {"journals": 1}
    assert (old.exists(), new.exists()) == (False, True)
    with open_writer(project.writer_file) as writer:  # the rows of an older database were put back
        assert writer.fetch("SELECT source_id, n_items FROM feed_check") == [("bay_ledger", 3)]
    assert prune(project) == {}
    assert prune(keeping(project, reserved_keep="full", pages_days=100))["journals"] == 1


def test_a_damaged_journal_is_put_aside_once(project: Project, clock: Clock) -> None:
    project = keeping(project, reserved_keep="full")
    write_journal(project, "2025-01-10").write_text("{\n")
    clock(YEAR_LATER + timedelta(days=30))
    for n_problems in (1, 0):
        report = run_stages(project, "prune", [prune_store], lambda _progress: None)
        assert len(report.problems) == n_problems
    assert len(list(folder(project.data_dir, "quarantine").glob("*.jsonl"))) == 1


# -- a watchlist that changes afterwards


def change_watchlist(project: Project) -> None:
    """Rename a company that is watched and add a theme: another version of both, the same companies."""
    text = project.watchlist_file.read_text(encoding="utf-8")
    assert 'name = "Nvidia"' in text
    text = text.replace('name = "Nvidia"', 'name = "NVIDIA Corporation"')
    project.watchlist_file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("keep", ["sentences", "metadata"])
def test_coverage_outlives_a_changed_watchlist(project: Project, clock: Clock, keep: str) -> None:
    project = keeping(project, reserved_keep=keep)
    clock(YEAR_LATER)
    prune(project)
    asked = "SELECT entity, url, n_mentions, n_scored, polarity FROM coverage ORDER BY ALL"
    with open_snapshot(project.snapshot_file) as snapshot:
        before = snapshot.fetch(asked)
        [(version,)] = snapshot.fetch("SELECT version FROM current_watchlist")
    change_watchlist(project)
    press.run(project, match_articles, score_backlog, publish_snapshot)
    with open_snapshot(project.snapshot_file) as snapshot:
        assert snapshot.fetch("SELECT version <> ? FROM current_watchlist", [version]) == [(True,)]
        assert snapshot.fetch(asked) == before


def test_a_new_model_says_that_it_had_no_sentence(project: Project, clock: Clock) -> None:
    project = keeping(project, reserved_keep="metadata")
    clock(press.MONTH_LATER)
    prune(project)
    with open_writer(project.writer_file) as writer:
        writer.fetch("DELETE FROM score")  # as if another model had come
    press.run(project, score_backlog, publish_snapshot)
    with open_snapshot(project.snapshot_file) as snapshot:
        rows = snapshot.fetch("SELECT DISTINCT url, score_outcome FROM sentences WHERE score_outcome <> 'ok'")
    assert rows == [(press.url("reserved"), "text_not_kept")]


# -- addresses


def fill_outbox(project: Project) -> None:
    with open_outbox(project.outbox_file) as outbox:
        for week, days in (("2024-W01", 400), ("2025-W05", 1)):
            row = outbox.claim(Parcel(Kind.DIGEST, week, "reader.qzxv@post.example"), f"<{week}@x>")
            assert isinstance(row, int)
            outbox.finish(row, DeliveryState.SENT, "250 ok reader.qzxv@post.example")
            began = (press.MONTH_LATER - timedelta(days=days)).isoformat(timespec="milliseconds")
            with outbox.writing() as connection:
                connection.execute("UPDATE delivery SET began_at = ? WHERE id = ?", (began, row))


def is_held(outbox: Outbox, week: str, recipient: str = "reader.qzxv@post.example") -> bool:
    return isinstance(outbox.claim(Parcel(Kind.DIGEST, week, recipient), "<again@x>"), DeliveryRow)


def test_old_addresses_go_and_nothing_is_sent_twice(project: Project, clock: Clock) -> None:
    fill_outbox(project)
    clock(press.MONTH_LATER)
    assert prune(project)["addresses"] == 1
    with open_outbox(project.outbox_file) as outbox:
        recipients = {row.key: (row.recipient, row.detail) for row in outbox.rows()}
        assert recipients["2025-W05"] == ("reader.qzxv@post.example", "250 ok reader.qzxv@post.example")
        assert "qzxv" not in "".join(recipients["2024-W01"])
        assert is_held(outbox, "2024-W01")
        assert is_held(outbox, "2025-W05")
        assert not is_held(outbox, "2024-W01", "other@post.example")


def test_no_byte_of_an_old_address_stays(project: Project, clock: Clock) -> None:
    fill_outbox(project)
    clock(YEAR_LATER + timedelta(days=30))
    assert prune(project)["addresses"] == 2
    assert press.files_with(project.data_dir, "qzxv") == []


# -- the command


def command(project: Project, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(prune_command, list(arguments), obj=project.file, standalone_mode=False)
    assert result.exception is None, result.output
    return int(result.return_value), result.output


def test_the_command_prunes_and_says_so(project: Project) -> None:
    code, said = command(project, "--dry-run", "--json")
    assert (code, json.loads(said)["texts to sentences"]["n"]) == (0, 2)  # the clock of this machine: all are old
    assert command(project, "--quiet")[0] == 0
    assert command(project, "--dry-run")[0] == 3
    assert command(project, "--quiet")[0] == 3


def test_a_missing_part_is_told_and_the_others_are_done(project: Project, clock: Clock) -> None:
    (first, *_rest) = list_done_parts(project.data_dir)
    first.unlink()
    clock(press.MONTH_LATER)
    report = run_stages(project, "prune", [prune_store], lambda _progress: None)
    [problem] = report.problems
    assert first.name in problem
    with open_writer(project.writer_file) as writer:
        assert writer.fetch("SELECT count(*) FROM body_pruned") == [(1,)]
        assert [str(r) for r in run_checks(writer, now=utc_now()) if not r.passed] == []


def test_deleted_bytes_are_gone_after_compacting(project: Project, tmp_path: Path) -> None:
    from db.compaction import compact

    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(project.writer_file.read_bytes())
    needle = press.word("open", "body")
    with open_writer(copy) as writer:
        counts = writer.fetch("SELECT count(*) FROM mention")
        writer.fetch("UPDATE revision SET text = ''")
        views = writer.fetch("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1")
    assert needle.encode() in copy.read_bytes()  # the block is free, and its bytes are there
    compact(copy)
    assert needle.encode() not in copy.read_bytes()
    with open_writer(copy) as writer:
        assert writer.fetch("SELECT count(*) FROM mention") == counts
        assert writer.fetch("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1") == views
