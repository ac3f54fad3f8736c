"""Which extractor read which page last: what decides whether kept pages are read again, and under which name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from db.writer import Writer

_NEWEST = """
SELECT DISTINCT p.part, p.source_id, CAST(p.fetched_at AS DATE), e.extractor
FROM page p
JOIN (
    SELECT page_id, extractor
    FROM extraction
    QUALIFY row_number() OVER (PARTITION BY page_id ORDER BY extracted_at DESC, extractor DESC) = 1
) e ON e.page_id = p.page_id
WHERE p.part >= ? AND p.fetch_outcome IS NULL
    AND NOT EXISTS (SELECT 1 FROM body_pruned b WHERE b.page_id = p.page_id)
"""

AGAIN = "#"
"""Stands before the number of the time, from 2, where a page comes back to an extractor that it had before."""


@dataclass(frozen=True, slots=True)
class LastRead:
    """Pages of one source, part and day of fetch (UTC) that an extractor read last; ``extractor`` without number."""

    part: str
    source_id: str
    fetched_on: date
    extractor: str


@dataclass(frozen=True, slots=True)
class PartHistory:
    """The extractors of a part and of each of its pages, by page_id; oldest first."""

    part: tuple[str, ...]
    pages: Mapping[str, tuple[str, ...]]


def last_read(writer: Writer, first_part: str) -> list[LastRead]:
    """Give who read the pages last of all parts whose name is not less than ``first_part``.

    Pages without a body, and those whose body is no longer kept, are left out: nothing can be read in them again.
    """
    rows = writer.fetch(_NEWEST + "ORDER BY ALL", [first_part])
    return [
        LastRead(part, source_id, day, plain_name(extractor))
        for part, source_id, day, extractor in cast("list[tuple[str, str, date, str]]", rows)
    ]


def part_history(writer: Writer, part: str) -> PartHistory:
    """Give the extractors that a part and its pages had; empty for a part that is not in the ledger."""
    ledger = writer.fetch("SELECT extractor FROM part WHERE part = ? ORDER BY processed_at, extractor", [part])
    rows = writer.fetch(
        "SELECT e.page_id, e.extractor FROM extraction e JOIN page p ON p.page_id = e.page_id WHERE p.part = ?"
        " ORDER BY e.page_id, e.extracted_at, e.extractor",
        [part],
    )
    pages: dict[str, tuple[str, ...]] = {}
    for page_id, extractor in cast("list[tuple[str, str]]", rows):
        pages[page_id] = (*pages.get(page_id, ()), extractor)
    return PartHistory(tuple(str(row[0]) for row in ledger), pages)


def plain_name(extractor: str) -> str:
    """Give the name of an extractor without the number of the time."""
    return extractor.partition(AGAIN)[0]


def name_of_reading(extractor: str, earlier: Sequence[str]) -> str:
    """Give the name under which a page is read now, given those it was read under before, oldest first.

    The newest one again where nothing changed. An extractor that the page had before that gets a number, because the
    rows of the store are unique by extractor and the newest row counts.
    """
    names = [plain_name(name) for name in earlier]
    if names and names[-1] == extractor:
        return earlier[-1]
    n_before = names.count(extractor)
    return f"{extractor}{AGAIN}{n_before + 1}" if n_before else extractor
