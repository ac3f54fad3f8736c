"""SQLite files of the project that are only looked at."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def open_read_only(path: Path, timeout_seconds: float) -> Iterator[sqlite3.Connection]:
    """Open a file that may be in use, without making or changing one.

    Raises:
        sqlite3.Error: there is none, or it is damaged.
    """
    address = f"{path.resolve().as_uri()}?mode=ro"  # a folder's name may hold "?", "#" or "%"
    with closing(sqlite3.connect(address, uri=True, timeout=timeout_seconds)) as connection:
        yield connection
