"""What went wrong inside DuckDB, as one line for a person, with what to do about it."""

from pathlib import Path

import duckdb

_DAMAGE = (
    "Corrupt database file",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Serialization Error",
    "Failure while replaying WAL",
    "INTERNAL Error",
)
"""Words that DuckDB 2.0 uses for a file that was overwritten, cut off or torn; found by doing so to a file."""

RESTORE = (
    "the file is damaged: `newstone restore BACKUP --force` brings a backup back, and the parts fill the rest in "
    "(`newstone backup --list` names the backups)"
)
REPUBLISH = (
    "if this is the snapshot, `newstone publish` makes it anew; if it is the database, "
    "`newstone restore BACKUP --force` brings a backup back"
)


def is_damaged(error: duckdb.Error) -> bool:
    """Tell whether an error means that a file is not as DuckDB wrote it."""
    return any(sign in str(error) for sign in _DAMAGE)


def explain(path: Path, error: duckdb.Error, what: str = "", *, otherwise: str = "", damaged: str = RESTORE) -> str:
    """Give an error about a database file as one line: the path, what DuckDB said, the remedy.

    ``otherwise`` is the remedy where the file is neither damaged nor the disk full.
    """
    said = " ".join(str(error).partition("\nStack Trace")[0].split())
    if is_damaged(error):
        remedy = damaged
    elif "No space left" in said or "Disk quota exceeded" in said or "File too large" in said:
        remedy = "make room on the disk and run it again"
    elif "Read-only file system" in said or "Permission denied" in said:
        remedy = "change its rights, or name another place in [paths]"
    else:
        remedy = otherwise
    return f"{path}{f' {what}' if what else ': '}{said}" + (f"; {remedy}" if remedy else "")
