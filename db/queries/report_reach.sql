-- Articles and sentences of each entity, bucket, source and language.
SELECT
    c.entity, CAST(date_trunc($grain, c.published_on) AS DATE) AS bucket, c.source_id, c.language,
    count(*) AS n_articles, CAST(sum(c.n_mentions) AS BIGINT) AS n_sentences, count(c.polarity) AS n_scored,
    coalesce(sum(c.polarity), 0) AS total, coalesce(sum(c.polarity * c.polarity), 0) AS squares
FROM coverage c
WHERE c.published_on BETWEEN $since AND $until
GROUP BY ALL
ORDER BY ALL;
