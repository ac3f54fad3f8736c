-- Feeds of enabled sources whose newest request did not go well or had a remark, with the last time it went well.
WITH newest AS (
    SELECT *
    FROM feed_check
    QUALIFY row_number() OVER (PARTITION BY source_id, url ORDER BY fetched_at DESC) = 1
), good AS (
    SELECT source_id, url, max(fetched_at) AS last_good_at
    FROM feed_check
    WHERE outcome IN ('ok', 'unchanged', 'empty')
    GROUP BY source_id, url
)
SELECT n.source_id, n.url, n.outcome, n.http_status, coalesce(n.detail, ''), n.fetched_at, g.last_good_at
FROM newest n
LEFT JOIN good g ON g.source_id = n.source_id AND g.url = n.url
LEFT JOIN current_source s ON s.source_id = n.source_id
WHERE (n.outcome NOT IN ('ok', 'unchanged', 'empty') OR n.detail IS NOT NULL) AND coalesce(s.enabled, TRUE)
ORDER BY n.source_id, n.url
