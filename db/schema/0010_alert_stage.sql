-- A run may end with the telling of alerts.
COMMENT ON COLUMN stage_run.stage IS 'crawl, extract, match, score, publish or alert. Never NULL.';
