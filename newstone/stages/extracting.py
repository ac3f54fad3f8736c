"""The extract stage: WARC parts in, articles and outcomes out."""

import hashlib
import os
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from pathlib import Path

from crawler.canaries import drop_unread
from crawler.source import Source, load_sources, source_version
from db.backlog import processed_parts
from db.extractors import PartHistory, SourceTerms, last_read, name_of_reading, part_history, plain_name
from db.loader import load_part, record_sources
from db.rows import PageRow, PartRecord, PartState, SourceRow, page_row
from db.writer import Writer, open_writer
from newstone.source_hints import HintsByDay
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from newstone.stages.lost_pages import bring_back_lost
from pipelines.clock import utc_now
from pipelines.errors import SpoolError
from pipelines.extract import EXTRACTOR, SourceHints, extract_article, extractor_name
from pipelines.files import sha256_of
from pipelines.ids import page_id
from pipelines.outcomes import READ_OUTCOMES, Outcome
from pipelines.records import Extraction, Page
from pipelines.spool import StoredPage, list_done_parts, list_new_parts, mark_done, quarantine, read_pages
from pipelines.stage import StageFailure, run_stage

STAGE = "extract"


@dataclass(slots=True)
class _OpenPart:
    """A part whose pages are on their way through extraction."""

    path: Path
    again: bool = False  # it was extracted before
    history: PartHistory | None = None  # of one that was; there once its pages are read
    rows: list[PageRow] = field(default_factory=list)
    n_left: int = 0  # pages that would be read as they were before
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Work:
    page: Page
    hints: SourceHints


def _extract(work: _Work) -> Extraction:
    return extract_article(work.page, work.hints)


def extract_parts(context: StageContext, since: date | None = None) -> StageResult:
    """Extract every part that waits in the spool; each part is loaded in one transaction.

    With ``since`` also those fetched on or after that day (UTC) with pages that were last read by another version of
    the extractor, under other overrides or under another ``zone``, ``language`` or ``name`` of their source than now:
    nothing is fetched again, and the old rows stay beside the new ones. Without ``since`` nothing that was done is done
    again, whatever changed.

    Raises:
        StoreError: the database refused the rows.
        SpoolError: a part could not be moved.
        SourceError: a source file is wrong.
    """
    clock = StageClock(STAGE)
    project = context.project
    sources = load_sources(project.sources_dir)
    problems: list[str] = []
    outcomes: Counter[str] = Counter()
    with open_writer(project.writer_file) as writer:
        record_sources(writer, [source_row(source) for source in sources.values()], utc_now())
        known = processed_parts(writer)
        waiting = []
        for path in list_new_parts(project.data_dir):
            if path.name in known:
                mark_done(path)  # a run was killed between loading the part and moving it
            else:
                waiting.append(path)
        hints = HintsByDay(sources)
        again: list[Path] = []
        if since is not None:
            outdated = _outdated_parts(writer, hints, since)
            begin, done = _name_of_day(since), list_done_parts(project.data_dir)
            again = [path for path in done if path.name in outdated or (path.name >= begin and path.name not in known)]
        n_articles = 0
        parts = [*map(_OpenPart, waiting), *(_OpenPart(path, again=True) for path in again)]
        for part in _through_extraction(context, writer, parts, hints):
            if part.failure:
                problems.append(part.failure)
            n_articles += _load(context, writer, part)
            outcomes.update(str(row.extraction.outcome) for row in part.rows)
            part.rows, part.history = [], None  # a year that is read again does not fit into memory
        if problems:
            problems.append(bring_back_lost(project.data_dir, writer))
    return clock.result(n_in=outcomes.total(), n_out=n_articles, counts=outcomes, problems=tuple(problems))


def source_row(source: Source) -> SourceRow:
    """Give what the database keeps of a source."""
    return SourceRow(
        source_id=source.id,
        version=source_version(source),
        name=source.name,
        language=source.language,
        medium=source.medium.value,
        zone=source.zone,
        country="" if source.country == "INT" else source.country,
        company=source.company,
        homepage=source.homepage,
        enabled=source.enabled,
    )


def _name_of_day(day: date) -> str:
    """Give how the names of parts begin that were opened on a day (UTC)."""
    return day.isoformat().replace("-", "")


def _outdated_parts(writer: Writer, hints: HintsByDay, since: date) -> set[str]:
    """Give the names of the parts with pages that were last read otherwise than they would be now."""
    day_before = date.fromordinal(max(since.toordinal() - 1, 1))  # its last part may have been open at midnight
    return {
        read.part
        for read in last_read(writer, _name_of_day(day_before))
        if read.fetched_on >= since
        and not _is_current(hints, read.source_id, read.fetched_on, read.extractor, read.terms)
    }


def _is_current(hints: HintsByDay, source_id: str, day: date, extractor: str, terms: SourceTerms | None) -> bool:
    """Tell whether an extractor (without number) and terms are those under which pages of a day would be read now."""
    now = extractor_name(hints.on(source_id, day).override, EXTRACTOR)
    return extractor == now and hints.is_as_then(source_id, day, terms)


def _stays(page: Page, history: PartHistory, hints: HintsByDay) -> bool:
    """Tell whether a page was read before and would be read in the same way now."""
    names = history.pages.get(identifier := page_id(page), ())
    if not names or page.outcome is not None:
        return bool(names) and plain_name(names[-1]) == EXTRACTOR  # source and override say nothing of a failed fetch
    last, terms = plain_name(names[-1]), history.terms[identifier]
    return _is_current(hints, page.source_id, page.fetched_at.astimezone(UTC).date(), last, terms)


def _through_extraction(
    context: StageContext, writer: Writer, parts: list[_OpenPart], hints: HintsByDay
) -> Iterator[_OpenPart]:
    """Run all pages of all parts through one process pool; give each part once its last page is back.

    Of a part that was extracted before only the pages are read that would be read otherwise now.
    """
    in_flight: deque[tuple[_OpenPart, StoredPage | None]] = deque()

    def read() -> Iterator[_Work]:
        for part in parts:
            if part.again:
                part.history = part_history(writer, part.path.name)
            try:
                for stored in read_pages(part.path):
                    if stored.page.removed is not None:
                        continue  # retention took its body; what was extracted from it stays
                    if part.history is not None and _stays(stored.page, part.history, hints):
                        part.n_left += 1
                        continue
                    in_flight.append((part, stored))
                    yield _Work(stored.page, hints.at(stored.page.source_id, stored.page.fetched_at))
            except SpoolError as error:
                part.failure = str(error)
            in_flight.append((part, None))  # the end of this part

    workers = context.project.settings.extract.workers or max(2, os.cpu_count() or 1)  # apart from this process
    for done, result in enumerate(run_stage(_extract, read(), workers=workers), start=1):
        yield from _ended(in_flight)
        part, stored = in_flight.popleft()
        if stored is None:
            raise AssertionError("an end of part cannot be in front after _ended")
        extraction = Extraction(Outcome.EXTRACT_ERROR, result.reason) if isinstance(result, StageFailure) else result
        part.rows.append(page_row(stored.page, extraction, stored.offset, _extractor_of(stored.page, hints)))
        context.on_progress(StageProgress(STAGE, done, note=f"{len(parts)} parts"))
    yield from _ended(in_flight)


def _extractor_of(page: Page, hints: HintsByDay) -> str:
    """Give the name of what read a page; nothing was overridden for one without a body."""
    if page.outcome is not None:
        return EXTRACTOR
    return extractor_name(hints.at(page.source_id, page.fetched_at).override, EXTRACTOR)


def _ended(in_flight: deque[tuple[_OpenPart, StoredPage | None]]) -> Iterator[_OpenPart]:
    while in_flight and in_flight[0][1] is None:
        yield in_flight.popleft()[0]


def _load(context: StageContext, writer: Writer, part: _OpenPart) -> int:
    """Load one part and move its file; give how many article revisions were new.

    Of a damaged part the pages before the damage are loaded; the file stays in quarantine with the reason.
    """
    rows, extractor, processed_at = part.rows, _extractor_of_part(part), utc_now()
    if part.history is not None:
        rows, extractor = _named_again(part, part.history)
        # the newest reading counts, also after a clock set back
        processed_at = max(processed_at, part.history.not_before)
    record = PartRecord(
        name=part.path.name,
        sha256=sha256_of(part.path),
        size_bytes=part.path.stat().st_size,
        n_records=len(part.rows) + part.n_left,
        n_left=part.n_left,
        extractor=extractor,
        processed_at=processed_at,
        run_id=context.run_id,
        state=PartState.QUARANTINE if part.failure else PartState.DONE,
        detail=part.failure,
    )
    report = load_part(writer, record, rows)
    unread = (row for row in rows if row.extraction.outcome not in READ_OUTCOMES)
    drop_unread(context.project.data_dir, ((row.url, row.fetched_at) for row in unread))
    if part.failure:
        quarantine(part.path, part.failure)
    else:
        mark_done(part.path)
    return report.n_revisions


def _extractor_of_part(part: _OpenPart) -> str:
    """Give the name for the ledger: the extractor, and where overrides were in force a hash of which and where."""
    own = sorted(f"{row.page_id} {row.extractor}" for row in part.rows if row.extractor != EXTRACTOR)
    digest = hashlib.sha256("\n".join(own).encode()).hexdigest()[:8]
    return f"{EXTRACTOR} overrides/{digest}" if own else EXTRACTOR


def _named_again(part: _OpenPart, history: PartHistory) -> tuple[list[PageRow], str]:
    """Give the rows of a part that was extracted before, and its name for the ledger.

    A page that comes back to an earlier override, or whose source says something else now, gets a name that its rows do
    not have yet.
    """
    rows = [
        replace(row, extractor=name_of_reading(row.extractor, history.pages.get(row.page_id, ()))) for row in part.rows
    ]
    return rows, name_of_reading(_extractor_of_part(part), history.part)
