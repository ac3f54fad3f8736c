"""After an update of newstone and before its first run: what reads a database of the old schema says so in one line."""

from pathlib import Path

import pytest

from db.snapshot import open_snapshot
from db.status import read_status
from newstone.cli import main
from pipelines.clock import utc_now
from pipelines.errors import SchemaError
from tests.db.test_versions import RELEASED, unpack

OLDEST = min(RELEASED)
SAID = rf"has schema {OLDEST}, this newstone reads \d+; the next run, such as `newstone publish`, migrates"


def test_status_names_the_run_that_brings_the_database_up_to_date(store: Path, snapshot_path: Path) -> None:
    unpack(OLDEST, store)
    with pytest.raises(SchemaError, match=SAID):
        read_status(store, snapshot_path, now=utc_now())


def test_so_does_whatever_asks_an_old_snapshot_for_what_it_does_not_have(snapshot_path: Path) -> None:
    unpack(OLDEST, snapshot_path)
    with pytest.raises(SchemaError, match=SAID), open_snapshot(snapshot_path) as snapshot:
        snapshot.fetch("SELECT * FROM of_another_year")


def test_the_command_ends_with_one_line_and_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "newstone.toml").write_text("", encoding="utf-8")
    unpack(OLDEST, tmp_path / "data" / "writer.duckdb")
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(tmp_path), "status"])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("newstone: ")
    assert "`newstone publish`" in line
