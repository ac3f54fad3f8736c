-- Voices about an entity in a span, earned media, and how many of them are also about another one.
SELECT
    count(DISTINCT c.story_id),
    count(DISTINCT c.story_id) FILTER (
        WHERE c.story_id IN (
            SELECT o.story_id FROM coverage o
            WHERE o.entity = $other AND o.earned AND o.published_on BETWEEN $since AND $until
        )
    )
FROM coverage c
WHERE c.entity = $entity AND c.earned AND c.published_on BETWEEN $since AND $until
