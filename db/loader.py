"""Content in: parts with their pages, mentions, scores; and, from :mod:`db.journal`, the records of the work itself.

Every function may be called again with the same rows and then adds nothing. Each call is one transaction: killed in
the middle, it has added nothing. Nothing is ever changed or deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from db.journal import (
    record_feed_checks,
    record_model,
    record_run_end,
    record_run_start,
    record_source_nights,
    record_sources,
    record_stage,
    record_watchlist,
    record_withdrawals,
)
from db.page_rows import (
    EXTRACTION_COLUMNS,
    PAGE_COLUMNS,
    REVISION_COLUMNS,
    check_page,
    extraction_values,
    page_values,
    revision_values,
)
from db.rows import PageRow, PartRecord, PartState
from db.times import to_stored
from db.writer import Writer
from pipelines.errors import StoreError
from pipelines.records import Mention, Score

__all__ = [
    "LoadReport",
    "load_mentions",
    "load_part",
    "load_scores",
    "record_feed_checks",
    "record_model",
    "record_run_end",
    "record_run_start",
    "record_source_nights",
    "record_sources",
    "record_stage",
    "record_watchlist",
    "record_withdrawals",
]

_MENTION_COLUMNS = (
    "mention_id",
    "revision_id",
    "entity",
    "place",
    "sentence",
    "sentence_start",
    "sentence_end",
    "surface",
    "surface_start",
    "surface_end",
    "language",
    "watchlist_version",
    "run_id",
)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Rows that a part added; all zero and ``known`` True where the part had been loaded before."""

    n_pages: int = 0
    n_extractions: int = 0
    n_revisions: int = 0
    known: bool = False


def load_part(writer: Writer, part: PartRecord, pages: Sequence[PageRow]) -> LoadReport:
    """Add a part, its pages and its articles, all at once or not at all.

    A part that this extractor has done is known and adds nothing. A part that had been in quarantine may be done
    later. A page that came in another part before stays with that part. About 0.5 s for 10,000 pages.

    Raises:
        StoreError: outcome and article of a page contradict each other, or the number of pages, with those that were
            left, is not ``n_records``.
    """
    if part.state is PartState.DONE and len(pages) + part.n_left != part.n_records:
        left = f" and {part.n_left} left" if part.n_left else ""
        raise StoreError(f"part {part.name} has {part.n_records} records but {len(pages)} pages were given{left}")
    for row in pages:
        check_page(row)
    columns = (
        "part",
        "sha256",
        "size_bytes",
        "n_records",
        "extractor",
        "processed_at",
        "state",
        "detail",
        "run_id",
    )
    ledger = (
        part.name,
        part.sha256,
        part.size_bytes,
        part.n_records,
        part.extractor,
        to_stored(part.processed_at),
        part.state.value,
        part.detail or None,
        part.run_id,
    )
    with writer.transaction():
        done = writer.fetch(
            "SELECT 1 FROM part WHERE part = ? AND extractor = ? AND state IN (?, 'done')",
            [part.name, part.extractor, part.state.value],
        )
        if done:
            return LoadReport(known=True)
        writer.insert_new("part", columns, ("part", "extractor", "state"), [ledger])
        revisions = [values for row in pages if (values := revision_values(row, part)) is not None]
        return LoadReport(
            n_pages=writer.insert_new("page", PAGE_COLUMNS, ("page_id",), [page_values(row, part) for row in pages]),
            n_extractions=writer.insert_new(
                "extraction",
                EXTRACTION_COLUMNS,
                ("page_id", "extractor"),
                [extraction_values(row, part) for row in pages],
            ),
            n_revisions=writer.insert_new("revision", REVISION_COLUMNS, ("revision_id",), revisions),
        )


def load_mentions(
    writer: Writer, watchlist_version: str, results: Sequence[tuple[str, Sequence[Mention]]], run_id: str
) -> int:
    """Add what was found in revisions, also where nothing was; gives how many mentions were added.

    ``results`` holds a revision_id and its mentions. A revision that is in the ledger for this watchlist adds nothing.

    Raises:
        StoreError: a mention belongs to another revision or watchlist than it is given for.
    """
    for revision_id, mentions in results:
        for mention in mentions:
            if mention.revision_id != revision_id or mention.watchlist_version != watchlist_version:
                raise StoreError(
                    f"mention {mention.mention_id} of revision {mention.revision_id}, watchlist"
                    f" {mention.watchlist_version} was given for revision {revision_id}, watchlist {watchlist_version}"
                )
    with writer.transaction():
        known = {
            row[0]
            for row in writer.fetch(
                "SELECT revision_id FROM match_done WHERE watchlist_version = ?"
                " AND revision_id IN (SELECT unnest(?::VARCHAR[]))",
                [watchlist_version, [revision_id for revision_id, _ in results]],
            )
        }
        fresh = {revision_id: mentions for revision_id, mentions in results if revision_id not in known}
        distinct = {key: {m.mention_id: m for m in mentions} for key, mentions in fresh.items()}
        writer.insert_new(
            "match_done",
            ("revision_id", "watchlist_version", "n_mentions", "run_id"),
            ("revision_id", "watchlist_version"),
            [(key, watchlist_version, len(mentions), run_id) for key, mentions in distinct.items()],
        )
        rows = [
            (
                m.mention_id,
                m.revision_id,
                m.entity,
                m.where.value,
                m.sentence,
                m.sentence_start,
                m.sentence_end,
                m.surface,
                m.start,
                m.end,
                m.language,
                m.watchlist_version,
                run_id,
            )
            for mentions in distinct.values()
            for m in mentions.values()
        ]
        return writer.insert_new("mention", _MENTION_COLUMNS, ("mention_id", "watchlist_version"), rows)


def load_scores(writer: Writer, scores: Sequence[Score], run_id: str) -> int:
    """Add scores; one is known by mention and model revision. Gives how many were added."""
    columns = (
        "mention_id",
        "model_id",
        "model_revision",
        "outcome",
        "p_negative",
        "p_neutral",
        "p_positive",
        "run_id",
    )
    rows = [
        (
            score.mention_id,
            score.model_id,
            score.model_revision,
            score.outcome.value,
            score.p_negative,
            score.p_neutral,
            score.p_positive,
            run_id,
        )
        for score in scores
    ]
    with writer.transaction():
        return writer.insert_new("score", columns, ("mention_id", "model_id", "model_revision"), rows)
