"""The writer: one at a time, all or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from db.writer import Writer, open_writer
from pipelines.errors import BusyError, StoreError

HOLD = """
import sys
from pathlib import Path
from db.writer import open_writer
with open_writer(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_database(store: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        with (
            pytest.raises(BusyError, match=rf"newstone\.duckdb is in use by .* \(process {child.pid}\)") as caught,
            open_writer(store, wait_seconds=0),
        ):
            pass
        assert caught.value.retryable
        child.communicate()
    with open_writer(store, wait_seconds=0) as writer:
        assert writer.fetch("SELECT count(*) FROM run") == [(0,)]


def test_a_writer_waits_for_the_one_before(store: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == "open\n"
        child.stdin.close()
        with open_writer(store, wait_seconds=60) as writer:
            assert writer.fetch("SELECT count(*) FROM run") == [(0,)]


COLUMNS = ("watchlist_version", "entity", "name", "role")
KEY = ("watchlist_version", "entity")


def insert_and_stop(writer: Writer) -> None:
    with writer.transaction():
        writer.insert_new("entity", COLUMNS, KEY, [("w", "e", "n", "r")])
        raise RuntimeError("stop")


def test_what_raises_inside_a_transaction_leaves_nothing(writer: Writer) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        insert_and_stop(writer)
    assert writer.fetch("SELECT count(*) FROM entity") == [(0,)]


def test_only_new_keys_are_inserted_and_the_first_of_equal_keys_counts(writer: Writer) -> None:
    rows = [("w", "a", "one", "r"), ("w", "a", "two", "r"), ("w", "b", "", "r")]
    assert writer.insert_new("entity", COLUMNS, KEY, rows) == 2
    assert writer.insert_new("entity", COLUMNS, KEY, [("w", "a", "three", "r"), ("w", "c", "", "r")]) == 1
    assert writer.fetch("SELECT entity, name FROM entity ORDER BY 1") == [("a", "one"), ("b", ""), ("c", "")]


def test_lone_surrogates_are_stored_as_question_marks_and_offsets_stay(writer: Writer) -> None:
    writer.insert_new("entity", COLUMNS, KEY, [("w", "a", "x\ud800y\x00z", "深度求索")])
    assert writer.fetch("SELECT name, role FROM entity") == [("x?y\x00z", "深度求索")]


def test_what_duckdb_cannot_do_is_an_error_of_the_store_that_names_the_file(store: Path) -> None:
    with pytest.raises(StoreError, match=store.name), open_writer(store) as writer:
        writer.connection.execute("SELECT no_such_column FROM page")
