-- Per entity of a span: articles, voices and outlets in earned media, and how many of each have a polarity.
SELECT
    entity, count(*), count(DISTINCT story_id), count(DISTINCT source_id), count(polarity),
    count(DISTINCT story_id) FILTER (WHERE polarity IS NOT NULL)
FROM coverage
WHERE earned AND published_on BETWEEN $since AND $until
GROUP BY entity
ORDER BY entity
