"""A year of coverage by SQL, straight into the tables of a snapshot."""

from pathlib import Path

import duckdb

from analysis.watchlist import load_watchlist, shipped_watchlist_path
from db.loader import record_model, record_sources, record_watchlist
from db.publish import publish
from db.rows import EntityRow, SourceRow, WatchlistRow
from db.writer import open_writer
from tests.db import build
from tests.report.newsroom import NOW

_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "ru", "zh", "ja", "ko", "ar")
_MEDIA = ("press", "press", "press", "magazine", "blog", "agency", "broadcaster", "company_newsroom")

# sentences of 60 to 260 characters of random words: they compress worse than a language does
_ARTICLES = """
CREATE TABLE made AS
WITH numbered AS (SELECT i, hash(i, 'a') AS a, hash(i, 'b') AS b, hash(i, 'c') AS c FROM range($n) r(i))
SELECT
    i, DATE '2024-03-01' + CAST(a % 365 AS INTEGER) AS published_on,
    entities[CAST(1 + floor(len(entities) * pow((b % 10000) / 10000.0, 2)) AS INTEGER)] AS entity,
    CAST(floor(120 * pow((c % 10000) / 10000.0, 2)) AS INTEGER) AS source,
    (hash(i, 'p') % 2000) / 1000.0 - 1 AS polarity,
    CASE WHEN hash(i, 's') % 10 = 0 THEN i - 1 ELSE i END AS story
FROM numbered, (SELECT $entities AS entities)
"""
_COVERAGE = """
INSERT INTO coverage BY NAME
SELECT
    m.entity, m.entity AS entity_name, 'competitor' AS role, 'a' || m.i AS article_id, 'r' || m.i AS revision_id,
    's' || m.story AS story_id, CAST(m.published_on AS TIMESTAMP) AS published_at, m.published_on,
    'feed' AS published_basis,
    o.source_id, o.name AS outlet, o.medium, o.earned, o.country, o.language,
    'Title ' || md5(CAST(m.i AS VARCHAR)) AS title,
    'https://outlet-' || m.source || '.example/news/' || md5(CAST(m.i AS VARCHAR)) AS url, 'full' AS body_kind,
    3 AS n_mentions, 3 AS n_scored, m.polarity, (1 - m.polarity) / 2 AS p_negative, 0.0 AS p_neutral,
    (1 + m.polarity) / 2 AS p_positive, CASE WHEN m.polarity > 0 THEN 'positive' ELSE 'negative' END AS label,
    'tiny' AS model_id, 'r1' AS model_revision, 'w1' AS watchlist_version
FROM made m
JOIN current_source o ON o.source_id = 'outlet' || m.source
ORDER BY entity, published_on
"""
_SENTENCES = """
INSERT INTO sentences BY NAME
SELECT
    c.entity, c.revision_id || ':text:' || k.k AS sentence_id, c.published_at, c.published_on, c.outlet, c.medium,
    c.earned, c.country, c.language, c.title, c.url, 'body' AS place,
    array_to_string(list_transform(
        range(CAST(10 + hash(c.revision_id, k.k) % 30 AS BIGINT)),
        lambda w: substr(md5(c.revision_id || k.k || w), 1, CAST(2 + w % 7 AS INTEGER))
    ), ' ') AS sentence,
    0 AS sentence_start, 100 AS sentence_end, c.entity AS surface, 0 AS surface_start, 5 AS surface_end,
    c.p_negative, c.p_neutral, c.p_positive, c.polarity, c.label, 'ok' AS score_outcome, 'tiny' AS model_id,
    'r1' AS model_revision, 'w1' AS watchlist_version, 'x' AS extractor, 'p' AS part, 0 AS record_offset,
    'p' AS page_id,
    c.source_id, c.story_id, c.article_id, c.revision_id, c.revision_id || k.k AS mention_id
FROM coverage c, range(3) k(k)
"""


def build_year(folder: Path, *, n_articles: int) -> Path:
    """Write a snapshot with articles from March 2024 on about the companies of the shipped watchlist."""
    watchlist = load_watchlist(shipped_watchlist_path())
    entities = [EntityRow(each.id, each.name, each.role) for each in watchlist.entities.values()]
    store, snapshot = folder / "writer.duckdb", folder / "newstone.duckdb"
    with open_writer(store) as writer:
        record_sources(
            writer,
            [
                SourceRow(
                    f"outlet{i}",
                    "v1",
                    f"Outlet number {i}",
                    _LANGUAGES[i % 14],
                    _MEDIA[i % 8],
                    "Europe/London",
                    country="GB",
                )
                for i in range(120)
            ],
            build.NOON,
        )
        record_watchlist(writer, WatchlistRow("w1", watchlist.subject, "", tuple(entities)), build.NOON)
        record_model(writer, build.MODEL, build.NOON)
    publish(store, snapshot, now=NOW)
    with duckdb.connect(str(snapshot)) as connection:
        ids = [watchlist.subject, *(e.entity for e in entities if e.role != "subject")]
        connection.execute(_ARTICLES, {"n": n_articles, "entities": ids})
        connection.execute(_COVERAGE)
        connection.execute(_SENTENCES)
        connection.execute("DROP TABLE made")
    return snapshot
