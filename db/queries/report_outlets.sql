-- Outlets with coverage in the span.
SELECT
    c.source_id, min(c.outlet) AS outlet, min(coalesce(c.medium, 'unknown')) AS medium, bool_and(c.earned) AS earned,
    min(c.country) AS country
FROM coverage c
WHERE c.published_on BETWEEN $since AND $until
GROUP BY c.source_id
ORDER BY c.source_id;
