"""Databases of every released version: migrated whole, copied before, left as they were where something fails."""

import hashlib
import lzma
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from db.checks import failed_checks, run_checks
from db.migrate import KEPT_COPIES, Migration, back_up, load_migrations, read_schema_version
from db.publish import publish
from db.read import Grain, timeline
from db.writer import open_writer
from newstone.cli import main
from pipelines.errors import SchemaError

VERSIONS = Path(__file__).parent / "versions"
RELEASED = (6, 10)
NOW = datetime(2026, 12, 1, tzinfo=UTC)

Content = dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]]
"""By table: its columns and all rows."""


def unpack(version: int, target: Path) -> Path:
    """Write the stored database of a version to a path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(lzma.decompress((VERSIONS / f"schema{version:04d}.duckdb.xz").read_bytes()))
    return target


def content(path: Path, like: Content | None = None) -> Content:
    """Read every table; with ``like`` only the tables and columns that it has."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        wanted = like or {}
        if like is None:
            names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
            for (name,) in names:
                described = connection.execute(f"DESCRIBE {name}").fetchall()
                wanted[name] = (tuple(str(column[0]) for column in described), [])
        found: Content = {}
        for name, (columns, _rows) in wanted.items():
            chosen = ", ".join(f'"{column}"' for column in columns)
            rows = connection.execute(f"SELECT {chosen} FROM {name} ORDER BY ALL").fetchall()
            found[name] = (columns, rows)
        return found
    finally:
        connection.close()


def without_versions(found: Content) -> Content:
    return {name: rows for name, rows in found.items() if name != "schema_version"}


@pytest.mark.parametrize("version", RELEASED)
def test_a_database_of_a_released_version_is_migrated_with_all_its_rows(store: Path, version: int) -> None:
    unpack(version, store)
    written, before = store.read_bytes(), content(store)
    assert len(before["schema_version"][1]) == version
    assert min(len(before[table][1]) for table in ("page", "extraction", "revision", "mention", "score")) >= 4

    with open_writer(store) as writer:
        assert read_schema_version(writer.connection) == len(load_migrations())
        assert failed_checks(run_checks(writer, now=NOW)) == []

    assert without_versions(content(store, like=before)) == without_versions(before)
    (copy,) = store.parent.glob("*.bak")
    assert f"schema{version:04d}" in copy.name
    assert copy.read_bytes() == written


@pytest.mark.parametrize("version", RELEASED)
def test_a_migrated_database_publishes_what_it_knew(store: Path, snapshot_path: Path, version: int) -> None:
    unpack(version, store)
    before = content(store)
    report = publish(store, snapshot_path, now=NOW)
    assert report.n_pages == len(before["page"][1])
    assert report.n_scores == len(before["score"][1])
    points = timeline(snapshot_path, "deepseek", date(2025, 1, 1), date(2025, 3, 31), Grain.MONTH)
    assert sum(point.n_articles for point in points) >= 3
    if version >= 10:
        assert content(snapshot_path)["reader_label"][1] == before["reader_label"][1] != []


@pytest.mark.parametrize("version", RELEASED)
def test_a_migration_that_fails_leaves_an_old_database_with_its_rows(store: Path, version: int) -> None:
    unpack(version, store)
    before = content(store)
    steps = load_migrations()
    broken = Migration(version + 1, "9999_broken.sql", "DELETE FROM score; CREATE TABLE half (x INTEGER); SELECT nope;")
    for _night in range(3):
        with (
            pytest.raises(SchemaError, match=r"9999_broken\.sql failed and changed nothing"),
            open_writer(store, migrations=[*steps[:version], broken]),
        ):
            pass
    assert content(store) == before
    # the nights after the first found the copy of the first
    assert len(list(store.parent.glob("*.bak"))) == 1
    with open_writer(store) as writer:
        assert read_schema_version(writer.connection) == len(steps)


def test_only_the_newest_copies_stay(store: Path) -> None:
    for number in range(KEPT_COPIES + 2):
        store.write_bytes(b"state %d" % number)
        back_up(store, number + 1, datetime(2026, 1, 1 + number, tzinfo=UTC))
    store.unlink()
    unpack(10, store)
    with open_writer(store):
        pass
    names = sorted(path.name for path in store.parent.glob("*.bak"))
    assert len(names) == KEPT_COPIES
    assert any("schema0010" in name for name in names)
    assert not any("schema0001" in name or "schema0002" in name for name in names)


def test_a_copy_that_cannot_be_written_keeps_the_migration_from_beginning(store: Path) -> None:
    unpack(6, store)
    before = store.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))  # no file may become larger: as on a full disk
    try:
        with pytest.raises(SchemaError, match="must be copied before it is migrated"), open_writer(store):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert store.read_bytes() == before
    assert list(store.parent.iterdir()) == [store]


def start(store: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.db.migrate_child", str(store), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


@pytest.mark.slow
def test_a_migration_that_is_killed_again_and_again_loses_no_row(store: Path) -> None:
    unpack(6, store)
    connection = duckdb.connect(str(store))  # 30 MB that do not compress: copying them takes a moment
    connection.execute(
        "CREATE TABLE weight AS SELECT md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS x FROM range(450000) r (i)"
    )
    connection.close()
    before = content(store)
    before["weight"] = (("x",), [])
    dice = random.Random(20250127)
    states = set()
    for _ in range(6):
        with start(store) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(dice.random() * 0.6)
            child.kill()
        with duckdb.connect(str(store), read_only=True) as connection:
            states.add(read_schema_version(connection))
            assert connection.execute("SELECT count(*) FROM weight").fetchall() == [(450000,)]
    assert states <= set(range(6, len(load_migrations()) + 1))
    with open_writer(store) as writer:
        assert read_schema_version(writer.connection) == len(load_migrations())
        writer.connection.execute("DROP TABLE weight")
        assert failed_checks(run_checks(writer, now=NOW)) == []
    del before["weight"]
    assert without_versions(content(store, like=before)) == without_versions(before)
    assert list(store.parent.glob("*.tmp")) == []


def test_a_kill_within_a_statement_of_a_migration_undoes_that_migration(store: Path) -> None:
    unpack(10, store)
    before = content(store)
    with start(store, "600") as child:  # it is killed long before
        assert child.stdout is not None
        child.stdout.readline()
        while True:  # the migrations before the slow one are through when the copy stands and the log is written
            time.sleep(0.1)
            assert child.poll() is None
            if list(store.parent.glob("*.bak")) and not list(store.parent.glob("*.tmp")):
                break
        time.sleep(0.5)
        assert child.poll() is None
        child.kill()
    with open_writer(store) as writer:
        assert read_schema_version(writer.connection) == len(load_migrations())
        assert writer.fetch("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half_done'") == [(0,)]
    assert without_versions(content(store, like=before)) == without_versions(before)


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["query", "SELECT 1"], ["publish"], ["verify"], ["backup", "--quiet"], ["timeline", "deepseek"]],
    ids=lambda arguments: arguments[0],
)
def test_every_command_refuses_a_newer_database_with_one_sentence(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newstone.toml").write_text("[crawl]\n", encoding="utf-8")
    (tmp_path / "sources").mkdir()
    for path in (tmp_path / "data" / "writer.duckdb", tmp_path / "newstone.duckdb"):
        unpack(10, path)
        connection = duckdb.connect(str(path))
        connection.execute("INSERT INTO schema_version VALUES (999, '0999_future.sql', '2030-01-01')")
        connection.close()
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(tmp_path / "newstone.toml"), *arguments])
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "has schema 999, this newstone knows up to" in said
    assert "update newstone to open it" in said
    assert len(said.strip().splitlines()) == 1


def test_released_migrations_never_change() -> None:
    released = (VERSIONS / "released.sha256").read_text(encoding="utf-8").splitlines()
    sums = {name: sha256 for sha256, name in (line.split() for line in released)}
    assert len(sums) >= max(RELEASED)
    now = {step.name: hashlib.sha256(step.sql.encode()).hexdigest() for step in load_migrations()}
    assert {name: now.get(name) for name in sums} == sums


def test_every_stored_database_is_tested() -> None:
    stored = {path.name for path in VERSIONS.glob("*.duckdb.xz")}
    assert stored == {f"schema{version:04d}.duckdb.xz" for version in RELEASED}
