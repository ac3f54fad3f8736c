"""Replay: articles, mentions and scores made anew from the kept pages, in a folder of their own.

The parts are linked, never moved: the original is only read. With ``since`` the earlier fetches of a page are missing:
then a page may stand for its text although in the original an earlier one does.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from db.replay_comparison import Compared, compare_replay
from newstone.config import CONFIG_NAME, Project
from newstone.jobs import run_stages
from newstone.lock import hold_lock
from newstone.settings import PathSettings
from newstone.settings_unattended import MonitoringSettings
from newstone.stages.context import StageProgress, StageResult
from newstone.stages.extracting import extract_parts
from newstone.stages.matching import match_articles
from newstone.stages.publishing import publish_snapshot
from newstone.stages.scoring import score_backlog
from pipelines.errors import UsageError
from pipelines.spool import folder, list_done_parts


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay made: its folder, how many parts went in, and how it compares with the original."""

    folder: Path
    n_parts: int
    tables: tuple[Compared, ...]
    problems: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """True where no row differs."""
        return not any(table.n_only_original or table.n_only_replayed for table in self.tables)


def replay_parts(
    project: Project,
    target: Path,
    since: date | None,
    on_progress: Callable[[StageProgress], None],
    on_result: Callable[[StageResult], None],
) -> Replay:
    """Make a database from the parts opened on or after a day (UTC), with today's extractor, watchlist and model.

    Compares it with the original; without parts nothing is made. Takes as long as extracting and scoring everything;
    answers that the score cache knows are taken from a copy of it.

    Raises:
        UsageError: the folder exists and is not empty.
        LockedError: another run holds the data folder at the beginning or at the end.
        NewstoneError: those of the stages.
    """
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"{target} is not empty; name a new folder with --to")
    with hold_lock(project.data_dir, "replay"):
        begin = "" if since is None else f"{since:%Y%m%d}"  # part names begin with the time they were opened, UTC
        parts = [part for part in list_done_parts(project.data_dir) if part.name >= begin]
        if not parts:
            return Replay(target, 0, ())
        scratch = _scratch_of(project, target)
        for part in parts:
            _link(part, folder(scratch.data_dir, "new") / part.name)
        if project.score_cache_file.exists():
            shutil.copyfile(project.score_cache_file, scratch.score_cache_file)
    stages = (extract_parts, match_articles, score_backlog, publish_snapshot)
    report = run_stages(scratch, "replay", stages, on_progress, on_result)
    with hold_lock(project.data_dir, "replay"):
        tables = compare_replay(project.writer_file, scratch.writer_file)
    return Replay(target, len(parts), tuple(tables), report.problems)


def _scratch_of(project: Project, target: Path) -> Project:
    """Give the project with other places for data and snapshot, and write a configuration that names them.

    Without [monitoring]: the figures of a replay would take the place of those of the nights.
    """
    target.mkdir(parents=True, exist_ok=True)
    paths = PathSettings(
        data=target.resolve() / "data",
        sources=project.sources_dir,
        watchlist=project.watchlist_file,
        snapshot=target.resolve() / "newstone.duckdb",
    )
    lines = [f"{name} = {json.dumps(str(path))}" for name, path in paths.model_dump().items()]
    head = "# A replay: made from the pages of another project, to be looked at and thrown away."
    text = "\n".join([head, "[paths]", *lines])
    (target / CONFIG_NAME).write_text(f"{text}\n", encoding="utf-8")
    changes = {"paths": paths, "monitoring": MonitoringSettings()}
    return project.model_copy(update={"settings": project.settings.model_copy(update=changes)})


def _link(part: Path, link: Path) -> None:
    """Link a part under another folder; a hard link where that works, so that it outlives the original's retention."""
    try:
        os.link(part, link)
    except OSError:
        link.symlink_to(part.resolve())
