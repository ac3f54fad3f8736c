-- A sample of sentences to score, earned media, copies once, pairs of entity and language in turn: in proportion to their
-- volume most pairs would have none. $scored_id and $scored_revision name a model that must have scored them, or are NULL.
WITH pairs AS (
    SELECT
        m.entity, c.language, m.sentence, min(m.mention_id) AS mention_id,
        md5(concat($seed, ' ', m.entity, ' ', m.sentence)) AS ticket
    FROM coverage c
    JOIN mention m ON m.revision_id = c.revision_id AND m.entity = c.entity AND m.watchlist_version = c.watchlist_version
    WHERE c.earned AND m.sentence <> '' AND c.published_on BETWEEN $since AND $until AND c.body_kind IN ('full', 'teaser')
        AND ($languages IS NULL OR list_contains($languages::VARCHAR[], c.language))
        AND ($scored_id IS NULL OR m.mention_id IN (
            SELECT s.mention_id FROM score s
            WHERE s.outcome = 'ok' AND s.model_id = $scored_id AND s.model_revision = $scored_revision
        ))
    GROUP BY ALL
), turns AS (
    SELECT mention_id, ticket, row_number() OVER (PARTITION BY entity, language ORDER BY ticket) AS turn FROM pairs
), chosen AS (
    SELECT mention_id FROM turns ORDER BY turn, ticket LIMIT $limit
)
SELECT DISTINCT ON (m.mention_id)
    m.mention_id, m.revision_id, m.entity, m.place, m.sentence, m.sentence_start, m.sentence_end, m.surface,
    m.surface_start, m.surface_end, m.language, m.watchlist_version
FROM mention m
JOIN chosen c ON c.mention_id = m.mention_id
ORDER BY m.mention_id
