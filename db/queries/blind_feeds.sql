-- Feeds of enabled sources that did not answer well when they were last asked. $until: last day that counts, inclusive.
WITH checks AS (
    SELECT source_id, url, fetched_at, outcome, http_status, outcome IN ('ok', 'unchanged', 'empty') AS good
    FROM feed_check
    WHERE CAST(fetched_at AS DATE) <= $until
), newest AS (
    SELECT *
    FROM checks
    QUALIFY row_number() OVER (PARTITION BY source_id, url ORDER BY fetched_at DESC, outcome) = 1
), known AS (
    SELECT
        source_id, url, min(fetched_at) AS first_at, max(fetched_at) FILTER (WHERE good) AS last_good_at
    FROM checks
    GROUP BY source_id, url
)
SELECT
    n.source_id, s.name, n.url, n.outcome, n.http_status, CAST(n.fetched_at AS DATE), CAST(k.first_at AS DATE),
    CAST(k.last_good_at AS DATE)
FROM newest n
JOIN known k ON k.source_id = n.source_id AND k.url = n.url
JOIN current_source s ON s.source_id = n.source_id
WHERE NOT n.good AND s.enabled
ORDER BY s.name, n.url
