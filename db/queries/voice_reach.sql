-- Articles and sources per entity and bucket, earned media.
WITH hits AS (
    SELECT
        CAST(list_position($entities, c.entity) - 1 AS INTEGER) AS series, CAST({bucket} AS DATE) AS bucket, c.source_id
    FROM coverage c
    WHERE c.earned AND c.published_on BETWEEN $since AND $until AND list_contains($entities, c.entity) {theme}
)
SELECT series, bucket, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets
FROM hits
GROUP BY series, bucket
ORDER BY series, bucket
