-- The stories of a day about an entity with the widest reach, earned media; filters as in alert_days.sql. Columns in the
-- order of db.read.Story.
SELECT
    story_id, first(title ORDER BY published_at, revision_id), first(url ORDER BY published_at, revision_id),
    first(outlet ORDER BY published_at, revision_id), first(language ORDER BY published_at, revision_id),
    min(published_at) AS first_at, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets,
    list_sort(list(DISTINCT outlet)), count(polarity), avg(polarity)
FROM coverage
WHERE entity = $entity AND earned AND published_on = $day
    AND ($languages IS NULL OR list_contains($languages, language))
    AND ($theme IS NULL OR revision_id IN (SELECT t.revision_id FROM article_theme t WHERE t.theme = $theme))
GROUP BY story_id
ORDER BY n_outlets DESC, n_articles DESC, first_at, story_id
LIMIT $limit
