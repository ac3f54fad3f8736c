"""What the database takes in besides the records of the pipelines. Every datetime is aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipelines.ids import body_hash, page_id
from pipelines.outcomes import Outcome
from pipelines.records import Extraction, FeedItem, Page, Rights


class RunState(StrEnum):
    """How a run ended."""

    OK = "ok"
    PARTIAL = "partial"  # it went through, but a stage lost something
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # a signal, or the person


class PartState(StrEnum):
    """What became of a WARC part."""

    DONE = "done"
    QUARANTINE = "quarantine"  # it is damaged; what could be read of it was loaded
    REPLACED = "replaced"  # pages or bodies were taken out of it; the rest is in another part
    EXPIRED = "expired"  # its time was over; its pages have no bytes any more


@dataclass(frozen=True, slots=True)
class RunStart:
    """A command that begins to write."""

    run_id: str
    command: str
    started_at: datetime
    version: str
    config_hash: str
    pid: int | None = None
    host: str = ""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The end of a run; ``detail`` says for a person what went wrong."""

    run_id: str
    ended_at: datetime
    state: RunState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StageRun:
    """One stage of one run with its counts and cost."""

    run_id: str
    stage: str
    started_at: datetime
    ended_at: datetime
    n_in: int
    n_out: int
    elapsed_seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    peak_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as its file describes it; ``version`` is a hash of the content of the file."""

    source_id: str
    version: str
    name: str
    language: str
    medium: str
    zone: str
    country: str = ""
    company: str = ""
    homepage: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One watched entity; ``role`` is "subject" or "competitor"."""

    entity: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class WatchlistRow:
    """One version of the watchlist; ``content`` is the file as TOML text."""

    version: str
    subject: str
    content: str
    entities: tuple[EntityRow, ...]


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """One theme of the watchlist with its names for a person."""

    theme: str
    name_en: str
    name_de: str


@dataclass(frozen=True, slots=True)
class ThemeSetRow:
    """One version of the themes, in the order of the watchlist; there may be none."""

    version: str
    themes: tuple[ThemeRow, ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model revision; ``languages`` are those it was validated on, ``input_form`` how it is asked."""

    model_id: str
    model_revision: str
    languages: tuple[str, ...]
    input_form: str


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One WARC part that was processed, or that could not be read; ``name`` is its file name without folder.

    ``n_left`` of its ``n_records`` pages were processed before and left as they are.
    """

    name: str
    sha256: str
    size_bytes: int
    n_records: int
    extractor: str
    processed_at: datetime
    run_id: str
    state: PartState = PartState.DONE
    detail: str = ""
    n_left: int = 0


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page without its body, and what extraction made of it."""

    page_id: str
    url: str
    final_url: str
    source_id: str
    fetched_at: datetime
    attempt: int
    status: int | None
    content_type: str
    body_bytes: int
    body_sha256: str
    fetch_outcome: Outcome | None
    fetch_detail: str
    retries: int
    elapsed_seconds: float
    item: FeedItem | None
    rights: Rights
    record_offset: int
    extraction: Extraction
    extractor: str = ""  # that of this page where an override was in force; "" = that of its part


def page_row(page: Page, extraction: Extraction, record_offset: int, extractor: str = "") -> PageRow:
    """Give the row of a page: its body is replaced by size and hash. ``record_offset`` is in bytes."""
    content_type = next((value for name, value in page.headers if name.lower() == "content-type"), "")
    return PageRow(
        page_id=page_id(page),
        url=page.url,
        final_url=page.final_url,
        source_id=page.source_id,
        fetched_at=page.fetched_at,
        attempt=page.attempt,
        status=page.status,
        content_type=content_type,
        body_bytes=len(page.body),
        body_sha256=body_hash(page.body) if page.outcome is None else "",
        fetch_outcome=page.outcome,
        fetch_detail=page.detail,
        retries=page.retries,
        elapsed_seconds=page.elapsed_seconds,
        item=page.item,
        rights=page.rights,
        record_offset=record_offset,
        extraction=extraction,
        extractor=extractor,
    )
