"""How the last run in a data folder ended, in a small file: for whoever started it, without opening the database.

An exit code of 1 stands for failed, partial and interrupted alike; this says which.
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipelines.clock import stamp
from pipelines.files import write_whole

LAST_RUN_NAME = "last_run.json"


@dataclass(frozen=True, slots=True)
class LastRun:
    """One ended run; ``state`` is that of the run ledger, ``detail`` for a person."""

    run_id: str
    command: str
    pid: int
    state: str
    detail: str

    def is_of(self, pid: int | None, started_at: datetime) -> bool:
        """Tell whether this was a run of the process that was started then (aware).

        Process numbers come again, in a container after each restart.
        """
        since = stamp(started_at)  # as identifiers of runs begin
        return self.pid == pid and self.run_id >= since


def write_last_run(data_dir: Path, run: LastRun) -> None:
    """Leave the end of a run for :func:`read_last_run`; on a full disk the exit code has to do."""
    with suppress(OSError):  # the run's own error counts, and says the same
        write_whole(data_dir / LAST_RUN_NAME, json.dumps(asdict(run), ensure_ascii=False).encode())


def read_last_run(data_dir: Path) -> LastRun | None:
    """Give the run that ended last; None where none did, or none could say so."""
    try:
        row = json.loads((data_dir / LAST_RUN_NAME).read_text(encoding="utf-8"))
        return LastRun(str(row["run_id"]), str(row["command"]), int(row["pid"]), str(row["state"]), str(row["detail"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
