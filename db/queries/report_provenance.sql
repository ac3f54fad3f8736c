-- Where the numbers of a snapshot come from.
SELECT
    (SELECT max(p.recorded_at) FROM publication p WHERE p.state = 'passed') AS published_at,
    (SELECT m.model_id FROM current_model m) AS model_id, (SELECT m.model_revision FROM current_model m) AS model_revision,
    (SELECT w.version FROM current_watchlist w) AS watchlist_version,
    (SELECT string_agg(DISTINCT x.extractor, ', ' ORDER BY x.extractor) FROM article x WHERE x.is_current) AS extractors,
    (SELECT count(*) FROM coverage c WHERE c.published_on BETWEEN $since AND $until AND c.n_scored = 0) AS n_unscored,
    (SELECT count(*) FROM coverage c WHERE c.published_on BETWEEN $since AND $until) AS n_coverage;
