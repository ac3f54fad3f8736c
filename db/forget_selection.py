"""Takedowns, first half: which pages belong to an address, a source or a time.

Pages are selected by address. To a selected address belong all fetches of it, and all addresses under which the same
article came (same canonical URL, any revision). The selection is made of temporary tables of the connection.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import cast

from db.part_ledger import parts_with_doubles
from db.writer import Writer
from pipelines.ids import page_id
from pipelines.records import Page
from pipelines.rewriting import tombstone_of
from pipelines.urls import normalise_url

_BATCH = 50_000

_DAY_OF_PAGE = """
SELECT p.url, coalesce(
    CAST(e.published_at + CASE WHEN e.published_has_time THEN INTERVAL 0 HOUR ELSE INTERVAL 13 HOUR END AS DATE),
    CAST(p.fetched_at AS DATE)
) AS day
FROM page p
JOIN extraction e ON e.page_id = p.page_id
"""
"""The day of a page is that of its article in the views, the 13 hours explained in db/schema/0007_article_facts.sql."""
DOOMED_LABELS = """
FROM reader_label
WHERE EXISTS (
    SELECT 1 FROM mention m JOIN forgetting_revision f ON f.revision_id = m.revision_id
    WHERE m.entity = reader_label.entity AND m.sentence = reader_label.sentence
) AND NOT EXISTS (
    SELECT 1 FROM mention m
    WHERE m.entity = reader_label.entity AND m.sentence = reader_label.sentence
        AND m.revision_id NOT IN (SELECT revision_id FROM forgetting_revision)
)
"""
RETURNED = """
SELECT p.url
FROM page p
WHERE p.fetch_outcome IS DISTINCT FROM 'forgotten' AND (
    p.url IN (SELECT url FROM forgotten_url)
    OR p.url IN (SELECT url FROM page WHERE fetch_outcome = 'forgotten')
    OR p.page_id IN (
        SELECT e.page_id FROM extraction e JOIN revision r ON r.revision_id = e.revision_id
        WHERE r.canonical_url IN (SELECT url FROM forgotten_url)
    )
)
"""
"""The URLs of pages of forgotten articles: what :func:`has_returned` asks for. 0.1 s for a million pages."""


class SelectedBy(StrEnum):
    """What a takedown names."""

    URL = "url"
    SOURCE = "source"
    BEFORE = "before"  # published before a day; pages without an article: fetched before it
    AGAIN = "again"  # addresses of forgotten articles that came in later


@dataclass(frozen=True, slots=True)
class Takedown:
    """What was asked for. ``selected`` is a URL, a source id, a day, or "" for AGAIN; ``reason`` is for the journal."""

    by: SelectedBy
    selected: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TakedownPlan:
    """What a takedown removes. ``keys`` are normalised URLs; ``n_pages`` leaves out those that are forgotten already.

    ``parts`` are those whose files have to be written anew, ``revision_ids`` the texts. ``attempts`` holds the pages
    whose tombstones have another number than they had, by page_id.
    """

    takedown: Takedown
    keys: frozenset[str]
    urls: tuple[str, ...]
    n_pages: int
    n_forgotten_before: int
    n_mentions: int
    n_scores: int
    n_labels: int
    parts: tuple[str, ...]
    attempts: Mapping[str, int]
    revision_ids: tuple[str, ...]
    titles: tuple[str, ...]
    sources: tuple[tuple[str, int], ...]


def plan_takedown(writer: Writer, takedown: Takedown, more_urls: Iterable[str] = ()) -> TakedownPlan:
    """Select the pages of a takedown, which stay selected in this connection for :func:`db.forget.apply_takedown`.

    ``more_urls`` are taken down with them. Half a minute for a million pages.
    """
    _number_addresses(writer)
    seeds = [normalise_url(url) for url in more_urls]
    if takedown.by is SelectedBy.URL:
        seeds += _addresses_of(writer, normalise_url(takedown.selected))
    elif takedown.by is SelectedBy.SOURCE:
        rows = writer.fetch(
            "SELECT DISTINCT a.key FROM page p JOIN address a ON a.url = p.url WHERE p.source_id = ?",
            [takedown.selected],
        )
        seeds += [str(row[0]) for row in rows]
    elif takedown.by is SelectedBy.AGAIN:
        seeds += _returned(writer)
    _select(writer, seeds)
    if takedown.by is SelectedBy.BEFORE:
        _select_before(writer, date.fromisoformat(takedown.selected))
    _mark_pages(writer)
    return _describe(writer, takedown)


def near_addresses(writer: Writer, url: str, limit: int = 5) -> list[str]:
    """Give known URLs that differ from one only in scheme, www., letter case or a last slash; after a plan."""
    wanted = _loose(url)
    rows = writer.fetch("SELECT DISTINCT key FROM address ORDER BY key")
    return [str(row[0]) for row in rows if _loose(str(row[0])) == wanted][:limit]


def has_returned(writer: Writer) -> bool:
    """Tell whether a page of a forgotten article came in after its takedown, or is there again after a restore."""
    return bool(writer.fetch(f"SELECT EXISTS ({RETURNED})")[0][0])


# -- what is selected: temporary tables of the connection


def _number_addresses(writer: Writer) -> None:
    """Make the tables ``address`` (URL as requested, normalised) and ``link`` (address, article)."""
    writer.connection.execute("CREATE OR REPLACE TEMP TABLE address (url VARCHAR, key VARCHAR)")
    own = str(writer.fetch("SELECT current_database()")[0][0]).replace('"', '""')  # which a cursor would not know
    with closing(writer.connection.cursor()) as cursor:
        urls = cursor.execute(f'SELECT DISTINCT url FROM "{own}".page')  # noqa: S608 - our own name
        while rows := urls.fetchmany(_BATCH):
            with writer.connection.appender("address") as appender:
                appender.append_rows([[url, normalise_url(url)] for (url,) in rows])
    writer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE link AS SELECT DISTINCT a.key, r.article_id, r.canonical_url FROM page p"
        " JOIN address a ON a.url = p.url JOIN extraction e ON e.page_id = p.page_id"
        " JOIN revision r ON r.revision_id = e.revision_id"
    )


def _addresses_of(writer: Writer, url: str) -> list[str]:
    """Give the addresses that are this URL, led to it, or brought an article with this canonical URL."""
    rows = writer.fetch(
        "SELECT key FROM address WHERE key = $1 UNION SELECT key FROM link WHERE canonical_url = $1", [url]
    )
    keys = [str(row[0]) for row in rows]
    redirected = writer.fetch(
        "SELECT DISTINCT a.key, p.final_url FROM page p JOIN address a ON a.url = p.url WHERE p.final_url <> p.url"
    )
    return keys + [str(key) for key, final in redirected if normalise_url(str(final)) == url]


def _returned(writer: Writer) -> list[str]:
    rows = writer.fetch(f"SELECT DISTINCT a.key FROM ({RETURNED}) p JOIN address a ON a.url = p.url")  # noqa: S608
    return [str(row[0]) for row in rows]


def _select(writer: Writer, seeds: Collection[str]) -> None:
    """Make the table ``forgetting_key``: the seeds and every address that shares an article with one of them."""
    writer.connection.execute("CREATE OR REPLACE TEMP TABLE forgetting_key (key VARCHAR)")
    rows = [[key] for key in sorted(set(seeds))]
    if rows:
        with writer.connection.appender("forgetting_key") as appender:
            appender.append_rows(rows)
    while True:
        grown = writer.fetch(
            "INSERT INTO forgetting_key SELECT DISTINCT o.key FROM forgetting_key f JOIN link l ON l.key = f.key"
            " JOIN link o ON o.article_id = l.article_id WHERE o.key NOT IN (SELECT key FROM forgetting_key)"
        )
        if not grown[0][0]:
            return


def _select_before(writer: Writer, day: date) -> None:
    """Select the addresses all of whose pages, and all pages of whose articles, are older than a day."""
    rows = writer.fetch(
        f"SELECT DISTINCT a.key FROM ({_DAY_OF_PAGE}) d JOIN address a ON a.url = d.url WHERE d.day >= ?",  # noqa: S608
        [day],
    )
    _select(writer, [str(row[0]) for row in rows])
    writer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE forgetting_key AS"
        " SELECT DISTINCT key FROM address WHERE key NOT IN (SELECT key FROM forgetting_key)"
    )


def _mark_pages(writer: Writer) -> None:
    writer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE forgetting_page"
        " (page_id VARCHAR, url VARCHAR, part VARCHAR, tombstone_id VARCHAR, attempt INTEGER, attempt_before INTEGER)"
    )
    pages = writer.fetch(
        "SELECT p.page_id, p.url, p.part, p.attempt FROM page p JOIN address a ON a.url = p.url"
        " WHERE a.key IN (SELECT key FROM forgetting_key) AND p.fetch_outcome IS DISTINCT FROM 'forgotten'"
        " ORDER BY p.url, p.attempt, p.page_id"
    )
    taken = {str(row[0]) for row in writer.fetch("SELECT page_id FROM page WHERE fetch_outcome = 'forgotten'")}
    rows = []
    for identifier, url, part, attempt in cast("list[tuple[str, str, str, int]]", pages):
        free = attempt  # two fetches of one number, from before a lost crawl state, would have one tombstone
        while (tombstone := _tombstone_id(url, free)) in taken:
            free += 1
        rows.append([identifier, url, part, tombstone, free, attempt])
        taken.add(tombstone)
    if rows:
        with writer.connection.appender("forgetting_page") as appender:
            appender.append_rows(rows)
    writer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE forgetting_revision AS SELECT DISTINCT e.revision_id FROM extraction e"
        " JOIN forgetting_page f ON f.page_id = e.page_id WHERE e.revision_id IS NOT NULL"
    )


def _tombstone_id(url: str, attempt: int) -> str:
    any_time = datetime(1970, 1, 1, tzinfo=UTC)  # not part of the identifier
    return page_id(tombstone_of(Page(url=url, final_url=url, source_id="", fetched_at=any_time, attempt=attempt)))


def _describe(writer: Writer, takedown: Takedown) -> TakedownPlan:
    def strings(sql: str) -> tuple[str, ...]:
        return tuple(str(row[0]) for row in writer.fetch(sql))

    def count(sql: str) -> int:
        return int(str(writer.fetch(sql)[0][0]))

    mentions = "FROM mention m JOIN forgetting_revision f ON f.revision_id = m.revision_id"
    parts = set(strings("SELECT DISTINCT part FROM forgetting_page"))
    if parts:
        parts |= parts_with_doubles(writer)
    rows = writer.fetch(
        "SELECT p.source_id, count(*) FROM page p JOIN forgetting_page f ON f.page_id = p.page_id"
        " GROUP BY p.source_id ORDER BY 2 DESC, 1"
    )
    return TakedownPlan(
        takedown=takedown,
        keys=frozenset(strings("SELECT key FROM forgetting_key")),
        urls=strings("SELECT DISTINCT url FROM forgetting_page ORDER BY url"),
        n_pages=count("SELECT count(*) FROM forgetting_page"),
        n_forgotten_before=count(
            "SELECT count(*) FROM page p JOIN address a ON a.url = p.url"
            " WHERE a.key IN (SELECT key FROM forgetting_key) AND p.fetch_outcome = 'forgotten'"
        ),
        n_mentions=count(f"SELECT count(*) {mentions}"),
        n_scores=count(
            f"SELECT count(*) FROM score WHERE mention_id IN (SELECT m.mention_id {mentions})"  # noqa: S608
        ),
        n_labels=count(f"SELECT count(*) {DOOMED_LABELS}"),
        parts=tuple(sorted(parts)),
        attempts={
            str(identifier): int(str(attempt))
            for identifier, attempt in writer.fetch(
                "SELECT page_id, attempt FROM forgetting_page WHERE attempt <> attempt_before"
            )
        },
        revision_ids=strings("SELECT revision_id FROM forgetting_revision ORDER BY 1"),
        titles=strings(
            "SELECT DISTINCT title FROM revision WHERE revision_id IN (SELECT revision_id FROM forgetting_revision)"
            " ORDER BY 1 LIMIT 10"
        ),
        sources=tuple((str(source), int(str(n))) for source, n in rows),
    )


def _loose(url: str) -> str:
    rest = normalise_url(url).partition("://")[2].lower()
    return rest.removeprefix("www.").rstrip("/")


def is_news(writer: Writer) -> bool:
    """Tell whether an address is selected that no takedown has named yet; after a plan."""
    sql = "SELECT EXISTS (SELECT 1 FROM forgetting_key WHERE key NOT IN (SELECT url FROM forgotten_url))"
    return bool(writer.fetch(sql)[0][0])
