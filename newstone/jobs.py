"""Jobs: stages in order under one lock, each with a row in the run ledger."""

import hashlib
import os
import platform
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from db.loader import record_run_end, record_run_start, record_stage
from db.rows import RunEnd, RunStart, RunState, StageRun
from db.writer import open_writer
from newstone import __version__
from newstone.config import Project
from newstone.ending import EndRequest, taking_signals
from newstone.last_run import LastRun, write_last_run
from newstone.lock import hold_lock
from newstone.monitoring.watch import watching
from newstone.stages.context import StageContext, StageProgress, StageResult
from pipelines.clock import stamp, utc_now
from pipelines.errors import CrawlError
from pipelines.redaction import redacted

Stage = Callable[[StageContext], StageResult]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a job did: its stages in order, and how it ended."""

    run_id: str
    state: str  # ok, partial
    stages: tuple[StageResult, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()  # what monitoring could not tell; no fault of the run
    killed: str = ""  # the run before this one, for a person, where it was killed and its lock taken over


def new_run_id() -> str:
    """Give a run id that is unique and sorts by time (UTC)."""
    return f"{stamp(utc_now())}-{secrets.token_hex(3)}"


def named_stages(source_ids: Sequence[str] | None = None, since: date | None = None) -> dict[str, Stage]:
    """Give the stages of a night by name, in order.

    ``source_ids`` None crawls all enabled sources; ``since`` is that of
    :func:`~newstone.stages.extracting.extract_parts`.
    """
    from newstone.stages.checking_sources import judge_sources
    from newstone.stages.crawling import crawl_sources
    from newstone.stages.extracting import extract_parts
    from newstone.stages.matching import match_articles
    from newstone.stages.pruning import prune_store
    from newstone.stages.publishing import publish_snapshot
    from newstone.stages.scoring import score_backlog
    from newstone.stages.verifying import verify_store

    def crawl(context: StageContext) -> StageResult:
        return crawl_sources(context, source_ids)

    def extract(context: StageContext) -> StageResult:
        return extract_parts(context, since)

    return {
        "crawl": crawl,
        "extract": extract,
        "match": match_articles,
        "score": score_backlog,
        "sources": judge_sources,
        "prune": prune_store,
        "verify": verify_store,
        "publish": publish_snapshot,
    }


def nightly_stages(source_ids: Sequence[str] | None = None) -> tuple[Stage, ...]:
    """Give the stages of a night in order; ``source_ids`` None crawls all enabled sources."""
    return tuple(named_stages(source_ids).values())


def alert_stages(project: Project) -> tuple[Stage, ...]:
    """Give the stage that follows publishing where the project has rules for alerts, else none."""
    if not project.settings.alerts.rules:
        return ()
    from newstone.stages.alerting import tell_alerts

    return (tell_alerts,)


def run_stages(
    project: Project,
    command: str,
    stages: Sequence[Stage],
    on_progress: Callable[[StageProgress], None],
    on_result: Callable[[StageResult], None] = lambda _result: None,
) -> RunReport:
    """Run stages in order as one run; a crawl that ends badly does not keep the others from their backlog.

    SIGTERM lets the running stage end where others follow it, a second one ends at once, see :mod:`newstone.ending`.

    Raises:
        LockedError: another run holds the data folder.
        NewstoneError: a stage failed; the ledger says which and why, and the next run picks the rest up.
        OSError: the same, for the reason of the operating system (no right, no space).
        KeyboardInterrupt: a signal came; the run stands as interrupted in the ledger.
    """
    with hold_lock(project.data_dir, command) as killed, taking_signals(after_stage=len(stages) > 1) as end:
        run_id = new_run_id()
        context = StageContext(project, run_id, on_progress, lambda: end.is_made)
        results: list[StageResult] = []
        problems: list[str] = []
        with (
            watching(project, command, results, problems) as remarks,
            _run_row(project, command, run_id, problems, end),
        ):
            for stage in stages:
                if end.is_made:
                    raise KeyboardInterrupt(f"stopped by SIGTERM after {len(results)} of {len(stages)} stages")
                try:
                    result = stage(context)
                except CrawlError as error:
                    problems.append(redacted(str(error)))
                    continue
                results.append(result)
                problems.extend(map(redacted, result.problems))
                _record(project, run_id, result)
                on_result(result)
        state = "partial" if problems else "ok"
        return RunReport(run_id, state, tuple(results), tuple(problems), tuple(remarks.lines), killed or "")


@contextmanager
def _run_row(project: Project, command: str, run_id: str, problems: Sequence[str], end: EndRequest) -> Iterator[None]:
    """Record start and end of a run; a killed run has a start without an end."""
    start = RunStart(
        run_id=run_id,
        command=command,
        started_at=utc_now(),
        version=__version__,
        config_hash=hashlib.sha256(project.file.read_bytes()).hexdigest()[:16],
        pid=os.getpid(),
        host=platform.node(),
    )
    with open_writer(project.writer_file) as writer:
        record_run_start(writer, start)
    state, detail = RunState.FAILED, ""
    try:
        yield
        state, detail = (RunState.PARTIAL, "\n".join(problems)) if problems else (RunState.OK, "")
    except KeyboardInterrupt as interrupt:
        reason = str(interrupt) or "stopped by the person or a signal"
        state, detail = RunState.INTERRUPTED, "\n".join((reason, *problems))
        raise
    except BaseException as error:
        detail = f"{type(error).__name__}: {error}"
        raise
    finally:
        end.is_closing = True
        detail = redacted(detail)
        write_last_run(project.data_dir, LastRun(run_id, command, os.getpid(), state, detail))
        with open_writer(project.writer_file) as writer:
            record_run_end(writer, RunEnd(run_id=run_id, ended_at=utc_now(), state=state, detail=detail))
            writer.checkpoint()


def _record(project: Project, run_id: str, result: StageResult) -> None:
    with open_writer(project.writer_file) as writer:
        record_stage(
            writer,
            StageRun(
                run_id=run_id,
                stage=result.stage,
                started_at=result.started_at,
                ended_at=result.ended_at,
                n_in=result.n_in,
                n_out=result.n_out,
                elapsed_seconds=result.elapsed_seconds,
                counts=result.counts,
                peak_memory_bytes=result.peak_memory_bytes,
            ),
        )
