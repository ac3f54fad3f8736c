"""The DuckDB instance that the writer database is attached to, kept from one opening to the next.

A night opens its database twenty times, each time for a moment. Starting an instance (threads, functions) and ending
it costs some 20 ms, attaching a file and detaching it 3. What waits between two openings is an instance without a
file: it holds no lock, no block and no log.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

WRITER_MEMORY = "1GB"
"""Memory of the writer database, as DuckDB writes sizes: a night stays under 1.5 GB; what is larger spills to disk.

Publishing raises it for its own length. It is a setting of the instance, not of the connection.
"""

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "max_memory": WRITER_MEMORY,
    # nothing is ever fetched from the network by the database
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

_NAME = "newstone"
"""Of the database while it is attached, whatever its file is called; the snapshot has the same."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An instance for the database at ``path``; what does not fit into memory goes to a folder beside that file."""

    instance: duckdb.DuckDBPyConnection
    path: Path

    def attach(self) -> duckdb.DuckDBPyConnection:
        """Open the file, made where there is none, and give a connection that uses it.

        Raises:
            duckdb.Error: somebody else has it open, or it is damaged.
        """
        connection = self.instance.cursor()
        quoted = str(self.path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS {_NAME}")
        connection.execute(f"USE {_NAME}")
        return connection

    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Close the file, and the connection with its temporary tables."""
        connection.execute("USE memory")
        connection.execute(f"DETACH {_NAME}")
        connection.close()

    def end(self) -> None:
        """End the instance, whatever is attached and whatever has failed."""
        self.instance.close()


_waiting: dict[int, Engine] = {}
"""By process, for a forked child has the instance of its parent without the threads, and could not even end it."""


def take_engine(path: Path) -> Engine:
    """Give an instance for the database at a path: the one that waits, where it is for that path, or a new one."""
    engine = _waiting.pop(os.getpid(), None)
    if engine is not None and engine.path == path:
        return engine
    if engine is not None:
        engine.end()
    beside = {"temp_directory": f"{path}.tmp"}
    return Engine(duckdb.connect(":memory:", config=SETTINGS | beside), path)


def leave_engine(engine: Engine) -> None:
    """Let an instance that has nothing attached and has met no error wait for the next opening."""
    if os.getpid() in _waiting:
        engine.end()  # of two databases that were open at once
    else:
        _waiting[os.getpid()] = engine
