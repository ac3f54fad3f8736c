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
    """The folder of an importable DuckDB 1.x, named by NEWSTONE_DUCKDB1."""
    folder = os.environ.get("NEWSTONE_DUCKDB1", "")
    if not (Path(folder) / "duckdb").is_dir():
        pytest.skip("set NEWSTONE_DUCKDB1 to a folder with DuckDB 1.x (pip install --target FOLDER 'duckdb<2')")
    return folder
