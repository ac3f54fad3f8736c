-- First and last day (UTC) with a fetched page or a request for a feed, within a span and at any time. $since, $until:
-- first and last day, inclusive.
WITH fetched AS (
    SELECT CAST(fetched_at AS DATE) AS day FROM feed_check
    UNION ALL
    SELECT CAST(fetched_at AS DATE) FROM page
)
SELECT
    min(day) FILTER (WHERE day BETWEEN $since AND $until), max(day) FILTER (WHERE day BETWEEN $since AND $until), min(day),
    max(day)
FROM fetched
