"""What is remembered of the newest run of each command, so that one file shows them all: ``<data>/monitoring.json``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from newstone.stages.context import StageResult
from pipelines.files import write_whole

FILE_NAME = "monitoring.json"


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage. ``counts`` are those of the stage, such as outcomes of pages."""

    stage: str
    elapsed_seconds: float
    n_in: int
    n_out: int
    peak_memory_bytes: int
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """The newest run of one command; moments in seconds since 1970, UTC."""

    command: str
    state: str  # ok, partial, failed, refused, interrupted
    exit_code: int  # negative for the signal that ended the process
    started_at: float
    ended_at: float
    n_problems: int
    n_failed_pings: int = 0
    succeeded_at: float | None = None  # end of the newest run that was ok; kept through others
    stages: tuple[StageFigures, ...] = ()
    pid: int = 0  # of the run; 0 in files of an older version


def stage_figures(results: Sequence[StageResult]) -> tuple[StageFigures, ...]:
    """Give the figures of stages that ended."""
    return tuple(
        StageFigures(
            stage=result.stage,
            elapsed_seconds=result.elapsed_seconds,
            n_in=result.n_in,
            n_out=result.n_out,
            peak_memory_bytes=result.peak_memory_bytes,
            counts=dict(result.counts),
        )
        for result in results
    )


def remember_run(data_dir: Path, figures: RunFigures) -> tuple[RunFigures, ...]:
    """Put a run in the place of the one before of its command; give the newest run of each command, by command.

    Raises:
        OSError: the file cannot be written.
    """
    runs = {run.command: run for run in read_runs(data_dir)}
    if figures.state == "ok":
        figures = replace(figures, succeeded_at=figures.ended_at)
    elif figures.command in runs:
        figures = replace(figures, succeeded_at=runs[figures.command].succeeded_at)
    runs[figures.command] = figures
    text = json.dumps([asdict(run) for run in runs.values()], ensure_ascii=False)
    write_whole(data_dir / FILE_NAME, text.encode())
    return tuple(runs[command] for command in sorted(runs))


def read_runs(data_dir: Path) -> tuple[RunFigures, ...]:
    """Give the newest run of each command; none where the file is missing or damaged: the next runs write it anew."""
    try:
        rows = json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8"))
        return tuple(
            RunFigures(**{**row, "stages": tuple(StageFigures(**stage) for stage in row["stages"])}) for row in rows
        )
    except (OSError, ValueError, TypeError, KeyError):
        return ()
