-- One row per entity, bucket and voice (story), earned media; polarity and shares are means over its scored articles.
WITH hits AS (
    SELECT
        CAST(list_position($entities, c.entity) - 1 AS INTEGER) AS series,
        date_diff('day', DATE '1970-01-01', CAST({bucket} AS DATE)) AS bucket, c.story_id, c.polarity, c.label
    FROM coverage c
    WHERE c.earned AND c.published_on BETWEEN $since AND $until AND list_contains($entities, c.entity) {theme}
)
SELECT
    series, CAST(bucket AS INTEGER) AS bucket, avg(polarity) AS polarity,
    avg(CAST(label = 'positive' AS INTEGER)) AS positive, avg(CAST(label = 'neutral' AS INTEGER)) AS neutral,
    avg(CAST(label = 'negative' AS INTEGER)) AS negative
FROM hits
GROUP BY series, bucket, story_id
ORDER BY series, bucket, polarity NULLS LAST
