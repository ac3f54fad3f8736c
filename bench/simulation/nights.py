"""Runs every night of a plan, kills some of them, and keeps what each cost."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

from bench.simulation.days import date_of, moment, night_start
from bench.simulation.editor import edit_sources
from bench.simulation.jobs import JobName, job_of
from bench.simulation.plan import Plan
from bench.simulation.warm import JobEnd, run_job
from newstone.config import Project

POLL_HOUR = 15
"""Of the afternoon in which feeds are asked once more, in weeks that are polled."""

FIRST_KILL_SECONDS = 0.1
USUAL_SECONDS = 2.5
"""Length of a night before the first has been measured; kills come within the mean length of those before."""

SET_BACK = timedelta(hours=1)

BACKUP_EVERY_NIGHTS = 30
DIGEST_EVERY_WEEKS = 4


@dataclass(slots=True)
class NightFigures:
    """What one night was and cost; sizes are those after it, ``seconds`` those of the run that was not killed."""

    night: int
    seconds: float = 0.0
    peak_bytes: int = 0
    writer_bytes: int = 0
    snapshot_bytes: int = 0
    spool_bytes: int = 0
    state_bytes: int = 0
    n_kills: int = 0
    status: int = 0
    stages: dict[str, float] = field(default_factory=dict)  # seconds
    problems: tuple[str, ...] = ()
    others: dict[str, int] = field(default_factory=dict)  # exit status of polls, digests, backups


def run_nights(
    plan: Plan, project: Project, log_file: Path, on_night: Callable[[NightFigures], None]
) -> list[NightFigures]:
    """Run all nights; gives their figures, without those on which the machine was off.

    Raises:
        OSError: the server of the press could not be started.
    """
    figures: list[NightFigures] = []
    moments = random.Random(f"{plan.press.seed}/kills")
    with serving(plan, log_file) as server, (project.root / "jobs.log").open("ab") as log:
        for night in range(plan.n_nights):
            edit_sources(plan, project.root, night)
            if plan.nights[night].machine_off:
                continue
            runner = _Runner(project, server, log, night)
            usual = sum(one.seconds for one in figures) / len(figures) if figures else USUAL_SECONDS
            figures.append(_run_night(plan, runner, moments, usual))
            on_night(figures[-1])
    return figures


@dataclass(slots=True)
class _Runner:
    project: Project
    server: "PressClient"
    log: IO[bytes]
    night: int

    def run(self, name: JobName, now: datetime, *, kill_after: float | None = None, crawl_only: bool = False) -> JobEnd:
        """Run one job at a time that the server is told, too."""
        self.server.set_night(self.night, now)
        self.log.write(f"-- night {self.night} {date_of(self.night)}: {name}\n".encode())
        self.log.flush()
        return run_job(
            job_of(name, self.project.file), now, self.log, kill_after_seconds=kill_after, kill_crawl_only=crawl_only
        )


def _run_night(plan: Plan, runner: _Runner, moments: random.Random, usual: float) -> NightFigures:
    night, fault = runner.night, plan.nights[runner.night]
    figures = NightFigures(night)
    now = night_start(night)
    for _ in range(fault.kills):
        kill_after = moments.uniform(FIRST_KILL_SECONDS, usual / 3 if fault.kills_crawl_only else usual)
        end = runner.run("nightly", now, kill_after=kill_after, crawl_only=fault.kills_crawl_only)
        figures.n_kills += end.was_killed
        now += timedelta(seconds=end.seconds + 60)
    end = runner.run("nightly", now)
    figures.seconds, figures.peak_bytes, figures.status = end.seconds, end.peak_bytes, end.status
    _take_report(runner.project, figures)
    if fault.clock_set_back:
        figures.others["set back"] = runner.run("nightly", now - SET_BACK).status
    # what a poll fetches is extracted by the next night, so none follows the last one
    if fault.polls and any(not later.machine_off for later in plan.nights[night + 1 : plan.n_nights]):
        figures.others["poll"] = runner.run("poll", moment(night, POLL_HOUR * 3600)).status
    if date_of(night).weekday() == 0 and night // 7 % DIGEST_EVERY_WEEKS == 1:
        figures.others["digest"] = runner.run("digest", moment(night, 7 * 3600)).status
    if night % BACKUP_EVERY_NIGHTS == BACKUP_EVERY_NIGHTS - 1:
        figures.others["backup"] = runner.run("backup", moment(night, 5 * 3600)).status
    _measure(runner.project, figures)
    return figures


def _take_report(project: Project, figures: NightFigures) -> None:
    path = project.root / "report.json"
    if path.exists():
        row = json.loads(path.read_text(encoding="utf-8"))
        figures.stages, figures.problems = row["stages"], tuple(row["problems"])
        figures.peak_bytes = max(figures.peak_bytes, row["peak_bytes"])
        path.unlink()


def _measure(project: Project, figures: NightFigures) -> None:
    figures.writer_bytes = _size(project.writer_file)
    figures.snapshot_bytes = _size(project.snapshot_file)
    figures.state_bytes = sum(map(_size, (project.data_dir / "crawl").glob("state.sqlite*")))
    spool = project.data_dir / "spool"
    figures.spool_bytes = sum(_size(Path(folder) / name) for folder, _, names in os.walk(spool) for name in names)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def write_figures(figures: list[NightFigures], path: Path) -> None:
    """Write the figures as JSON, one object a night."""
    path.write_text(json.dumps([asdict(one) for one in figures], indent=1), encoding="utf-8")


class PressClient:
    """Tells the server of the press which night it is."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._host = urlsplit(url).netloc

    def set_night(self, night: int, now: datetime) -> None:
        """Set the night and the time as of which listings are shown."""
        connection = HTTPConnection(self._host, timeout=30)
        connection.request("GET", f"/control?night={night}&now={quote(now.isoformat())}")
        connection.getresponse().read()
        connection.close()


@contextmanager
def serving(plan: Plan, log_file: Path) -> Iterator[PressClient]:
    """Run the server of the press in a process of its own and make it the HTTP proxy of this one."""
    command = [sys.executable, "-m", "bench.simulation.server", "--seed", str(plan.press.seed)]
    command += ["--nights", str(plan.n_nights), "--outlets", str(len(plan.press.outlets)), "--log", str(log_file)]
    for name in ("https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(name, None)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise OSError("the server of the press has no pipes")
        try:
            url = server.stdout.readline().strip()
            if not url:
                raise OSError("the server of the press did not start")
            os.environ["http_proxy"] = url
            yield PressClient(url)
        finally:
            server.stdin.close()  # it ends, and its log is whole
            server.wait(timeout=30)
