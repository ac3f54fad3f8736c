-- Of the sentences in compared those whose polarities lie farthest apart, each text once.
WITH apart AS (
    SELECT p.*, abs(p.polarity_b - p.polarity_a) AS distance FROM compared p
), texts AS (
    SELECT
        p.*, m.sentence, m.surface, m.surface_start, m.surface_end, c.outlet, c.published_at, c.title, c.url
    FROM apart p
    JOIN mention m ON m.mention_id = p.mention_id
    JOIN coverage c
        ON c.revision_id = m.revision_id AND c.entity = m.entity AND c.watchlist_version = m.watchlist_version
    QUALIFY row_number() OVER (PARTITION BY m.sentence ORDER BY p.distance DESC, p.mention_id) = 1
)
SELECT
    mention_id, entity, language, outlet, published_at, title, url, sentence, surface, surface_start, surface_end, label_a,
    polarity_a, label_b, polarity_b
FROM texts
ORDER BY distance DESC, mention_id
LIMIT $limit
