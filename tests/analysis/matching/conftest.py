"""The shipped watchlist and a matcher for it, built once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.mentions import Matcher
from analysis.watchlist import Watchlist, load_watchlist, shipped_watchlist_path


@pytest.fixture(scope="session")
def watchlist() -> Watchlist:
    return load_watchlist(shipped_watchlist_path())


@pytest.fixture(scope="session")
def matcher(watchlist: Watchlist) -> Matcher:
    return Matcher(watchlist)


@pytest.fixture
def write_watchlist(tmp_path: Path) -> Callable[[str], Path]:
    def write(content: str) -> Path:
        path = tmp_path / "own.toml"
        path.write_text(content, encoding="utf-8")
        return path

    return write
