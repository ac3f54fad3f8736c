"""Takedowns: pages go from the parts, the database, the crawl state and the snapshot; a tombstone stays.

::

    take in ─▶ select ─▶ write parts anew ─▶ ONE transaction ─▶ move parts ─▶ golden pages, crawl state ─▶ compact
        ─▶ publish

Killed before the transaction, nothing is removed. Killed after it, the same call again does the rest; so does the next
night, golden pages apart.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.state import CrawlState
from db.compaction import compact, is_compaction_wanted, want_compaction
from db.copies import copies_elsewhere
from db.forget import apply_takedown, tombstones_in
from db.forget_selection import SelectedBy, Takedown, TakedownPlan, has_returned, is_news, near_addresses, plan_takedown
from db.part_ledger import Replacement
from db.snapshot import open_snapshot
from db.writer import Writer, open_writer
from newstone.config import Project
from newstone.golden import golden_folder, remove_golden
from newstone.settling import settle_parts
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from newstone.stages.extracting import extract_parts
from pipelines.clock import utc_now
from pipelines.errors import SpoolError
from pipelines.ids import page_id
from pipelines.outcomes import Outcome
from pipelines.records import Page
from pipelines.rewriting import FORGOTTEN_DETAIL, remove_file, rewrite_part, rewritten_name, tombstone_of
from pipelines.spool import PartWriter, StoredPage, folder, list_new_parts, recover
from pipelines.urls import normalise_url

STAGE = "forget"


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a takedown would do, for a person to agree to. ``copies`` are the same stories under other addresses."""

    plan: TakedownPlan
    copies: tuple[str, ...]
    waiting: tuple[str, ...]
    near: tuple[str, ...]
    n_new_parts: int


def foresee(project: Project, takedown: Takedown, *, with_copies: bool = False) -> Foresight:
    """Say what a takedown would remove; changes nothing. Pages that wait for extraction are not looked at.

    Raises:
        StoreError: the database cannot be opened.
    """
    with open_writer(project.writer_file) as writer:
        plan = plan_takedown(writer, takedown)
        copies = _copies(project, plan)
        if with_copies and copies:
            plan = plan_takedown(writer, takedown, copies)
        near = near_addresses(writer, takedown.selected) if takedown.by is SelectedBy.URL and not plan.keys else []
    waiting = _waiting(project, takedown, plan)
    return Foresight(plan, copies, tuple(url for url, _source in waiting), tuple(near), _n_new_parts(project))


def take_in(context: StageContext) -> StageResult:
    """Load what was fetched and not extracted yet, so that a takedown finds it; removes nothing.

    Raises:
        SpoolError, StoreError: see :func:`~newstone.stages.extracting.extract_parts`.
    """
    recover(context.project.data_dir)
    return extract_parts(context)


def bury_waiting(takedown: Takedown) -> Callable[[StageContext], StageResult]:
    """Give the stage in which a URL that waits to be fetched gets its tombstone, as if fetched and forgotten at once.

    The stage raises:
        SpoolError, CrawlError, StoreError: the tombstone or the crawl state cannot be written.
    """

    def stage(context: StageContext) -> StageResult:
        data_dir = context.project.data_dir
        recover(data_dir)  # what a crawl left while a person was asked
        if takedown.by is SelectedBy.URL:
            parts = PartWriter(data_dir)
            for url, source_id in _waiting(context.project, takedown, None):
                page = Page(
                    url=url, final_url=url, source_id=source_id, fetched_at=utc_now(), outcome=Outcome.FORGOTTEN
                )
                parts.append(tombstone_of(page))
            parts.close()
            index_tombstones(data_dir, ())
        return extract_parts(context)

    return stage


def forget_pages(takedown: Takedown, *, with_copies: bool = False) -> Callable[[StageContext], StageResult]:
    """Give the stage that carries a takedown out; ``n_in`` are the pages, ``n_out`` the texts that went.

    The stage raises:
        StoreError: a part that must be written anew lacks pages that the database knows; nothing was changed.
        SpoolError: the new parts cannot be written; nothing was changed.
    """

    def stage(context: StageContext) -> StageResult:
        clock = StageClock(STAGE)
        project = context.project
        with open_writer(project.writer_file) as writer:
            plan = plan_takedown(writer, takedown)
            if with_copies and (copies := _copies(project, plan)):
                plan = plan_takedown(writer, takedown, copies)
            carry_out(context, writer, plan)
            forget_again(context, writer)  # what follows publishes
        finish(project, plan)
        counts = {
            "addresses": len(plan.keys),
            "pages": plan.n_pages,
            "texts": len(plan.revision_ids),
            "mentions": plan.n_mentions,
            "scores": plan.n_scores,
            "labels": plan.n_labels,
        }
        return clock.result(n_in=plan.n_pages, n_out=len(plan.revision_ids), counts=counts)

    return stage


def forget_again(context: StageContext, writer: Writer) -> int:
    """Forget what came in under an address of a forgotten article, or came back with a restore; give how many pages.

    Raises:
        StoreError, SpoolError: see :func:`forget_pages`.
    """
    if not has_returned(writer):
        return 0
    plan = plan_takedown(writer, Takedown(SelectedBy.AGAIN, ""))
    carry_out(context, writer, plan)
    return plan.n_pages


def carry_out(context: StageContext, writer: Writer, plan: TakedownPlan) -> None:
    """Write the parts anew, then remove in one transaction what was planned in this connection.

    Raises:
        StoreError, SpoolError: see :func:`forget_pages`.
    """
    project = context.project
    settle_parts(project, writer)
    if not plan.n_pages and not is_news(writer):
        return
    replacements: list[Replacement] = []
    added: list[tuple[str, str, int]] = []
    for place, part in enumerate(plan.parts):
        context.on_progress(StageProgress(STAGE, place, len(plan.parts), note="parts"))
        file = _file_of(project.data_dir, part)
        rest = [] if file is not None else tombstones_in(writer, part)
        replacement = _without(project.data_dir, part, file, plan, [page for _id, page in rest])
        if replacement is not None:
            replacements.append(replacement)
            new = replacement.new
            added += [(key, new.path.name, at) for (key, _page), at in zip(rest, new.added, strict=True)]
    want_compaction(project.writer_file)
    apply_takedown(writer, plan, replacements, added, utc_now(), context.run_id)
    settle_parts(project, writer)


def finish(project: Project, plan: TakedownPlan | None) -> None:
    """Have crawl and golden pages forget, too, and take the bytes of deleted rows out of the database.

    What is done stays done.

    Raises:
        DataFileError, OSError: a golden page cannot be read or removed.
        SpoolError, CrawlError: the crawl state cannot be written.
        StoreError: the database could not be copied; it is as it was.
    """
    if plan is not None:
        remove_golden(golden_folder(project.root), lambda page: normalise_url(page.url) in plan.keys)
        index_tombstones(project.data_dir, [url for url, _source in _waiting(project, plan.takedown, plan)])
    if is_compaction_wanted(project.writer_file):
        compact(project.writer_file)


def places_of_copies(project: Project) -> list[Path]:
    """Give the files and folders in which copies of what was forgotten may remain: what people got, and backups."""
    candidates = [
        project.report_file,
        project.digest_dir,
        project.backup_dir,
        project.log_dir,
        project.outbox_file,
        *sorted(project.data_dir.glob("*.bak")),
        *sorted(project.data_dir.glob("before-restore-*")),
        *sorted(project.root.glob("replay-*")),
        *sorted(folder(project.data_dir, "quarantine").glob("*.warc.gz")),
    ]
    return [path for path in candidates if path.exists()]


def _without(
    data_dir: Path, part: str, file: Path | None, plan: TakedownPlan, tombstones: list[Page]
) -> Replacement | None:
    """Write a part with tombstones instead of the pages of some addresses; None where it holds none of them."""
    n_changed = len(tombstones)

    def change(stored: StoredPage) -> Page:
        nonlocal n_changed
        page = stored.page
        if page.outcome is Outcome.FORGOTTEN or normalise_url(page.url) not in plan.keys:
            return page
        n_changed += 1
        attempt = plan.attempts.get(page_id(page), page.attempt) if plan.attempts else page.attempt
        return replace(tombstone_of(page), attempt=attempt)

    new = rewrite_part(data_dir, file, rewritten_name(part), change, tombstones)
    if new is None:
        return None
    if not n_changed:
        remove_file(new.path)
        return None
    detail = f"{n_changed} pages {FORGOTTEN_DETAIL}"
    if new.damage:
        detail = f"{detail}; what was damaged behind them is gone: {new.damage}"
    return Replacement(part, new, detail, is_whole=file is not None)


def _file_of(data_dir: Path, part: str) -> Path | None:
    for state in ("done", "quarantine"):
        path = folder(data_dir, state) / part
        if path.exists():
            return path
    if (folder(data_dir, "new") / part).exists():
        raise SpoolError(f"part {part} is in spool/new though it is extracted; run `newstone extract`, then again")
    return None


def _copies(project: Project, plan: TakedownPlan) -> tuple[str, ...]:
    if not plan.revision_ids or not project.snapshot_file.is_file():
        return ()
    with open_snapshot(project.snapshot_file) as snapshot:
        return tuple(copies_elsewhere(snapshot, plan.revision_ids))


def _waiting(project: Project, takedown: Takedown, plan: TakedownPlan | None) -> list[tuple[str, str]]:
    """Give URL and source of what the crawl has still to fetch and a takedown names."""
    if not (project.data_dir / "crawl" / "state.sqlite").exists():
        return []
    keys = set() if plan is None else set(plan.keys)
    if takedown.by is SelectedBy.URL:
        keys.add(normalise_url(takedown.selected))
    source_id = takedown.selected if takedown.by is SelectedBy.SOURCE else ""
    with CrawlState(project.data_dir) as state:
        return state.waiting(keys, source_id)


def index_tombstones(data_dir: Path, dropped: Iterable[str]) -> None:
    """Let the crawl state learn the tombstones of new parts, and drop what waits for some addresses."""
    with CrawlState(data_dir) as state:
        state.catch_up()
        state.drop_waiting(list(dropped))


def _n_new_parts(project: Project) -> int:
    return len(list_new_parts(project.data_dir)) + len(list(folder(project.data_dir, "open").glob("*.warc.gz")))
