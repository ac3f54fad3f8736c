-- Days with earned media about any entity, and days on which sources were asked.
SELECT c.published_on AS day, TRUE AS has_articles, CAST(NULL AS BOOLEAN) AS answered
FROM coverage c
WHERE c.earned AND c.published_on BETWEEN $since AND $until
GROUP BY c.published_on
UNION ALL
SELECT CAST(f.fetched_at AS DATE), FALSE, bool_or(f.outcome IN ('ok', 'unchanged', 'empty'))
FROM feed_check f
GROUP BY CAST(f.fetched_at AS DATE)
