"""The journal: runs, stages, sources, feeds, watchlists and models. See :mod:`db.loader` for the content.

Every function may be called again with the same rows and then adds nothing. Each call is one transaction.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import cast

from db.rows import ModelRow, RunEnd, RunStart, SourceRow, StageRun, WatchlistRow
from db.times import to_stored, to_stored_after
from db.writer import Writer
from pipelines.records import FeedCheck, SourceNight

_FEED_CHECK_COLUMNS = (
    "source_id",
    "url",
    "kind",
    "fetched_at",
    "outcome",
    "http_status",
    "n_items",
    "n_new",
    "newest_item_at",
    "detail",
    "run_id",
)


def record_run_start(writer: Writer, run: RunStart) -> None:
    """Record that a run began."""
    row = (
        run.run_id,
        run.command,
        to_stored(run.started_at),
        run.version,
        run.config_hash,
        run.pid,
        run.host or None,
    )
    columns = ("run_id", "command", "started_at", "version", "config_hash", "pid", "host")
    with writer.transaction():
        writer.insert_new("run", columns, ("run_id",), [row])


def record_run_end(writer: Writer, end: RunEnd) -> None:
    """Record how a run ended; the first end of a run counts."""
    row = (end.run_id, to_stored(end.ended_at), end.state.value, end.detail or None)
    with writer.transaction():
        writer.insert_new("run_end", ("run_id", "ended_at", "state", "detail"), ("run_id",), [row])


def record_stage(writer: Writer, stage: StageRun) -> None:
    """Record one stage of a run; a stage may run several times in one run, told apart by its start."""
    columns = (
        "run_id",
        "stage",
        "started_at",
        "ended_at",
        "n_in",
        "n_out",
        "counts",
        "elapsed_seconds",
        "peak_memory_bytes",
    )
    row = (
        stage.run_id,
        stage.stage,
        to_stored(stage.started_at),
        to_stored(stage.ended_at),
        stage.n_in,
        stage.n_out,
        json.dumps(dict(stage.counts), sort_keys=True),
        stage.elapsed_seconds,
        stage.peak_memory_bytes,
    )
    with writer.transaction():
        writer.insert_new("stage_run", columns, ("run_id", "stage", "started_at"), [row])


def record_sources(writer: Writer, sources: Sequence[SourceRow], recorded_at: datetime) -> int:
    """Add a row for each source whose file is new or changed; gives how many.

    What changed is dated after every page that was read before, also where the clock was set back: the time tells under
    which file a page was read (:mod:`db.extractors`).
    """
    columns = (
        "source_id",
        "version",
        "name",
        "language",
        "country",
        "medium",
        "company",
        "zone",
        "homepage",
        "enabled",
        "recorded_at",
    )
    with writer.transaction():
        rows_now = writer.fetch("SELECT source_id, version, recorded_at FROM current_source")
        known = {
            source_id: (version, at) for source_id, version, at in cast("list[tuple[str, str, datetime]]", rows_now)
        }
        changed = [source for source in sources if known.get(source.source_id, ("", ""))[0] != source.version]
        newest = {source_id: at for source_id, (_, at) in known.items()}
        if any(source.source_id in known for source in changed):
            last_read = cast("datetime | None", writer.fetch("SELECT max(extracted_at) FROM extraction")[0][0])
            newest = {source_id: max(at, last_read or at) for source_id, at in newest.items()}
        rows = [
            (
                source.source_id,
                source.version,
                source.name,
                source.language,
                source.country or None,
                source.medium,
                source.company or None,
                source.zone,
                source.homepage or None,
                source.enabled,
                to_stored_after(recorded_at, newest.get(source.source_id)),
            )
            for source in changed
        ]
        return writer.insert_new("source", columns, ("source_id", "version", "recorded_at"), rows)


def record_withdrawals(writer: Writer, source_ids: Collection[str], recorded_at: datetime) -> int:
    """Switch off the sources that have no file any more; ``source_ids`` are those that have. Gives how many.

    They get a row with the version "withdrawn": a file that comes back is another version.
    """
    sql = """
        INSERT INTO source BY NAME
        SELECT * EXCLUDE (earned) REPLACE (
            'withdrawn' AS version, FALSE AS enabled,
            greatest(CAST($1 AS TIMESTAMP), recorded_at + INTERVAL 1 MICROSECOND) AS recorded_at
        )
        FROM current_source
        WHERE enabled AND NOT list_contains(CAST($2 AS VARCHAR[]), source_id)
        RETURNING source_id
    """
    with writer.transaction():
        return len(writer.fetch(sql, [to_stored(recorded_at), list(source_ids)]))


def record_feed_checks(writer: Writer, checks: Sequence[FeedCheck], run_id: str) -> int:
    """Add requests for feeds; one is known by source, URL and time. Gives how many were added."""
    rows = [
        (
            check.source_id,
            check.url,
            check.kind,
            to_stored(check.fetched_at),
            check.outcome.value,
            check.status,
            check.n_items,
            check.n_new,
            None if check.newest_item_at is None else to_stored(check.newest_item_at),
            check.detail or None,
            run_id,
        )
        for check in checks
    ]
    with writer.transaction():
        return writer.insert_new("feed_check", _FEED_CHECK_COLUMNS, ("source_id", "url", "fetched_at"), rows)


def record_source_nights(writer: Writer, nights: Sequence[SourceNight], run_id: str) -> int:
    """Add what crawls did for their sources; known by crawl and source. Gives how many rows were added."""
    columns = (
        "source_id",
        "crawl_id",
        "started_at",
        "n_requests",
        "n_retries",
        "n_429",
        "n_503",
        "received_bytes",
        "n_pages",
        "outcomes",
        "n_pending",
        "elapsed_seconds",
        "run_id",
    )
    rows = [
        (
            night.source_id,
            night.crawl_id,
            to_stored(night.started_at),
            night.requests,
            night.retries,
            night.n_429,
            night.n_503,
            night.bytes_received,
            night.handed_over,
            json.dumps(dict(night.outcomes), sort_keys=True),
            night.pending,
            night.elapsed_seconds,
            run_id,
        )
        for night in nights
    ]
    with writer.transaction():
        return writer.insert_new("source_night", columns, ("crawl_id", "source_id"), rows)


def record_watchlist(writer: Writer, watchlist: WatchlistRow, recorded_at: datetime) -> bool:
    """Make a watchlist the current one; False where it already is."""
    entities = [(watchlist.version, entity.entity, entity.name, entity.role) for entity in watchlist.entities]
    with writer.transaction():
        current = writer.fetch("SELECT version, recorded_at FROM current_watchlist")
        if current and current[0][0] == watchlist.version:
            return False
        moment = to_stored_after(recorded_at, current[0][1] if current else None)
        writer.insert_new(
            "watchlist",
            ("version", "subject", "content", "recorded_at"),
            ("version", "recorded_at"),
            [(watchlist.version, watchlist.subject, watchlist.content, moment)],
        )
        writer.insert_new(
            "entity",
            ("watchlist_version", "entity", "name", "role"),
            ("watchlist_version", "entity"),
            entities,
        )
        return True


def record_model(writer: Writer, model: ModelRow, recorded_at: datetime) -> bool:
    """Make a model the current one; False where it already is."""
    columns = ("model_id", "model_revision", "languages", "input_form", "recorded_at")
    with writer.transaction():
        current = writer.fetch("SELECT model_id, model_revision, languages, input_form, recorded_at FROM current_model")
        wanted = (model.model_id, model.model_revision, list(model.languages), model.input_form)
        if current and current[0][:4] == wanted:
            return False
        moment = to_stored_after(recorded_at, current[0][4] if current else None)
        row = (model.model_id, model.model_revision, model.languages, model.input_form, moment)
        writer.insert_new("model", columns, ("model_id", "model_revision", "recorded_at"), [row])
        return True
