"""Paths and open databases of the tests of the store."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.writer import Writer, open_writer


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The path of a writer database that does not exist yet."""
    return tmp_path / "newstone.duckdb"


@pytest.fixture
def snapshot_path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.duckdb"


@pytest.fixture
def writer(store: Path) -> Iterator[Writer]:
    with open_writer(store) as opened:
        yield opened


@pytest.fixture
def old_client() -> str:
    """The folder of an importable DuckDB 1.x, named by DUCKDB1_CLIENT."""
    folder = os.environ.get("DUCKDB1_CLIENT", "")
    if not (Path(folder) / "duckdb").is_dir():
        pytest.skip("set DUCKDB1_CLIENT to a folder with DuckDB 1.x (pip install --target FOLDER 'duckdb<2')")
    return folder
