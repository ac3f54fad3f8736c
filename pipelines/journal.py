"""The journal of a crawl: feed checks and the figures of each source, as JSON lines in the spool.

Written while the crawl runs, so that a killed crawl still leaves what it knew. Of the figures of one source in one
crawl the last line counts.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import SpoolError
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck, SourceNight
from pipelines.spool import OpenFile, folder

JOURNAL_SUFFIX = ".journal.jsonl"


@dataclass(frozen=True, slots=True)
class Journal:
    """What one journal file holds."""

    feed_checks: tuple[FeedCheck, ...]
    source_nights: tuple[SourceNight, ...]


class JournalWriter:
    """Appends to one journal file. Not safe for threads."""

    def __init__(self, data_dir: Path) -> None:
        self._file = OpenFile(data_dir, JOURNAL_SUFFIX)

    def add_check(self, check: FeedCheck) -> None:
        """Write down one feed check.

        Raises:
            SpoolError: the disk refuses it.
        """
        row = {name: getattr(check, name) for name in FeedCheck.__slots__}
        row["fetched_at"] = check.fetched_at.astimezone(UTC).isoformat()
        newest = check.newest_item_at
        row["newest_item_at"] = None if newest is None else newest.astimezone(UTC).isoformat()
        self._file.append(_line("feed_check", row))

    def add_nights(self, nights: Iterable[SourceNight]) -> None:
        """Write down the figures of sources so far; earlier lines of the same sources no longer count.

        Raises:
            SpoolError: the disk refuses it.
        """
        for night in nights:
            row = {name: getattr(night, name) for name in SourceNight.__slots__}
            row["started_at"] = night.started_at.astimezone(UTC).isoformat()
            self._file.append(_line("source_night", row))

    def close(self) -> Path | None:
        """Complete the journal; give its path, None where it would be empty.

        Raises:
            SpoolError: the journal cannot be made durable.
        """
        if self._file.size_bytes == 0:
            self._file.discard()
            return None
        return self._file.commit()


def list_new_journals(data_dir: Path) -> list[Path]:
    """Give the complete journals that were not loaded yet, oldest first (:func:`pipelines.spool.mark_done`)."""
    return sorted(folder(data_dir, "new").glob(f"*{JOURNAL_SUFFIX}"))


def list_done_journals(data_dir: Path) -> list[Path]:
    """Give the journals that were loaded, oldest first."""
    return sorted(folder(data_dir, "done").glob(f"*{JOURNAL_SUFFIX}"))


def read_journal(path: Path) -> Journal:
    """Give what a journal holds: checks in the order made, figures by source and crawl.

    Raises:
        SpoolError: the file cannot be read or a line is damaged.
    """
    checks: list[FeedCheck] = []
    nights: dict[tuple[str, str], SourceNight] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    row = json.loads(line)
                    if row.pop("record") == "feed_check":
                        checks.append(_check(row))
                    else:
                        night = _night(row)
                        nights[night.source_id, night.crawl_id] = night
                except (ValueError, KeyError, TypeError) as error:
                    raise SpoolError(f"{path}: line {number} is damaged ({error!r}); quarantine this file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SpoolError(f"{path}: cannot be read: {error}") from error
    return Journal(tuple(checks), tuple(nights[key] for key in sorted(nights)))


def _line(record: str, row: dict[str, object]) -> bytes:
    return json.dumps({"record": record, **row}, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _check(row: dict[str, object]) -> FeedCheck:
    newest = row["newest_item_at"]
    return FeedCheck(
        source_id=str(row["source_id"]),
        url=str(row["url"]),
        kind=str(row["kind"]),
        fetched_at=datetime.fromisoformat(str(row["fetched_at"])),
        outcome=FeedOutcome(str(row["outcome"])),
        status=None if row["status"] is None else _int(row["status"]),
        n_items=_int(row["n_items"]),
        n_new=_int(row["n_new"]),
        newest_item_at=None if newest is None else datetime.fromisoformat(str(newest)),
        detail=str(row["detail"]),
    )


def _night(row: dict[str, object]) -> SourceNight:
    outcomes = row["outcomes"]
    if not isinstance(outcomes, list):
        raise TypeError("outcomes is no list")
    return SourceNight(
        source_id=str(row["source_id"]),
        crawl_id=str(row["crawl_id"]),
        started_at=datetime.fromisoformat(str(row["started_at"])),
        requests=_int(row["requests"]),
        retries=_int(row["retries"]),
        n_429=_int(row["n_429"]),
        n_503=_int(row["n_503"]),
        bytes_received=_int(row["bytes_received"]),
        handed_over=_int(row["handed_over"]),
        outcomes=tuple((str(name), int(count)) for name, count in outcomes),
        pending=_int(row["pending"]),
        elapsed_seconds=float(str(row["elapsed_seconds"])),
    )


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
