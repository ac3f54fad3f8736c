-- The strongest sentences about an entity in a span, earned media, one per story: $sign 1 the most positive, -1 the most
-- negative, 0 both; of one theme, and in some languages, only where $theme and $languages are not NULL. A sentence that
-- several stories quote comes once.
SELECT {columns}
FROM (
    SELECT *, CASE WHEN $sign = 0 THEN abs(polarity) ELSE polarity * $sign END AS strength
    FROM sentences
    WHERE entity = $entity AND earned AND sentence <> '' AND published_on BETWEEN $since AND $until
        AND ($languages IS NULL OR list_contains($languages, language))
        AND ($theme IS NULL OR revision_id IN (SELECT t.revision_id FROM article_theme t WHERE t.theme = $theme))
    QUALIFY row_number() OVER (PARTITION BY sentence ORDER BY published_at, revision_id, mention_id) = 1
)
WHERE strength > 0
QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY strength DESC, published_at, mention_id) = 1
ORDER BY strength DESC, published_at, mention_id
LIMIT $limit
