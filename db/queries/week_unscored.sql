-- Articles of an entity without a polarity in a span, earned media, by language and reason: the body that is never scored,
-- or what the scorer said of most of its sentences.
WITH said AS (
    SELECT revision_id, language, first(score_outcome ORDER BY n DESC, score_outcome) AS reason
    FROM (
        SELECT s.revision_id, s.language, s.score_outcome, count(*) AS n
        FROM sentences s
        JOIN coverage c ON c.revision_id = s.revision_id AND c.entity = s.entity
        WHERE s.entity = $entity AND s.earned AND s.published_on BETWEEN $since AND $until AND c.polarity IS NULL
        GROUP BY ALL
    )
    GROUP BY revision_id, language
)
SELECT language, reason, count(*) AS n_articles
FROM said
GROUP BY language, reason
ORDER BY n_articles DESC, language, reason
