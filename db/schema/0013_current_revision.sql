-- A page that is fetched again behind a wall, or in a layout that shows its beginning only, does not take the place of
-- the full text that it showed before.
CREATE OR REPLACE VIEW article_fact AS
WITH seen AS (
    SELECT revision_id, min(fetched_at) AS first_fetched_at, max(fetched_at) AS last_fetched_at, count(*) AS n_pages
    FROM page_fate
    WHERE revision_id IS NOT NULL
    GROUP BY revision_id
)
SELECT
    r.article_id, r.revision_id, f.source_id, e.language, e.language_confidence,
    -- a day without a time is stored as its midnight in the zone of the outlet, which is the day before in UTC east of
    -- Greenwich; 13 hours later it is that day in every zone from UTC-10 to UTC+13
    e.published_at,
    CAST(e.published_at + CASE WHEN e.published_has_time THEN INTERVAL 0 HOUR ELSE INTERVAL 13 HOUR END AS DATE)
        AS published_on,
    e.published_basis, e.published_raw, e.published_has_time, e.authors, e.body_kind, e.extractor, e.site_name, e.notes,
    f.page_id, f.part, f.record_offset, s.first_fetched_at, s.last_fetched_at, s.n_pages,
    row_number() OVER (
        PARTITION BY r.article_id ORDER BY e.body_kind <> 'full', s.last_fetched_at DESC, r.revision_id
    ) = 1 AS is_current
FROM revision r
JOIN page_fate f ON f.revision_id = r.revision_id AND f.is_first
JOIN extraction e ON e.page_id = f.page_id AND e.extractor = f.extractor
JOIN seen s ON s.revision_id = r.revision_id;
COMMENT ON VIEW article_fact IS 'One row per article revision: the columns of article without canonical_url, title, text and signature.';
COMMENT ON COLUMN article_fact.article_id IS 'Identifier of the canonical URL. Never NULL.';
COMMENT ON COLUMN article_fact.revision_id IS 'Identifier of canonical URL, title and text. Never NULL.';
COMMENT ON COLUMN article_fact.source_id IS 'Source of the first page. Never NULL.';
COMMENT ON COLUMN article_fact.language IS 'Language of the text, ISO 639-1. Never NULL.';
COMMENT ON COLUMN article_fact.language_confidence IS 'Confidence of the language, 0 to 1. Never NULL.';
COMMENT ON COLUMN article_fact.published_at IS 'Moment of publication, UTC; where only the day is known, its midnight in the zone of the outlet. Never NULL.';
COMMENT ON COLUMN article_fact.published_on IS 'Day of publication: of published_at in UTC, or the day that the page names where it names no time. Never NULL.';
COMMENT ON COLUMN article_fact.published_basis IS 'Where the date was read: feed, json-ld, meta, url, text or first_seen (nothing said so: the moment of the first fetch). Never NULL.';
COMMENT ON COLUMN article_fact.published_raw IS 'The string the date was read from. NULL for first_seen.';
COMMENT ON COLUMN article_fact.published_has_time IS 'False where only the day is known. Never NULL.';
COMMENT ON COLUMN article_fact.authors IS 'Authors in order. Never NULL.';
COMMENT ON COLUMN article_fact.body_kind IS 'full, teaser, paywall or consent_wall. Never NULL.';
COMMENT ON COLUMN article_fact.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN article_fact.site_name IS 'Name of the site as the page gives it. NULL where none.';
COMMENT ON COLUMN article_fact.notes IS 'Remarks of the extractor. Never NULL.';
COMMENT ON COLUMN article_fact.page_id IS 'First page by attempt and URL. Never NULL.';
COMMENT ON COLUMN article_fact.part IS 'WARC part of that page. Never NULL.';
COMMENT ON COLUMN article_fact.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN article_fact.first_fetched_at IS 'First fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article_fact.last_fetched_at IS 'Last fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article_fact.n_pages IS 'Pages that hold this revision. Never NULL.';
COMMENT ON COLUMN article_fact.is_current IS 'True for the revision of the article that counts: a full text before a part of it, of these the one seen last. Never NULL.';
COMMENT ON COLUMN article.is_current IS 'True for the revision of the article that counts: a full text before a part of it, of these the one seen last. Never NULL.';
