-- Stories that stand in several buckets of the span, one row each: they count once, whatever buckets are chosen.
-- Where themes are asked for, for each theme of some entities.
WITH stories AS (
    SELECT
        c.entity, CASE WHEN c.earned THEN 'earned' ELSE coalesce(c.medium, 'unknown') END AS media, c.story_id,
        CAST(date_trunc($grain, c.published_on) AS DATE) AS bucket,
        list_sort(list(DISTINCT concat_ws(' ', c.language, coalesce(c.medium, 'unknown')))) AS signature,
        count(c.polarity) AS n_scored, coalesce(sum(c.polarity), 0) AS total,
        count(*) FILTER (WHERE c.label = 'positive') AS n_positive,
        count(*) FILTER (WHERE c.label = 'negative') AS n_negative{theme}
    FROM coverage c {of_themes}
    WHERE c.published_on BETWEEN $since AND $until
    GROUP BY ALL
), placed AS (
    SELECT *, count(*) OVER (PARTITION BY entity, media, story_id{theme}) AS n_buckets
    FROM stories
)
SELECT entity, media, story_id, bucket, signature, n_scored, total, n_positive, n_negative{theme}
FROM placed
WHERE n_buckets > 1
ORDER BY entity{theme}, media, story_id, bucket
