-- Enabled sources: were they ever reached, what did they publish in a span, how much of it names an entity, and what they
-- published until its end. $entity; $since, $until: first and last day, inclusive.
WITH asked AS (
    SELECT
        source_id, count(*) AS n_checks, count(*) FILTER (WHERE outcome IN ('ok', 'unchanged', 'empty')) AS n_good
    FROM feed_check
    GROUP BY source_id
), pages AS (
    SELECT source_id, count(*) AS n_pages FROM page GROUP BY source_id
), published AS (
    SELECT
        source_id, count(*) AS n_ever, count(*) FILTER (WHERE published_on BETWEEN $since AND $until) AS n_in_span,
        count(*) FILTER (WHERE published_on <= $until) AS n_until,
        min(published_on) FILTER (WHERE published_on <= $until) AS first_on,
        max(published_on) FILTER (WHERE published_on <= $until) AS last_on
    FROM article_fact
    WHERE is_current AND body_kind IN ('full', 'teaser', 'paywall')
    GROUP BY source_id
), named AS (
    SELECT source_id, count(*) AS n_naming
    FROM coverage
    WHERE entity = $entity AND published_on BETWEEN $since AND $until
    GROUP BY source_id
)
SELECT
    s.source_id, s.name, s.language, s.medium, s.earned, coalesce(a.n_checks, 0), coalesce(a.n_good, 0),
    coalesce(g.n_pages, 0), coalesce(p.n_ever, 0), coalesce(p.n_in_span, 0), coalesce(n.n_naming, 0), coalesce(p.n_until, 0), p.first_on,
    p.last_on
FROM current_source s
LEFT JOIN asked a ON a.source_id = s.source_id
LEFT JOIN pages g ON g.source_id = s.source_id
LEFT JOIN published p ON p.source_id = s.source_id
LEFT JOIN named n ON n.source_id = s.source_id
WHERE s.enabled
ORDER BY s.name, s.source_id
