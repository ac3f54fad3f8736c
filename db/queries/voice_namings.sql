-- Stories of a span on a panel of sources, counted by which watched entities they name.
WITH stories AS (
    SELECT c.story_id, list_sort(list(DISTINCT c.entity)) AS named
    FROM coverage c
    WHERE c.earned AND c.published_on BETWEEN $since AND $until AND list_contains($panel, c.source_id)
        AND list_contains($entities, c.entity) {theme}
    GROUP BY c.story_id
)
SELECT named, count(*) AS n
FROM stories
GROUP BY named
ORDER BY named
