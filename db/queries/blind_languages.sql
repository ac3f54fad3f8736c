-- Languages of enabled sources and of what was published in a span, earned media: articles, and of those about an entity
-- articles, voices and scored voices. $entity; $since, $until: first and last day, inclusive.
WITH published AS (
    SELECT a.language, count(*) AS n_published
    FROM article_fact a
    LEFT JOIN current_source s ON s.source_id = a.source_id
    WHERE a.is_current AND a.body_kind IN ('full', 'teaser', 'paywall') AND coalesce(s.earned, TRUE)
        AND a.published_on BETWEEN $since AND $until
    GROUP BY a.language
), named AS (
    SELECT
        language, count(*) AS n_articles, count(DISTINCT story_id) AS n_voices,
        count(DISTINCT story_id) FILTER (WHERE polarity IS NOT NULL) AS n_scored_voices
    FROM coverage
    WHERE entity = $entity AND earned AND published_on BETWEEN $since AND $until
    GROUP BY language
), languages AS (
    SELECT language FROM published
    UNION
    SELECT language FROM current_source WHERE enabled AND earned AND language <> 'und'
)
SELECT
    l.language, coalesce(p.n_published, 0), coalesce(n.n_articles, 0), coalesce(n.n_voices, 0),
    coalesce(n.n_scored_voices, 0)
FROM languages l
LEFT JOIN published p ON p.language = l.language
LEFT JOIN named n ON n.language = l.language
ORDER BY l.language
