-- As report_voices.sql for one theme each; a story has the themes of its articles.
WITH stories AS (
    SELECT
        c.entity, t.theme, CASE WHEN c.earned THEN 'earned' ELSE coalesce(c.medium, 'unknown') END AS media, c.story_id,
        CAST(date_trunc($grain, c.published_on) AS DATE) AS bucket,
        list_sort(list(DISTINCT concat_ws(' ', c.language, coalesce(c.medium, 'unknown')))) AS signature,
        avg(c.polarity) AS polarity, avg(CAST(c.label = 'positive' AS INTEGER)) AS positive,
        avg(CAST(c.label = 'negative' AS INTEGER)) AS negative
    FROM coverage c
    JOIN article_theme t ON t.revision_id = c.revision_id
    WHERE c.published_on BETWEEN $since AND $until AND list_contains($entities, c.entity)
    GROUP BY ALL
), placed AS (
    SELECT *, count(*) OVER (PARTITION BY entity, theme, media, story_id) AS n_buckets
    FROM stories
)
SELECT
    entity, theme, media, bucket, signature, count(*) AS n_voices, count(polarity) AS n_scored,
    coalesce(sum(polarity), 0) AS total, coalesce(sum(polarity * polarity), 0) AS squares,
    coalesce(sum(positive), 0) AS positive, coalesce(sum(negative), 0) AS negative
FROM placed
WHERE n_buckets = 1
GROUP BY entity, theme, media, bucket, signature
ORDER BY entity, theme, media, bucket, signature;
