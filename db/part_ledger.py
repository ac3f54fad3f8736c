"""The ledger of parts where it changes: parts that were written anew under another name, parts that are gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db.times import to_stored
from db.writer import Writer
from pipelines.errors import StoreError
from pipelines.rewriting import RewrittenPart


@dataclass(frozen=True, slots=True)
class Replacement:
    """A part and what is left of it.

    ``is_whole`` is False where only some pages pass to the new part, and the old one is to keep the others: its file is
    gone, or its time is over.
    """

    old: str
    new: RewrittenPart
    detail: str
    is_whole: bool = True


def parts_in_state(writer: Writer, names: Collection[str], *states: str) -> frozenset[str]:
    """Give those of the parts that are in one of the states now."""
    if not names:
        return frozenset()  # the usual answer, and without asking
    rows = writer.fetch(
        "SELECT part FROM part_fate"
        " WHERE part IN (SELECT unnest(?::VARCHAR[])) AND state IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(names), list(states)],
    )
    return frozenset(str(row[0]) for row in rows)


def parts_with_doubles(writer: Writer) -> frozenset[str]:
    """Give the parts with a file that hold more pages than stand under their name: some came in another part, too."""
    rows = writer.fetch(
        "SELECT t.part FROM part_fate t LEFT JOIN (SELECT part, count(*) AS n FROM page GROUP BY part) p"
        " ON p.part = t.part WHERE t.state IN ('done', 'quarantine') AND coalesce(p.n, 0) < t.n_records"
    )
    return frozenset(str(row[0]) for row in rows)


def record_replacement(writer: Writer, replacement: Replacement, now: datetime, run_id: str) -> None:
    """Write down that a part was written anew, and move its pages there; within the caller's transaction.

    The new part counts as done by every extractor that had done the old one.

    Raises:
        StoreError: a page of the old part has no place in the new one.
    """
    old, new = replacement.old, replacement.new
    writer.connection.execute(
        "INSERT INTO part BY NAME SELECT DISTINCT ON (extractor) ? AS part, ? AS sha256, ? AS size_bytes,"
        " ? AS n_records, extractor, processed_at, 'done' AS state, run_id FROM part"
        " WHERE part = ? AND state IN ('done', 'quarantine') ORDER BY extractor, state",
        [new.path.name, new.sha256, new.size_bytes, new.n_records, old],
    )
    writer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE moved AS SELECT unnest(?::BIGINT[]) AS begun, unnest(?::BIGINT[]) AS begins",
        [list(new.moved.keys()), list(new.moved.values())],
    )
    writer.connection.execute(
        "UPDATE page SET part = ?, record_offset = m.begins FROM moved m"
        " WHERE page.part = ? AND page.record_offset = m.begun",
        [new.path.name, old],
    )
    if not replacement.is_whole:
        return
    left = writer.fetch("SELECT count(*), min(url) FROM page WHERE part = ?", [old])[0]
    if left[0]:
        raise StoreError(
            f"part {old} is to be written anew, but {left[0]} of its pages are not in its file (such as {left[1]});"
            " nothing was changed. Restore the part from a backup"
        )
    record_end_of_part(writer, old, "replaced", replacement.detail, now, run_id, replaced_by=new.path.name)


def record_end_of_part(
    writer: Writer, part: str, state: str, detail: str, now: datetime, run_id: str, *, replaced_by: str | None = None
) -> None:
    """Write down that a part is ``replaced`` or ``expired``; within the caller's transaction."""
    writer.connection.execute(
        "INSERT INTO part BY NAME SELECT DISTINCT ON (part) part, sha256, size_bytes, n_records, extractor,"
        " ? AS processed_at, ? AS state, ? AS detail, ? AS run_id, ? AS replaced_by FROM part"
        " WHERE part = ? AND state IN ('done', 'quarantine') ORDER BY part, part.processed_at DESC, extractor DESC",
        [to_stored(now), state, detail, run_id, replaced_by, part],
    )
