"""SQL of a person: one SELECT, and nothing that reaches files, the network or the snapshot itself."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest

from db.publish import publish
from db.query import QueryFormat, answer_query, run_query
from db.writer import open_writer
from pipelines.errors import QueryError, StoreError
from tests.db import build


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot that all tests of this file read."""
    folder = tmp_path_factory.mktemp("published")
    store, snapshot_path = folder / "newstone.duckdb", folder / "snapshot.duckdb"
    with open_writer(store) as writer:
        pages = [build.page(f"https://a.example/{i}", f"Acme {i}.", title="=1+1") for i in range(3)]
        build.fill(writer, pages, [0.5, 0.0, -0.5])
    publish(store, snapshot_path, now=build.NOON)
    return snapshot_path


REFUSED = {
    "copy-to": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "copy-from": "COPY page FROM '/etc/passwd'",
    "attach": "ATTACH '{folder}/other.duckdb'",
    "read-csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read-text": "SELECT * FROM read_text('/etc/passwd')",
    "read-blob": "SELECT * FROM read_blob('/etc/passwd')",
    "file-as-table": "SELECT * FROM '/etc/passwd'",
    "csv-as-table": "SELECT * FROM '{folder}/x.csv'",
    "glob": "SELECT * FROM glob('/etc/*')",
    "sniff": "SELECT * FROM sniff_csv('/etc/passwd')",
    "parquet-metadata": "SELECT * FROM parquet_metadata('/etc/passwd')",
    "in-a-subquery": "SELECT (SELECT count(*) FROM read_csv('/etc/passwd'))",
    "through-query": "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "through-query-table": "SELECT * FROM query_table('/etc/passwd')",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "set": "SET enable_external_access = true",
    "reset": "RESET lock_configuration",
    "pragma": "PRAGMA enable_profiling",
    "pragma-assignment": "PRAGMA memory_limit = '100GB'",
    "call": "CALL pragma_version()",
    "export": "EXPORT DATABASE '{folder}/out'",
    "insert": "INSERT INTO page SELECT * FROM page",
    "update": "UPDATE page SET url = ''",
    "delete": "DELETE FROM page",
    "create": "CREATE TABLE x (y INTEGER)",
    "create-temp": "CREATE TEMP TABLE x (y INTEGER)",
    "drop": "DROP VIEW coverage",
    "detach": "DETACH newstone",
    "use": "USE memory",
    "begin": "BEGIN",
    "prepare": "PREPARE p AS SELECT 1",
    "explain-analyze-of-a-copy": "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/out.csv'",
    "http": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "two-statements": "SELECT 1; SELECT 2",
    "select-then-copy": "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
    "bracket-breaking-out": "SELECT 1) TO '{folder}/out.csv'; --",
    "nothing": "  ",
    "only-a-comment": "-- nothing",
    "syntax": "SELEKT 1",
    "unknown-column": "SELECT no_such_column FROM page",
}


@pytest.mark.parametrize("form", [QueryFormat.CSV, QueryFormat.PARQUET], ids=str)
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_no_plain_select_is_refused_and_leaves_no_file(
    published: Path, tmp_path: Path, name: str, form: QueryFormat
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x.csv").write_text("a\n1\n")
    with pytest.raises(QueryError):
        answer_query(published, REFUSED[name].format(folder=folder), format=form, out=folder / "result")
    assert [path.name for path in folder.iterdir()] == ["x.csv"]


ALLOWED = {
    "select": "SELECT url FROM page",
    "from-first": "FROM page",
    "with": "WITH x AS (SELECT 1 AS y) SELECT y FROM x",
    "values": "VALUES (1), (2)",
    "macro": "FROM timeline('acme', '2025-01-01', '2025-01-31', 'day')",
    "trailing-comment": "SELECT 1 AS x; -- that is all",
    "describe": "DESCRIBE coverage",
    "show": "SHOW TABLES",
}


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_what_reads_the_snapshot_is_answered(published: Path, name: str) -> None:
    assert answer_query(published, ALLOWED[name], format=QueryFormat.JSON).n_rows > 0


def test_variables_of_the_program_are_no_tables(published: Path) -> None:
    secret = [1, 2, 3]
    assert len(secret) == 3
    with pytest.raises(QueryError, match="secret"):
        answer_query(published, "SELECT * FROM secret")


def test_a_query_that_takes_too_long_is_stopped(published: Path) -> None:
    endless = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range * b.range % 7 = 3"
    with pytest.raises(QueryError, match=r"longer than 0\.2 s"):
        answer_query(published, endless, timeout_seconds=0.2)


ONE_GREAT_VALUE = {
    "list": "SELECT list_sum(range(1000000000))",
    "text": "SELECT length(repeat('x', 3000000000))",
    "rows": "SELECT unnest(range(300000000))",
}


@pytest.mark.parametrize("name", sorted(ONE_GREAT_VALUE))
def test_one_value_that_duckdb_does_not_count_is_stopped_in_its_own_process(published: Path, name: str) -> None:
    with pytest.raises(QueryError, match=r"memory|longer than"):
        run_query(published, ONE_GREAT_VALUE[name], max_memory="100MB", timeout_seconds=20)


def test_a_query_in_its_own_process_gives_text_files_and_errors_as_here(published: Path, tmp_path: Path) -> None:
    sql, out = "SELECT url FROM page ORDER BY url", tmp_path / "urls.csv"
    assert run_query(published, sql) == answer_query(published, sql)
    assert run_query(published, sql, format=QueryFormat.CSV, out=out).n_rows == 3
    assert len(out.read_text().splitlines()) == 4
    with pytest.raises(QueryError, match="no_such_column"):
        run_query(published, "SELECT no_such_column FROM page")
    with pytest.raises(StoreError, match="newstone nightly"):
        run_query(tmp_path / "none.duckdb", sql)
    assert [path.name for path in tmp_path.iterdir()] == ["urls.csv"]


def test_a_file_that_cannot_be_written_is_named(published: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(QueryError, match=r"taken\.csv cannot be written"):
        run_query(published, "SELECT 1", format=QueryFormat.CSV, out=tmp_path / "taken.csv")
    with pytest.raises(QueryError, match="does not exist"):
        run_query(published, "SELECT 1", format=QueryFormat.CSV, out=published / "x.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.csv"]


def test_a_size_of_memory_that_is_none_is_named(published: Path) -> None:
    with pytest.raises(QueryError, match="'much' is no size"):
        run_query(published, "SELECT 1", max_memory="much")


def test_a_pivot_over_unnamed_values_says_how_to_name_them(published: Path) -> None:
    with pytest.raises(QueryError, match="name the values"):
        answer_query(published, "PIVOT coverage ON language USING count(*)")
    named = "PIVOT coverage ON language IN ('en', 'de') USING count(*) GROUP BY entity"
    assert answer_query(published, named).columns == ("entity", "en", "de")


def test_a_query_that_needs_too_much_memory_is_stopped_and_fills_no_disk(published: Path) -> None:
    with pytest.raises(QueryError, match="memory"):
        answer_query(published, "SELECT list(range) FROM range(50000000)", max_memory="50MB")
    assert sorted(path.name for path in published.parent.iterdir()) == ["newstone.duckdb", "snapshot.duckdb"]


def test_csv_cells_that_a_spreadsheet_would_run_are_disarmed_and_numbers_stay(published: Path) -> None:
    sql = "SELECT '=1+1' a, '+1' b, '-1' c, '＝x' d, -1 e, -0.5::DOUBLE f, 'a,\"b' g, NULL h, ['=x'] i, true j"
    text = answer_query(published, sql, format=QueryFormat.CSV).text
    assert list(csv.reader(io.StringIO(text))) == [
        list("abcdefghij"),
        ["'=1+1", "'+1", "'-1", "'＝x", "-1", "-0.5", 'a,"b', "", '["=x"]', "true"],
    ]


def test_json_has_iso_timestamps_in_utc_and_no_values_that_are_no_numbers(published: Path) -> None:
    sql = (
        "SELECT fetched_at, published_at::DATE AS d, [1, 2] AS l, {'a': 1.5::DECIMAL(4,1)} AS s, 'nan'::DOUBLE AS n,"
        " '深度' AS t, NULL AS z, 1 AS l FROM article JOIN page USING (page_id) LIMIT 1"
    )
    (row,) = json.loads(answer_query(published, sql, format=QueryFormat.JSON).text)
    assert row == {
        "fetched_at": "2025-01-27T12:00:00Z",
        "d": "2025-01-27",
        "l": [1, 2],
        "s": {"a": 1.5},
        "n": None,
        "t": "深度",
        "z": None,
        "l_2": 1,
    }


def test_a_table_aligns_wide_characters_and_shows_no_control_characters(published: Path) -> None:
    text = answer_query(
        published, "SELECT '深度求索' AS name, 1.5 AS n UNION ALL SELECT 'a' || chr(27) || '[31m', 22"
    ).text
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0] == "name         n"
    assert lines[2].startswith("深度求索")
    assert lines[2].endswith("1.5")


def test_parquet_is_written_whole_and_can_be_read_back(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "it's.parquet"
    result = answer_query(published, "SELECT url, attempt FROM page ORDER BY url", format=QueryFormat.PARQUET, out=out)
    assert (result.columns, result.n_rows, result.text) == (("url", "attempt"), 3, "")
    rows = duckdb.connect().execute("SELECT url FROM read_parquet(?) ORDER BY 1", [str(out)]).fetchall()
    assert rows == [(f"https://a.example/{i}",) for i in range(3)]
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_an_existing_file_stays_as_it_is_when_the_query_fails(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "result.parquet"
    out.write_bytes(b"before")
    with pytest.raises(QueryError, match="convert"):
        answer_query(published, "SELECT CAST(url AS INTEGER) FROM page", format=QueryFormat.PARQUET, out=out)
    assert out.read_bytes() == b"before"


def test_parquet_without_a_file_is_refused(published: Path) -> None:
    with pytest.raises(QueryError, match="give a file"):
        answer_query(published, "SELECT 1", format=QueryFormat.PARQUET)


def test_a_folder_that_does_not_exist_is_named(published: Path, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="nowhere does not exist"):
        answer_query(published, "SELECT 1", format=QueryFormat.CSV, out=tmp_path / "nowhere" / "x.csv")


def test_without_a_snapshot_there_is_an_error_that_helps(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="newstone nightly"):
        answer_query(tmp_path / "none.duckdb", "SELECT 1")
