"""The spool of a restored project: which parts lie where, and what became of those that are found no more.

::

    listed by the backup, unchanged         ─▶ its own folder
    unknown, the rest of a listed one       ─▶ done; the database of the backup learns its name
    unknown, of pages that are in it anyway ─▶ left out
    unknown otherwise                       ─▶ new: the next run loads it
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from db.carried_parts import CarriedParts, FoundPart, StoredRecord, carry_parts
from db.carried_takedowns import Removed, carry_takedowns
from db.snapshot import open_snapshot
from db.verify import read_sums
from newstone.backup.files import link_or_copy
from newstone.backup.manifest import Manifest, SpoolFile
from pipelines.clock import stamp
from pipelines.errors import SpoolError
from pipelines.files import sha256_of
from pipelines.ids import page_id
from pipelines.outcomes import Outcome
from pipelines.rewriting import stem_of
from pipelines.spool import PART_SUFFIX, read_pages

WRITER_NAME = "writer.duckdb"
BEFORE_PREFIX = "before-restore-"


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What became of the spool: parts and journals in place, of them parts written anew since; newer ones; names.

    ``missing`` are the parts that the backup lists and that are found nowhere, ``forgotten`` the URLs of takedowns that
    the backup did not know.
    """

    n_parts: int
    n_renamed: int
    n_newer: int
    missing: tuple[str, ...]
    forgotten: tuple[str, ...]


def lay_out_spool(
    backup: Path, manifest: Manifest, data_dir: Path, target: Path, removed: Removed, now: datetime
) -> LaidOut:
    """Lay the parts out below ``target``, and tell the database there what was taken down or written anew since.

    Raises:
        StoreError: that database cannot be read or written.
        OSError: ``target`` cannot be written.
    """
    present = {path.name: path for path in present_files(data_dir)}
    in_place: set[str] = set()
    lost: list[str] = []
    for listed in manifest.spool:
        found = next(_sound(listed, present.get(listed.name), backup / "spool" / listed.state / listed.name), None)
        if found is not None:
            link_or_copy(target / "spool" / listed.state / listed.name, [found])
            in_place.add(listed.name)
        elif listed.state != "done" or listed.name.endswith(PART_SUFFIX):  # a loaded journal is of no more use
            lost.append(listed.name)
    database = target / WRITER_NAME
    with open_snapshot(database) as store:
        sums = set(read_sums(store))
    known = {listed.name for listed in manifest.spool} | sums | removed.parts
    newer = [path for name, path in present.items() if name not in known and path.parent.name in ("new", "done")]
    forgotten = carry_takedowns(removed, database)
    carried = _carry(database, (sums | set(lost)) - in_place, newer, removed, now)
    for path in newer:
        if path.name in carried.taken:
            link_or_copy(target / "spool" / "done" / path.name, [path])
        elif path.name not in carried.idle:
            link_or_copy(target / "spool" / "new" / path.name, [path])
    n_renamed = len(carried.taken)
    return LaidOut(
        n_parts=len(in_place) + n_renamed,
        n_renamed=n_renamed,
        n_newer=len(newer) - n_renamed - len(carried.idle),
        missing=tuple(name for name in lost if name not in carried.settled),
        forgotten=tuple(sorted({*forgotten, *carried.forgotten})),
    )


def present_files(data_dir: Path) -> Iterator[Path]:
    """Give the spool files of a data folder and of what earlier restores moved aside; the nearest come last."""
    roots = [*sorted(data_dir.glob(f"{BEFORE_PREFIX}*")), data_dir]
    for root in roots:
        for state in ("quarantine", "new", "done"):
            yield from (path for path in (root / "spool" / state).glob("*") if path.is_file())


def _sound(listed: SpoolFile, *places: Path | None) -> Iterator[Path]:
    """Give the places that hold a listed file unchanged."""
    for place in places:
        is_there = place is not None and place.is_file() and place.stat().st_size == listed.size_bytes
        if place is not None and is_there and sha256_of(place) == listed.sha256:
            yield place


def _carry(
    database: Path, lost: Collection[str], newer: Iterable[Path], removed: Removed, now: datetime
) -> CarriedParts:
    """Carry over what became of parts without a file; only then are newer parts read, and the database is written."""
    stems = {stem_of(name) for name in lost}
    alike = [path for path in newer if path.name.endswith(PART_SUFFIX) and stem_of(path.name) in stems]
    found = [part for path in alike if (part := _read_found(path)) is not None]
    expired = removed.expired.intersection(lost)
    if not found and not expired:
        return CarriedParts()
    return carry_parts(database, lost, found, expired, now, f"{stamp(now)}-restore")


def _read_found(path: Path) -> FoundPart | None:
    """Read which pages a part holds; None for a damaged one, which the next run puts into quarantine."""
    records = []
    try:
        for stored in read_pages(path):
            page = stored.page
            record = StoredRecord(page_id(page), page.url, page.fetched_at, stored.offset)
            if page.removed is not None:
                record = replace(record, removed=page.removed.reason)
            records.append(replace(record, is_tombstone=page.outcome is Outcome.FORGOTTEN))
    except SpoolError:
        return None
    return FoundPart(path, sha256_of(path), path.stat().st_size, tuple(records))
