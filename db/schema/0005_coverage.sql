-- Articles and entities, and the counts from page to score. Current means: newest watchlist, newest model, and of each
-- article the revision seen last.
CREATE VIEW coverage AS
WITH named AS (
    SELECT
        m.revision_id, m.entity, m.watchlist_version, count(*) AS n_mentions, count(s.p_negative) AS n_scored,
        avg(s.p_positive - s.p_negative) AS polarity, avg(s.p_negative) AS p_negative, avg(s.p_neutral) AS p_neutral,
        avg(s.p_positive) AS p_positive
    FROM mention m
    JOIN current_watchlist w ON w.version = m.watchlist_version
    LEFT JOIN current_model c ON TRUE
    LEFT JOIN score s
        ON s.mention_id = m.mention_id AND s.model_id = c.model_id AND s.model_revision = c.model_revision
    GROUP BY m.revision_id, m.entity, m.watchlist_version
)
SELECT
    n.entity, coalesce(e.name, n.entity) AS entity_name, e.role, a.article_id, a.revision_id,
    coalesce(t.story_id, a.revision_id) AS story_id, a.published_at, CAST(a.published_at AS DATE) AS published_on,
    a.source_id, coalesce(o.name, a.source_id) AS outlet, o.medium, coalesce(o.earned, TRUE) AS earned, o.country,
    a.language, a.title, a.canonical_url AS url, a.body_kind, n.n_mentions, n.n_scored, n.polarity, n.p_negative,
    n.p_neutral, n.p_positive,
    CASE
        WHEN n.n_scored = 0 THEN NULL
        WHEN n.p_positive > n.p_neutral AND n.p_positive > n.p_negative THEN 'positive'
        WHEN n.p_negative > n.p_neutral AND n.p_negative > n.p_positive THEN 'negative'
        ELSE 'neutral'
    END AS label,
    c.model_id, c.model_revision, n.watchlist_version
FROM named n
JOIN article a ON a.revision_id = n.revision_id AND a.is_current
LEFT JOIN entities e ON e.entity = n.entity
LEFT JOIN current_source o ON o.source_id = a.source_id
LEFT JOIN story t ON t.revision_id = a.revision_id
LEFT JOIN current_model c ON TRUE;
COMMENT ON VIEW coverage IS 'One row per article and entity named in it, by the current watchlist and model. polarity is the mean over the mention sentences, title counted, of p_positive - p_negative.';
COMMENT ON COLUMN coverage.entity IS 'Entity that is named. Never NULL.';
COMMENT ON COLUMN coverage.entity_name IS 'Name for a person. Never NULL.';
COMMENT ON COLUMN coverage.role IS 'subject or competitor. NULL where the entity is not listed.';
COMMENT ON COLUMN coverage.article_id IS 'Article. Never NULL.';
COMMENT ON COLUMN coverage.revision_id IS 'Its current revision. Never NULL.';
COMMENT ON COLUMN coverage.story_id IS 'Story; syndicated copies share one. Never NULL.';
COMMENT ON COLUMN coverage.published_at IS 'Publication date, UTC. Never NULL.';
COMMENT ON COLUMN coverage.published_on IS 'Day of publication in UTC. Never NULL.';
COMMENT ON COLUMN coverage.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN coverage.outlet IS 'Name of the outlet. Never NULL.';
COMMENT ON COLUMN coverage.medium IS 'Kind of medium. NULL for an unknown source.';
COMMENT ON COLUMN coverage.earned IS 'False for company newsrooms and state media; True for an unknown source. Never NULL.';
COMMENT ON COLUMN coverage.country IS 'Country of the outlet, ISO 3166-1 alpha-2. NULL where unknown.';
COMMENT ON COLUMN coverage.language IS 'Language of the article, ISO 639-1. Never NULL.';
COMMENT ON COLUMN coverage.title IS 'Title. Never NULL.';
COMMENT ON COLUMN coverage.url IS 'Canonical URL. Never NULL.';
COMMENT ON COLUMN coverage.body_kind IS 'full, teaser or paywall; a paywall is never scored. Never NULL.';
COMMENT ON COLUMN coverage.n_mentions IS 'Sentences that name the entity. Never NULL.';
COMMENT ON COLUMN coverage.n_scored IS 'Sentences with a score of the current model. Never NULL.';
COMMENT ON COLUMN coverage.polarity IS 'Mean of p_positive - p_negative over scored sentences, -1 to 1. NULL where none is scored.';
COMMENT ON COLUMN coverage.p_negative IS 'Mean probability of negative, 0 to 1. NULL where none is scored.';
COMMENT ON COLUMN coverage.p_neutral IS 'Mean probability of neutral, 0 to 1. NULL where none is scored.';
COMMENT ON COLUMN coverage.p_positive IS 'Mean probability of positive, 0 to 1. NULL where none is scored.';
COMMENT ON COLUMN coverage.label IS 'positive, neutral or negative: the largest mean probability, a tie is neutral. NULL where none is scored.';
COMMENT ON COLUMN coverage.model_id IS 'Current model. NULL where none was recorded.';
COMMENT ON COLUMN coverage.model_revision IS 'Revision of the current model. NULL where none was recorded.';
COMMENT ON COLUMN coverage.watchlist_version IS 'Current watchlist version. Never NULL.';

CREATE VIEW funnel AS
WITH revisions AS (
    SELECT a.revision_id, a.is_current, a.body_kind, d.n_mentions
    FROM article a
    LEFT JOIN (
        SELECT m.revision_id, m.n_mentions
        FROM match_done m
        JOIN current_watchlist w ON w.version = m.watchlist_version
    ) d ON d.revision_id = a.revision_id
), sentences AS (
    SELECT
        CASE
            WHEN s.outcome = 'ok' THEN 'scored'
            WHEN s.outcome IS NOT NULL THEN s.outcome
            WHEN a.body_kind IN ('full', 'teaser') THEN 'not scored yet'
            ELSE 'never scored: ' || a.body_kind
        END AS name
    FROM mention m
    JOIN current_watchlist w ON w.version = m.watchlist_version
    JOIN revisions a ON a.revision_id = m.revision_id
    LEFT JOIN current_model c ON TRUE
    LEFT JOIN score s
        ON s.mention_id = m.mention_id AND s.model_id = c.model_id AND s.model_revision = c.model_revision
)
SELECT 1 AS step, CAST(NULL AS VARCHAR) AS part_of, 'pages' AS name, count(*) AS n FROM page
UNION ALL
SELECT 2, 'pages', fate, count(*) FROM page_fate GROUP BY fate
UNION ALL
SELECT 3, NULL, 'revisions', count(*) FROM page_fate WHERE is_first
UNION ALL
SELECT 4, 'revisions', CASE WHEN is_current THEN 'articles' ELSE 'older revisions' END, count(*)
FROM revisions
GROUP BY is_current
UNION ALL
SELECT
    5, 'revisions',
    CASE WHEN n_mentions > 0 THEN 'with mentions' WHEN n_mentions = 0 THEN 'without mentions' ELSE 'not matched yet' END,
    count(*)
FROM revisions
GROUP BY ALL
UNION ALL
SELECT 6, NULL, 'mentions', CAST(coalesce(sum(n_mentions), 0) AS BIGINT) FROM revisions
UNION ALL
SELECT 7, 'mentions', name, count(*) FROM sentences GROUP BY name
UNION ALL
SELECT 8, NULL, 'articles per entity', count(*) FROM coverage
UNION ALL
SELECT 9, 'articles per entity', CASE WHEN earned THEN 'earned media' ELSE 'own and state media' END, count(*)
FROM coverage
GROUP BY earned;
COMMENT ON VIEW funnel IS 'Counts from requested page to scored sentence. The rows of one step add up to the row named by part_of.';
COMMENT ON COLUMN funnel.step IS 'Order on the way from page to score. Never NULL.';
COMMENT ON COLUMN funnel.part_of IS 'Row to which the rows of this step add up. NULL for a total.';
COMMENT ON COLUMN funnel.name IS 'What is counted. Never NULL.';
COMMENT ON COLUMN funnel.n IS 'How many. Never NULL.';
