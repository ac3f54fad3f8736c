"""Stands around every run: tells the health check of nights, and writes the figures of all runs. Never fails one."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from newstone.cli.exits import EXIT_CHECKS_REFUSED, EXIT_FAILED, EXIT_OK, exit_code_of, explain_os_error
from newstone.config import Project
from newstone.monitoring.figures import RunFigures, read_runs, remember_run, stage_figures
from newstone.monitoring.ping import Signal, ping
from newstone.monitoring.textfile import write_textfile
from newstone.stages.context import StageResult
from pipelines.clock import utc_now
from pipelines.errors import ChecksFailedError, NewstoneError
from pipelines.redaction import redacted

logger = logging.getLogger(__name__)

PINGED_COMMANDS = frozenset({"nightly"})
"""Commands of which the health check is told: it waits for one sign of life a night, not for any poll."""


@dataclass(slots=True)
class Remarks:
    """What went wrong while telling, for a person; it changes nothing about the run."""

    lines: list[str] = field(default_factory=list)
    n_failed_pings: int = 0

    def add_ping(self, lines: Sequence[str]) -> None:
        """Note what a ping gave."""
        self.lines.extend(lines)
        self.n_failed_pings += len(lines)


@contextmanager
def watching(
    project: Project, command: str, results: Sequence[StageResult], problems: Sequence[str]
) -> Iterator[Remarks]:
    """Tell of the run in the ``with`` block when it begins and when it has ended, however it ends.

    ``results`` and ``problems`` are those of the run and fill while it works; what the block raises passes through.
    """
    remarks = Remarks()
    started_at = utc_now()
    state, exit_code, said = "failed", EXIT_FAILED, ""
    try:
        if command in PINGED_COMMANDS:
            remarks.add_ping(ping(project, "start"))
        yield remarks
        state, exit_code = ("partial", EXIT_FAILED) if problems else ("ok", EXIT_OK)
    except KeyboardInterrupt:
        state, said = "interrupted", "stopped by a person or a signal; the next run picks up what is left"
        raise
    except ChecksFailedError as error:
        state, exit_code, said = "refused", EXIT_CHECKS_REFUSED, str(error)
        raise
    except BaseException as error:
        if isinstance(error, NewstoneError):
            exit_code, said = exit_code_of(error), str(error)
        else:
            said = explain_os_error(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise
    finally:
        if command in PINGED_COMMANDS:
            signal: Signal = "ok" if state == "ok" else "fail"
            text = _letter(state, said, results, problems)
            remarks.add_ping(ping(project, signal, text, is_hasty=state == "interrupted"))
        figures = RunFigures(
            command=command,
            state=state,
            exit_code=exit_code,
            started_at=started_at.timestamp(),
            ended_at=utc_now().timestamp(),
            n_problems=len(problems) + (1 if said else 0),
            n_failed_pings=remarks.n_failed_pings,
            stages=stage_figures(results),
            pid=os.getpid(),
        )
        remarks.lines.extend(_write(project, figures))
        if state not in ("ok", "partial"):  # the run has no report that could carry them
            for line in remarks.lines:
                logger.warning("newstone: %s", line)


def tell_killed(
    project: Project,
    command: str,
    pid: int,
    started_at: datetime,
    exit_code: int | None,
    detail: str,
    *,
    is_hasty: bool,
) -> tuple[str, ...]:
    """Tell of a run that was killed, in its place, unless it told of its end itself; for who started it.

    Gives what went wrong while telling, for a person. ``exit_code`` is negative for a signal, None where it is not
    known. The figures have no stages: they died with the run.
    """
    if command not in PINGED_COMMANDS:
        return ()
    # a run remembers its figures after it has pinged; what was killed in between is told of twice
    ends = [(run.pid, run.ended_at) for run in read_runs(project.data_dir) if run.command == command]
    if any(number == pid and ended_at >= started_at.timestamp() for number, ended_at in ends):
        return ()
    lines = ping(project, "fail", f"{detail}\nstate: killed", is_hasty=is_hasty)
    figures = RunFigures(
        command=command,
        state="failed",
        exit_code=EXIT_FAILED if exit_code is None else exit_code,
        started_at=started_at.timestamp(),
        ended_at=utc_now().timestamp(),
        n_problems=1,
        n_failed_pings=len(lines),
        pid=pid,
    )
    return (*lines, *_write(project, figures))


def _letter(state: str, said: str, results: Sequence[StageResult], problems: Sequence[str]) -> str:
    """Give what goes with a ping: the stages, then the problems, the newest last, since the end is what is kept."""
    stages = [f"{result.stage} {result.n_in} -> {result.n_out} in {result.elapsed_seconds:.1f} s" for result in results]
    return "\n".join([*stages, *problems, *([said] if said else []), f"state: {state}"])


def _write(project: Project, figures: RunFigures) -> tuple[str, ...]:
    if project.textfile is None and not project.settings.monitoring.healthcheck_url:
        return ()
    try:
        write_textfile(project, remember_run(project.data_dir, figures))
    except OSError as error:
        return (f"the figures for monitoring were not written: {redacted(explain_os_error(error))}",)
    except Exception as error:  # noqa: BLE001  (a fault of ours in here must not make a good night a failed one)
        return (f"the figures for monitoring were not written: {type(error).__name__}: {redacted(str(error))}",)
    return ()
