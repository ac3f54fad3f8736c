"""One small press, made once; each test works on a copy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newstone.config import Project
from newstone.stages.pruning import prune_store
from newstone.stages.publishing import publish_snapshot
from tests.retention import forget_child, press


@pytest.fixture(scope="session")
def made_press(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return press.make_press(tmp_path_factory.mktemp("press") / "made")


@pytest.fixture(scope="session")
def forgotten(made_press: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The press after the takedown of one article; only to be looked at."""
    project = press.copy_press(made_press, tmp_path_factory.mktemp("forgotten") / "project")
    press.run(project, *forget_child.stages_of("forget"))
    return project


@pytest.fixture(scope="session")
def pruned(made_press: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The press a month later, by the rules that are set where nobody sets others; only to be looked at."""
    project = press.copy_press(made_press, tmp_path_factory.mktemp("pruned") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("newstone.stages.pruning.utc_now", lambda: press.MONTH_LATER)
        assert press.run(project, prune_store) == {"page bodies": 3, "texts to sentences": 1}
        press.run(project, publish_snapshot)
    return project


@pytest.fixture
def project(made_press: Project, tmp_path: Path) -> Project:
    return press.copy_press(made_press, tmp_path / "project")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the time of pruning."""

    def set_to(now: object) -> None:
        monkeypatch.setattr("newstone.stages.pruning.utc_now", lambda: now)

    return set_to


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests on the press run in one worker, so that it is made once."""
    for item in items:
        if "made_press" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("press"))
