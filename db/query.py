"""SQL of a person over the snapshot: one SELECT, read-only, without access to files or the network."""

import io
import multiprocessing
import re
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

import duckdb

from db.render import render_csv, render_json, render_table
from db.snapshot import Snapshot, open_snapshot
from pipelines.errors import NewstoneError, QueryError
from pipelines.files import sync_file

DEFAULT_MEMORY = "1GB"
"""Memory that a query may use, as DuckDB writes sizes: leaves room for a run on a machine of 4 GB."""

DEFAULT_TIMEOUT_SECONDS = 60.0
"""Longest a query may take: the macros take under a second for 100,000 articles, so a minute is a mistake."""

_GRACE_SECONDS = 10.0
"""Time on top of the limit for the process to start and to stop by itself, before it is ended."""

_MEMORY_BESIDE_BYTES = 1 << 30
"""Memory of the process beside twice that of the query: Python, thread stacks and the rendered result."""

_ROWS_AT_ONCE = 10_000  # rows of a result that are Python objects at one time


class QueryFormat(StrEnum):
    """How a result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A result: ``text`` is the rendered result, "" where it went to a file."""

    columns: tuple[str, ...]
    n_rows: int
    text: str


def run_query(
    path: Path,
    sql: str,
    *,
    format: QueryFormat = QueryFormat.TABLE,  # noqa: A002 - the name of the option
    out: Path | None = None,
    max_memory: str = DEFAULT_MEMORY,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> QueryResult:
    """Run one SELECT of a person over the snapshot and render it, or write it to ``out``.

    It runs in a process of its own, which costs about 0.3 s: DuckDB neither counts nor interrupts the making of a
    single value (``range(1000000000)``), so only an end from outside keeps the limits of memory and time.

    JSON is a list of objects, timestamps are ISO 8601 with Z. In CSV a text that a spreadsheet would run as a formula
    (it begins with = + - @, their full-width forms, a tab or a line break) is preceded by an apostrophe; numbers stay
    numbers. Parquet needs ``out`` and does not pass through Python. The file appears whole or not at all.

    Raises:
        QueryError: not one SELECT, refused by DuckDB, out of memory, out of time, or parquet without ``out``.
        StoreError: there is no snapshot.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    arguments = (sender, path, sql, format, out, max_memory, timeout_seconds)
    process = context.Process(target=_answer_into, args=arguments, daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(timeout_seconds + _GRACE_SECONDS):
            raise QueryError(_too_slow(timeout_seconds))
        answer: QueryResult | NewstoneError = receiver.recv()
    except EOFError as error:
        process.join()
        if process.exitcode == 1:
            raise QueryError("the query failed in a way nobody foresaw, see above; report it with the SQL") from error
        raise QueryError(_TOO_LARGE) from error  # aborted, or ended by the system
    finally:
        process.kill()
        process.join()
        receiver.close()
        if out is not None and out.parent.is_dir():
            _unfinished(out).unlink(missing_ok=True)
    if isinstance(answer, NewstoneError):
        raise answer
    return answer


def _answer_into(
    sender: Connection,
    path: Path,
    sql: str,
    form: QueryFormat,
    out: Path | None,
    max_memory: str,
    timeout_seconds: float,
) -> None:
    answer: QueryResult | NewstoneError
    try:
        most = 2 * _bytes_of(max_memory) + _MEMORY_BESIDE_BYTES
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard < 0 else min(most, hard), hard))
        answer = answer_query(path, sql, format=form, out=out, max_memory=max_memory, timeout_seconds=timeout_seconds)
    except NewstoneError as error:
        answer = error
    except MemoryError:
        answer = QueryError(_TOO_LARGE)
    sender.send(answer)


def answer_query(
    path: Path,
    sql: str,
    *,
    format: QueryFormat = QueryFormat.TABLE,  # noqa: A002 - the name of the option
    out: Path | None = None,
    max_memory: str = DEFAULT_MEMORY,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> QueryResult:
    """Do what run_query does in this process, whose memory and time only DuckDB itself limits.

    Raises:
        QueryError: as in run_query.
        StoreError: there is no snapshot.
    """
    if format is QueryFormat.PARQUET and out is None:
        raise QueryError("parquet is a binary format; give a file to write it to")
    if out is not None and not out.parent.is_dir():
        raise QueryError(f"the folder {out.parent} does not exist; make it first")
    with open_snapshot(path) as snapshot, _explained(timeout_seconds):
        statement = _single_select(snapshot, sql)
        if out is None:
            _lock_down(snapshot, max_memory, None)
            sink = io.StringIO()
            with _time_limit(snapshot, timeout_seconds):
                columns, n_rows = _write_text(snapshot, statement, format, sink)
            return QueryResult(columns, n_rows, sink.getvalue())
        unfinished = _unfinished(out)
        try:
            if format is QueryFormat.PARQUET:
                _lock_down(snapshot, max_memory, unfinished)
                with _time_limit(snapshot, timeout_seconds):
                    columns, n_rows = _write_parquet(snapshot, statement, unfinished)
            else:
                _lock_down(snapshot, max_memory, None)
                with (
                    unfinished.open("w", encoding="utf-8", newline="") as file,
                    _time_limit(snapshot, timeout_seconds),
                ):
                    columns, n_rows = _write_text(snapshot, statement, format, file)
            sync_file(unfinished)
            unfinished.replace(out)
        finally:
            unfinished.unlink(missing_ok=True)
        return QueryResult(columns, n_rows, "")


_TOO_LARGE = "the query needs more memory than it may use; narrow it or allow more"


def _too_slow(seconds: float) -> str:
    return f"the query took longer than {seconds:g} s; narrow it or allow more time"


def _unfinished(out: Path) -> Path:
    return out.with_name(f".{out.name}.tmp").resolve()


_SIZE = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<prefix>[kmgt]?)(?P<binary>i?)b?(?:ytes?)?\s*", re.IGNORECASE)


def _bytes_of(size: str) -> int:
    """Give the bytes of a size as DuckDB writes it ("1GB", "512 MiB").

    Raises:
        QueryError: it is no such size.
    """
    match = _SIZE.fullmatch(size)
    if match is None:
        raise QueryError(f"{size!r} is no size of memory; write it like 512MB or 2GB")
    step = 1024 if match["binary"] else 1000
    return int(float(match["number"]) * step ** " kmgt".index(match["prefix"].lower() or " "))


def _single_select(snapshot: Snapshot, sql: str) -> str:
    statements = snapshot.connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"give one SELECT, not {len(statements)} statements")
    kind = statements[0].type
    if kind is duckdb.StatementType.MULTI:  # a PIVOT that must look into the data first is two statements inside
        raise QueryError("name the values of a PIVOT here, as in PIVOT t ON language IN ('de', 'en') USING count(*)")
    if kind is not duckdb.StatementType.SELECT:
        raise QueryError(f"only SELECT is allowed here, not {kind.name}; the snapshot is read-only")
    return statements[0].query


def _lock_down(snapshot: Snapshot, max_memory: str, writable: Path | None) -> None:
    connection = snapshot.connection
    connection.execute("SET max_memory = ?", [max_memory])
    connection.execute("SET temp_directory = ''")  # a query that does not fit into memory fails; it fills no disk
    connection.execute("SET python_enable_replacements = false")  # names never mean variables of this program
    connection.execute("SET allow_community_extensions = false")
    if writable is not None:
        connection.execute("SET allowed_paths = ?", [[str(writable)]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _write_parquet(snapshot: Snapshot, statement: str, target: Path) -> tuple[tuple[str, ...], int]:
    # as a view, so that whatever stands at the end of the statement (a comment, a semicolon) stays its own affair
    snapshot.connection.execute(f"CREATE TEMP VIEW result_of_person AS {statement}")
    described = snapshot.connection.execute("DESCRIBE result_of_person").fetchall()
    quoted = str(target).replace("'", "''")
    copied = snapshot.connection.execute(
        f"COPY result_of_person TO '{quoted}' (FORMAT parquet, USE_TMP_FILE false)"
    ).fetchall()
    return tuple(str(row[0]) for row in described), int(copied[0][0])


def _write_text(snapshot: Snapshot, statement: str, form: QueryFormat, sink: TextIO) -> tuple[tuple[str, ...], int]:
    cursor = snapshot.connection.execute(statement)
    columns = tuple(str(column[0]) for column in cursor.description or ())
    write = {QueryFormat.CSV: render_csv, QueryFormat.JSON: render_json}.get(form, render_table)
    return columns, write(columns, _batches(cursor), sink)


def _batches(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield from rows


@contextmanager
def _time_limit(snapshot: Snapshot, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, snapshot.connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def _explained(timeout_seconds: float) -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException as error:
        raise QueryError(_too_slow(timeout_seconds)) from error
    except duckdb.OutOfMemoryException as error:
        reason = str(error).partition("\n")[0]  # the advice below it names settings that are locked here
        raise QueryError(f"{_TOO_LARGE}: {reason}") from error
    except OSError as error:
        name = error.filename2 or error.filename
        message = f"{name} cannot be written ({error.strerror}); give another file"
        raise QueryError(message) from error
    except duckdb.Error as error:
        raise QueryError(f"DuckDB refused the query: {error}") from error
