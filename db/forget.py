"""Takedowns, second half: how the selected pages go.

What is left of a page is its tombstone: URL, source, time and attempt, with the outcome ``forgotten``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from db.forget_selection import DOOMED_LABELS, TakedownPlan
from db.part_ledger import Replacement, record_replacement
from db.times import from_stored, to_stored
from db.writer import Writer
from pipelines.ids import stable_id
from pipelines.outcomes import Outcome
from pipelines.records import Page
from pipelines.rewriting import FORGOTTEN_DETAIL, tombstone_of


def tombstones_in(writer: Writer, part: str) -> list[tuple[str, Page]]:
    """Give the selected pages that stand under one part: page_id and tombstone."""
    rows = writer.fetch(
        "SELECT p.page_id, p.url, p.source_id, p.fetched_at, f.attempt FROM page p"
        " JOIN forgetting_page f ON f.page_id = p.page_id WHERE p.part = ? ORDER BY p.record_offset",
        [part],
    )
    found = []
    for identifier, url, source_id, fetched_at, attempt in cast("list[tuple[str, str, str, datetime, int]]", rows):
        page = Page(url=url, final_url=url, source_id=source_id, fetched_at=from_stored(fetched_at), attempt=attempt)
        found.append((identifier, tombstone_of(page)))
    return found


def apply_takedown(
    writer: Writer,
    plan: TakedownPlan,
    replacements: Sequence[Replacement],
    added: Sequence[tuple[str, str, int]],
    now: datetime,
    run_id: str,
) -> None:
    """Remove what was planned, in one transaction: parts, texts, what was found in them, and facts of the pages.

    ``added`` are pages whose old part has no file: page_id, new part and offset of their tombstones.

    Raises:
        StoreError: a page has no place in its new part; nothing was changed.
    """
    with writer.transaction():
        for replacement in replacements:
            record_replacement(writer, replacement, now, run_id)
        _place_tombstones(writer, added)
        removal_id = stable_id(run_id, plan.takedown.by.value, plan.takedown.selected)
        takedown = plan.takedown
        counts = (len(plan.keys), plan.n_pages, len(plan.revision_ids), plan.n_mentions, plan.n_scores, plan.n_labels)
        values = (
            removal_id,
            to_stored(now),
            takedown.by.value,
            takedown.selected,
            takedown.reason or None,
            *counts,
            run_id,
        )
        marks = ", ".join("?" * len(values))
        writer.connection.execute(f"INSERT INTO removal VALUES ({marks})", list(values))  # noqa: S608 - marks only
        writer.connection.execute(
            "INSERT INTO forgotten_url SELECT DISTINCT url, ? FROM ("
            "SELECT key AS url FROM forgetting_key UNION SELECT url FROM forgetting_page"
            " UNION SELECT canonical_url FROM revision"
            " WHERE revision_id IN (SELECT revision_id FROM forgetting_revision))"
            " WHERE url NOT IN (SELECT url FROM forgotten_url)",
            [removal_id],
        )
        _delete_texts(writer)
        _entomb_pages(writer)


def _place_tombstones(writer: Writer, added: Sequence[tuple[str, str, int]]) -> None:
    columns = [list(column) for column in zip(*added, strict=True)] or [[], [], []]
    writer.connection.execute(
        "UPDATE page SET part = a.part, record_offset = a.begins FROM ("
        "SELECT unnest(?::VARCHAR[]) AS page_id, unnest(?::VARCHAR[]) AS part, unnest(?::BIGINT[]) AS begins"
        ") a WHERE page.page_id = a.page_id",
        columns,
    )


def _delete_texts(writer: Writer) -> None:
    mine = "revision_id IN (SELECT revision_id FROM forgetting_revision)"
    writer.connection.execute(f"DELETE {DOOMED_LABELS}")
    writer.connection.execute(
        f"DELETE FROM score WHERE mention_id IN (SELECT mention_id FROM mention WHERE {mine})"  # noqa: S608
    )
    for table in ("mention", "match_done", "theme_hit", "theme_done", "text_pruned", "revision"):
        writer.connection.execute(f"DELETE FROM {table} WHERE {mine}")  # noqa: S608 - our own names
    writer.connection.execute("DELETE FROM body_pruned WHERE page_id IN (SELECT page_id FROM forgetting_page)")


def _entomb_pages(writer: Writer) -> None:
    """Leave of the selected pages what their tombstones say."""
    writer.connection.execute(
        "UPDATE extraction SET page_id = f.tombstone_id, outcome = $outcome, detail = $detail, revision_id = NULL,"
        " language = NULL, language_confidence = NULL, published_at = NULL, published_basis = NULL,"
        " published_raw = NULL,"
        " published_has_time = NULL, authors = NULL, body_kind = NULL, site_name = NULL, notes = NULL"
        " FROM forgetting_page f WHERE extraction.page_id = f.page_id",
        {"outcome": Outcome.FORGOTTEN.value, "detail": FORGOTTEN_DETAIL},
    )
    writer.connection.execute(
        "UPDATE page SET page_id = f.tombstone_id, attempt = f.attempt, final_url = page.url, http_status = NULL,"
        " content_type = NULL,"
        " body_bytes = 0, body_sha256 = NULL, fetch_outcome = $outcome, fetch_detail = $detail, retries = 0,"
        " elapsed_seconds = 0, feed_title = NULL, feed_published_raw = NULL, feed_author = NULL, feed_language = NULL,"
        " found_in = NULL, found_by = NULL, rights_reserved = NULL, rights_policy_url = NULL, rights_signals = []"
        " FROM forgetting_page f WHERE page.page_id = f.page_id",
        {"outcome": Outcome.FORGOTTEN.value, "detail": FORGOTTEN_DETAIL},
    )
