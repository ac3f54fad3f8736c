"""The themes of the shipped watchlist, and small watchlists written for one test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.themes import ThemeMatcher
from analysis.watchlist import Watchlist, load_watchlist, shipped_watchlist_path

ENTITY = """
subject = "acme"

[context]
nets = ["neural*", "AI"]

[[entity]]
id = "acme"
name = "Acme"
role = "subject"
names = ["Acme"]
"""


@pytest.fixture(scope="session")
def shipped() -> Watchlist:
    return load_watchlist(shipped_watchlist_path())


@pytest.fixture(scope="session")
def shipped_themes(shipped: Watchlist) -> ThemeMatcher:
    return ThemeMatcher(shipped.themes)


@pytest.fixture
def watchlist_with(tmp_path: Path) -> Callable[[str], Watchlist]:
    """Load a watchlist of one company with these further lines."""

    def load(lines: str, entity: str = ENTITY) -> Watchlist:
        path = tmp_path / "watchlist.toml"
        path.write_text(entity + lines, encoding="utf-8")
        return load_watchlist(path)

    return load
