-- Sources of a span of days and of the 28 days before it: was each asked, did it answer, what kept its pages away.
-- $since, $until: first and last day, inclusive; $usual_since: first day of the time it is compared with.
WITH checks AS (
    SELECT
        source_id, count(*) AS n_checks, count(*) FILTER (WHERE outcome IN ('ok', 'unchanged', 'empty')) AS n_good,
        -- not arg_max, which would skip a NULL: a request without an answer has no status
        last(outcome ORDER BY fetched_at, url) AS last_outcome, last(http_status ORDER BY fetched_at, url) AS last_status
    FROM feed_check
    WHERE CAST(fetched_at AS DATE) BETWEEN $since AND $until
    GROUP BY source_id
), pages AS (
    SELECT
        source_id, count(*) AS n_pages,
        count(*) FILTER (WHERE fate IN ('paywall', 'consent_wall')) AS n_walled,
        count(*) FILTER (
            WHERE fate IN ('robots', 'blocked_address', 'rate_limited') OR http_status IN (401, 403, 407, 429, 451)
        ) AS n_blocked
    FROM page_fate
    WHERE CAST(fetched_at AS DATE) BETWEEN $since AND $until
    GROUP BY source_id
), published AS (
    SELECT
        source_id, count(*) FILTER (WHERE published_on BETWEEN $since AND $until) AS n_articles,
        count(*) FILTER (WHERE published_on BETWEEN $usual_since AND $since - 1) AS n_articles_before
    FROM article_fact
    WHERE is_current AND published_on BETWEEN $usual_since AND $until
    GROUP BY source_id
)
SELECT
    s.source_id, s.name, coalesce(c.n_checks, 0), coalesce(c.n_good, 0), c.last_outcome, c.last_status,
    coalesce(p.n_pages, 0), coalesce(p.n_walled, 0), coalesce(p.n_blocked, 0), coalesce(a.n_articles, 0),
    coalesce(a.n_articles_before, 0)
FROM current_source s
LEFT JOIN checks c ON c.source_id = s.source_id
LEFT JOIN pages p ON p.source_id = s.source_id
LEFT JOIN published a ON a.source_id = s.source_id
WHERE s.enabled
ORDER BY s.name, s.source_id
