"""Small projects in three states, made once and copied for each case.

Commands run in this process, which saves their imports; those that are killed, limited or set against each other are
processes of their own.
"""

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from newstone.cli import main
from newstone.config import Project, load_project
from newstone.demo.project import PROXY_VARIABLES, make_demo_project
from newstone.demo.server import DemoNewsroom
from newstone.jobs import RunReport, Stage, named_stages, nightly_stages, run_stages
from tests.newstone.test_kill import content_of
from tests.retention.press import WATCHLIST

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
        return copy_project(self.project, folder)

    def run(self, project: Project, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end as the command line does; no command may ever show a traceback."""
        out, errors = io.StringIO(), io.StringIO()
        hook, handler = sys.excepthook, signal.getsignal(signal.SIGTERM)
        with (
            self.proxied(**environment),
            redirect_stdout(out),
            redirect_stderr(errors),
            pytest.raises(SystemExit) as ended,
        ):
            main(["--config", str(project.file), *arguments])
        sys.excepthook = hook
        signal.signal(signal.SIGTERM, handler)
        assert "Traceback" not in errors.getvalue(), errors.getvalue()
        return Ended(int(ended.value.code or 0), out.getvalue(), errors.getvalue())

    def run_apart(self, project: Project, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end in a process of its own."""
        with self.start(project, *arguments, **environment) as child:
            out, errors = child.communicate()
        assert "Traceback" not in errors, errors
        return Ended(child.returncode, out, errors)

    @contextmanager
    def proxied(self, **environment: str) -> Iterator[None]:
        """Make the newsroom the proxy of this process, and set further variables."""
        with pytest.MonkeyPatch.context() as patch:
            for name in PROXY_VARIABLES:
                patch.delenv(name, raising=False)
            for name, value in {"http_proxy": self.newsroom.url, **environment}.items():
                patch.setenv(name, value)
            yield

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
        """Run a night that must go well and leave what an undisturbed one leaves."""
        report = self.night(project)
        assert (report.state, report.problems) == ("ok", ())
        self.assert_same(project)

    def night(self, project: Project, source_ids: Sequence[str] | None = None) -> RunReport:
        """Run a night."""
        return self._stages(project, nightly_stages(source_ids))

    def run_stages(self, project: Project, *names: str) -> RunReport:
        """Run some stages of a night."""
        return self._stages(project, [named_stages()[name] for name in names])

    def publish(self, project: Project) -> RunReport:
        """Run what a night does after its crawl and its texts."""
        return self.run_stages(project, "verify", "publish")

    def _stages(self, project: Project, stages: Sequence[Stage]) -> RunReport:
        with self.proxied():
            return run_stages(project, "nightly", stages, lambda _progress: None)

    def assert_same(self, project: Project) -> None:
        """Compare what is published with what an undisturbed night leaves."""
        found, wanted = content_of(project.snapshot_file), self.content
        for table, rows in wanted.items():
            assert found[table] == rows, f"{table} differs"


def copy_project(project: Project, folder: Path) -> Project:
    """Copy a project as it is."""
    shutil.copytree(project.root, folder)
    return load_project(folder)


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    project = make_demo_project(tmp_path_factory.mktemp("ground") / "project")
    for path in project.sources_dir.rglob("*.toml"):
        if path.stem not in SOURCES:
            path.unlink()
    project.file.write_text(f"{project.file.read_text()}\n[extract]\nworkers = 1\n", encoding="utf-8")
    project.watchlist_file.write_text(WATCHLIST, encoding="utf-8")
    project = load_project(project.file)
    with DemoNewsroom() as newsroom:
        ground = Ground(newsroom, project)
        assert ground.night(project).state == "ok"
        yield ground


@pytest.fixture(scope="session")
def half(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after a night that saw one of the two outlets; to be copied."""
    project = ground.fresh(tmp_path_factory.mktemp("half") / "project")
    assert ground.night(project, ["fen_review"]).state == "ok"
    return project


@pytest.fixture(scope="session")
def crawled(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project with an empty database, and all its pages waiting in one part; to be copied."""
    project = ground.fresh(tmp_path_factory.mktemp("crawled") / "project")
    assert ground.publish(project).state == "ok"
    assert ground.run_stages(project, "crawl").state == "ok"
    return project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests on this ground run in one worker, so that there is one undisturbed night."""
    for item in items:
        if "ground" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("crash"))
