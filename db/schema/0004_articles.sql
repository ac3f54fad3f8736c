-- What became of each page, and the articles. Nothing here depends on the order in which rows were loaded.
CREATE VIEW page_fate AS
WITH newest AS (
    SELECT *
    FROM extraction
    QUALIFY row_number() OVER (PARTITION BY page_id ORDER BY extracted_at DESC, extractor DESC) = 1
), ranked AS (
    SELECT
        p.*, e.outcome, e.detail, e.revision_id, e.extractor,
        row_number() OVER (PARTITION BY e.revision_id ORDER BY p.attempt, p.url, p.page_id) AS place,
        first_value(p.url) OVER (PARTITION BY e.revision_id ORDER BY p.attempt, p.url, p.page_id) AS first_url
    FROM page p
    JOIN newest e ON e.page_id = p.page_id
)
SELECT
    page_id, url, source_id, fetched_at, attempt, http_status,
    CASE
        WHEN revision_id IS NULL OR place = 1 THEN outcome
        WHEN url = first_url THEN 'unchanged'
        ELSE 'duplicate'
    END AS fate,
    outcome, detail, revision_id, revision_id IS NOT NULL AND place = 1 AS is_first, extractor, part, record_offset, run_id
FROM ranked;
COMMENT ON VIEW page_fate IS 'One row per page with its one fate. Of several pages with the same text the first by attempt and URL keeps its outcome; another fetch of that URL is unchanged, another URL a duplicate.';
COMMENT ON COLUMN page_fate.page_id IS 'Page. Never NULL.';
COMMENT ON COLUMN page_fate.url IS 'URL that was requested. Never NULL.';
COMMENT ON COLUMN page_fate.source_id IS 'Source that led to the page. Never NULL.';
COMMENT ON COLUMN page_fate.fetched_at IS 'When it was fetched, UTC. Never NULL.';
COMMENT ON COLUMN page_fate.attempt IS 'Fetches of this URL, from 1. Never NULL.';
COMMENT ON COLUMN page_fate.http_status IS 'Final HTTP status. NULL where no answer came.';
COMMENT ON COLUMN page_fate.fate IS 'The outcome, or unchanged or duplicate for a further page with the same article text. Never NULL.';
COMMENT ON COLUMN page_fate.outcome IS 'Outcome by itself, whatever other pages hold. Never NULL.';
COMMENT ON COLUMN page_fate.detail IS 'Reason of the outcome. NULL where there is none.';
COMMENT ON COLUMN page_fate.revision_id IS 'Article revision. NULL without an article.';
COMMENT ON COLUMN page_fate.is_first IS 'True for the page that stands for its revision. Never NULL.';
COMMENT ON COLUMN page_fate.extractor IS 'Extractor of the newest extraction. Never NULL.';
COMMENT ON COLUMN page_fate.part IS 'WARC part that holds the page. Never NULL.';
COMMENT ON COLUMN page_fate.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN page_fate.run_id IS 'Run that loaded the page. Never NULL.';

CREATE VIEW article AS
WITH seen AS (
    SELECT revision_id, min(fetched_at) AS first_fetched_at, max(fetched_at) AS last_fetched_at, count(*) AS n_pages
    FROM page_fate
    WHERE revision_id IS NOT NULL
    GROUP BY revision_id
)
SELECT
    r.article_id, r.revision_id, r.canonical_url, f.source_id, r.title, r.text, e.language, e.language_confidence,
    -- a day without a time is stored as its midnight in the zone of the outlet, which is the day before in UTC east of
    -- Greenwich; 13 hours later it is that day in every zone from UTC-10 to UTC+13
    e.published_at,
    CAST(e.published_at + CASE WHEN e.published_has_time THEN INTERVAL 0 HOUR ELSE INTERVAL 13 HOUR END AS DATE)
        AS published_on,
    e.published_basis, e.published_raw, e.published_has_time, e.authors, e.body_kind, e.extractor,
    r.signature, e.site_name, e.notes, f.page_id, f.part, f.record_offset, s.first_fetched_at, s.last_fetched_at,
    s.n_pages,
    row_number() OVER (PARTITION BY r.article_id ORDER BY s.last_fetched_at DESC, r.revision_id) = 1 AS is_current
FROM revision r
JOIN page_fate f ON f.revision_id = r.revision_id AND f.is_first
JOIN extraction e ON e.page_id = f.page_id AND e.extractor = f.extractor
JOIN seen s ON s.revision_id = r.revision_id;
COMMENT ON VIEW article IS 'One row per article revision, with what its first page says about it.';
COMMENT ON COLUMN article.article_id IS 'Identifier of the canonical URL. Never NULL.';
COMMENT ON COLUMN article.revision_id IS 'Identifier of canonical URL, title and text. Never NULL.';
COMMENT ON COLUMN article.canonical_url IS 'Canonical URL. Never NULL.';
COMMENT ON COLUMN article.source_id IS 'Source of the first page. Never NULL.';
COMMENT ON COLUMN article.title IS 'Title. Never NULL; empty where the page has none.';
COMMENT ON COLUMN article.text IS 'Cleaned text, one paragraph a line. Never NULL.';
COMMENT ON COLUMN article.language IS 'Language of the text, ISO 639-1. Never NULL.';
COMMENT ON COLUMN article.language_confidence IS 'Confidence of the language, 0 to 1. Never NULL.';
COMMENT ON COLUMN article.published_at IS 'Moment of publication, UTC; where only the day is known, its midnight in the zone of the outlet. Never NULL.';
COMMENT ON COLUMN article.published_on IS 'Day of publication: of published_at in UTC, or the day that the page names where it names no time. Never NULL.';
COMMENT ON COLUMN article.published_basis IS 'Where the date was read: feed, json-ld, meta, url, text or first_seen (nothing said so: the moment of the first fetch). Never NULL.';
COMMENT ON COLUMN article.published_raw IS 'The string the date was read from. NULL for first_seen.';
COMMENT ON COLUMN article.published_has_time IS 'False where only the day is known. Never NULL.';
COMMENT ON COLUMN article.authors IS 'Authors in order. Never NULL.';
COMMENT ON COLUMN article.body_kind IS 'full, teaser, paywall or consent_wall. Never NULL.';
COMMENT ON COLUMN article.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN article.signature IS 'MinHash signature of the text, 32-bit values. Never NULL; empty for a text too short to compare.';
COMMENT ON COLUMN article.site_name IS 'Name of the site as the page gives it. NULL where none.';
COMMENT ON COLUMN article.notes IS 'Remarks of the extractor. Never NULL.';
COMMENT ON COLUMN article.page_id IS 'First page by attempt and URL. Never NULL.';
COMMENT ON COLUMN article.part IS 'WARC part of that page. Never NULL.';
COMMENT ON COLUMN article.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN article.first_fetched_at IS 'First fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article.last_fetched_at IS 'Last fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article.n_pages IS 'Pages that hold this revision. Never NULL.';
COMMENT ON COLUMN article.is_current IS 'True for the revision of the article that was seen last. Never NULL.';

CREATE VIEW outlets AS
WITH fates AS (
    SELECT
        source_id, count(*) AS n_pages, count(*) FILTER (WHERE is_first) AS n_revisions, max(fetched_at) AS last_fetched_at
    FROM page_fate
    GROUP BY source_id
), dates AS (
    SELECT source_id, count(*) AS n_articles, max(published_at) AS last_published_at
    FROM article
    WHERE is_current
    GROUP BY source_id
)
SELECT
    s.source_id, s.name, s.language, s.country, s.medium, s.earned, s.company, s.enabled, s.homepage,
    coalesce(f.n_pages, 0) AS n_pages, coalesce(f.n_revisions, 0) AS n_revisions, coalesce(d.n_articles, 0) AS n_articles,
    d.last_published_at, f.last_fetched_at
FROM current_source s
LEFT JOIN fates f ON f.source_id = s.source_id
LEFT JOIN dates d ON d.source_id = s.source_id;
COMMENT ON VIEW outlets IS 'One row per source with its yield.';
COMMENT ON COLUMN outlets.source_id IS 'Identifier of the outlet. Never NULL.';
COMMENT ON COLUMN outlets.name IS 'Name of the outlet. Never NULL.';
COMMENT ON COLUMN outlets.language IS 'Main language, ISO 639-1. Never NULL.';
COMMENT ON COLUMN outlets.country IS 'Country, ISO 3166-1 alpha-2. NULL for an international outlet.';
COMMENT ON COLUMN outlets.medium IS 'Kind of medium. Never NULL.';
COMMENT ON COLUMN outlets.earned IS 'False for company newsrooms and state media. Never NULL.';
COMMENT ON COLUMN outlets.company IS 'Watched entity that owns the outlet. NULL where none does.';
COMMENT ON COLUMN outlets.enabled IS 'True where the outlet is crawled. Never NULL.';
COMMENT ON COLUMN outlets.homepage IS 'URL of the outlet. NULL where unknown.';
COMMENT ON COLUMN outlets.n_pages IS 'Pages and failed attempts. Never NULL.';
COMMENT ON COLUMN outlets.n_revisions IS 'Article revisions. Never NULL.';
COMMENT ON COLUMN outlets.n_articles IS 'Articles. Never NULL.';
COMMENT ON COLUMN outlets.last_published_at IS 'Publication date of the newest article, UTC. NULL without articles.';
COMMENT ON COLUMN outlets.last_fetched_at IS 'Last page, UTC. NULL without pages.';
