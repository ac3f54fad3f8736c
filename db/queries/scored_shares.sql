-- Sentences of a span that may be scored, earned media, and how many of them two models have scored.
SELECT
    count(*) AS n, count(*) FILTER (WHERE s.has_a) AS n_a, count(*) FILTER (WHERE s.has_b) AS n_b,
    count(*) FILTER (WHERE s.has_a AND s.has_b) AS n_both
FROM coverage c
JOIN mention m ON m.revision_id = c.revision_id AND m.entity = c.entity AND m.watchlist_version = c.watchlist_version
LEFT JOIN (
    SELECT
        mention_id, bool_or(model_id = $a_id AND model_revision = $a_revision) AS has_a,
        bool_or(model_id = $b_id AND model_revision = $b_revision) AS has_b
    FROM score
    WHERE outcome = 'ok'
    GROUP BY mention_id
) s ON s.mention_id = m.mention_id
WHERE c.earned AND c.published_on BETWEEN $since AND $until AND c.body_kind IN ('full', 'teaser')
