-- The first and the last day on which a source answered, and the last day on which one was asked; NULL where none was.
SELECT
    min(CAST(fetched_at AS DATE)) FILTER (WHERE outcome IN ('ok', 'unchanged', 'empty')),
    max(CAST(fetched_at AS DATE)) FILTER (WHERE outcome IN ('ok', 'unchanged', 'empty')),
    max(CAST(fetched_at AS DATE))
FROM feed_check
