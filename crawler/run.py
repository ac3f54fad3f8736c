"""One crawl in a child process: a reactor cannot start twice.

``run_crawl`` is the parent's side. ``python -m crawler.run JOB.json`` is the child's: it reads and removes its job,
prints JSON lines (progress, then one report or error) on standard output, logs on standard error, and ends gracefully
on SIGTERM, or when its standard input closes because the parent is gone.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, TextIO, cast

from pipelines import errors
from pipelines.errors import CrawlError, NewstoneError
from pipelines.journal import read_journal
from pipelines.records import FeedCheck, SourceNight
from pipelines.redaction import RedactingStream, redacted, without_secrets

LOG_TAIL_CHARS = 2000


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """What to crawl, and how. Relative paths are those of the caller."""

    data_dir: Path
    sources_dir: Path | None = None  # None: the sources that come with newstone
    source_ids: tuple[str, ...] = ()  # empty: all enabled ones
    spider: str = "night"  # or "feeds", "sitemaps", "sections"
    contact_url: str = ""  # stands in the user agent
    allowed_addresses: tuple[str, ...] = ()  # host:port or networks that may be contacted though not public
    allowed_ports: tuple[int, ...] | None = None  # None: the usual ones
    delay_seconds: float = 1.0  # between two requests to one host
    concurrency: int = 1  # requests to one host at a time, 1 or 2
    timeout_seconds: float = 60.0  # for one answer
    max_body_bytes: int = 8 * 1024 * 1024  # before and after decompression
    host_seconds: float = 180.0  # share of the night that one host may take
    time_limit_seconds: float | None = None  # for the whole crawl
    revisit_days: float = 30.0
    max_pages: int | None = None
    max_pages_per_source: int | None = None
    canaries: int = 2  # known pages fetched again of a source with fewer new ones in a night
    due_only: bool = False  # True: only the listings whose next poll is due, and their pages
    now: datetime | None = None  # the night begins at this time instead of the clock's
    log_level: str = "INFO"
    settings: dict[str, Any] = field(default_factory=dict)  # further Scrapy settings


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running crawl stands."""

    pages: int  # with a body
    errors: int  # URLs that ended otherwise
    pending: int  # URLs known and not done
    hosts_done: int
    hosts_total: int
    rate_per_second: float  # pages, mean over the crawl
    elapsed_seconds: float


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a crawl did. ``ended`` is "finished", "time_limit" or "stopped" (by a signal)."""

    ended: str
    feed_checks: tuple[FeedCheck, ...]
    source_nights: tuple[SourceNight, ...]
    parts: tuple[str, ...]  # names of the WARC parts written, in spool/new
    journal: str  # name of the journal file in spool/new that holds the checks and figures, "" for none
    pages: int  # with a body
    errors: int
    pending: int
    elapsed_seconds: float
    peak_memory_bytes: int
    listings_not_asked: int = 0  # it was not their turn: not due, or failing for weeks


def run_crawl(job: CrawlJob, on_progress: Callable[[Progress], None] | None = None) -> CrawlReport:
    """Crawl and give the report; blocks until the crawl ends. Logs go to ``<data>/crawl/crawl.log``.

    That of a poll (``due_only``) is ``poll.log``, so that the log of the night is there in the morning.

    ``on_progress`` is called about once a second, in the calling thread. SIGTERM and SIGINT to this process end the
    crawl gracefully while this runs in the main thread, a second one at once; the report then says "stopped".

    Raises:
        CrawlError: the crawl process ended badly; the message has the tail of its log.
        NewstoneError: what the crawl process raised, such as SourceError, ConfigError, SpoolError or LockedError.
    """
    log_path = job.data_dir / "crawl" / ("poll.log" if job.due_only else "crawl.log")
    log_path.parent.mkdir(parents=True, exist_ok=True)
    job_path = _write_job(job)
    try:
        with log_path.open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "crawler.run", str(job_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(),
                text=True,
            )
            with child, _passing_signals_to(child) as passed:
                last = _follow(child, on_progress)
    finally:
        job_path.unlink(missing_ok=True)
    if last is not None and last["type"] == "error":
        kind = getattr(errors, last["error"], CrawlError)
        raise kind(last["message"])
    if last is None and passed and child.returncode in (-signal.SIGTERM, -signal.SIGKILL):
        return _stopped_at_once()
    if last is None or child.returncode != 0:
        raise CrawlError(f"the crawl process ended with status {child.returncode}; see {log_path}\n{_tail(log_path)}")
    return _report(job.data_dir, last)


def _write_job(job: CrawlJob) -> Path:
    """Write the job for the child, which removes it once it is read: a parent that is killed leaves no file behind."""
    folder = (job.data_dir / "crawl").resolve()
    descriptor, path = tempfile.mkstemp(prefix="job-", suffix=".json", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(_job_row(job)))
    return Path(path)


def _follow(child: "subprocess.Popen[str]", on_progress: Callable[[Progress], None] | None) -> dict[str, Any] | None:
    """Read the child's lines to their end; give its report or error."""
    assert child.stdout is not None
    last: dict[str, Any] | None = None
    try:
        for line in child.stdout:
            row = json.loads(line)
            if row["type"] != "progress":
                last = row
            elif on_progress is not None:
                on_progress(Progress(**{key: value for key, value in row.items() if key != "type"}))
    finally:
        assert child.stdin is not None
        child.stdin.close()  # when on_progress raised, this ends the child
        child.wait()
    return last


def _report(data_dir: Path, row: dict[str, Any]) -> CrawlReport:
    checks: tuple[FeedCheck, ...] = ()
    nights: tuple[SourceNight, ...] = ()
    if row["journal"]:
        journal = read_journal(data_dir / "spool" / "new" / row["journal"])
        checks, nights = journal.feed_checks, journal.source_nights
    outcomes = [dict(night.outcomes) for night in nights]
    fetched = sum(counts.get("fetched", 0) for counts in outcomes)
    return CrawlReport(
        ended=row["ended"],
        feed_checks=checks,
        source_nights=nights,
        parts=tuple(row["parts"]),
        journal=row["journal"],
        pages=fetched,
        errors=sum(sum(counts.values()) for counts in outcomes) - fetched,
        pending=sum(night.pending for night in nights),
        elapsed_seconds=row["elapsed_seconds"],
        peak_memory_bytes=row["peak_memory_bytes"],
        listings_not_asked=row["listings_not_asked"],
    )


def _stopped_at_once() -> CrawlReport:
    """Give the report of a child that was stopped before it could write one: still importing, or killed."""
    return CrawlReport(
        ended="stopped",
        feed_checks=(),
        source_nights=(),
        parts=(),
        journal="",
        pages=0,
        errors=0,
        pending=0,
        elapsed_seconds=0.0,
        peak_memory_bytes=0,
    )


@contextmanager
def _passing_signals_to(child: "subprocess.Popen[str]") -> Iterator[list[int]]:
    """Pass SIGTERM and SIGINT on to the child, the second as SIGKILL; gives the list of those that came."""
    passed: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        passed.append(number)
        child.send_signal(signal.SIGTERM if len(passed) == 1 else signal.SIGKILL)

    if threading.current_thread() is not threading.main_thread():
        yield passed
        return
    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield passed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _job_row(job: CrawlJob) -> dict[str, Any]:
    row = asdict(job)
    row["parent_pid"] = os.getpid()
    row["data_dir"] = str(job.data_dir.resolve())
    row["sources_dir"] = None if job.sources_dir is None else str(job.sources_dir.resolve())
    row["now"] = None if job.now is None else job.now.isoformat()
    return row


def child_environment() -> dict[str, str]:
    """Give the environment for a child process that meets the web: our packages, the proxies, and no secret.

    A file in the folder where it is started is no module for it, so that no ``json.py`` there is run.
    """
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    return {**without_secrets(os.environ), **ours}


def _tail(path: Path) -> str:
    return path.read_bytes()[-LOG_TAIL_CHARS:].decode("utf-8", "replace")


def main(arguments: list[str]) -> int:
    """Run the child's side; give its exit status."""
    job_path = Path(arguments[0])
    row = json.loads(job_path.read_text(encoding="utf-8"))
    job_path.unlink(missing_ok=True)
    from crawler.child import crawl_here  # takes most of a second, in which a kill would leave the file

    log = RedactingStream(sys.stderr)
    sys.stderr = cast("TextIO", log)
    out, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not come between the JSON lines
    try:
        last = crawl_here(row)
        status = 0
    except NewstoneError as error:
        last = {"type": "error", "error": type(error).__name__, "message": redacted(str(error))}
        status = 1
    finally:
        log.close_line()
    out.write(json.dumps(last) + "\n")
    out.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
