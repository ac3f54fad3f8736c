"""Publishing: the whole new snapshot or the old one, and nobody waits for anybody."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from db.loader import load_part
from db.publish import publish
from db.snapshot import open_snapshot
from db.writer import open_writer
from pipelines.errors import BusyError, ChecksFailedError, StoreError
from tests.db import build

COUNT = "SELECT count(*) FROM page"


def write(store: Path, name: str, *urls: str) -> None:
    with open_writer(store) as writer:
        pages = [build.page(url) for url in urls]
        load_part(writer, build.part(name, pages), pages)


def test_a_snapshot_holds_what_was_loaded_and_its_own_publication(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1", "https://a.example/2")
    report = publish(store, snapshot_path, now=build.NOON, run_id="run1")
    assert (report.n_pages, report.n_revisions, report.n_mentions) == (2, 2, 0)
    assert report.size_bytes == snapshot_path.stat().st_size
    assert sorted(path.name for path in snapshot_path.parent.iterdir()) == ["newstone.duckdb", "snapshot.duckdb"]
    with open_snapshot(snapshot_path) as snapshot:
        assert snapshot.fetch("SELECT run_id, state, n_pages FROM publication") == [("run1", "passed", 2)]


def test_failed_checks_keep_the_last_good_snapshot_and_are_recorded(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1")
    publish(store, snapshot_path, now=build.NOON)
    before = snapshot_path.read_bytes()
    with open_writer(store) as writer:
        writer.fetch("DELETE FROM extraction")
    with pytest.raises(ChecksFailedError, match="page_has_outcome: pages without an outcome"):
        publish(store, snapshot_path, now=build.NOON + timedelta(hours=1))
    assert snapshot_path.read_bytes() == before
    with open_writer(store) as writer:
        assert writer.fetch("SELECT state FROM publication ORDER BY recorded_at") == [("passed",), ("refused",)]


def test_an_open_reader_keeps_the_old_snapshot_and_blocks_nothing(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1")
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as reader:
        assert reader.fetch(COUNT) == [(1,)]
        write(store, "part2", "https://a.example/2")
        publish(store, snapshot_path, now=build.NOON, wait_seconds=0)
        assert reader.fetch(COUNT) == [(1,)]
        with open_snapshot(snapshot_path) as newer:
            assert newer.fetch(COUNT) == [(2,)]
        assert reader.fetch("SELECT count(*) FROM revision") == [(1,)]


READ = """
import sys
from pathlib import Path
from db.snapshot import open_snapshot
with open_snapshot(Path(sys.argv[1])) as snapshot:
    print(snapshot.fetch("SELECT count(*) FROM page")[0][0], flush=True)
    for line in sys.stdin:
        print(snapshot.fetch("SELECT count(*) FROM page")[0][0], flush=True)
"""


def test_a_reader_in_another_process_reads_on_while_the_next_run_writes(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1")
    publish(store, snapshot_path, now=build.NOON)
    with subprocess.Popen(
        [sys.executable, "-c", READ, str(snapshot_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "1\n"
        write(store, "part2", "https://a.example/2")
        publish(store, snapshot_path, now=build.NOON, wait_seconds=0)
        child.stdin.write("again\n")
        child.stdin.flush()
        assert child.stdout.readline() == "1\n"
        with open_writer(store, wait_seconds=0), open_snapshot(snapshot_path) as snapshot:
            assert snapshot.fetch(COUNT) == [(2,)]
        child.communicate()
    assert child.returncode == 0


def test_copies_of_one_text_are_one_story_in_the_snapshot(store: Path, snapshot_path: Path) -> None:
    text = "Acme opens a factory. " + " ".join(f"word{i}" for i in range(200))
    other = "Globex closes a factory. " + " ".join(f"other{i}" for i in range(200))
    with open_writer(store) as writer:
        pages = [build.page("https://a.example/1", text), build.page("https://b.example/1", text)]
        pages.append(build.page("https://a.example/2", other))
        load_part(writer, build.part("part1", pages), pages)
    report = publish(store, snapshot_path, now=build.NOON)
    assert report.n_stories == 2
    with open_snapshot(snapshot_path) as snapshot:
        rows = (
            "SELECT count(*), count(DISTINCT story_id) FROM story JOIN article USING (revision_id) WHERE title = 'News'"
        )
        assert snapshot.fetch(rows) == [(3, 2)]
    with open_writer(store) as writer:
        assert writer.fetch("SELECT count(*) FROM story") == [(0,)]


def test_a_refused_publish_leaves_nothing_behind(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1")
    with open_writer(store) as writer:
        writer.fetch("DELETE FROM extraction")
    with pytest.raises(ChecksFailedError):
        publish(store, snapshot_path, now=build.NOON)
    assert list(snapshot_path.parent.iterdir()) == [store]


def test_what_a_killed_publish_left_is_removed(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1")
    stale = [snapshot_path.with_name(f".snapshot.duckdb.1.tmp{end}") for end in ("", ".wal")]
    for path in stale:
        path.write_bytes(b"half")
    publish(store, snapshot_path, now=build.NOON)
    assert [path for path in stale if path.exists()] == []


WRITE_INTO_SNAPSHOT = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE notes (x INTEGER)")
os._exit(0)  # without closing: the write-ahead log stays
"""


def test_what_an_analyst_wrote_into_the_old_snapshot_does_not_reach_the_new_one(
    store: Path, snapshot_path: Path
) -> None:
    write(store, "part1", "https://a.example/1")
    publish(store, snapshot_path, now=build.NOON)
    subprocess.run([sys.executable, "-c", WRITE_INTO_SNAPSHOT, str(snapshot_path)], check=True)
    assert snapshot_path.with_name("snapshot.duckdb.wal").exists()
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as snapshot:
        assert snapshot.fetch("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'notes'") == [(0,)]
        assert snapshot.fetch(COUNT) == [(1,)]


PUBLISH_IN_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from db.publish import publish
from pipelines.clock import utc_now
from pipelines.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    publish(Path(sys.argv[1]), Path(sys.argv[2]), now=utc_now())
except StoreError as error:
    print(error)
"""


def test_a_snapshot_that_finds_no_room_says_so_and_the_last_one_stays(store: Path, snapshot_path: Path) -> None:
    write(store, "part1", "https://a.example/1")
    size = publish(store, snapshot_path, now=build.NOON).size_bytes
    before = snapshot_path.read_bytes()
    write(store, "part2", "https://a.example/2")
    room = [str(store), str(snapshot_path), str(size // 2)]  # bytes; a limit of the file size stands for the disk
    child = subprocess.run(
        [sys.executable, "-c", PUBLISH_IN_LITTLE_ROOM, *room], capture_output=True, text=True, check=True
    )
    assert "make room on the disk and run it again" in child.stdout
    assert snapshot_path.read_bytes() == before
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as snapshot:
        assert snapshot.fetch("SELECT count(*) FROM publication") == snapshot.fetch(COUNT) == [(2,)]


def test_a_missing_snapshot_says_how_to_make_one(snapshot_path: Path) -> None:
    with pytest.raises(StoreError, match="newstone nightly"), open_snapshot(snapshot_path):
        pass


def test_the_writer_database_is_not_read_while_it_is_written(store: Path) -> None:
    with open_writer(store), pytest.raises(BusyError, match="is in use"), open_snapshot(store):
        pass


OLD_CLIENT = """
import json, sys
sys.path.insert(0, sys.argv[1])
import duckdb
assert duckdb.__version__.startswith("1."), duckdb.__version__
connection = duckdb.connect(sys.argv[2], read_only=True)
queries = [
    "SELECT name, n FROM funnel ORDER BY step, name",
    "SELECT entity, url, polarity, label FROM coverage ORDER BY url",
    "SELECT CAST(bucket AS VARCHAR), n_articles, n_stories, round(mean_polarity, 9),"
    " round(ci_low, 9), too_few"
    " FROM timeline('acme', '2025-01-01', '2025-01-31', 'week')",
    "SELECT CAST(bucket AS VARCHAR), medium, n_articles"
    " FROM timeline_by_medium('acme', '2025-01-01', '2025-01-31', 'day')",
    "SELECT entity, n_stories, share_stories FROM share_of_voice('2025-01-01', '2025-01-31')",
    "SELECT title, outlets FROM top_stories('acme', '2025-01-01', '2025-01-31')",
    "SELECT sentence, model_id, part FROM evidence('acme', '2025-01-27') ORDER BY url",
    "SELECT source_id, n_articles FROM outlets ORDER BY 1",
    "SELECT url, extractor, part, record_offset, page_id FROM coverage ORDER BY url",
    "SELECT url, sentence, score_outcome FROM sentences ORDER BY url",
    "SELECT canonical_url, is_current, len(signature) FROM article ORDER BY 1",
    "SELECT entity, n_stories_before, n_stories, change FROM share_of_voice_change('2025-01-01', '2025-01-15',"
    " '2025-01-16', '2025-01-31') ORDER BY entity",
    "SELECT fate, count(*) FROM page_fate GROUP BY fate",
    "SELECT CAST(bucket AS VARCHAR) FROM sources_up('2025-01-01', '2025-01-31', 'day')",
    "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL AND table_name = 'page'",
]
print(json.dumps([connection.execute(query).fetchall() for query in queries]))
"""


def test_a_client_of_duckdb_1_reads_the_snapshot_and_gets_the_same_answers(
    store: Path, snapshot_path: Path, old_client: str
) -> None:
    with open_writer(store) as writer:
        pages = [build.page(f"https://a.example/{i}", f"Acme grows {i} times.") for i in range(6)]
        build.fill(writer, pages, [0.1 * i for i in range(6)])
    publish(store, snapshot_path, now=build.NOON)
    old = subprocess.run(
        [sys.executable, "-c", OLD_CLIENT, old_client, str(snapshot_path)], capture_output=True, text=True, check=False
    )
    assert old.returncode == 0, old.stderr
    namespace: dict[str, object] = {}
    exec(OLD_CLIENT[OLD_CLIENT.index("queries = [") : OLD_CLIENT.index("print(")], namespace)
    queries = namespace["queries"]
    assert isinstance(queries, list)
    with open_snapshot(snapshot_path) as snapshot:
        new = [snapshot.fetch(str(query)) for query in queries]
    assert json.loads(old.stdout) == json.loads(json.dumps(new))
    assert new[2][0][:3] == ("2025-01-27", 6, 6)
