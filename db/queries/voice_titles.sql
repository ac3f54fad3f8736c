-- Stories by the hash of their identifiers, with the title of the earliest copy in earned media between two days.
SELECT hash(c.story_id) AS key, c.story_id, first(c.title ORDER BY c.published_at, c.revision_id) AS title
FROM coverage c
WHERE c.earned AND c.published_on BETWEEN $since AND $until AND hash(c.story_id) IN (SELECT unnest($keys))
GROUP BY c.story_id
ORDER BY c.story_id
