"""The same questions in SQLite (standard library): the same tables, indexes for these questions, ANALYZE."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from bench.synthetic_press import SUBJECT
from bench.timeline_questions import DAY, QUARTER, QUARTER_BEFORE, TOP, WEEK, YEAR, Rows
from db.snapshot import Snapshot, open_snapshot

_BATCH = 50_000
_TABLES = {
    "coverage": "entity, revision_id, story_id, published_at, published_on, source_id, outlet, medium, earned, country,"
    " language, title, url, body_kind, polarity, label, page_id, part, record_offset, model_id, model_revision,"
    " watchlist_version",
    "mention": "mention_id, revision_id, entity, watchlist_version, place, sentence, sentence_start, surface",
    "score": "mention_id, model_id, model_revision, outcome, p_negative, p_neutral, p_positive",
    "article_fact": "source_id, published_on, is_current",
    "feed_check": "source_id, fetched_at, outcome, n_items",
    "current_source": "source_id, medium, earned",
    "entities": "entity, name, role",
}
INDEXES = (
    "coverage (entity, published_on, earned, story_id, source_id, polarity, label)",
    "coverage (published_on, earned, entity, story_id, source_id, polarity)",
    "mention (revision_id, entity)",
    "score (mention_id, model_id, model_revision)",
    "article_fact (published_on, is_current, source_id)",
    "feed_check (fetched_at, source_id, outcome, n_items)",
)
"""Two of them hold all that the timeline and the shares read, so that SQLite need not go to the table."""

_HALF = (
    "(1.959963984540054 + 2.372271230299 / ({n} - 1) + 2.822498615740 / pow({n} - 1, 2)"
    " + 2.555849679508 / pow({n} - 1, 3) + 1.589534053394 / pow({n} - 1, 4))"
    " * sqrt(max(0, ({q} - {n} * {m} * {m}) / ({n} - 1))) / sqrt({n})"
)
_INTERVAL = (
    f"CASE WHEN n_scored >= 5 THEN max(-1, m - {_HALF}) END, CASE WHEN n_scored >= 5 THEN min(1, m + {_HALF}) END"
).format(n="n_scored", q="square_sum", m="m")
_WEEK_OF = "date({day}, 'weekday 0', '-6 days')"
_GOOD = "outcome IN ('ok', 'unchanged', 'empty')"


def _between(column: str, days: tuple[date, date]) -> str:
    return f"{column} BETWEEN '{days[0]}' AND '{days[1]}'"


_FETCHED_IN_YEAR = f"fetched_at >= '{YEAR[0]}' AND fetched_at < '{YEAR[1]} 24'"
SQL = {
    "timeline, a year by week": f"""
        WITH hits AS MATERIALIZED (
            SELECT {_WEEK_OF.format(day="published_on")} AS bucket, story_id, source_id, polarity, label
            FROM coverage WHERE entity = '{SUBJECT}' AND {_between("published_on", YEAR)} AND earned
        ), voices AS (
            SELECT bucket, story_id, avg(polarity) AS p, avg(label = 'positive') AS pos, avg(label = 'neutral') AS neu,
                avg(label = 'negative') AS neg
            FROM hits GROUP BY bucket, story_id
        ), means AS (
            SELECT bucket, count(*) AS n_stories, count(p) AS n_scored, avg(p) AS m, sum(p * p) AS square_sum,
                avg(pos) AS pos, avg(neu) AS neu, avg(neg) AS neg
            FROM voices GROUP BY bucket
        ), reach AS (
            SELECT bucket, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets FROM hits GROUP BY bucket
        ), crawled AS (
            SELECT {_WEEK_OF.format(day="fetched_at")} AS bucket, count(DISTINCT source_id) AS n_up FROM feed_check
            WHERE {_GOOD} AND fetched_at BETWEEN '2024-12-01' AND '2026-01-31' GROUP BY 1
        )
        SELECT r.bucket, r.n_articles, m.n_stories, r.n_outlets, m.n_scored, m.pos, m.neu, m.neg, m.m, {_INTERVAL},
            u.n_up
        FROM reach r JOIN means m ON m.bucket = r.bucket LEFT JOIN crawled u ON u.bucket = r.bucket""",
    "share_of_voice, a quarter": f"""
        WITH hits AS MATERIALIZED (
            SELECT entity, story_id, source_id, polarity FROM coverage
            WHERE {_between("published_on", QUARTER)} AND earned
        ), voices AS (
            SELECT entity, story_id, avg(polarity) AS p FROM hits GROUP BY entity, story_id
        ), means AS (
            SELECT entity, count(*) AS n_stories, count(p) AS n_scored, avg(p) AS m, sum(p * p) AS square_sum
            FROM voices GROUP BY entity
        ), reach AS (
            SELECT entity, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets FROM hits GROUP BY entity
        )
        SELECT e.entity, r.n_articles, m.n_stories, r.n_outlets, 1.0 * r.n_articles / sum(r.n_articles) OVER (),
            1.0 * m.n_stories / sum(m.n_stories) OVER (), m.m, {_INTERVAL}
        FROM entities e LEFT JOIN reach r ON r.entity = e.entity LEFT JOIN means m ON m.entity = e.entity""",
    "share_of_voice_change, two quarters": f"""
        WITH panel AS MATERIALIZED (
            SELECT a.source_id FROM article_fact a LEFT JOIN current_source o ON o.source_id = a.source_id
            WHERE a.is_current AND coalesce(o.earned, 1) AND {_between("published_on", (QUARTER_BEFORE[0], QUARTER[1]))}
            GROUP BY a.source_id
            HAVING max({_between("published_on", QUARTER_BEFORE)}) AND max({_between("published_on", QUARTER)})
        ), voices AS (
            SELECT entity, count(DISTINCT CASE WHEN {_between("published_on", QUARTER_BEFORE)} THEN story_id END) AS a,
                count(DISTINCT CASE WHEN {_between("published_on", QUARTER)} THEN story_id END) AS b
            FROM coverage
            WHERE {_between("published_on", (QUARTER_BEFORE[0], QUARTER[1]))} AND earned
                AND source_id IN (SELECT source_id FROM panel)
            GROUP BY entity
        ), shares AS (
            SELECT e.entity, coalesce(v.a, 0) AS a, coalesce(v.b, 0) AS b,
                1.0 * coalesce(v.a, 0) / sum(v.a) OVER () AS sa,
                1.0 * coalesce(v.b, 0) / sum(v.b) OVER () AS sb
            FROM entities e LEFT JOIN voices v ON v.entity = e.entity
        )
        SELECT entity, a, b, sa, sb, sb - sa, (SELECT count(*) FROM panel) FROM shares""",
    "top_stories, a week": f"""
        WITH hits AS MATERIALIZED (
            SELECT story_id, title, published_at, revision_id, source_id, polarity FROM coverage
            WHERE entity = '{SUBJECT}' AND {_between("published_on", WEEK)} AND earned
        ), firsts AS (
            SELECT story_id, title,
                row_number() OVER (PARTITION BY story_id ORDER BY published_at, revision_id) AS place
            FROM hits
        )
        SELECT h.story_id, f.title, min(h.published_at), count(*), count(DISTINCT h.source_id), count(h.polarity),
            avg(h.polarity)
        FROM hits h JOIN firsts f ON f.story_id = h.story_id AND f.place = 1
        GROUP BY h.story_id, f.title ORDER BY 5 DESC, 4 DESC, 3, 1 LIMIT {TOP}""",
    "evidence, a day": f"""
        SELECT m.mention_id, m.sentence, c.url, s.p_positive - s.p_negative,
            coalesce(s.outcome, CASE WHEN c.body_kind IN ('full', 'teaser') THEN 'not_scored_yet' ELSE c.body_kind END),
            c.page_id, c.part, c.record_offset
        FROM coverage c JOIN mention m ON m.revision_id = c.revision_id AND m.entity = c.entity
            AND m.watchlist_version = c.watchlist_version
        LEFT JOIN score s
            ON s.mention_id = m.mention_id AND s.model_id = c.model_id AND s.model_revision = c.model_revision
        WHERE c.entity = '{SUBJECT}' AND c.published_on = '{DAY}'
        ORDER BY c.published_at, c.revision_id, m.place <> 'title', m.sentence_start, m.mention_id""",
    "sources_up, a year by week": f"""
        WITH asked AS (
            SELECT {_WEEK_OF.format(day="fetched_at")} AS bucket, count(DISTINCT source_id) AS n_asked,
                count(DISTINCT CASE WHEN {_GOOD} THEN source_id END) AS n_up, sum(n_items) AS n_items
            FROM feed_check WHERE {_FETCHED_IN_YEAR} GROUP BY 1
        ), published AS (
            SELECT {_WEEK_OF.format(day="published_on")} AS bucket, count(*) AS n FROM article_fact
            WHERE is_current AND {_between("published_on", YEAR)} GROUP BY 1
        )
        SELECT a.bucket, a.n_asked, a.n_up, a.n_items, coalesce(p.n, 0) FROM asked a
        LEFT JOIN published p ON p.bucket = a.bucket""",
    "coverage by country and medium, a year": f"""
        SELECT country, medium, count(*), count(DISTINCT story_id), avg(polarity) FROM coverage
        WHERE entity = '{SUBJECT}' AND {_between("published_on", YEAR)} GROUP BY country, medium""",
}


class SqliteRival:
    """The tables of a snapshot in SQLite; ``load_seconds`` is the time to fill and index them."""

    def __init__(self, snapshot_path: Path, file: Path) -> None:
        started = time.perf_counter()
        file.unlink(missing_ok=True)
        self._connection = sqlite3.connect(file)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA cache_size = -1048576")  # 1 GiB
        with open_snapshot(snapshot_path) as snapshot:
            for table, columns in _TABLES.items():
                self._copy(snapshot, table, columns)
        for number, index in enumerate(INDEXES):
            self._connection.execute(f"CREATE INDEX i{number} ON {index}")
        self._connection.execute("ANALYZE")
        self._connection.commit()
        self.load_seconds = time.perf_counter() - started
        self.size_bytes = file.stat().st_size

    def ask(self, name: str) -> Rows:
        """Give the answer to a question of the same name."""
        return self._connection.execute(SQL[name]).fetchall()

    def _copy(self, snapshot: Snapshot, table: str, columns: str) -> None:
        self._connection.execute(f"CREATE TABLE {table} ({columns})")
        places = ", ".join("?" * len(columns.split(", ")))
        for rows in _batches(snapshot, f"SELECT {columns} FROM {table}"):
            self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        self._connection.commit()


def _batches(snapshot: Snapshot, sql: str) -> Iterator[Rows]:
    cursor = snapshot.connection.execute(sql)
    while rows := cursor.fetchmany(_BATCH):
        yield [tuple(_text(value) for value in row) for row in rows]


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else value
