"""The prune stage: what the retention rules say is no longer kept.

::

    what a killed run left ─▶ forgotten articles that came in again ─▶ texts ─▶ bodies ─▶ parts ─▶ journals
        ─▶ addresses ─▶ copies from before updates ─▶ compact

A dry run takes the same way and leaves out what changes anything, so that both name the same numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from crawler.state import CrawlState
from db.compaction import compact, is_compaction_wanted, is_worth_compacting
from db.copying import refuse_older
from db.forget_selection import SelectedBy, Takedown, has_returned, plan_takedown
from db.journal import record_feed_checks, record_source_nights
from db.page_retention import (
    OldPart,
    bodies_by_part,
    choose_bodies,
    old_parts,
    record_bodies,
    record_expiry,
)
from db.part_ledger import Replacement, parts_with_doubles
from db.retention import Amount, KeepRules, choose_texts, cut_texts, rules_at, weigh_texts
from db.writer import Writer, open_writer
from newstone.config import Project
from newstone.delivery.address_retention import count_old_addresses, drop_old_addresses
from newstone.delivery.outbox import open_outbox
from newstone.forgetting import forget_again, index_tombstones
from newstone.settling import settle_parts
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now
from pipelines.errors import SpoolError
from pipelines.ids import page_id
from pipelines.journal import list_done_journals, read_journal
from pipelines.outcomes import Outcome
from pipelines.records import Page
from pipelines.rewriting import remove_file, rewrite_part, rewritten_name, without_body
from pipelines.spool import StoredPage, folder, quarantine

STAGE = "prune"
RESERVED = "reserved"
JOURNAL_DAYS = 400
"""Days for which loaded journals of crawls stay where pages stay forever: a year and a month to look into."""
NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes, by kind: parts, journals, bodies, texts cut down to sentences or metadata, addresses, old backups.

    Bytes are those of files, of unpacked bodies, of texts without white space, and of addresses.
    """

    parts: Amount = NOTHING
    bodies: Amount = NOTHING
    sentences: Amount = NOTHING
    metadata: Amount = NOTHING
    journals: Amount = NOTHING
    addresses: Amount = NOTHING
    migration_backups: Amount = NOTHING
    returned_pages: Amount = NOTHING
    problems: tuple[str, ...] = ()

    def kinds(self) -> dict[str, Amount]:
        """Give the amounts by the name that a person reads."""
        return {
            "parts": self.parts,
            "page bodies": self.bodies,
            "texts to sentences": self.sentences,
            "texts to metadata": self.metadata,
            "journals": self.journals,
            "addresses": self.addresses,
            "migration backups": self.migration_backups,
            "forgotten pages that came again": self.returned_pages,
        }


def prune_store(context: StageContext) -> StageResult:
    """Remove what is older than [retention] allows; ``n_in`` and ``n_out`` count what went.

    Raises:
        StoreError: the database refused the changes, or could not be copied.
        SpoolError: a part cannot be written anew or removed.
    """
    clock = StageClock(STAGE)
    project = context.project
    with open_writer(project.writer_file) as writer:
        if settle_parts(project, writer) and (project.data_dir / "crawl" / "state.sqlite").exists():
            index_tombstones(project.data_dir, ())  # a takedown that was killed has not told the crawl
        returned = forget_again(context, writer)
        pruning = _prune(project, writer, utc_now(), context)
    if is_compaction_wanted(project.writer_file) or (
        pruning.sentences.n + pruning.metadata.n and is_worth_compacting(project.writer_file)
    ):
        compact(project.writer_file)
    kinds = {**pruning.kinds(), "forgotten pages that came again": Amount(returned)}
    counts = {name: amount.n for name, amount in kinds.items() if amount.n}
    return clock.result(n_in=sum(counts.values()), n_out=sum(counts.values()), counts=counts, problems=pruning.problems)


def foresee_pruning(project: Project, now: datetime) -> Pruning:
    """Say what :func:`prune_store` would remove at a moment (aware); changes nothing.

    Raises:
        StoreError: the database cannot be opened.
        SchemaError: an older newstone wrote it, and to open it would migrate it.
    """
    refuse_older(project.writer_file)
    with open_writer(project.writer_file) as writer:
        returned = plan_takedown(writer, Takedown(SelectedBy.AGAIN, "")).n_pages if has_returned(writer) else 0
        pruning = _prune(project, writer, now, None)
    return replace(pruning, returned_pages=Amount(returned))


def _prune(project: Project, writer: Writer, now: datetime, context: StageContext | None) -> Pruning:
    """Take the way of the module; ``context`` None leaves out whatever changes something."""
    limits = project.settings.retention
    rules = rules_at(
        now,
        pages_days=limits.pages_days,
        text_days=limits.text_days,
        reserved_days=limits.reserved_days,
        reserved_keep=limits.reserved_keep,
    )
    choose_texts(writer, rules)
    texts = weigh_texts(writer) if context is None else cut_texts(writer, now, context.run_id)
    old = old_parts(writer, rules)
    bodies, problems = _bodies(project, writer, rules, {part.name for part in old}, now, context)
    for part in old:
        if context is not None:
            _expire(project, writer, part, now, context)
    if context is not None:
        settle_parts(project, writer)
    journals, damaged = _journals(project, writer, now, context)
    return Pruning(
        parts=Amount(len(old), sum(part.size_bytes for part in old)),
        bodies=bodies,
        sentences=texts["sentences"],
        metadata=texts["metadata"],
        journals=journals,
        addresses=_addresses(project, now, is_dry=context is None),
        migration_backups=_migration_backups(project, now, is_dry=context is None),
        problems=(*problems, *damaged),
    )


def _bodies(
    project: Project, writer: Writer, rules: KeepRules, old: Iterable[str], now: datetime, context: StageContext | None
) -> tuple[Amount, list[str]]:
    """Write parts anew without the bodies that are no longer kept; parts that go as a whole are left alone."""
    chosen = choose_bodies(writer, rules, frozenset(old))
    problems: list[str] = []
    if context is None or not chosen.n:
        return chosen, problems
    by_part = bodies_by_part(writer)
    gone = frozenset().union(*by_part.values())
    doubles = parts_with_doubles(writer) - set(old)
    n = n_bytes = 0
    for place, part in enumerate(sorted({*by_part, *doubles})):
        context.on_progress(StageProgress(STAGE, place, len(by_part), note="parts written anew"))
        file = folder(project.data_dir, "done") / part
        if not file.exists():
            if part in by_part:
                problems.append(f"part {part} is missing, {len(by_part[part])} bodies in it could not be removed")
            continue
        tally = _rewrite_without_bodies(project, writer, file, gone, now, context.run_id)
        n, n_bytes = n + tally.n, n_bytes + tally.n_bytes
    return Amount(n, n_bytes), problems


def _rewrite_without_bodies(
    project: Project, writer: Writer, file: Path, gone: frozenset[str], now: datetime, run_id: str
) -> Amount:
    n = n_bytes = 0

    def change(stored: StoredPage) -> Page:
        nonlocal n, n_bytes
        page = stored.page
        if page.outcome is not None or page.removed is not None or page_id(page) not in gone:
            return page
        n += 1
        n_bytes += len(page.body)
        return without_body(page, RESERVED)

    new = rewrite_part(project.data_dir, file, rewritten_name(file.name), change)
    if new is None or not n:
        if new is not None:
            remove_file(new.path)
        return Amount()
    detail = f"{n} bodies removed: text and data mining is reserved"
    record_bodies(writer, Replacement(file.name, new, detail), now, run_id)
    settle_parts(project, writer)
    _note_name(project.data_dir, file.name, new.path.name)
    return Amount(n, n_bytes)


def _expire(project: Project, writer: Writer, part: OldPart, now: datetime, context: StageContext) -> None:
    """Remove a part whose time is over; its tombstones pass to a part of their own, or they were fetched again."""
    rest: Replacement | None = None
    file = folder(project.data_dir, "done") / part.name
    if part.n_tombstones and file.exists():

        def only_tombstones(stored: StoredPage) -> Page | None:
            return stored.page if stored.page.outcome is Outcome.FORGOTTEN else None

        new = rewrite_part(project.data_dir, file, rewritten_name(part.name), only_tombstones)
        if new is not None:
            rest = Replacement(part.name, new, "", is_whole=False)
    record_expiry(writer, part, rest, now, context.run_id)
    settle_parts(project, writer)
    if rest is not None:
        _note_name(project.data_dir, part.name, rest.new.path.name)


def _journals(
    project: Project, writer: Writer, now: datetime, context: StageContext | None
) -> tuple[Amount, list[str]]:
    """Remove journals of crawls that are loaded and as old as pages may be; a damaged one goes to quarantine."""
    days = project.settings.retention.pages_days or JOURNAL_DAYS
    limit = f"{now - timedelta(days=days):%Y%m%d}"  # names begin with the time they were opened, UTC
    old = [path for path in list_done_journals(project.data_dir) if path.name < limit]
    amount = Amount(len(old), sum(path.stat().st_size for path in old))
    problems: list[str] = []
    if context is None:
        return amount, problems
    for path in old:
        try:
            journal = read_journal(path)
        except SpoolError as error:
            quarantine(path, str(error))
            problems.append(str(error))
            continue
        # adds nothing, but after an older database was put back
        record_feed_checks(writer, journal.feed_checks, context.run_id)
        record_source_nights(writer, journal.source_nights, context.run_id)
        remove_file(path)
    return amount, problems


def _note_name(data_dir: Path, old: str, new: str) -> None:
    """Let the crawl state know a part by its new name, so that the next crawl need not read it."""
    if (data_dir / "crawl" / "state.sqlite").exists():
        with CrawlState(data_dir) as state:
            state.rename_part(old, new)


def _addresses(project: Project, now: datetime, *, is_dry: bool) -> Amount:
    days = project.settings.retention.addresses_days
    if not days or not project.outbox_file.exists():
        return Amount()
    with open_outbox(project.outbox_file) as outbox:
        until = now - timedelta(days=days)
        amount = Amount(*count_old_addresses(outbox, until))
        if amount.n and not is_dry:
            drop_old_addresses(outbox, until)
    return amount


def _migration_backups(project: Project, now: datetime, *, is_dry: bool) -> Amount:
    days = project.settings.retention.migration_backups_days
    if not days:
        return Amount()
    limit = (now - timedelta(days=days)).timestamp()
    old = [path for path in sorted(project.data_dir.glob("*.bak")) if path.stat().st_mtime <= limit]
    amount = Amount(len(old), sum(path.stat().st_size for path in old))
    if not is_dry:
        for path in old:
            try:
                path.unlink()
            except OSError as error:
                raise SpoolError(f"cannot remove {path}: {error}; mend the permissions") from error
    return amount
