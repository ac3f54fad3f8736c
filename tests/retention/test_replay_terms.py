"""Replay and a corrected source file: equal once the kept pages were read again."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from db.snapshot import open_snapshot
from newstone.config import Project
from newstone.stages.extracting import extract_parts
from tests.retention import press
from tests.retention.test_replay import replay


@pytest.mark.slow
def test_a_replay_is_equal_after_a_corrected_zone_once_the_pages_were_read_again(
    project: Project, tmp_path: Path
) -> None:
    source_file = next(project.sources_dir.rglob(f"{press.FIRST}.toml"))
    text = source_file.read_text(encoding="utf-8")
    dated = press.page("dated", press.NIGHTS[2])
    meta = b'<meta property="article:published_time" content="2025-01-29T22:30:00">'
    dated = replace(dated, body=dated.body.replace(b"<head>", b"<head>" + meta))
    press.write_part(project, press.NIGHTS[2], [dated])
    press.run(project, *press.STAGES)
    assert 'zone = "America/Los_Angeles"' in text
    source_file.write_text(text.replace("America/Los_Angeles", "Asia/Tokyo"), encoding="utf-8")
    press.run(project, lambda context: extract_parts(context, press.NIGHTS[0].date()), *press.STAGES[1:])
    with open_snapshot(project.snapshot_file) as snapshot:
        (at,) = snapshot.fetch("SELECT published_at FROM article WHERE canonical_url = ?", [press.url("dated")])[0]
    assert at == datetime(2025, 1, 29, 13, 30)  # noqa: DTZ001 - as it is stored; half past ten in Tokyo
    code, tables = replay(project, tmp_path / "replay")
    assert (code, tables["outcomes"], tables["texts"]) == (0, (13, 0, 0), (10, 0, 0))
