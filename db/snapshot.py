"""Opening the published snapshot for reading: never blocks a writer, never sees half of anything."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from db.interruption import interruptible
from db.migrate import load_migrations, older_schema, read_schema_version, refuse_newer
from db.troubles import REPUBLISH, explain
from db.writer import held_by, is_busy
from pipelines.errors import BusyError, StoreError


class Snapshot:
    """An open snapshot, read-only. It stays the same file while newer snapshots are published."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def fetch(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[object, ...]]:
        """Run one statement of ours and give all its rows; timestamps are naive UTC."""
        values = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
        return self.connection.execute(sql, values).fetchall()


@contextmanager
def open_snapshot(path: Path) -> Iterator[Snapshot]:
    """Open a published snapshot; each call opens the newest file of that name.

    Raises:
        StoreError: there is no snapshot yet, or the file is damaged.
        SchemaError: a newer newstone published it, or an older one, and what was asked for is not in it.
        BusyError: somebody has this very file open for writing.
        KeyboardInterrupt: a signal came, also within a statement.
    """
    if not path.is_file():
        raise StoreError(f"{path} does not exist; `newstone nightly` makes it")
    version, newest = None, len(load_migrations())
    # attached to a memory database, so that every opening is independent of the others in this process
    connection = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    try:
        with interruptible():
            quoted = str(path).replace("'", "''")
            try:
                connection.execute(f"ATTACH '{quoted}' AS newstone (READ_ONLY)")
            except duckdb.Error as error:
                if is_busy(error):
                    raise BusyError(f"{path} is in use{held_by(error)}; close it there or open it read-only") from error
                raise StoreError(explain(path, error, "cannot be opened: ", damaged=REPUBLISH)) from error
            connection.execute("USE newstone")
            version = read_schema_version(connection)
            refuse_newer(version, newest, path)
            yield Snapshot(connection, path)
    except duckdb.Error as error:
        if (
            version is not None
            and version < newest
            and isinstance(error, duckdb.CatalogException | duckdb.BinderException)
        ):
            raise older_schema(path, version, newest) from error
        raise StoreError(explain(path, error, damaged=REPUBLISH, otherwise="report this")) from error
    finally:
        connection.close()
