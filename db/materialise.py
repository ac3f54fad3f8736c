"""Views of the schema as tables of a snapshot: computed once when it is published, not again by every question."""

from dataclasses import dataclass

from db.writer import Writer


@dataclass(frozen=True, slots=True)
class Materialised:
    """A view that a snapshot holds as a table; ``order_by`` are SQL expressions over its columns.

    The rows lie in that order, so that a question about one entity and some days reads only the blocks in which they
    stand (DuckDB keeps the smallest and largest value of each block of 122,880 rows).
    """

    name: str
    order_by: tuple[str, ...]
    by_entity: bool = False
    """Built some entities at a time; ``order_by`` then begins with the column ``entity``."""


FACTS: tuple[Materialised, ...] = (
    Materialised("page_fate", ("fetched_at", "page_id")),
    Materialised("article_fact", ("published_on", "revision_id")),
)
"""What became of pages and what is known of articles: all that the grouping of stories reads."""

ANSWERS: tuple[Materialised, ...] = (
    Materialised("coverage", ("entity", "published_on", "published_at", "revision_id"), by_entity=True),
    Materialised(
        "sentences",
        ("entity", "published_on", "published_at", "revision_id", "place <> 'title'", "sentence_start", "mention_id"),
        by_entity=True,
    ),
    Materialised("funnel", ("step", "n DESC", "name")),
)
"""What names stories or counts what does; in the order in which they are built, each from the tables before it."""

MATERIALISED = FACTS + ANSWERS

MENTIONS_AT_ONCE = 1_000_000
"""Mentions of the entities that are joined and sorted at once: about a gigabyte, texts and identifiers included."""


def materialise_views(writer: Writer, views: tuple[Materialised, ...] = MATERIALISED) -> None:
    """Replace views of the database in use by tables of the same names, columns, order of columns and comments.

    What reads them (views, macros) finds the tables under the same names. Not in one transaction: killed in between,
    the database is of no use and is to be thrown away. Names and orders of the views are ours. Takes the memory that
    the connection may use and spills the rest to its temporary folder; about 10 seconds for a million mentions
    on two cores.
    """
    for view in views:
        _materialise(writer, view)


def _materialise(writer: Writer, view: Materialised) -> None:
    name, building = _quoted(view.name), _quoted(f"{view.name}_building")
    comments = _comments(writer, view.name)
    order = ", ".join(view.order_by)
    if view.by_entity:
        writer.connection.execute(f"CREATE TABLE {building} AS SELECT * FROM {name} LIMIT 0")  # noqa: S608 - ours
        rows = f"SELECT * FROM {name} WHERE entity BETWEEN $1 AND $2 ORDER BY {order}"  # noqa: S608 - ours
        for first, last in _entity_ranges(writer):
            writer.connection.execute(f"INSERT INTO {building} {rows}", [first, last])
    else:
        writer.connection.execute(f"CREATE TABLE {building} AS SELECT * FROM {name} ORDER BY {order}")  # noqa: S608 - ours
    writer.connection.execute(f"DROP VIEW {name}")
    writer.connection.execute(f"ALTER TABLE {building} RENAME TO {name}")
    for column, comment in comments:
        target = f"TABLE {name}" if column is None else f"COLUMN {name}.{_quoted(column)}"
        text = comment.replace("'", "''")
        writer.connection.execute(f"COMMENT ON {target} IS '{text}'")


def _entity_ranges(writer: Writer) -> list[tuple[str, str]]:
    """Give first and last of the entities that go together, in order; a large one stands alone."""
    ranges: list[tuple[str, str]] = []
    n_together = 0
    for entity, n in writer.fetch("SELECT entity, count(*) FROM mention GROUP BY entity ORDER BY entity"):
        n_together += int(str(n))
        if ranges and n_together <= MENTIONS_AT_ONCE:
            ranges[-1] = (ranges[-1][0], str(entity))
        else:
            ranges.append((str(entity), str(entity)))
            n_together = int(str(n))
    return ranges


def _comments(writer: Writer, view: str) -> list[tuple[str | None, str]]:
    """Give the comments of a view (column None) and its columns."""
    rows = writer.fetch(
        "SELECT NULL, comment FROM duckdb_views()"
        " WHERE database_name = current_database() AND view_name = $1 AND comment IS NOT NULL"
        " UNION ALL SELECT column_name, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND table_name = $1 AND comment IS NOT NULL",
        [view],
    )
    return [(None if column is None else str(column), str(comment)) for column, comment in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
