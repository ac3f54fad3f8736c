-- Of the given labels those that say something new about a sentence and an entity, with mention and score.
CREATE OR REPLACE TEMP TABLE fresh AS
WITH mentions AS (
    SELECT DISTINCT ON (m.mention_id) m.mention_id, m.entity, m.sentence, m.surface, m.language
    FROM mention m
    WHERE m.mention_id IN (SELECT mention_id FROM given)
    ORDER BY m.mention_id
), told AS (
    SELECT
        g.*, m.entity, m.sentence, m.surface AS target, m.language, s.p_negative, s.p_neutral, s.p_positive
    FROM given g
    JOIN mentions m ON m.mention_id = g.mention_id
    JOIN score s
        ON s.mention_id = g.mention_id AND s.model_id = g.model_id AND s.model_revision = g.model_revision
    -- two copies of a sentence in one file are one label
    QUALIFY row_number() OVER (PARTITION BY m.entity, m.sentence, m.surface ORDER BY g.drawn, g.mention_id) = 1
)
SELECT t.*, r.reader IS NULL AS is_new
FROM told t
LEFT JOIN reader_labels r
    ON r.reader = $reader AND r.entity = t.entity AND r.sentence = t.sentence AND r.target = t.target
WHERE r.reader IS NULL
    OR r.label <> t.label
    OR coalesce(r.note, '') <> coalesce(t.note, '')
    OR (t.drawn = 'random' AND r.drawn <> 'random')
