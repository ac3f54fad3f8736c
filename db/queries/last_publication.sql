-- The newest attempt to publish: the last row, for the clock may have been set back.
SELECT state, recorded_at, coalesce(detail, '')
FROM publication
ORDER BY rowid DESC
LIMIT 1
