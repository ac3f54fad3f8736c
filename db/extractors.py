"""Which extractor read which page last, and what the source file said then: whether kept pages are read again.

What the file said stands in table ``source``: the extract stage records the files before it reads a page, so a reading
was made under the newest row before it. Pages that were read before any row count as read under the first one: nothing
is read again because nothing is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from db.times import from_stored, to_stored_after
from db.writer import Writer

_FILES = """
WITH file AS (
    SELECT
        source_id, version = 'withdrawn' AS is_gone, language, zone, name,
        CASE WHEN row_number() OVER earlier = 1 THEN TIMESTAMP '-infinity' ELSE recorded_at END AS since
    FROM source
    WINDOW earlier AS (PARTITION BY source_id ORDER BY recorded_at, version)
)
"""
_NEWEST = f"""
{_FILES}
SELECT DISTINCT
    p.part, p.source_id, CAST(p.fetched_at AS DATE) AS fetched_on, e.extractor, f.is_gone, f.language, f.zone, f.name
FROM page p
JOIN (
    SELECT page_id, extractor, extracted_at
    FROM extraction
    QUALIFY row_number() OVER (PARTITION BY page_id ORDER BY extracted_at DESC, extractor DESC) = 1
) e ON e.page_id = p.page_id
ASOF LEFT JOIN file f ON f.source_id = p.source_id AND f.since <= e.extracted_at
WHERE p.part >= ? AND p.fetch_outcome IS NULL
    AND NOT EXISTS (SELECT 1 FROM body_pruned b WHERE b.page_id = p.page_id)
ORDER BY ALL
"""  # noqa: S608 - a constant above
_OF_PART = f"""
{_FILES}
SELECT e.page_id, e.extractor, f.is_gone, f.language, f.zone, f.name
FROM extraction e
JOIN page p ON p.page_id = e.page_id
ASOF LEFT JOIN file f ON f.source_id = p.source_id AND f.since <= e.extracted_at
WHERE p.part = ?
ORDER BY e.page_id, e.extracted_at, e.extractor
"""  # noqa: S608 - a constant above
_NEWEST_TIME = """
SELECT max(moment) FROM (
    SELECT max(e.extracted_at) AS moment FROM extraction e JOIN page p ON p.page_id = e.page_id WHERE p.part = $1
    UNION ALL
    SELECT max(recorded_at) FROM source WHERE source_id IN (SELECT source_id FROM page WHERE part = $1)
)
"""

AGAIN = "#"
"""Stands before the number of the time, from 2, where an extractor reads a page that it has read before."""


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """What a source file says about all its pages: usual language, IANA zone of dates without one, name."""

    language: str
    zone: str
    name: str


NO_FILE = SourceTerms(language="und", zone="UTC", name="")
"""Under which pages are read whose source has no file."""


@dataclass(frozen=True, slots=True)
class LastRead:
    """Pages of one source, part and day of fetch (UTC) that an extractor read last; ``extractor`` without number.

    ``terms`` are those of the source file then, None where the database knows nothing of the source.
    """

    part: str
    source_id: str
    fetched_on: date
    extractor: str
    terms: SourceTerms | None


@dataclass(frozen=True, slots=True)
class PartHistory:
    """The extractors of a part and of each of its pages, by page_id; oldest first.

    ``terms`` gives by page_id those of the source file at the last reading. ``not_before`` (UTC) lies behind all of
    this: a reading that is dated earlier, because the clock was set back, would not count.
    """

    part: tuple[str, ...]
    pages: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, SourceTerms | None]
    not_before: datetime


def last_read(writer: Writer, first_part: str) -> list[LastRead]:
    """Give who read the pages last of all parts whose name is not less than ``first_part``.

    Pages without a body, and those whose body is no longer kept, are left out: nothing can be read in them again.
    """
    rows = cast("list[tuple[str, str, date, str, bool | None, str, str, str]]", writer.fetch(_NEWEST, [first_part]))
    return [
        LastRead(part, source_id, day, plain_name(extractor), _terms(is_gone, SourceTerms(language, zone, name)))
        for part, source_id, day, extractor, is_gone, language, zone, name in rows
    ]


def part_history(writer: Writer, part: str) -> PartHistory:
    """Give the extractors that a part and its pages had; empty for a part that is not in the ledger."""
    ledger = writer.fetch("SELECT extractor FROM part WHERE part = ? ORDER BY processed_at, extractor", [part])
    rows = cast("list[tuple[str, str, bool | None, str, str, str]]", writer.fetch(_OF_PART, [part]))
    pages: dict[str, tuple[str, ...]] = {}
    terms: dict[str, SourceTerms | None] = {}
    for page_id, extractor, is_gone, language, zone, name in rows:
        pages[page_id] = (*pages.get(page_id, ()), extractor)
        terms[page_id] = _terms(is_gone, SourceTerms(language, zone, name))
    newest = writer.fetch(_NEWEST_TIME, [part])[0][0]
    not_before = from_stored(to_stored_after(datetime.min.replace(tzinfo=UTC), newest))
    return PartHistory(tuple(str(row[0]) for row in ledger), pages, terms, not_before)


def plain_name(extractor: str) -> str:
    """Give the name of an extractor without the number of the time."""
    return extractor.partition(AGAIN)[0]


def name_of_reading(extractor: str, earlier: Sequence[str]) -> str:
    """Give the name under which a page or part is read now, given those it was read under before.

    An extractor that it had before gets a number: the rows of the store are unique by extractor, and the newest counts.
    """
    n_before = sum(1 for name in earlier if plain_name(name) == extractor)
    return f"{extractor}{AGAIN}{n_before + 1}" if n_before else extractor


def _terms(is_gone: bool | None, of_file: SourceTerms) -> SourceTerms | None:
    """Give the terms of a reading; ``is_gone`` is None where there is no row of the source."""
    if is_gone is None:
        return None
    return NO_FILE if is_gone else of_file
