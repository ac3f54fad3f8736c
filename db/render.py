"""Rows as text: a table for a terminal, CSV that no spreadsheet runs, JSON."""

import csv
import itertools
import json
import math
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TextIO

MAX_TABLE_ROWS = 200
"""Rows of a table: more do not fit into a terminal anyone reads; the rest is counted."""

MAX_CELL_COLUMNS = 60
"""Width of a table cell in terminal columns; longer texts end in an ellipsis."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, "CSV Injection"


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], sink: TextIO) -> int:
    """Write CSV (RFC 4180) with a header; lists and structures are JSON, NULL is empty. Gives the number of rows."""
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow([_disarmed(name) for name in columns])
    n = 0
    for n, row in enumerate(rows, start=1):  # noqa: B007 - the number of the last row
        writer.writerow([_csv_cell(value) for value in row])
    return n


def render_json(columns: Sequence[str], rows: Iterable[Sequence[object]], sink: TextIO) -> int:
    """Write a JSON list with one object a row; timestamps are ISO 8601 with Z, values that are no number are null.

    Of columns with one name all are kept: the second is called name_2. Gives the number of rows.
    """
    names = _distinct(columns)
    sink.write("[")
    n = 0
    for n, row in enumerate(rows, start=1):
        sink.write(",\n " if n > 1 else "")
        sink.write(
            json.dumps({name: _plain(value) for name, value in zip(names, row, strict=True)}, ensure_ascii=False)
        )
    sink.write("]\n")
    return n


def render_table(columns: Sequence[str], rows: Iterable[Sequence[object]], sink: TextIO) -> int:
    """Write a table for a terminal of MAX_TABLE_ROWS rows at most; wide characters count as two columns.

    Gives the number of rows, those that are only counted included.
    """
    remaining = iter(rows)
    first = list(itertools.islice(remaining, MAX_TABLE_ROWS))
    n_more = sum(1 for _ in remaining)
    shown = [[_table_cell(value) for value in row] for row in first]
    heads = [_shortened(_visible(name)) for name in columns]
    widths = [max([_width(head), *(_width(row[i]) for row in shown)]) for i, head in enumerate(heads)]
    numeric = [
        any(row[i] is not None for row in first) and all(_is_number(row[i]) or row[i] is None for row in first)
        for i in range(len(heads))
    ]
    lines = [_line(heads, widths, numeric), "  ".join("─" * width for width in widths)]
    lines += [_line(row, widths, numeric) for row in shown]
    if n_more:
        lines.append(f"… {n_more} more rows")
    sink.write("\n".join(line.rstrip() for line in lines) + "\n")
    return len(first) + n_more


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = []
    for cell, width, right in zip(cells, widths, numeric, strict=True):
        space = " " * (width - _width(cell))
        padded.append(space + cell if right else cell + space)
    return "  ".join(padded)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else not unicodedata.combining(sign) for sign in text)


def _visible(text: str) -> str:
    # control characters of a page must not reach the terminal of a person
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _shortened(text: str) -> str:
    if len(text) <= MAX_CELL_COLUMNS // 2 or _width(text) <= MAX_CELL_COLUMNS:
        return text
    kept = text[:MAX_CELL_COLUMNS]
    while _width(kept) > MAX_CELL_COLUMNS - 1:
        kept = kept[:-1]
    return kept + "…"


def _table_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else str(value)
    return _shortened(_visible(_text(value)))


def _csv_cell(value: object) -> object:
    if value is None:
        return ""
    if _is_number(value):
        return value
    return _disarmed(_text(value))


def _disarmed(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _plain(value: object) -> object:
    """Give the JSON value of a DuckDB value."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    return str(value)


def _distinct(columns: Sequence[str]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, n = column, 1
        while name in names:
            n += 1
            name = f"{column}_{n}"
        names.append(name)
    return names
