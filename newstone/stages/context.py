"""What every stage is given, and what it gives back."""

import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newstone.config import Project
from pipelines.clock import monotonic_seconds, utc_now


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage is; ``total`` is None where it is not known."""

    stage: str
    done: int
    total: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class StageContext:
    """The project, the run that a stage belongs to, and where it tells its progress."""

    project: Project
    run_id: str
    on_progress: Callable[[StageProgress], None]


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one stage did. ``problems`` are for a person; a stage with problems went through but lost something."""

    stage: str
    started_at: datetime
    ended_at: datetime
    elapsed_seconds: float
    n_in: int
    n_out: int
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    peak_memory_bytes: int = 0


class StageClock:
    """Measures one stage from construction to :meth:`result`."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._started_at = utc_now()
        self._started_seconds = monotonic_seconds()

    def result(
        self, *, n_in: int, n_out: int, counts: Mapping[str, int] | None = None, problems: tuple[str, ...] = ()
    ) -> StageResult:
        """Close the measurement and give the result."""
        return StageResult(
            stage=self._stage,
            started_at=self._started_at,
            ended_at=utc_now(),
            elapsed_seconds=monotonic_seconds() - self._started_seconds,
            n_in=n_in,
            n_out=n_out,
            counts=dict(counts or {}),
            problems=problems,
            peak_memory_bytes=peak_memory_bytes(),
        )


def peak_memory_bytes() -> int:
    """Give the largest resident size so far, in bytes: of this process or of its largest ended child."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes on Linux, bytes on macOS
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) * unit
