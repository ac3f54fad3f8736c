-- Voices of an entity by theme in a span and in the days before it, earned media, with all its voices as theme NULL.
-- A voice whose copies stand in both counts in both.
WITH hits AS (
    SELECT revision_id, story_id, published_on BETWEEN $since AND $until AS is_now
    FROM coverage
    WHERE entity = $entity AND earned AND published_on BETWEEN $usual_since AND $until
)
SELECT
    CAST(NULL AS VARCHAR) AS theme, count(DISTINCT story_id) FILTER (WHERE is_now),
    count(DISTINCT story_id) FILTER (WHERE NOT is_now)
FROM hits
UNION ALL
SELECT
    t.theme, count(DISTINCT h.story_id) FILTER (WHERE h.is_now),
    count(DISTINCT h.story_id) FILTER (WHERE NOT h.is_now)
FROM hits h
JOIN article_theme t ON t.revision_id = h.revision_id
GROUP BY t.theme
ORDER BY 1 NULLS FIRST
