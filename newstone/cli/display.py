"""What a person sees while a run works, and its figures for machines."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from newstone.cli.terminal import shown
from newstone.config import Project
from newstone.jobs import RunReport, Stage, run_stages
from newstone.stages.context import StageProgress, StageResult
from pipelines.clock import monotonic_seconds

PLAIN_EVERY_SECONDS = 15.0
"""Pause between two progress lines where stderr is no terminal (cron mails, log files)."""


class RunDisplay:
    """Shows progress on stderr: one live line on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._last_seconds = monotonic_seconds()
        self._live: Any = None

    @contextmanager
    def live(self) -> Iterator["RunDisplay"]:
        """Own the terminal line for the length of a ``with`` block."""
        if self._quiet or not sys.stderr.isatty():
            yield self
            return
        from rich.console import Console

        with Console(stderr=True).status("starting") as self._live:
            yield self
        self._live = None

    def progress(self, progress: StageProgress) -> None:
        """Take note of progress."""
        if self._quiet:
            return
        total = "" if progress.total is None else f" of {progress.total}"
        note = f"  {progress.note}" if progress.note else ""
        line = f"{progress.stage}: {progress.done}{total}{note}"
        if self._live is not None:
            self._live.update(line)
            return
        now = monotonic_seconds()
        if now - self._last_seconds >= PLAIN_EVERY_SECONDS:
            self._last_seconds = now
            click.echo(line, err=True)

    def result(self, result: StageResult) -> None:
        """Show the one line of an ended stage."""
        if self._quiet:
            return
        if self._live is not None:
            self._live.console.print(result_line(result), highlight=False, markup=False, soft_wrap=True)
        else:
            click.echo(result_line(result), err=True)


def run_shown(project: Project, command: str, stages: Sequence[Stage], *, as_json: bool, quiet: bool) -> RunReport:
    """Run stages and show them: progress and problems on stderr, with ``as_json`` the figures on stdout instead.

    Raises:
        NewstoneError, OSError: those of :func:`~newstone.jobs.run_stages`.
    """
    display = RunDisplay(quiet=quiet or as_json)
    with display.live():
        report = run_stages(project, command, stages, display.progress, display.result)
    if as_json:
        click.echo(report_json(report))
    if report.killed and not quiet:
        click.echo(f"{report.killed} was killed before this run, which took over and did what was left", err=True)
    for problem in (*report.problems, *report.remarks):
        click.echo(shown(f"newstone: {problem}", lines=True), err=True)
    return report


def result_line(result: StageResult) -> str:
    """Give one line for an ended stage: what went in, what came out, how long it took."""
    rate = f", {result.n_in / result.elapsed_seconds:.0f}/s" if result.n_in and result.elapsed_seconds >= 0.05 else ""
    counts = ", ".join(f"{name} {count}" for name, count in sorted(result.counts.items(), key=lambda row: -row[1])[:8])
    return f"{result.stage:<8} {result.n_in:>7} → {result.n_out:<7} in {result.elapsed_seconds:.1f} s{rate}" + (
        f"  ({counts})" if counts else ""
    )


def report_json(report: RunReport) -> str:
    """Give a run as one JSON object."""
    return json.dumps(
        {
            "run_id": report.run_id,
            "state": report.state,
            "problems": list(report.problems),
            "remarks": list(report.remarks),
            "stages": [
                {
                    "stage": result.stage,
                    "started_at": result.started_at.isoformat(),
                    "ended_at": result.ended_at.isoformat(),
                    "elapsed_seconds": round(result.elapsed_seconds, 3),
                    "n_in": result.n_in,
                    "n_out": result.n_out,
                    "counts": dict(result.counts),
                    "peak_memory_bytes": result.peak_memory_bytes,
                }
                for result in report.stages
            ],
        },
        ensure_ascii=False,
        indent=2,
    )
