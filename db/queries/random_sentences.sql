-- A simple random sample of pairs of a sentence and an entity, copies once. Each pair has a random number of its own that
-- never changes (its hash), and those with the smallest are drawn: what was not answered comes again, and new articles
-- have the same chance as old ones (permanent random numbers, Ohlsson 1995). Sentences that were labelled because the
-- model hesitated stay in, or the sample would be of the easy ones.
WITH pairs AS (
    SELECT min(s.mention_id) AS mention_id, md5(concat('newstone ', s.entity, ' ', s.sentence)) AS ticket
    FROM sentences s
    WHERE s.earned AND s.sentence <> '' AND s.p_negative IS NOT NULL AND s.published_on BETWEEN $since AND $until
        AND ($language IS NULL OR s.language = $language)
        AND NOT EXISTS (
            SELECT 1 FROM reader_label l WHERE l.entity = s.entity AND l.sentence = s.sentence AND l.drawn = 'random'
        )
    GROUP BY s.entity, s.sentence
), chosen AS (
    SELECT mention_id, ticket FROM pairs ORDER BY ticket LIMIT $limit
)
SELECT {columns}
FROM sentences s
JOIN chosen c ON c.mention_id = s.mention_id
ORDER BY c.ticket
