"""Projects without sources, which runs in a second; and waiting for what other processes do."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newstone.config import Project, load_project

LONGEST_SECONDS = 60.0

CONFIG = '[schedule]\nnightly = ""\ndigest = ""\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "newstone.toml").write_text(CONFIG, encoding="utf-8")
    project = load_project(tmp_path)
    project.data_dir.mkdir()
    return project


def wait_until(is_so: Callable[[], object], what: str) -> None:
    """Wait for something that another process does; fails after a minute."""
    for _ in range(int(LONGEST_SECONDS / 0.05)):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail(f"waited a minute in vain: {what}")
