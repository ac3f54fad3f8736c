-- The stories about an entity in a span with the widest reach, earned media, as the macro top_stories gives them. $theme,
-- where not NULL: only those of which a copy has it. $sign 1 or -1: only those with a polarity above or below $usual.
-- $by_mentions: of stories with the same reach those first that name the entity oftener. Columns of db.read.Story.
SELECT
    story_id, first(title ORDER BY published_at, revision_id), first(url ORDER BY published_at, revision_id),
    first(outlet ORDER BY published_at, revision_id), first(language ORDER BY published_at, revision_id),
    min(published_at) AS first_at, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets,
    list_sort(list(DISTINCT outlet)), count(polarity), avg(polarity)
FROM coverage
WHERE entity = $entity AND earned AND published_on BETWEEN $since AND $until
    AND ($theme IS NULL OR story_id IN (
        SELECT o.story_id
        FROM coverage o
        JOIN article_theme t ON t.revision_id = o.revision_id
        WHERE t.theme = $theme AND o.entity = $entity AND o.earned AND o.published_on BETWEEN $since AND $until
    ))
GROUP BY story_id
HAVING $sign = 0 OR (avg(polarity) - $usual) * $sign > 0
ORDER BY
    n_outlets DESC, n_articles DESC, CASE WHEN $by_mentions THEN max(n_mentions) ELSE 0 END DESC, first_at, story_id
LIMIT $limit
