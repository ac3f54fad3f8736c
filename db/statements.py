"""The statements of ``queries/``, and the records that their rows become."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, TypeVar, cast

from db.snapshot import Snapshot
from db.times import from_stored
from pipelines.records import Mention, Where

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_SQL_NAMES = {"where": "place", "start": "surface_start", "end": "surface_end"}
"""Columns of the fields whose names are reserved words in SQL."""

_OF_THEME = "AND {table}.revision_id IN (SELECT h.revision_id FROM article_theme h WHERE h.theme = $theme)"

_Record = TypeVar("_Record", bound="DataclassInstance")


def load_statement(name: str, **places: str) -> str:
    """Give a statement of ``queries/``; each ``{place}`` that it marks is filled with the SQL of that name."""
    text = resources.files("db").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    for place, sql in places.items():
        text = text.replace(f"{{{place}}}", sql)
    return text


def columns_of(record: "type[DataclassInstance]", table: str = "") -> str:
    """Give the columns of a record, in the order of its fields; ``table`` is the name that they are of."""
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{_SQL_NAMES.get(field.name, field.name)}"' for field in fields(record))


def of_theme(theme: str | None, table: str = "c") -> str:
    """Give the further condition that rows with a revision have the theme ``$theme``; None is no condition."""
    return "" if theme is None else _OF_THEME.replace("{table}", table)


def named_theme(theme: str | None) -> dict[str, object]:
    """Give the parameter of :func:`of_theme`, or none."""
    return {} if theme is None else {"theme": theme}


def fetch_records(
    snapshot: Snapshot,
    record: type[_Record],
    sql: str,
    parameters: Sequence[object] | Mapping[str, object] = (),
) -> list[_Record]:
    """Run a statement and give its rows as records.

    Its columns are in the order of the fields; where it says ``{columns}``, they are filled in.
    """
    rows = snapshot.fetch(sql.replace("{columns}", columns_of(record)), parameters)
    return [to_record(record, row) for row in rows]


def to_record(record: type[_Record], row: Sequence[object]) -> _Record:
    """Make a record of a row: timestamps become aware and UTC, lists tuples."""
    return record(*(_value(value) for value in row))


def to_mention(row: Sequence[object]) -> Mention:
    """Make a mention of a row with the columns of its fields in their order."""
    values = cast("tuple[str, str, str, str, str, int, int, str, int, int, str, str]", row)
    mention_id, revision_id, entity, where, sentence, begin, stop, surface, start, end, language, version = values
    return Mention(
        mention_id, revision_id, entity, Where(where), sentence, begin, stop, surface, start, end, language, version
    )


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return from_stored(value)
    return tuple(value) if isinstance(value, list) else value
