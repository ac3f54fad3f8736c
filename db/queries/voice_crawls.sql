-- Per bucket in which any source was asked: those that answered, and the first and last day of asking.
SELECT CAST(date_trunc($grain, fetched_at) AS DATE) AS bucket,
    count(DISTINCT source_id) FILTER (WHERE outcome IN ('ok', 'unchanged', 'empty')) AS n_sources_up,
    CAST(min(fetched_at) AS DATE) AS first_day, CAST(max(fetched_at) AS DATE) AS last_day
FROM feed_check
GROUP BY ALL
ORDER BY bucket
