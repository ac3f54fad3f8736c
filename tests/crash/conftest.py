"""A small project after one undisturbed night, copied for each case; commands run as processes of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from newstone.config import Project, load_project
from newstone.demo.project import PROXY_VARIABLES, make_demo_project
from newstone.demo.server import DemoNewsroom
from newstone.jobs import RunReport, named_stages, nightly_stages, run_stages
from tests.newstone.test_kill import content_of

SOURCES = {"fen_review", "alpenrand_blog"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    errors: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The newsroom that serves, and a project after one good night."""

    newsroom: DemoNewsroom
    project: Project

    @property
    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """What an undisturbed night leaves."""
        return content_of(self.project.snapshot_file)

    def fresh(self, folder: Path) -> Project:
        """Make the same project before its first night; the model's answers are known already."""
        shutil.copytree(self.project.root, folder, ignore=shutil.ignore_patterns("data", "*.duckdb"))
        (folder / "data").mkdir()
        shutil.copyfile(self.project.score_cache_file, folder / "data" / "scores.sqlite")
        return load_project(folder)

    def after_night(self, folder: Path) -> Project:
        """Make a copy of the project as it was after its good night."""
        shutil.copytree(self.project.root, folder)
        return load_project(folder)

    def run(self, project: Project, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end; no command may ever show a traceback."""
        with self.start(project, *arguments, **environment) as child:
            out, errors = child.communicate()
        assert "Traceback" not in errors, errors
        return Ended(child.returncode, out, errors)

    def start(self, project: Project, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start one command."""
        inherited = {name: value for name, value in os.environ.items() if name not in PROXY_VARIABLES}
        return subprocess.Popen(
            [sys.executable, "-m", "newstone", "--config", str(project.file), *arguments],
            env={**inherited, "http_proxy": self.newsroom.url, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hits(self) -> dict[str, int]:
        """Give how often each article was fetched so far."""
        return {url: n for url, n in self.newsroom.hits().items() if url in self.articles}

    @property
    def articles(self) -> set[str]:
        """The addresses of the pages of the project."""
        return {str(row[1]) for row in self.content["page"]}

    def assert_clean_night(self, project: Project) -> None:
        """Run a night that must go well and leave what an undisturbed one leaves.

        In this process, which saves two thirds of its time; the crawl is a process of its own all the same.
        """
        report = self.night(project)
        assert (report.state, report.problems) == ("ok", ())
        self.assert_same(project)

    def night(self, project: Project, source_ids: Sequence[str] | None = None) -> RunReport:
        """Run a night in this process."""
        before = {name: os.environ.pop(name, None) for name in PROXY_VARIABLES}
        os.environ["http_proxy"] = self.newsroom.url
        try:
            return run_stages(project, "nightly", nightly_stages(source_ids), lambda _progress: None)
        finally:
            del os.environ["http_proxy"]
            os.environ.update({name: value for name, value in before.items() if value is not None})

    def assert_same(self, project: Project) -> None:
        """Compare what is published with what an undisturbed night leaves."""
        found, wanted = content_of(project.snapshot_file), self.content
        for table, rows in wanted.items():
            assert found[table] == rows, f"{table} differs"

    def publish(self, project: Project) -> RunReport:
        """Run what a night does after its crawl and its texts, in this process."""
        stages = named_stages()
        return run_stages(project, "nightly", [stages["verify"], stages["publish"]], lambda _progress: None)


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    project = make_demo_project(tmp_path_factory.mktemp("ground") / "project")
    for path in project.sources_dir.rglob("*.toml"):
        if path.stem not in SOURCES:
            path.unlink()
    project.file.write_text(f"{project.file.read_text()}\n[extract]\nworkers = 1\n", encoding="utf-8")
    project = load_project(project.file)
    with DemoNewsroom() as newsroom:
        ground = Ground(newsroom, project)
        ended = ground.run(project, "nightly")
        assert ended.code == 0, ended.errors
        yield ground


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests on this ground run in one worker, so that there is one undisturbed night."""
    for item in items:
        if "ground" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("crash"))
