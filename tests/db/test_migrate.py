"""Migrations: applied once, backed up before, refused when newer, and every object commented."""

from pathlib import Path

import duckdb
import pytest

from db.migrate import Migration, load_migrations, read_schema_version
from db.publish import publish
from db.snapshot import open_snapshot
from db.writer import Writer, open_writer
from pipelines.errors import SchemaError, StoreError
from tests.db import build


def test_a_new_database_gets_every_migration_once(store: Path) -> None:
    with open_writer(store) as writer:
        first = writer.fetch("SELECT version, name FROM schema_version ORDER BY version")
    with open_writer(store) as writer:
        second = writer.fetch("SELECT version, name FROM schema_version ORDER BY version")
    assert first == second == [(step.version, step.name) for step in load_migrations()]


def test_an_existing_database_is_backed_up_before_it_is_migrated(store: Path) -> None:
    steps = load_migrations()
    with open_writer(store) as writer:
        build.fill(writer, [build.page("https://a.example/1")], [0.5])
    added = Migration(len(steps) + 1, "9999_more.sql", "CREATE TABLE more (x INTEGER); INSERT INTO more VALUES (1);")

    with open_writer(store, migrations=[*steps, added]) as writer:
        assert writer.fetch("SELECT x FROM more") == [(1,)]

    (backup,) = store.parent.glob("*.bak")
    connection = duckdb.connect(str(backup), read_only=True)
    assert read_schema_version(connection) == len(steps)
    assert connection.execute("SELECT count(*) FROM page").fetchall() == [(1,)]
    connection.close()


def test_no_backup_is_made_where_nothing_is_migrated(store: Path) -> None:
    for _ in range(2):
        with open_writer(store):
            pass
    assert list(store.parent.iterdir()) == [store]


def test_a_migration_that_fails_changes_nothing(store: Path) -> None:
    steps = load_migrations()
    with open_writer(store):
        pass
    broken = Migration(len(steps) + 1, "9999_broken.sql", "CREATE TABLE half (x INTEGER); SELECT no_such_column;")

    with (
        pytest.raises(SchemaError, match=r"9999_broken\.sql failed and changed nothing"),
        open_writer(store, migrations=[*steps, broken]),
    ):
        pass

    with open_writer(store) as writer:
        assert writer.fetch("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'") == [(0,)]


def test_a_database_of_a_newer_newstone_is_refused(store: Path, snapshot_path: Path) -> None:
    with open_writer(store):
        pass
    publish(store, snapshot_path, now=build.NOON)
    for path in (store, snapshot_path):
        connection = duckdb.connect(str(path))
        connection.execute("INSERT INTO schema_version VALUES (999, '0999_future.sql', '2030-01-01')")
        connection.close()

    with pytest.raises(SchemaError, match="schema 999"), open_writer(store):
        pass
    with pytest.raises(SchemaError, match="update newstone"), open_snapshot(snapshot_path):
        pass


def test_a_database_of_somebody_else_is_refused(store: Path) -> None:
    connection = duckdb.connect(str(store))
    connection.execute("CREATE TABLE customers (x INTEGER)")
    connection.close()
    with pytest.raises(SchemaError, match="customers"), open_writer(store):
        pass


def test_a_file_that_is_no_database_is_refused(store: Path) -> None:
    store.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="cannot be opened"), open_writer(store):
        pass


UNCOMMENTED = {
    "tables": "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND comment IS NULL",
    "views": "SELECT view_name FROM duckdb_views()"
    " WHERE database_name = current_database() AND NOT internal AND comment IS NULL",
    "columns": "SELECT table_name || '.' || column_name FROM duckdb_columns()"
    " WHERE database_name = current_database() AND NOT internal AND comment IS NULL",
    "macros": "SELECT function_name FROM duckdb_functions()"
    " WHERE database_name = current_database() AND NOT internal AND comment IS NULL",
}


@pytest.mark.parametrize("kind", sorted(UNCOMMENTED))
def test_every_object_has_a_comment_in_the_database(writer: Writer, kind: str) -> None:
    assert writer.fetch(UNCOMMENTED[kind]) == []


def test_the_snapshot_keeps_every_comment(store: Path, snapshot_path: Path) -> None:
    comments = (
        "SELECT table_name, '', comment FROM duckdb_tables() WHERE database_name = current_database()"
        " UNION ALL SELECT view_name, '', comment FROM duckdb_views()"
        " WHERE database_name = current_database() AND NOT internal"
        " UNION ALL SELECT table_name, column_name, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND NOT internal"
        " UNION ALL SELECT function_name, '', comment FROM duckdb_functions()"
        " WHERE database_name = current_database() AND NOT internal ORDER BY ALL"
    )
    with open_writer(store) as writer:
        written = writer.fetch(comments)
    publish(store, snapshot_path, now=build.NOON)
    with open_snapshot(snapshot_path) as snapshot:
        published = snapshot.fetch(comments)
    assert len(written) > 300
    assert published == written


def test_columns_that_may_be_null_say_when_and_the_others_say_never(writer: Writer) -> None:
    rows = writer.fetch(
        "SELECT table_name || '.' || column_name, is_nullable, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND NOT internal"
        " AND table_name IN (SELECT table_name FROM duckdb_tables())"
    )
    wrong = [
        name
        for name, nullable, comment in rows
        if ("Never NULL" not in str(comment)) != bool(nullable) or "NULL" not in str(comment)
    ]
    assert wrong == []
