"""What every stage is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newstone.config import Project
from pipelines.clock import monotonic_seconds, utc_now
from pipelines.memory import peak_memory_bytes


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
    is_ending: Callable[[], bool] = lambda: False  # True once somebody asked the run to end after this stage


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
        self,
        *,
        n_in: int,
        n_out: int,
        counts: Mapping[str, int] | None = None,
        problems: tuple[str, ...] = (),
        child_peak_bytes: int = 0,
    ) -> StageResult:
        """Close the measurement and give the result; the peak is that of this process or of a child, if larger."""
        return StageResult(
            stage=self._stage,
            started_at=self._started_at,
            ended_at=utc_now(),
            elapsed_seconds=monotonic_seconds() - self._started_seconds,
            n_in=n_in,
            n_out=n_out,
            counts=dict(counts or {}),
            problems=problems,
            peak_memory_bytes=max(peak_memory_bytes(), child_peak_bytes),
        )
