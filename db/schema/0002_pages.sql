-- Pages, what extraction made of them, and the texts. Facts of the fetch stand in page, what an extractor said about
-- a page in extraction, the text in revision; the view article puts them together. So a row never depends on which
-- of two pages with the same text was loaded first.
CREATE TABLE part (
    part VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    size_bytes BIGINT NOT NULL,
    n_records BIGINT NOT NULL,
    extractor VARCHAR NOT NULL,
    processed_at TIMESTAMP NOT NULL,
    state VARCHAR NOT NULL,
    detail VARCHAR,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE part IS 'Ledger of WARC parts: a part is here, together with all its pages, or not at all.';
COMMENT ON COLUMN part.part IS 'File name of the part, without folder. Never NULL.';
COMMENT ON COLUMN part.sha256 IS 'SHA-256 of the file, 64 hex digits. Never NULL.';
COMMENT ON COLUMN part.size_bytes IS 'Size of the file in bytes. Never NULL.';
COMMENT ON COLUMN part.n_records IS 'Pages that could be read. Never NULL.';
COMMENT ON COLUMN part.extractor IS 'Name and version of the extractor that processed it. Never NULL.';
COMMENT ON COLUMN part.processed_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN part.state IS 'done, or quarantine where it is damaged: then the pages before the damage are here. Never NULL.';
COMMENT ON COLUMN part.detail IS 'Reason of a quarantine. NULL where done.';
COMMENT ON COLUMN part.run_id IS 'Run that processed it. Never NULL.';

CREATE TABLE page (
    page_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    final_url VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    attempt INTEGER NOT NULL,
    http_status INTEGER,
    content_type VARCHAR,
    body_bytes BIGINT NOT NULL,
    body_sha256 VARCHAR,
    fetch_outcome VARCHAR,
    fetch_detail VARCHAR,
    retries INTEGER NOT NULL,
    elapsed_seconds DOUBLE NOT NULL,
    part VARCHAR NOT NULL,
    record_offset BIGINT NOT NULL,
    feed_title VARCHAR,
    feed_published_raw VARCHAR,
    feed_author VARCHAR,
    feed_language VARCHAR,
    found_in VARCHAR,
    found_by VARCHAR,
    rights_reserved BOOLEAN,
    rights_policy_url VARCHAR,
    rights_signals VARCHAR[] NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE page IS 'One row per fetched page or failed attempt: the facts of the fetch.';
COMMENT ON COLUMN page.page_id IS 'Identifier of URL, attempt and body (or failure), 32 hex digits. Never NULL.';
COMMENT ON COLUMN page.url IS 'URL that was requested. Never NULL.';
COMMENT ON COLUMN page.final_url IS 'URL after redirects. Never NULL.';
COMMENT ON COLUMN page.source_id IS 'Source that led to the page. Never NULL.';
COMMENT ON COLUMN page.fetched_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN page.attempt IS 'Fetches of this URL by this data folder, from 1. Never NULL.';
COMMENT ON COLUMN page.http_status IS 'Final HTTP status. NULL where no answer came.';
COMMENT ON COLUMN page.content_type IS 'Content-Type header as sent. NULL where missing.';
COMMENT ON COLUMN page.body_bytes IS 'Size of the decompressed body in bytes. Never NULL; 0 for a failure.';
COMMENT ON COLUMN page.body_sha256 IS 'SHA-256 of the body, 64 hex digits. NULL where there is no body.';
COMMENT ON COLUMN page.fetch_outcome IS 'Outcome decided while fetching. NULL for a page with a body to extract.';
COMMENT ON COLUMN page.fetch_detail IS 'Reason of a fetch outcome. NULL where there is none.';
COMMENT ON COLUMN page.retries IS 'Repeated requests within this attempt. Never NULL.';
COMMENT ON COLUMN page.elapsed_seconds IS 'Time of the fetch in seconds. Never NULL.';
COMMENT ON COLUMN page.part IS 'WARC part that holds the page, a file of spool/done in the data folder. Never NULL.';
COMMENT ON COLUMN page.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN page.feed_title IS 'Title that the feed gave. NULL where none.';
COMMENT ON COLUMN page.feed_published_raw IS 'Date string that the feed gave, as found. NULL where none.';
COMMENT ON COLUMN page.feed_author IS 'Author that the feed gave. NULL where none.';
COMMENT ON COLUMN page.feed_language IS 'Language that the feed declared, as found. NULL where none.';
COMMENT ON COLUMN page.found_in IS 'URL of the feed, sitemap or section page that listed it. NULL where none did.';
COMMENT ON COLUMN page.found_by IS 'feed, news_sitemap or section. NULL where not found by listing.';
COMMENT ON COLUMN page.rights_reserved IS 'True where text and data mining is reserved, False where permitted explicitly. NULL where nothing was said.';
COMMENT ON COLUMN page.rights_policy_url IS 'URL of the policy. NULL where none.';
COMMENT ON COLUMN page.rights_signals IS 'Signals as seen at fetched_at, each "where: value". Never NULL; empty where none.';
COMMENT ON COLUMN page.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE extraction (
    page_id VARCHAR NOT NULL,
    extractor VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    detail VARCHAR,
    revision_id VARCHAR,
    language VARCHAR,
    language_confidence DOUBLE,
    published_at TIMESTAMP,
    published_basis VARCHAR,
    published_raw VARCHAR,
    published_has_time BOOLEAN,
    authors VARCHAR[],
    body_kind VARCHAR,
    site_name VARCHAR,
    notes VARCHAR[],
    extracted_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE extraction IS 'One row per page and extractor: exactly one outcome, and what the page says about the article.';
COMMENT ON COLUMN extraction.page_id IS 'Page. Never NULL.';
COMMENT ON COLUMN extraction.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN extraction.outcome IS 'What became of the page, see pipelines.outcomes.Outcome. Never NULL.';
COMMENT ON COLUMN extraction.detail IS 'Reason of the outcome. NULL where there is none.';
COMMENT ON COLUMN extraction.revision_id IS 'Article revision that the page holds. NULL unless outcome is ok, teaser or paywall.';
COMMENT ON COLUMN extraction.language IS 'Language of the text, ISO 639-1, und where unknown. NULL without an article.';
COMMENT ON COLUMN extraction.language_confidence IS 'Confidence of the language, 0 to 1. NULL without an article.';
COMMENT ON COLUMN extraction.published_at IS 'Publication date, UTC. NULL without an article.';
COMMENT ON COLUMN extraction.published_basis IS 'Where the date was read: feed, json-ld, meta, text, url or first_seen. NULL without an article.';
COMMENT ON COLUMN extraction.published_raw IS 'The string the date was read from. NULL for first_seen or without an article.';
COMMENT ON COLUMN extraction.published_has_time IS 'False where only the day is known. NULL without an article.';
COMMENT ON COLUMN extraction.authors IS 'Authors in order. NULL without an article; empty where none is named.';
COMMENT ON COLUMN extraction.body_kind IS 'full, teaser, paywall or consent_wall. NULL without an article.';
COMMENT ON COLUMN extraction.site_name IS 'Name of the site as the page gives it. NULL where none.';
COMMENT ON COLUMN extraction.notes IS 'Remarks of the extractor. NULL without an article; empty where none.';
COMMENT ON COLUMN extraction.extracted_at IS 'When the part was processed, UTC. Never NULL.';
COMMENT ON COLUMN extraction.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE revision (
    revision_id VARCHAR NOT NULL,
    article_id VARCHAR NOT NULL,
    canonical_url VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    signature UINTEGER[] NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE revision IS 'One row per canonical URL with one title and text; a changed text is a new row.';
COMMENT ON COLUMN revision.revision_id IS 'Identifier of canonical URL, title and text, 32 hex digits. Never NULL.';
COMMENT ON COLUMN revision.article_id IS 'Identifier of the canonical URL, 32 hex digits. Never NULL.';
COMMENT ON COLUMN revision.canonical_url IS 'Canonical URL. Never NULL.';
COMMENT ON COLUMN revision.title IS 'Title. Never NULL; empty where the page has none.';
COMMENT ON COLUMN revision.text IS 'Cleaned text, one paragraph a line. Never NULL.';
COMMENT ON COLUMN revision.signature IS 'MinHash signature of the text, 32-bit values. Never NULL; empty for a text too short to compare.';
COMMENT ON COLUMN revision.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE story (
    revision_id VARCHAR NOT NULL,
    story_id VARCHAR NOT NULL
);
COMMENT ON TABLE story IS 'Stories: revisions that tell the same text. Filled anew in each snapshot, always empty in the writer database.';
COMMENT ON COLUMN story.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN story.story_id IS 'Story of the revision; syndicated copies share one. Never NULL.';
