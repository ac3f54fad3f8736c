-- Labels that count beside what the current model says about the same sentences: recorded with the label where that was
-- this model, otherwise from its scores; said is NULL where it has not scored the sentence.
WITH labels AS (
    SELECT r.*, c.model_id AS current_id, c.model_revision AS current_revision,
        r.model_id = c.model_id AND r.model_revision = c.model_revision AS is_current
    FROM reader_labels r
    CROSS JOIN current_model c
    WHERE r.counts
), scored AS (
    SELECT
        m.entity, m.sentence, m.surface, any_value(s.p_negative) AS p_negative, any_value(s.p_neutral) AS p_neutral,
        any_value(s.p_positive) AS p_positive
    FROM mention m
    JOIN score s ON s.mention_id = m.mention_id
    JOIN current_model c ON c.model_id = s.model_id AND c.model_revision = s.model_revision
    WHERE m.sentence IN (SELECT l.sentence FROM labels l WHERE NOT l.is_current)
    GROUP BY m.entity, m.sentence, m.surface
), answers AS (
    SELECT
        l.language, l.current_id, l.current_revision, l.drawn, l.label,
        CASE WHEN l.is_current THEN l.p_negative ELSE s.p_negative END AS p_negative,
        CASE WHEN l.is_current THEN l.p_neutral ELSE s.p_neutral END AS p_neutral,
        CASE WHEN l.is_current THEN l.p_positive ELSE s.p_positive END AS p_positive
    FROM labels l
    LEFT JOIN scored s
        ON NOT l.is_current AND s.entity = l.entity AND s.sentence = l.sentence AND s.surface = l.target
)
SELECT
    language, current_id, current_revision, drawn, label,
    CASE
        WHEN p_negative IS NULL THEN NULL
        WHEN p_positive > p_neutral AND p_positive > p_negative THEN 'positive'
        WHEN p_negative > p_neutral AND p_negative > p_positive THEN 'negative'
        ELSE 'neutral'
    END AS said,
    count(*) AS n
FROM answers
GROUP BY ALL
ORDER BY ALL
