-- Voices of an entity by day of a span, earned media; of one theme only where $theme is not NULL, of some languages only
-- where $languages is not NULL. polarities has one value per scored voice: the mean over its copies of that day.
WITH voices AS (
    SELECT c.published_on AS day, c.story_id, avg(c.polarity) AS polarity
    FROM coverage c
    WHERE c.entity = $entity AND c.earned AND c.published_on BETWEEN $since AND $until
        AND ($languages IS NULL OR list_contains($languages, c.language))
        AND ($theme IS NULL OR c.revision_id IN (SELECT t.revision_id FROM article_theme t WHERE t.theme = $theme))
    GROUP BY c.published_on, c.story_id
)
SELECT v.day, count(*) AS n_voices, coalesce(list(v.polarity ORDER BY v.polarity) FILTER (WHERE v.polarity IS NOT NULL), [])
FROM voices v
GROUP BY v.day
ORDER BY v.day
