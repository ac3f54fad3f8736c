"""Takedowns outlive a restore: what was forgotten since a backup is forgotten again when the backup brings it back."""

from dataclasses import dataclass
from pathlib import Path

from db.snapshot import Snapshot, open_snapshot
from db.writer import open_writer

_REMOVAL = (
    *("removal_id", "removed_at", "selected_by", "selected", "reason"),
    *("n_urls", "n_pages", "n_revisions", "n_mentions", "n_scores", "n_labels", "run_id"),
)
_ADDRESS = ("url", "removal_id")


@dataclass(frozen=True, slots=True)
class Removed:
    """What a database says was removed on purpose.

    ``removals`` and ``addresses`` are rows of the tables ``removal`` and ``forgotten_url``, ``parts`` the names of
    parts that were replaced or have expired. ``expired`` are those of which nothing is left, also where they were
    replaced before.
    """

    removals: tuple[tuple[object, ...], ...] = ()
    addresses: tuple[tuple[object, ...], ...] = ()
    parts: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()

    @property
    def urls(self) -> frozenset[str]:
        """The normalised URLs that were taken down."""
        return frozenset(str(row[0]) for row in self.addresses)

    def with_those_of(self, other: "Removed") -> "Removed":
        """Give what either of two databases says; rows that both have stand there twice."""
        return Removed(
            self.removals + other.removals,
            self.addresses + other.addresses,
            self.parts | other.parts,
            self.expired | other.expired,
        )


def read_removed(path: Path) -> Removed:
    """Read what was removed; nothing of takedowns in a database from before there were any.

    Raises:
        StoreError: the database cannot be read.
    """
    with open_snapshot(path) as store:
        rows = store.fetch("SELECT DISTINCT part FROM part WHERE state IN ('replaced', 'expired')")
        return Removed(
            _rows(store, "removal", _REMOVAL),
            _rows(store, "forgotten_url", _ADDRESS),
            frozenset(str(row[0]) for row in rows),
            _expired(store) if rows else frozenset(),
        )


def has_same_origin(path: Path, other: Path) -> bool:
    """Tell whether two databases began as one: the first run of the other one stands in both.

    Raises:
        StoreError: one of them cannot be read.
    """
    with open_snapshot(other) as store:
        first = store.fetch("SELECT run_id FROM run ORDER BY started_at, run_id LIMIT 1")
    with open_snapshot(path) as store:
        return all(store.fetch("SELECT 1 FROM run WHERE run_id = ?", list(row)) for row in first)


def carry_takedowns(removed: Removed, path: Path) -> tuple[str, ...]:
    """Tell a database of takedowns that it does not know, and give their URLs.

    Only then is it opened for writing, which migrates it. The next pruning forgets what it holds under these addresses.

    Raises:
        StoreError: the database cannot be read or written.
    """
    new = removed.urls - read_removed(path).urls
    if new:
        with open_writer(path) as writer, writer.transaction():
            writer.insert_new("removal", _REMOVAL, _REMOVAL[:1], removed.removals)
            writer.insert_new("forgotten_url", _ADDRESS, _ADDRESS[:1], removed.addresses)
    return tuple(sorted(new))


def _expired(store: Snapshot) -> frozenset[str]:
    """Give the parts at whose end, after whatever replaced them, stands one that has expired."""
    rows = store.fetch(
        "WITH RECURSIVE gone AS (SELECT part FROM part WHERE state = 'expired' UNION"
        " SELECT p.part FROM part p JOIN gone g ON p.replaced_by = g.part WHERE p.state = 'replaced')"
        " SELECT part FROM gone"
    )
    return frozenset(str(row[0]) for row in rows)


def _rows(store: Snapshot, table: str, columns: tuple[str, ...]) -> tuple[tuple[object, ...], ...]:
    there = store.fetch("SELECT 1 FROM duckdb_tables() WHERE table_name = ? AND NOT internal", [table])
    return tuple(store.fetch(f"SELECT {', '.join(columns)} FROM {table}")) if there else ()  # noqa: S608 - our names
