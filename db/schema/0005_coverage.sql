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
    coalesce(t.story_id, a.revision_id) AS story_id, a.published_at, a.published_on, a.published_basis,
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
COMMENT ON COLUMN coverage.role IS 'subject, competitor, partner or supplier. NULL where the entity is not listed.';
COMMENT ON COLUMN coverage.article_id IS 'Article. Never NULL.';
COMMENT ON COLUMN coverage.revision_id IS 'Its current revision. Never NULL.';
COMMENT ON COLUMN coverage.story_id IS 'Story; syndicated copies share one. Never NULL.';
COMMENT ON COLUMN coverage.published_at IS 'Moment of publication, UTC; where only the day is known, its midnight in the zone of the outlet. Never NULL.';
COMMENT ON COLUMN coverage.published_on IS 'Day of publication: of published_at in UTC, or the day that the page names where it names no time. Never NULL.';
COMMENT ON COLUMN coverage.published_basis IS 'Where the date was read: feed, json-ld, meta, url, text or first_seen. Never NULL.';
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

CREATE VIEW sentences AS
SELECT
    c.entity, concat_ws(':', m.revision_id, CASE WHEN m.place = 'title' THEN 'title' ELSE 'text' END, m.sentence_start)
        AS sentence_id,
    c.published_at, c.published_on, c.outlet, c.medium, c.earned, c.country, c.language, c.title, c.url, m.place,
    m.sentence, m.sentence_start, m.sentence_end, m.surface, m.surface_start, m.surface_end,
    s.p_negative, s.p_neutral, s.p_positive, s.p_positive - s.p_negative AS polarity,
    CASE
        WHEN s.p_negative IS NULL THEN NULL
        WHEN s.p_positive > s.p_neutral AND s.p_positive > s.p_negative THEN 'positive'
        WHEN s.p_negative > s.p_neutral AND s.p_negative > s.p_positive THEN 'negative'
        ELSE 'neutral'
    END AS label,
    CASE
        WHEN s.outcome IS NOT NULL THEN s.outcome
        WHEN a.body_kind IN ('full', 'teaser') THEN 'not_scored_yet'
        ELSE a.body_kind
    END AS score_outcome,
    s.model_id, s.model_revision, m.watchlist_version, a.extractor, a.part, a.record_offset, a.page_id, c.source_id,
    c.story_id, c.article_id, c.revision_id, m.mention_id
FROM coverage c
JOIN article a ON a.revision_id = c.revision_id
JOIN mention m
    ON m.revision_id = c.revision_id AND m.entity = c.entity AND m.watchlist_version = c.watchlist_version
LEFT JOIN score s
    ON s.mention_id = m.mention_id AND s.model_id = c.model_id AND s.model_revision = c.model_revision;
COMMENT ON VIEW sentences IS 'One row per sentence and entity named in it, all media: current revisions, watchlist and model. Join it with itself by sentence_id for two entities in one sentence.';
COMMENT ON COLUMN sentences.entity IS 'Entity that is named. Never NULL.';
COMMENT ON COLUMN sentences.sentence_id IS 'Identifier of the sentence, the same for all entities that it names. Never NULL.';
COMMENT ON COLUMN sentences.published_at IS 'Moment of publication of the article, UTC; where only the day is known, its midnight in the zone of the outlet. Never NULL.';
COMMENT ON COLUMN sentences.published_on IS 'Day of publication, as in coverage. Never NULL.';
COMMENT ON COLUMN sentences.outlet IS 'Name of the outlet. Never NULL.';
COMMENT ON COLUMN sentences.medium IS 'Kind of medium. NULL for an unknown source.';
COMMENT ON COLUMN sentences.earned IS 'False for company newsrooms and state media; True for an unknown source. Never NULL.';
COMMENT ON COLUMN sentences.country IS 'Country of the outlet, ISO 3166-1 alpha-2. NULL where unknown.';
COMMENT ON COLUMN sentences.language IS 'Language of the article, ISO 639-1. Never NULL.';
COMMENT ON COLUMN sentences.title IS 'Title of the article. Never NULL.';
COMMENT ON COLUMN sentences.url IS 'Canonical URL of the article. Never NULL.';
COMMENT ON COLUMN sentences.place IS 'Where the sentence stands: title, lead or body. Never NULL.';
COMMENT ON COLUMN sentences.sentence IS 'The sentence. Never NULL.';
COMMENT ON COLUMN sentences.sentence_start IS 'Offset of the sentence in the title (place = title) or the text, in characters. Never NULL.';
COMMENT ON COLUMN sentences.sentence_end IS 'End of the sentence in the title or the text, in characters. Never NULL.';
COMMENT ON COLUMN sentences.surface IS 'The naming as written. Never NULL.';
COMMENT ON COLUMN sentences.surface_start IS 'Offset of the naming in the sentence, in characters. Never NULL.';
COMMENT ON COLUMN sentences.surface_end IS 'End of the naming in the sentence, in characters. Never NULL.';
COMMENT ON COLUMN sentences.p_negative IS 'Probability of negative toward the entity, 0 to 1. NULL where not scored.';
COMMENT ON COLUMN sentences.p_neutral IS 'Probability of neutral toward the entity, 0 to 1. NULL where not scored.';
COMMENT ON COLUMN sentences.p_positive IS 'Probability of positive toward the entity, 0 to 1. NULL where not scored.';
COMMENT ON COLUMN sentences.polarity IS 'p_positive - p_negative, -1 to 1. NULL where not scored.';
COMMENT ON COLUMN sentences.label IS 'positive, neutral or negative: the largest probability, a tie is neutral. NULL where not scored.';
COMMENT ON COLUMN sentences.score_outcome IS 'ok, or why there is no score: the outcome of the scorer, the body_kind that is never scored, or not_scored_yet. Never NULL.';
COMMENT ON COLUMN sentences.model_id IS 'Model of the score. NULL where the model has no row for the sentence.';
COMMENT ON COLUMN sentences.model_revision IS 'Revision of the model. NULL where the model has no row for the sentence.';
COMMENT ON COLUMN sentences.watchlist_version IS 'Current watchlist version. Never NULL.';
COMMENT ON COLUMN sentences.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN sentences.part IS 'WARC part of the page. Never NULL.';
COMMENT ON COLUMN sentences.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN sentences.page_id IS 'First page with this text. Never NULL.';
COMMENT ON COLUMN sentences.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN sentences.story_id IS 'Story; syndicated copies share one. Never NULL.';
COMMENT ON COLUMN sentences.article_id IS 'Article. Never NULL.';
COMMENT ON COLUMN sentences.revision_id IS 'Its current revision. Never NULL.';
COMMENT ON COLUMN sentences.mention_id IS 'Mention. Never NULL.';

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
