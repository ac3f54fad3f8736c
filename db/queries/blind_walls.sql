-- Pages by enabled source that were fetched in a span with a text to read or a wall before it. $since, $until: first and
-- last day, inclusive.
SELECT
    f.source_id, s.name, count(*), count(*) FILTER (WHERE f.fate = 'paywall'),
    count(*) FILTER (WHERE f.fate = 'consent_wall')
FROM page_fate f
JOIN current_source s ON s.source_id = f.source_id
WHERE CAST(f.fetched_at AS DATE) BETWEEN $since AND $until AND s.enabled
    AND f.fate IN ('ok', 'teaser', 'paywall', 'consent_wall')
GROUP BY f.source_id, s.name
HAVING count(*) FILTER (WHERE f.fate IN ('paywall', 'consent_wall')) > 0
ORDER BY s.name, f.source_id
