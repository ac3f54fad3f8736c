-- Mentions of a span that both models have scored, earned media, with what each says. passing_score holds scores that are
-- not kept.
CREATE OR REPLACE TEMP TABLE compared AS
WITH scores AS (
    SELECT mention_id, model_id, model_revision, p_negative, p_neutral, p_positive FROM score WHERE outcome = 'ok'
    UNION ALL
    SELECT mention_id, model_id, model_revision, p_negative, p_neutral, p_positive FROM passing_score
), answers AS (
    SELECT
        mention_id, model_id, model_revision, p_positive - p_negative AS polarity,
        CASE
            WHEN p_positive > p_neutral AND p_positive > p_negative THEN 'positive'
            WHEN p_negative > p_neutral AND p_negative > p_positive THEN 'negative'
            ELSE 'neutral'
        END AS label
    FROM scores
)
SELECT
    m.mention_id, m.entity, c.language, c.story_id, a.label AS label_a, a.polarity AS polarity_a, b.label AS label_b,
    b.polarity AS polarity_b
FROM coverage c
JOIN mention m ON m.revision_id = c.revision_id AND m.entity = c.entity AND m.watchlist_version = c.watchlist_version
JOIN answers a ON a.mention_id = m.mention_id AND a.model_id = $a_id AND a.model_revision = $a_revision
JOIN answers b ON b.mention_id = m.mention_id AND b.model_id = $b_id AND b.model_revision = $b_revision
WHERE c.earned AND c.published_on BETWEEN $since AND $until
