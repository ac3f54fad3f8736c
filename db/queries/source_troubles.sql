-- Sources that were slowed down, asked again or left unfinished in their newest crawl that had pages to fetch.
WITH newest AS (
    SELECT *
    FROM source_night
    WHERE n_pages > 0 OR n_pending > 0
    QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY started_at DESC, crawl_id) = 1
)
SELECT source_id, n_requests, n_retries, n_429, n_503, n_pending
FROM newest
WHERE (n_retries > 0 OR n_429 > 0 OR n_503 > 0 OR n_pending > 0)
    AND started_at > (SELECT max(started_at) FROM source_night) - INTERVAL 14 DAY
ORDER BY source_id
