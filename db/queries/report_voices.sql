-- Voices of each entity, bucket, medium group and signature, with what means and t intervals need. Only
-- stories that stand in one bucket of the span; the others are rows of report_long_stories.sql. Where themes are
-- asked for, for each theme of some entities: a story has the themes of its articles.
WITH stories AS (
    SELECT
        c.entity, CASE WHEN c.earned THEN 'earned' ELSE coalesce(c.medium, 'unknown') END AS media, c.story_id,
        CAST(date_trunc($grain, c.published_on) AS DATE) AS bucket,
        list_sort(list(DISTINCT concat_ws(' ', c.language, coalesce(c.medium, 'unknown')))) AS signature,
        avg(c.polarity) AS polarity, avg(CAST(c.label = 'positive' AS INTEGER)) AS positive,
        avg(CAST(c.label = 'negative' AS INTEGER)) AS negative{theme}
    FROM coverage c {of_themes}
    WHERE c.published_on BETWEEN $since AND $until
    GROUP BY ALL
), placed AS (
    SELECT *, count(*) OVER (PARTITION BY entity, media, story_id{theme}) AS n_buckets
    FROM stories
)
SELECT
    entity, media, bucket, signature, count(*) AS n_voices, count(polarity) AS n_scored,
    coalesce(sum(polarity), 0) AS total, coalesce(sum(polarity * polarity), 0) AS squares,
    coalesce(sum(positive), 0) AS positive, coalesce(sum(negative), 0) AS negative{theme}
FROM placed
WHERE n_buckets = 1
GROUP BY entity, media, bucket, signature{theme}
ORDER BY entity{theme}, media, bucket, signature
