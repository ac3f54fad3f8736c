-- The sentences whose two best probabilities lie closest together, one of each story, languages in turn.
-- A language has its turn with the square root of its number of sentences (power allocation, Bankier 1988): in proportion
-- to its volume one language would take nearly all, with equal shares a rare one would be asked to the last sentence.
WITH candidates AS (
    SELECT
        s.mention_id, s.language, s.story_id, s.sentence,
        -- the largest minus the middle one of three
        round(2 * greatest(s.p_negative, s.p_neutral, s.p_positive) + least(s.p_negative, s.p_neutral, s.p_positive)
            - (s.p_negative + s.p_neutral + s.p_positive), 6) AS margin
    FROM sentences s
    WHERE s.earned AND s.sentence <> '' AND s.p_negative IS NOT NULL AND s.published_on BETWEEN $since AND $until
        AND ($entity IS NULL OR s.entity = $entity) AND ($language IS NULL OR s.language = $language)
        AND s.sentence NOT IN (SELECT unnest($taken::VARCHAR[]))
        AND NOT EXISTS (SELECT 1 FROM reader_label l WHERE l.entity = s.entity AND l.sentence = s.sentence)
), texts AS (
    SELECT mention_id, language, story_id, margin
    FROM candidates
    QUALIFY row_number() OVER (PARTITION BY sentence ORDER BY margin, mention_id) = 1
), told AS (
    -- after the texts: a sentence that stands in every story, about the company say, bars only one of them
    SELECT mention_id, language, margin, count(*) OVER (PARTITION BY language) AS n
    FROM texts
    QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY margin, mention_id) = 1
), turns AS (
    SELECT
        mention_id, margin,
        (row_number() OVER (PARTITION BY language ORDER BY margin, mention_id) - 0.5) / sqrt(n) AS turn
    FROM told
), chosen AS (
    SELECT mention_id, margin FROM turns ORDER BY turn, margin, mention_id LIMIT $limit
)
SELECT {columns}
FROM sentences s
JOIN chosen c ON c.mention_id = s.mention_id
ORDER BY c.margin, s.mention_id
