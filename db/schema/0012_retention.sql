-- What is no longer kept, and why. Retention and forgetting (db/retention.py, db/forget.py) are the only ones that change
-- or delete rows; what they did stands here. A part is never changed in place: it is written anew under another name.
ALTER TABLE part ADD COLUMN replaced_by VARCHAR;
COMMENT ON COLUMN part.replaced_by IS 'Part that holds what is left of this one. NULL unless state is replaced.';
COMMENT ON TABLE part IS 'Ledger of WARC parts: a part is here, together with all its pages, or not at all. A part has one row per extractor that did it and one per further state; where it stands now is in part_fate.';
COMMENT ON COLUMN part.processed_at IS 'When it came into this state, UTC. Never NULL.';
COMMENT ON COLUMN part.state IS 'done; quarantine where it is damaged: then the pages before the damage are here; replaced where bodies or pages were taken out of it: the file is gone, replaced_by has the rest; expired where its time was over: the file is gone, its pages stay here without their bytes. Never NULL.';
COMMENT ON COLUMN part.detail IS 'Reason of a quarantine, or what was taken out. NULL where done.';

-- replaced and expired are final. Until then the newest row says where the file is: a damaged part may be restored, a done
-- one found damaged when it is extracted again.
CREATE VIEW part_fate AS
SELECT part, state, replaced_by, sha256, size_bytes, n_records, processed_at, detail
FROM part
QUALIFY row_number() OVER (
    PARTITION BY part ORDER BY state IN ('replaced', 'expired') DESC, processed_at DESC, state, extractor DESC
) = 1;
COMMENT ON VIEW part_fate IS 'One row per WARC part with its newest state: a done part is a file of spool/done, one in quarantine of spool/quarantine, a replaced or expired one has no file. After a kill a done part may still lie in spool/rewritten, and a replaced or expired one in spool/done, until the next prune or forget.';
COMMENT ON COLUMN part_fate.part IS 'File name of the part, without folder. Never NULL.';
COMMENT ON COLUMN part_fate.state IS 'done, quarantine, replaced or expired. Never NULL.';
COMMENT ON COLUMN part_fate.replaced_by IS 'Part that holds what is left of this one. NULL unless state is replaced.';
COMMENT ON COLUMN part_fate.sha256 IS 'SHA-256 of the file, 64 hex digits. Never NULL.';
COMMENT ON COLUMN part_fate.size_bytes IS 'Size of the file in bytes. Never NULL.';
COMMENT ON COLUMN part_fate.n_records IS 'Pages that could be read. Never NULL.';
COMMENT ON COLUMN part_fate.processed_at IS 'When it came into this state, UTC. Never NULL.';
COMMENT ON COLUMN part_fate.detail IS 'Reason of a quarantine, or what was taken out. NULL where done.';

CREATE TABLE text_pruned (
    revision_id VARCHAR NOT NULL,
    kept VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    pruned_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE text_pruned IS 'One row per revision whose text is no longer kept in full, and what is left of it; a revision may be cut down twice.';
COMMENT ON COLUMN text_pruned.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN text_pruned.kept IS 'sentences: of the text only the sentences with mentions are left, at their places, blanks between them; metadata: the text and its mention sentences are empty, title, places and scores are left. Never NULL.';
COMMENT ON COLUMN text_pruned.reason IS 'reserved (the publisher reserves text and data mining) or age. Never NULL.';
COMMENT ON COLUMN text_pruned.pruned_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN text_pruned.run_id IS 'Run that did it. Never NULL.';

CREATE TABLE body_pruned (
    page_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    pruned_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE body_pruned IS 'One row per page whose body was taken out of its WARC part while the page itself stays; it cannot be extracted again. The record in the part says so, too.';
COMMENT ON COLUMN body_pruned.page_id IS 'Page. Never NULL.';
COMMENT ON COLUMN body_pruned.reason IS 'reserved (the publisher reserves text and data mining). Never NULL.';
COMMENT ON COLUMN body_pruned.pruned_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN body_pruned.run_id IS 'Run that did it. Never NULL.';

CREATE TABLE removal (
    removal_id VARCHAR NOT NULL,
    removed_at TIMESTAMP NOT NULL,
    selected_by VARCHAR NOT NULL,
    selected VARCHAR NOT NULL,
    reason VARCHAR,
    n_urls BIGINT NOT NULL,
    n_pages BIGINT NOT NULL,
    n_revisions BIGINT NOT NULL,
    n_mentions BIGINT NOT NULL,
    n_scores BIGINT NOT NULL,
    n_labels BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE removal IS 'Journal of takedowns: one row per newstone forget that removed something. It holds no text.';
COMMENT ON COLUMN removal.removal_id IS 'Identifier of the takedown. Never NULL.';
COMMENT ON COLUMN removal.removed_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN removal.selected_by IS 'url, source, before (a day), or again: an address of a forgotten article that came in later. Never NULL.';
COMMENT ON COLUMN removal.selected IS 'The URL, source or day that was given. Never NULL.';
COMMENT ON COLUMN removal.reason IS 'Reason that the person gave. NULL where none.';
COMMENT ON COLUMN removal.n_urls IS 'URLs that are never fetched again. Never NULL.';
COMMENT ON COLUMN removal.n_pages IS 'Pages whose content was removed; each stays as a row with outcome forgotten. Never NULL.';
COMMENT ON COLUMN removal.n_revisions IS 'Article revisions that were removed. Never NULL.';
COMMENT ON COLUMN removal.n_mentions IS 'Mentions that were removed, of all watchlist versions. Never NULL.';
COMMENT ON COLUMN removal.n_scores IS 'Scores that were removed, of all models. Never NULL.';
COMMENT ON COLUMN removal.n_labels IS 'Labels of readers that were removed. Never NULL.';
COMMENT ON COLUMN removal.run_id IS 'Run that did it. Never NULL.';

CREATE TABLE forgotten_url (
    url VARCHAR NOT NULL,
    removal_id VARCHAR NOT NULL
);
COMMENT ON TABLE forgotten_url IS 'Addresses of forgotten articles: what comes in under one of them later is forgotten, too.';
COMMENT ON COLUMN forgotten_url.url IS 'Normalised URL, requested or canonical. Never NULL.';
COMMENT ON COLUMN forgotten_url.removal_id IS 'Takedown. Never NULL.';

-- The columns whose meaning widens.
COMMENT ON COLUMN page.fetch_outcome IS 'Outcome decided while fetching, or forgotten after a takedown. NULL for a page with a body to extract.';
COMMENT ON COLUMN page.part IS 'WARC part that holds the page, a file of spool/done in the data folder unless part_fate says expired. Never NULL.';
COMMENT ON COLUMN revision.text IS 'Cleaned text, one paragraph a line; what is left of it where text_pruned has the revision. Never NULL.';
COMMENT ON COLUMN mention.sentence IS 'The sentence. Never NULL; empty where text_pruned says that only metadata is kept of the text.';
COMMENT ON COLUMN score.outcome IS 'ok; unsupported_language where the model was not validated on the language; text_not_kept where the sentence was no longer kept when this model came. Never NULL.';
COMMENT ON COLUMN stage_run.stage IS 'crawl, extract, match, score, sources, prune, verify, publish, alert, forget or replay. Never NULL.';
