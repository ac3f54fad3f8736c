"""Nights of some sources in a real writer database, and a project around it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.source import Discovery, DiscoveryKind, Expect, Medium, Source
from crawler.source_files import write_source
from db.loader import (
    load_part,
    record_feed_checks,
    record_run_start,
    record_source_nights,
    record_sources,
    record_stage,
)
from db.rows import RunStart, StageRun
from db.writer import Writer, open_writer
from newstone.config import Project, load_project
from newstone.stages.checking_sources import judge_sources
from newstone.stages.context import StageContext, StageResult
from newstone.stages.extracting import source_row
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, SourceNight
from tests.db import build

FIRST = date(2025, 1, 6)
TEXT = "Acme opened a plant in the north, and the mayor cut a ribbon of the usual length."


@dataclass(frozen=True)
class Told:
    """What one source did in one crawl."""

    n_new: int = 6
    outcome: Outcome = Outcome.OK
    feed: FeedOutcome = FeedOutcome.OK
    status: int | None = 200
    text: str = TEXT
    detail: str = ""
    attempt: int = 1


SILENT = Told(0, feed=FeedOutcome.UNCHANGED, status=304)
LOST = Told(0, feed=FeedOutcome.CONNECTION_ERROR, status=None)


@dataclass
class Press:
    """A project whose nights are written by hand, one a day."""

    project: Project
    next_night: date = FIRST
    n_pages: int = 0

    def load(
        self, told: Mapping[str, Told], *, hour: int = 2, command: str = "nightly", is_extracted: bool = True
    ) -> str:
        """Load what one run of ``next_night`` crawled and extracted; gives its id."""
        with open_writer(self.project.writer_file) as writer:
            return self._load(writer, told, hour, command, is_extracted=is_extracted)

    def _load(
        self, writer: Writer, told: Mapping[str, Told], hour: int, command: str, *, is_extracted: bool = True
    ) -> str:
        at = datetime.combine(self.next_night, datetime.min.time(), UTC) + timedelta(hours=hour)
        run_id = f"{at:%Y%m%dT%H%M%SZ}-{command}"
        checks, nights, pages = [], [], []
        for source_id, what in told.items():
            feed = f"https://{source_id}.example/rss"
            counts = (what.n_new, what.n_new)
            checks.append(FeedCheck(source_id, feed, "feed", at, what.feed, what.status, *counts, detail=what.detail))
            nights.append(SourceNight(source_id, run_id, at, what.n_new + 1, bytes_received=1000 * what.n_new))
            for _ in range(what.n_new):
                self.n_pages += 1
                pages.append(
                    build.page(
                        f"https://{source_id}.example/{self.n_pages}",
                        f"{what.text} {self.n_pages}",
                        source_id=source_id,
                        outcome=what.outcome,
                        attempt=what.attempt,
                        fetched_at=at + timedelta(minutes=5),
                    )
                )
        record_run_start(writer, RunStart(run_id, command, at, "0", "c"))
        record_feed_checks(writer, checks, run_id)
        record_source_nights(writer, nights, run_id)
        if is_extracted:
            load_part(writer, build.part(f"{run_id}.warc.gz", pages, run_id=run_id), pages)
            record_stage(writer, StageRun(run_id, "extract", at, at, len(pages), len(pages), 0.0))
        return run_id

    def copy(self, folder: Path) -> "Press":
        """Copy the whole project, which is cheaper than to write its nights again."""
        shutil.copytree(self.project.file.parent, folder, dirs_exist_ok=True)
        return replace(self, project=load_project(folder / "newstone.toml"))

    def judge(self, run_id: str) -> StageResult:
        """Run the stage as part of a run."""
        return judge_sources(StageContext(self.project, run_id, lambda _progress: None))

    def night(self, told: Mapping[str, Told]) -> StageResult:
        """Load and judge one night; the next one is a day later."""
        result = self.judge(self.load(told))
        self.next_night += timedelta(days=1)
        return result

    def nights(self, n: int, told: Mapping[str, Told]) -> StageResult:
        """Load some nights, and judge them all together, as those of an older database."""
        with open_writer(self.project.writer_file) as writer:
            for _ in range(n):
                run_id = self._load(writer, told, 2, "nightly")
                self.next_night += timedelta(days=1)
        return self.judge(run_id)


def make_source(source_id: str, feed: str = "", *, enabled: bool = True, expect: Expect | None = None) -> Source:
    return Source(
        id=source_id,
        name=f"The {source_id.title()}",
        language="en",
        country="GB",
        medium=Medium.PRESS,
        homepage=f"https://{source_id}.example/",
        enabled=enabled,
        discovery=(Discovery(kind=DiscoveryKind.FEED, url=feed or f"https://{source_id}.example/rss"),),
        expect=expect or Expect(),
    )


def make_press(folder: Path, *sources: Source) -> Press:
    """Make a project with these sources and no night yet."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = '[crawl]\ncontact_url = "https://example.org/bot"\n[extract]\nworkers = 1\n'
    (folder / "newstone.toml").write_text(settings, encoding="utf-8")
    project = load_project(folder / "newstone.toml")
    for source in sources:
        write_source(source, project.sources_dir)
    project.data_dir.mkdir(parents=True, exist_ok=True)
    project.writer_file.write_bytes(_migrated())
    with open_writer(project.writer_file) as writer:
        record_sources(writer, [source_row(source) for source in sources], datetime(2025, 1, 1, tzinfo=UTC))
    return Press(project)


@cache
def _migrated() -> bytes:
    """An empty database of the newest schema; migrating takes half a second."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "writer.duckdb"
        with open_writer(path):
            pass
        return path.read_bytes()
