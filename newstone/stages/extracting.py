"""The extract stage: WARC parts in, articles and outcomes out."""

import hashlib
import os
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from crawler.source import Source, load_sources, source_version
from db.backlog import processed_parts
from db.loader import load_part, record_sources
from db.rows import PageRow, PartRecord, PartState, SourceRow, page_row
from db.writer import Writer, open_writer
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now
from pipelines.errors import SpoolError
from pipelines.extract import EXTRACTOR, SourceHints, extract_article
from pipelines.outcomes import Outcome
from pipelines.records import Extraction, Page
from pipelines.spool import StoredPage, list_done_parts, list_new_parts, mark_done, quarantine, read_pages
from pipelines.stage import StageFailure, run_stage

STAGE = "extract"


@dataclass(slots=True)
class _OpenPart:
    """A part whose pages are on their way through extraction."""

    path: Path
    rows: list[PageRow] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Work:
    page: Page
    hints: SourceHints


def _extract(work: _Work) -> Extraction:
    return extract_article(work.page, work.hints)


def extract_parts(context: StageContext, since: date | None = None) -> StageResult:
    """Extract every part that waits in the spool; each part is loaded in one transaction.

    With ``since`` also those fetched on or after that day (UTC) that an earlier version of the extractor has done:
    nothing is fetched again, and its rows stay beside the new ones.

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
        if since is not None:
            current = processed_parts(writer, EXTRACTOR)
            begin = f"{since:%Y%m%d}"  # part names begin with the time they were opened, UTC
            done = list_done_parts(project.data_dir)
            waiting += [path for path in done if path.name >= begin and path.name not in current]
        hints = {source.id: _hints(source) for source in sources.values()}
        n_articles = 0
        for part in _through_extraction(context, waiting, hints):
            if part.failure:
                problems.append(part.failure)
            n_articles += _load(context, writer, part)
            outcomes.update(str(row.extraction.outcome) for row in part.rows)
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


def _hints(source: Source) -> SourceHints:
    return SourceHints(language=source.language, zone=source.zone, name=source.name)


def _through_extraction(context: StageContext, parts: list[Path], hints: dict[str, SourceHints]) -> Iterator[_OpenPart]:
    """Run all pages of all parts through one process pool; give each part once its last page is back."""
    in_flight: deque[tuple[_OpenPart, StoredPage | None]] = deque()
    unknown = SourceHints(language="und", zone="UTC")

    def read() -> Iterator[_Work]:
        for path in parts:
            part = _OpenPart(path)
            try:
                for stored in read_pages(path):
                    in_flight.append((part, stored))
                    yield _Work(stored.page, hints.get(stored.page.source_id, unknown))
            except SpoolError as error:
                part.failure = str(error)
            in_flight.append((part, None))  # the end of this part

    workers = context.project.settings.extract.workers or os.cpu_count() or 1
    for done, result in enumerate(run_stage(_extract, read(), workers=workers), start=1):
        yield from _ended(in_flight)
        part, stored = in_flight.popleft()
        if stored is None:
            raise AssertionError("an end of part cannot be in front after _ended")
        extraction = Extraction(Outcome.EXTRACT_ERROR, result.reason) if isinstance(result, StageFailure) else result
        part.rows.append(page_row(stored.page, extraction, stored.offset))
        context.on_progress(StageProgress(STAGE, done, note=f"{len(parts)} parts"))
    yield from _ended(in_flight)


def _ended(in_flight: deque[tuple[_OpenPart, StoredPage | None]]) -> Iterator[_OpenPart]:
    while in_flight and in_flight[0][1] is None:
        yield in_flight.popleft()[0]


def _load(context: StageContext, writer: Writer, part: _OpenPart) -> int:
    """Load one part and move its file; give how many article revisions were new.

    Of a damaged part the pages before the damage are loaded; the file stays in quarantine with the reason.
    """
    with part.path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    record = PartRecord(
        name=part.path.name,
        sha256=sha256,
        size_bytes=part.path.stat().st_size,
        n_records=len(part.rows),
        extractor=EXTRACTOR,
        processed_at=utc_now(),
        run_id=context.run_id,
        state=PartState.QUARANTINE if part.failure else PartState.DONE,
        detail=part.failure,
    )
    report = load_part(writer, record, part.rows)
    if part.failure:
        quarantine(part.path, part.failure)
    else:
        mark_done(part.path)
    return report.n_revisions
