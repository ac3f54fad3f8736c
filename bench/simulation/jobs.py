"""The jobs of the simulated year, as the command line would run them, for a forked child."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from newstone.backup.making import make_backup
from newstone.cli.exits import EXIT_FAILED, EXIT_OK, exit_code_of
from newstone.config import Project, load_project
from newstone.jobs import alert_stages, named_stages, run_stages
from newstone.stages.crawling import crawl_sources
from pipelines.errors import NewstoneError

JobName = Literal["nightly", "poll", "digest", "backup"]


def job_of(name: JobName, config: Path) -> Callable[[], int]:
    """Give what runs a job and gives its exit status."""

    def run() -> int:
        try:
            return _JOBS[name](load_project(config))
        except NewstoneError as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            return exit_code_of(error)

    return run


def _nightly(project: Project) -> int:
    stages = (*named_stages().values(), *alert_stages(project))
    report = run_stages(project, "nightly", stages, lambda _: None)
    row = {
        "stages": {stage.stage: stage.elapsed_seconds for stage in report.stages},
        "problems": report.problems,
        "peak_bytes": max((stage.peak_memory_bytes for stage in report.stages), default=0),
    }
    (project.root / "report.json").write_text(json.dumps(row), encoding="utf-8")
    print(f"{report.state}: {'; '.join(report.problems)}", flush=True)
    return EXIT_OK if report.state == "ok" else EXIT_FAILED


def _poll(project: Project) -> int:
    report = run_stages(project, "crawl", [partial(crawl_sources, due_only=True)], lambda _: None)
    return EXIT_OK if report.state == "ok" else EXIT_FAILED


def _digest(project: Project) -> int:
    from newstone.cli.digest import read_digest, write_digest

    path, subject = write_digest(project, read_digest(project, None), project.digest_dir)
    print(f"{path}: {subject}", flush=True)
    return EXIT_OK


def _backup(project: Project) -> int:
    settings = project.settings.backup
    report = make_backup(project, project.backup_dir, pages=settings.pages, keep=settings.keep)
    print(f"{report.folder}: {report.size_bytes} bytes", flush=True)
    return EXIT_OK


_JOBS: dict[JobName, Callable[[Project], int]] = {
    "nightly": _nightly,
    "poll": _poll,
    "digest": _digest,
    "backup": _backup,
}
