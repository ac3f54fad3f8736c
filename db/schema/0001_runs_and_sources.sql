-- What was done when, and where pages come from. All tables are append-only: rows are added, never changed.
-- No primary keys, unique constraints or indexes: killing a writer has broken their replay. The loader keeps rows
-- unique by an anti-join inside the inserting transaction. Every TIMESTAMP holds UTC.
CREATE TABLE schema_version (
    version INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE schema_version IS 'One row per migration that was applied. The largest version is that of the database.';
COMMENT ON COLUMN schema_version.version IS 'Number of the migration, from 1. Never NULL.';
COMMENT ON COLUMN schema_version.name IS 'Name of its file. Never NULL.';
COMMENT ON COLUMN schema_version.applied_at IS 'When, UTC. Never NULL.';

CREATE TABLE run (
    run_id VARCHAR NOT NULL,
    command VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    version VARCHAR NOT NULL,
    config_hash VARCHAR NOT NULL,
    pid INTEGER,
    host VARCHAR
);
COMMENT ON TABLE run IS 'One row per started command that writes. Never deleted; its end stands in run_end.';
COMMENT ON COLUMN run.run_id IS 'Identifier of the run. Never NULL.';
COMMENT ON COLUMN run.command IS 'Command that ran, e.g. nightly, extract, score. Never NULL.';
COMMENT ON COLUMN run.started_at IS 'Start, UTC. Never NULL.';
COMMENT ON COLUMN run.version IS 'Version of newstone. Never NULL.';
COMMENT ON COLUMN run.config_hash IS 'Hash of the effective configuration without secrets. Never NULL.';
COMMENT ON COLUMN run.pid IS 'Process id on its host. NULL where unknown.';
COMMENT ON COLUMN run.host IS 'Host name. NULL where unknown.';

CREATE TABLE run_end (
    run_id VARCHAR NOT NULL,
    ended_at TIMESTAMP NOT NULL,
    state VARCHAR NOT NULL,
    detail VARCHAR
);
COMMENT ON TABLE run_end IS 'One row per run that ended in a way it could still record. A run without a row here runs now or was killed.';
COMMENT ON COLUMN run_end.run_id IS 'Run that ended. Never NULL.';
COMMENT ON COLUMN run_end.ended_at IS 'End, UTC. Never NULL.';
COMMENT ON COLUMN run_end.state IS 'How it ended: ok, partial (a stage lost something), failed or interrupted. Never NULL.';
COMMENT ON COLUMN run_end.detail IS 'What went wrong, for a person. NULL where nothing did.';

CREATE TABLE stage_run (
    run_id VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP NOT NULL,
    n_in BIGINT NOT NULL,
    n_out BIGINT NOT NULL,
    counts VARCHAR NOT NULL,
    elapsed_seconds DOUBLE NOT NULL,
    peak_memory_bytes BIGINT
);
COMMENT ON TABLE stage_run IS 'One row per stage that ended within a run, with its counts and cost.';
COMMENT ON COLUMN stage_run.run_id IS 'Run of which the stage is a part. Never NULL.';
COMMENT ON COLUMN stage_run.stage IS 'crawl, extract, match, score or publish. Never NULL.';
COMMENT ON COLUMN stage_run.started_at IS 'Start, UTC. Never NULL.';
COMMENT ON COLUMN stage_run.ended_at IS 'End, UTC. Never NULL.';
COMMENT ON COLUMN stage_run.n_in IS 'Records that the stage took in. Never NULL.';
COMMENT ON COLUMN stage_run.n_out IS 'Records that the stage gave out. Never NULL.';
COMMENT ON COLUMN stage_run.counts IS 'JSON object of further counts by name, e.g. outcomes. Never NULL; {} where there are none.';
COMMENT ON COLUMN stage_run.elapsed_seconds IS 'Wall time in seconds. Never NULL.';
COMMENT ON COLUMN stage_run.peak_memory_bytes IS 'Peak resident memory in bytes. NULL where it was not measured.';

CREATE TABLE source (
    source_id VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    country VARCHAR,
    medium VARCHAR NOT NULL,
    company VARCHAR,
    zone VARCHAR NOT NULL,
    homepage VARCHAR,
    enabled BOOLEAN NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE source IS 'One row per version of a source file; a row is added when its content changes. The newest stands in current_source.';
COMMENT ON COLUMN source.source_id IS 'Identifier of the outlet, the stem of its file. Never NULL.';
COMMENT ON COLUMN source.version IS 'Hash of the content of the source file. Never NULL.';
COMMENT ON COLUMN source.name IS 'Name of the outlet for a person. Never NULL.';
COMMENT ON COLUMN source.language IS 'Main language, ISO 639-1 lower case, und where mixed. Never NULL.';
COMMENT ON COLUMN source.country IS 'Country, ISO 3166-1 alpha-2. NULL for an international outlet.';
COMMENT ON COLUMN source.medium IS 'Kind: press, agency, blog, aggregator, company_newsroom, state_media or another name of the source files. Never NULL.';
COMMENT ON COLUMN source.company IS 'Watched entity that owns the outlet. NULL where none does.';
COMMENT ON COLUMN source.zone IS 'IANA time zone in which naive dates of the outlet are read. Never NULL.';
COMMENT ON COLUMN source.homepage IS 'URL of the outlet. NULL where unknown.';
COMMENT ON COLUMN source.enabled IS 'True where the outlet is crawled. Never NULL.';
COMMENT ON COLUMN source.recorded_at IS 'When this version was first seen, UTC. Never NULL.';

CREATE VIEW current_source AS
SELECT
    source_id, version, name, language, country, medium, company, zone, homepage, enabled, recorded_at,
    medium NOT IN ('company_newsroom', 'state_media') AS earned
FROM source
QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY recorded_at DESC, version) = 1;
COMMENT ON VIEW current_source IS 'The newest version of each source.';
COMMENT ON COLUMN current_source.source_id IS 'Identifier of the outlet. Never NULL.';
COMMENT ON COLUMN current_source.version IS 'Hash of the content of the source file. Never NULL.';
COMMENT ON COLUMN current_source.name IS 'Name of the outlet. Never NULL.';
COMMENT ON COLUMN current_source.language IS 'Main language, ISO 639-1. Never NULL.';
COMMENT ON COLUMN current_source.country IS 'Country, ISO 3166-1 alpha-2. NULL for an international outlet.';
COMMENT ON COLUMN current_source.medium IS 'Kind of medium. Never NULL.';
COMMENT ON COLUMN current_source.company IS 'Watched entity that owns the outlet. NULL where none does.';
COMMENT ON COLUMN current_source.zone IS 'IANA time zone of naive dates. Never NULL.';
COMMENT ON COLUMN current_source.homepage IS 'URL of the outlet. NULL where unknown.';
COMMENT ON COLUMN current_source.enabled IS 'True where the outlet is crawled. Never NULL.';
COMMENT ON COLUMN current_source.recorded_at IS 'When this version was first seen, UTC. Never NULL.';
COMMENT ON COLUMN current_source.earned IS 'False for company newsrooms and state media, which are shown apart from earned media. Never NULL.';

CREATE TABLE feed_check (
    source_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    n_items BIGINT NOT NULL,
    n_new BIGINT NOT NULL,
    newest_item_at TIMESTAMP,
    detail VARCHAR,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE feed_check IS 'One row per request for a feed, sitemap or section page.';
COMMENT ON COLUMN feed_check.source_id IS 'Source whose feed was asked for. Never NULL.';
COMMENT ON COLUMN feed_check.url IS 'URL that was asked for. Never NULL.';
COMMENT ON COLUMN feed_check.kind IS 'feed, news_sitemap or section. Never NULL.';
COMMENT ON COLUMN feed_check.fetched_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN feed_check.outcome IS 'What became of it, see pipelines.outcomes.FeedOutcome; ok, unchanged and empty mean that the source was up. Never NULL.';
COMMENT ON COLUMN feed_check.http_status IS 'HTTP status. NULL where no answer came.';
COMMENT ON COLUMN feed_check.n_items IS 'Items listed. Never NULL.';
COMMENT ON COLUMN feed_check.n_new IS 'Items that were requested in this run. Never NULL.';
COMMENT ON COLUMN feed_check.newest_item_at IS 'Publication date of the newest item, UTC. NULL where none was readable.';
COMMENT ON COLUMN feed_check.detail IS 'Reason of a failure. NULL where there is none.';
COMMENT ON COLUMN feed_check.run_id IS 'Run that asked. Never NULL.';

CREATE TABLE source_night (
    source_id VARCHAR NOT NULL,
    crawl_id VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    n_requests BIGINT NOT NULL,
    n_retries BIGINT NOT NULL,
    n_429 BIGINT NOT NULL,
    n_503 BIGINT NOT NULL,
    received_bytes BIGINT NOT NULL,
    n_pages BIGINT NOT NULL,
    outcomes VARCHAR NOT NULL,
    n_pending BIGINT NOT NULL,
    elapsed_seconds DOUBLE NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE source_night IS 'One row per source and crawl: traffic and trouble.';
COMMENT ON COLUMN source_night.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN source_night.crawl_id IS 'The crawl; a killed one and the next are two. Never NULL.';
COMMENT ON COLUMN source_night.started_at IS 'When the crawl turned to the source, UTC. Never NULL.';
COMMENT ON COLUMN source_night.n_requests IS 'Requests sent, repeated ones included. Never NULL.';
COMMENT ON COLUMN source_night.n_retries IS 'Requests that repeated an earlier one. Never NULL.';
COMMENT ON COLUMN source_night.n_429 IS 'Answers with status 429. Never NULL.';
COMMENT ON COLUMN source_night.n_503 IS 'Answers with status 503. Never NULL.';
COMMENT ON COLUMN source_night.received_bytes IS 'Bytes received as sent on the wire. Never NULL.';
COMMENT ON COLUMN source_night.n_pages IS 'Page URLs requested; the sum of outcomes. Never NULL.';
COMMENT ON COLUMN source_night.outcomes IS 'JSON object: pages by fetch outcome, fetched for those with a body. Never NULL.';
COMMENT ON COLUMN source_night.n_pending IS 'Page URLs known and due that were not requested in this crawl. Never NULL.';
COMMENT ON COLUMN source_night.elapsed_seconds IS 'Time from the first request to the last answer, in seconds. Never NULL.';
COMMENT ON COLUMN source_night.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE publication (
    run_id VARCHAR,
    recorded_at TIMESTAMP NOT NULL,
    state VARCHAR NOT NULL,
    n_pages BIGINT NOT NULL,
    n_revisions BIGINT NOT NULL,
    n_mentions BIGINT NOT NULL,
    n_scores BIGINT NOT NULL,
    n_warnings BIGINT NOT NULL,
    detail VARCHAR
);
COMMENT ON TABLE publication IS 'One row per attempt to publish. The last row inside a snapshot describes that snapshot.';
COMMENT ON COLUMN publication.run_id IS 'Run that published. NULL where it was called outside a run.';
COMMENT ON COLUMN publication.recorded_at IS 'When the checks ended, UTC. Never NULL.';
COMMENT ON COLUMN publication.state IS 'passed, or refused where a check failed and the last good snapshot stayed. Never NULL.';
COMMENT ON COLUMN publication.n_pages IS 'Pages in the database. Never NULL.';
COMMENT ON COLUMN publication.n_revisions IS 'Article revisions in the database. Never NULL.';
COMMENT ON COLUMN publication.n_mentions IS 'Mentions in the database, all watchlist versions. Never NULL.';
COMMENT ON COLUMN publication.n_scores IS 'Scores in the database, all models. Never NULL.';
COMMENT ON COLUMN publication.n_warnings IS 'Checks that warned. Never NULL.';
COMMENT ON COLUMN publication.detail IS 'The failed checks and warnings, one a line. NULL where there were none.';
