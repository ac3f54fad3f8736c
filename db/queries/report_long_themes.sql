-- As report_long_stories.sql for one theme each.
WITH stories AS (
    SELECT
        c.entity, CASE WHEN c.earned THEN 'earned' ELSE coalesce(c.medium, 'unknown') END AS media, c.story_id, t.theme,
        CAST(date_trunc($grain, c.published_on) AS DATE) AS bucket,
        list_sort(list(DISTINCT concat_ws(' ', c.language, coalesce(c.medium, 'unknown')))) AS signature,
        count(c.polarity) AS n_scored, coalesce(sum(c.polarity), 0) AS total,
        count(*) FILTER (WHERE c.label = 'positive') AS n_positive,
        count(*) FILTER (WHERE c.label = 'negative') AS n_negative
    FROM coverage c
    JOIN article_theme t ON t.revision_id = c.revision_id
    WHERE c.published_on BETWEEN $since AND $until AND list_contains($entities, c.entity)
    GROUP BY ALL
), placed AS (
    SELECT *, count(*) OVER (PARTITION BY entity, theme, media, story_id) AS n_buckets
    FROM stories
)
SELECT entity, media, story_id, bucket, signature, n_scored, total, n_positive, n_negative, theme
FROM placed
WHERE n_buckets > 1
ORDER BY entity, theme, media, story_id, bucket;
