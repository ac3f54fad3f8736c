"""One instance of DuckDB serves one opening after the other, and none of them notices the one before."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from db.engine import WRITER_MEMORY
from db.publish import publish
from db.writer import Writer, open_writer
from pipelines.errors import BusyError
from tests.db import build

OPEN_AND_COUNT = """
import sys
from pathlib import Path
from db.writer import open_writer
with open_writer(Path(sys.argv[1]), wait_seconds=0) as writer:
    print(writer.fetch("SELECT count(*) FROM page")[0][0])
"""

FORK = """
import os, sys
from pathlib import Path
from db.engine import leave_engine, take_engine
from db.writer import open_writer
path = Path(sys.argv[1])
engine = take_engine(path)
leave_engine(engine)
pid = os.fork()
if pid == 0:  # the threads of the instance are not here
    own = take_engine(path)
    print("own" if own is not engine else "that of the parent", flush=True)
    leave_engine(own)
    with open_writer(path) as writer:
        print(writer.fetch("SELECT count(*) FROM page")[0][0], flush=True)
    os._exit(0)
os.waitpid(pid, 0)
"""


def add(writer: Writer, number: int) -> None:
    build.fill(writer, [build.page(f"https://a.example/{number}")], [0.5], name=f"part{number}")


def n_pages(path: Path) -> int:
    with open_writer(path, wait_seconds=0) as writer:
        return int(str(writer.fetch("SELECT count(*) FROM page")[0][0]))


def test_between_two_openings_another_process_may_write(store: Path) -> None:
    for number in (1, 2):
        with open_writer(store) as writer:
            add(writer, number)
        assert list(store.parent.iterdir()) == [store]  # no log, no folder of what was spilled
        child = subprocess.run(
            [sys.executable, "-c", OPEN_AND_COUNT, str(store)], capture_output=True, text=True, check=True
        )
        assert child.stdout == f"{number}\n"


def test_a_file_that_was_replaced_between_two_openings_is_read_anew(store: Path, tmp_path: Path) -> None:
    with open_writer(store) as writer:
        add(writer, 1)
    earlier = shutil.copyfile(store, tmp_path / "earlier")
    with open_writer(store) as writer:
        add(writer, 2)
    assert n_pages(store) == 2
    earlier.replace(store)
    assert n_pages(store) == 1


def test_temporary_tables_end_with_their_opening(store: Path) -> None:
    with open_writer(store) as writer:
        writer.connection.execute("CREATE TEMP TABLE doomed AS SELECT 1")
    with open_writer(store) as writer:
        assert writer.fetch("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'doomed'") == [(0,)]


def test_publishing_leaves_no_other_limit_of_memory_and_spills_beside_the_file(
    store: Path, snapshot_path: Path
) -> None:
    settings = "SELECT current_setting('max_memory'), current_setting('temp_directory')"
    with open_writer(store) as writer:
        add(writer, 1)
        before = writer.fetch(settings)
        assert before[0][1] == f"{store}.tmp"
    publish(store, snapshot_path, now=build.NOON)
    with open_writer(store) as writer:
        assert writer.fetch(settings) == before
        writer.connection.execute(f"SET max_memory = '{WRITER_MEMORY}'")
        assert writer.fetch(settings) == before


def stop_within(path: Path) -> None:
    with open_writer(path) as writer:
        add(writer, 2)
        writer.connection.begin()
        add_one = "INSERT INTO page SELECT * REPLACE ('other' AS page_id) FROM page LIMIT 1"
        writer.connection.execute(add_one)
        raise RuntimeError("stop")


def test_after_an_error_the_database_opens_again_without_what_was_not_committed(store: Path) -> None:
    with open_writer(store) as writer:
        add(writer, 1)
    with pytest.raises(RuntimeError, match="stop"):
        stop_within(store)
    assert n_pages(store) == 2


def test_two_databases_may_be_open_at_once_but_none_twice(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / store.name
    with open_writer(store) as one, open_writer(other) as two:
        add(one, 1)
        assert two.fetch("SELECT count(*) FROM page") == [(0,)]
        with pytest.raises(BusyError, match="in use"), open_writer(store, wait_seconds=0):
            pass
    assert (n_pages(store), n_pages(other)) == (1, 0)


def test_a_forked_process_starts_an_instance_of_its_own(store: Path) -> None:
    with open_writer(store) as writer:
        add(writer, 1)
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, str(store)], capture_output=True, text=True, timeout=60, check=True
    )
    assert (child.stdout, n_pages(store)) == ("own\n1\n", 1)
