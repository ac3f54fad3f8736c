-- Days of a span on which feeds were asked, with the sources that were asked and that answered.
-- $since, $until: first and last day, inclusive.
SELECT
    CAST(fetched_at AS DATE) AS day, count(DISTINCT source_id) AS n_asked,
    count(DISTINCT source_id) FILTER (WHERE outcome IN ('ok', 'unchanged', 'empty')) AS n_up
FROM feed_check
WHERE CAST(fetched_at AS DATE) BETWEEN $since AND $until
GROUP BY day
ORDER BY day
