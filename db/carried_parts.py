"""Parts that were written anew since a backup was made: the database of the backup learns their new names.

Which pages a part holds says the part itself: a copied page and one without its body have the identifier that they
always had, a tombstone has URL and time of the page that it stands for. So the ledger that saw the move is not needed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from db.part_ledger import Replacement, parts_in_state, record_end_of_part, record_replacement
from db.times import to_stored
from db.writer import Writer, open_writer
from pipelines.ids import stable_id
from pipelines.rewriting import RewrittenPart, stem_of
from pipelines.urls import normalise_url

_DETAIL = "{n} bodies or pages removed; told by the new part when a backup was restored"
_EXPIRED = "had expired when a backup was restored"
_TOLD_BY_PARTS = "told by the parts when a backup was restored"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A page as a part holds it: where it begins (bytes), why its body is gone ("" where it is not), UTC time of fetch.

    A tombstone stands for the page of this URL and time; its identifier is another.
    """

    page_id: str
    url: str
    fetched_at: datetime
    offset: int
    removed: str = ""
    is_tombstone: bool = False


@dataclass(frozen=True, slots=True)
class FoundPart:
    """A sound part that the database of a backup does not know."""

    path: Path
    sha256: str
    size_bytes: int
    records: tuple[StoredRecord, ...]

    @property
    def n_reduced(self) -> int:
        """How many pages have lost something."""
        return sum(record.is_tombstone or bool(record.removed) for record in self.records)


@dataclass(frozen=True, slots=True)
class CarriedParts:
    """Names: ``taken`` are the found parts that pages stand in now, ``idle`` those that were the rest before these.

    ``settled`` are the parts whose file is not missed any more, ``forgotten`` URLs of which only a tombstone told.
    """

    taken: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Fit:
    """A found part as the rest of another; ``is_whole`` where it has a place for all pages of that one."""

    found: FoundPart
    moved: dict[int, int]
    is_whole: bool


def carry_parts(
    path: Path, lost: Collection[str], found: Sequence[FoundPart], expired: Collection[str], now: datetime, run_id: str
) -> CarriedParts:
    """Tell a database in which of the ``found`` parts the pages of its ``lost`` ones lie, in one transaction.

    A found part passes for what is left of a lost one where their names share a stem and the database knows every page
    in it, so that nothing needs to be extracted. Where several do, the one counts in which least is left. ``expired``
    are lost parts that are gone on purpose. The next pruning forgets what has a tombstone.

    Raises:
        StoreError: the database cannot be read or written.
    """
    taken: set[str] = set()
    idle: set[str] = set()
    settled: set[str] = set()
    tombstones: set[str] = set()
    with open_writer(path) as writer, writer.transaction():
        for part in sorted(parts_in_state(writer, lost, "done", "quarantine")):
            fits = _fits(writer, part, [each for each in found if stem_of(each.path.name) == stem_of(part)])
            whole = [fit for fit in fits if fit.is_whole]
            chosen = [max(whole, key=lambda fit: fit.found.n_reduced)] if whole else fits
            idle.update(fit.found.path.name for fit in whole)
            for fit in chosen:
                _record(writer, part, fit, now, run_id)
                taken.add(fit.found.path.name)
                tombstones.update(record.url for record in fit.found.records if record.is_tombstone)
            if whole or part in expired:
                settled.add(part)
            if not whole and part in expired:
                record_end_of_part(writer, part, "expired", _EXPIRED, now, run_id)
        forgotten = _record_tombstones(writer, tombstones, now, run_id)
    return CarriedParts(frozenset(taken), frozenset(idle - taken), frozenset(settled), forgotten)


def _fits(writer: Writer, part: str, found: Iterable[FoundPart]) -> list[_Fit]:
    rows = writer.fetch(
        "SELECT page_id, url, fetched_at, record_offset FROM page WHERE part = ? ORDER BY record_offset", [part]
    )
    fits = [_fit(cast("list[tuple[str, str, datetime, int]]", rows), each) for each in found]
    return [fit for fit in fits if (fit.moved or fit.is_whole) and _knows_all(writer, fit.found)]


def _fit(rows: list[tuple[str, str, datetime, int]], found: FoundPart) -> _Fit:
    by_id = {page_id: offset for page_id, _url, _at, offset in rows}
    by_fetch: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for _id, url, at, offset in rows:
        by_fetch[url, at].append(offset)
    moved: dict[int, int] = {}
    for record in found.records:
        places = [by_id[record.page_id]] if record.page_id in by_id else []
        if not places and record.is_tombstone:
            places = by_fetch[record.url, to_stored(record.fetched_at)]
        place = next((offset for offset in places if offset not in moved), None)
        if place is not None:
            moved[place] = record.offset
    return _Fit(found, moved, is_whole=len(moved) == len(rows))


def _knows_all(writer: Writer, found: FoundPart) -> bool:
    """Tell whether every page of a part stands in the database, under whatever part: what is new has to be loaded."""
    columns = [
        [record.page_id for record in found.records],
        [record.url for record in found.records],
        [to_stored(record.fetched_at) for record in found.records],
        [record.is_tombstone for record in found.records],
    ]
    unknown = writer.fetch(
        "SELECT count(*) FROM (SELECT unnest(?::VARCHAR[]) AS page_id, unnest(?::VARCHAR[]) AS url,"
        " unnest(?::TIMESTAMP[]) AS fetched_at, unnest(?::BOOLEAN[]) AS is_tombstone) r"
        " WHERE NOT EXISTS (SELECT 1 FROM page p WHERE p.page_id = r.page_id) AND NOT (r.is_tombstone AND EXISTS ("
        "SELECT 1 FROM page p WHERE p.url = r.url AND p.fetched_at = r.fetched_at))",
        columns,
    )
    return not unknown[0][0]


def _record(writer: Writer, part: str, fit: _Fit, now: datetime, run_id: str) -> None:
    found = fit.found
    new = RewrittenPart(found.path, found.sha256, found.size_bytes, len(found.records), fit.moved)
    detail = _DETAIL.format(n=found.n_reduced)
    record_replacement(writer, Replacement(part, new, detail, is_whole=fit.is_whole), now, run_id)
    bodies = [(each.page_id, each.removed, to_stored(now), run_id) for each in found.records if each.removed]
    writer.insert_new("body_pruned", ("page_id", "reason", "pruned_at", "run_id"), ("page_id",), bodies)


def _record_tombstones(writer: Writer, urls: Collection[str], now: datetime, run_id: str) -> frozenset[str]:
    """Write down the takedowns that only tombstones tell of, so that the next pruning does them again."""
    known = {str(row[0]) for row in writer.fetch("SELECT url FROM forgotten_url")}
    known |= {str(row[0]) for row in writer.fetch("SELECT DISTINCT url FROM page WHERE fetch_outcome = 'forgotten'")}
    news = frozenset(url for url in urls if url not in known and normalise_url(url) not in known)
    if news:
        removal_id = stable_id(run_id, _TOLD_BY_PARTS)
        addresses = sorted({key for url in news for key in (url, normalise_url(url))})
        writer.insert_new(
            "removal",
            (
                *("removal_id", "removed_at", "selected_by", "selected", "reason"),
                *("n_urls", "n_pages", "n_revisions", "n_mentions", "n_scores", "n_labels", "run_id"),
            ),
            ("removal_id",),
            [(removal_id, to_stored(now), "again", "", _TOLD_BY_PARTS, len(addresses), 0, 0, 0, 0, 0, run_id)],
        )
        writer.insert_new("forgotten_url", ("url", "removal_id"), ("url",), [(url, removal_id) for url in addresses])
    return news
