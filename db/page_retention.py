"""What is no longer kept of pages: bodies of reserved texts, and parts whose time is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from db.part_ledger import Replacement, record_end_of_part, record_replacement
from db.retention import Amount, KeepRules
from db.statements import load_statement
from db.times import to_stored
from db.writer import Writer


@dataclass(frozen=True, slots=True)
class OldPart:
    """A part whose time is over. ``n_tombstones`` of its pages were taken down and outlive it."""

    name: str
    size_bytes: int
    n_tombstones: int
    reason: str


OLD = "older than retention.pages_days"
DAMAGED_RESERVED = "damaged, and its reserved pages are older than retention.reserved_days"


def choose_bodies(writer: Writer, rules: KeepRules, apart: frozenset[str] = frozenset()) -> Amount:
    """Choose the page bodies that go because their text is reserved, after :func:`~db.retention.choose_texts`.

    Only those in parts that are done and not among ``apart``. Bytes are those of the unpacked bodies.
    """
    if rules.reserved_keep == "full":
        writer.connection.execute(
            "CREATE OR REPLACE TEMP TABLE doomed_body (page_id VARCHAR, part VARCHAR, body_bytes BIGINT)"
        )
        return Amount()
    writer.connection.execute(
        load_statement("doomed_bodies"), {"reserved_until": to_stored(rules.reserved_until), "apart": sorted(apart)}
    )
    row = writer.fetch("SELECT count(*), coalesce(sum(body_bytes), 0) FROM doomed_body")[0]
    return Amount(int(str(row[0])), int(str(row[1])))


def bodies_by_part(writer: Writer) -> dict[str, frozenset[str]]:
    """Give the pages whose bodies were chosen, by part."""
    rows = writer.fetch("SELECT part, list(page_id) FROM doomed_body GROUP BY part ORDER BY part")
    return {str(part): frozenset(cast("list[str]", pages)) for part, pages in rows}


def record_bodies(writer: Writer, replacement: Replacement, now: datetime, run_id: str) -> None:
    """Write down in one transaction that a part was written anew without the chosen bodies."""
    with writer.transaction():
        record_replacement(writer, replacement, now, run_id)
        writer.connection.execute(
            "INSERT INTO body_pruned SELECT d.page_id, 'reserved', ?, ? FROM doomed_body d"
            " WHERE d.part = ? AND d.page_id NOT IN (SELECT page_id FROM body_pruned)",
            [to_stored(now), run_id, replacement.old],
        )


def old_parts(writer: Writer, rules: KeepRules) -> list[OldPart]:
    """Give the parts, damaged ones too, of which every page was fetched before the limit.

    Those of tombstones alone are never old. One under whose name no page stands (none could be read, or all came in
    another part) is as old as its row in the ledger. A damaged part cannot be written anew without the bodies of its
    reserved pages, so it goes as a whole when their time is over.
    """
    pages_until = None if rules.pages_until is None else to_stored(rules.pages_until)
    reserved_until = None if rules.reserved_keep == "full" else to_stored(rules.reserved_until)
    rows = writer.fetch(
        "SELECT f.part, f.size_bytes, count(*) FILTER (p.fetch_outcome = 'forgotten'),"
        " coalesce(coalesce(max(p.fetched_at), f.processed_at) <= CAST($1 AS TIMESTAMP), FALSE) AS is_old,"
        " f.state = 'quarantine'"
        " AND coalesce(bool_or(p.rights_reserved AND p.fetched_at <= CAST($2 AS TIMESTAMP)), FALSE) AS is_reserved"
        " FROM part_fate f LEFT JOIN page p ON p.part = f.part WHERE f.state IN ('done', 'quarantine')"
        " GROUP BY f.part, f.size_bytes, f.processed_at, f.state"
        " HAVING (is_old OR is_reserved) AND bool_or(p.fetch_outcome IS DISTINCT FROM 'forgotten') ORDER BY f.part",
        [pages_until, reserved_until],
    )
    return [
        OldPart(str(part), int(str(size)), int(str(n)), OLD if is_old else DAMAGED_RESERVED)
        for part, size, n, is_old, _ in rows
    ]


def record_expiry(writer: Writer, part: OldPart, rest: Replacement | None, now: datetime, run_id: str) -> None:
    """Write down in one transaction that a part is expired; ``rest`` is the part with its tombstones, if it had any."""
    with writer.transaction():
        if rest is not None:
            record_replacement(writer, rest, now, run_id)
        record_end_of_part(writer, part.name, "expired", part.reason, now, run_id)
