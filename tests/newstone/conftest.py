"""One undisturbed night on the embedded newsroom, shared by the tests that only look at it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from newstone.config import Project
from newstone.demo.project import make_demo_project, newsroom_as_proxy
from newstone.demo.server import DemoNewsroom
from newstone.jobs import RunReport, nightly_stages, run_stages


@dataclass(frozen=True, slots=True)
class Night:
    """A finished night, and the newsroom that still serves."""

    project: Project
    report: RunReport
    newsroom: DemoNewsroom
    hits: dict[str, int]  # GET requests by URL during that night


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    project = make_demo_project(tmp_path_factory.mktemp("night") / "demo")
    with newsroom_as_proxy() as newsroom:
        report = run_stages(project, "nightly", nightly_stages(), lambda _progress: None)
        yield Night(project, report, newsroom, newsroom.hits())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests that look at the shared night run in one worker, so that there is one night."""
    for item in items:
        if "night" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("night"))
