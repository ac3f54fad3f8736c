-- The newest attempt to publish.
SELECT state, recorded_at, coalesce(detail, '')
FROM publication
ORDER BY recorded_at DESC, state DESC
LIMIT 1
