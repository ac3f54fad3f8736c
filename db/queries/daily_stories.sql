-- The widest stories of each of the days $days about the entity at the same place of $entities, earned media, of some
-- languages only where $languages is not NULL.
WITH asked AS (
    SELECT unnest($entities) AS entity, unnest($days) AS day
), copies AS (
    SELECT a.entity AS asked_entity, a.day AS asked_day, c.*
    FROM asked a
    JOIN coverage c ON c.entity = a.entity AND c.published_on = a.day
    WHERE c.earned AND ($languages IS NULL OR list_contains($languages, c.language)) {theme}
), told AS (
    SELECT
        c.asked_entity, c.asked_day, c.story_id, first(c.title ORDER BY c.published_at, c.revision_id) AS title,
        first(c.url ORDER BY c.published_at, c.revision_id) AS url,
        first(c.outlet ORDER BY c.published_at, c.revision_id) AS outlet,
        first(c.language ORDER BY c.published_at, c.revision_id) AS language, min(c.published_at) AS published_at,
        count(*) AS n_articles, count(DISTINCT c.source_id) AS n_outlets,
        list_sort(list(DISTINCT c.outlet)) AS outlets, count(c.polarity) AS n_scored, avg(c.polarity) AS mean_polarity,
        sum(c.n_mentions) AS n_mentions
    FROM copies c
    GROUP BY c.asked_entity, c.asked_day, c.story_id
)
SELECT t.asked_entity, t.asked_day, {columns}
FROM told t
QUALIFY row_number() OVER (
    PARTITION BY t.asked_entity, t.asked_day
    ORDER BY t.n_outlets DESC, t.n_articles DESC, t.n_mentions DESC, t.published_at, t.story_id
) <= $limit
ORDER BY t.asked_entity, t.asked_day, t.n_outlets DESC, t.n_articles DESC, t.n_mentions DESC, t.published_at, t.story_id
