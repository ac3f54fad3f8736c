-- Facts of articles apart from their texts, so that what counts and draws never reads a text; the views and macros of
-- before, with the same rows and meaning, on top of them. A snapshot holds some views as tables of the same names and
-- columns (db/materialise.py).
CREATE VIEW article_fact AS
WITH seen AS (
    SELECT revision_id, min(fetched_at) AS first_fetched_at, max(fetched_at) AS last_fetched_at, count(*) AS n_pages
    FROM page_fate
    WHERE revision_id IS NOT NULL
    GROUP BY revision_id
)
SELECT
    r.article_id, r.revision_id, f.source_id, e.language, e.language_confidence,
    -- a day without a time is stored as its midnight in the zone of the outlet, which is the day before in UTC east of
    -- Greenwich; 13 hours later it is that day in every zone from UTC-10 to UTC+13
    e.published_at,
    CAST(e.published_at + CASE WHEN e.published_has_time THEN INTERVAL 0 HOUR ELSE INTERVAL 13 HOUR END AS DATE)
        AS published_on,
    e.published_basis, e.published_raw, e.published_has_time, e.authors, e.body_kind, e.extractor, e.site_name, e.notes,
    f.page_id, f.part, f.record_offset, s.first_fetched_at, s.last_fetched_at, s.n_pages,
    row_number() OVER (PARTITION BY r.article_id ORDER BY s.last_fetched_at DESC, r.revision_id) = 1 AS is_current
FROM revision r
JOIN page_fate f ON f.revision_id = r.revision_id AND f.is_first
JOIN extraction e ON e.page_id = f.page_id AND e.extractor = f.extractor
JOIN seen s ON s.revision_id = r.revision_id;
COMMENT ON VIEW article_fact IS 'One row per article revision: the columns of article without canonical_url, title, text and signature.';
COMMENT ON COLUMN article_fact.article_id IS 'Identifier of the canonical URL. Never NULL.';
COMMENT ON COLUMN article_fact.revision_id IS 'Identifier of canonical URL, title and text. Never NULL.';
COMMENT ON COLUMN article_fact.source_id IS 'Source of the first page. Never NULL.';
COMMENT ON COLUMN article_fact.language IS 'Language of the text, ISO 639-1. Never NULL.';
COMMENT ON COLUMN article_fact.language_confidence IS 'Confidence of the language, 0 to 1. Never NULL.';
COMMENT ON COLUMN article_fact.published_at IS 'Moment of publication, UTC; where only the day is known, its midnight in the zone of the outlet. Never NULL.';
COMMENT ON COLUMN article_fact.published_on IS 'Day of publication: of published_at in UTC, or the day that the page names where it names no time. Never NULL.';
COMMENT ON COLUMN article_fact.published_basis IS 'Where the date was read: feed, json-ld, meta, url, text or first_seen (nothing said so: the moment of the first fetch). Never NULL.';
COMMENT ON COLUMN article_fact.published_raw IS 'The string the date was read from. NULL for first_seen.';
COMMENT ON COLUMN article_fact.published_has_time IS 'False where only the day is known. Never NULL.';
COMMENT ON COLUMN article_fact.authors IS 'Authors in order. Never NULL.';
COMMENT ON COLUMN article_fact.body_kind IS 'full, teaser, paywall or consent_wall. Never NULL.';
COMMENT ON COLUMN article_fact.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN article_fact.site_name IS 'Name of the site as the page gives it. NULL where none.';
COMMENT ON COLUMN article_fact.notes IS 'Remarks of the extractor. Never NULL.';
COMMENT ON COLUMN article_fact.page_id IS 'First page by attempt and URL. Never NULL.';
COMMENT ON COLUMN article_fact.part IS 'WARC part of that page. Never NULL.';
COMMENT ON COLUMN article_fact.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN article_fact.first_fetched_at IS 'First fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article_fact.last_fetched_at IS 'Last fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article_fact.n_pages IS 'Pages that hold this revision. Never NULL.';
COMMENT ON COLUMN article_fact.is_current IS 'True for the revision of the article that was seen last. Never NULL.';

CREATE OR REPLACE VIEW article AS
SELECT
    r.article_id, r.revision_id, r.canonical_url, f.source_id, r.title, r.text, f.language, f.language_confidence,
    f.published_at, f.published_on, f.published_basis, f.published_raw, f.published_has_time, f.authors, f.body_kind,
    f.extractor, r.signature, f.site_name, f.notes, f.page_id, f.part, f.record_offset, f.first_fetched_at,
    f.last_fetched_at, f.n_pages, f.is_current
FROM revision r
JOIN article_fact f ON f.revision_id = r.revision_id;
COMMENT ON VIEW article IS 'One row per article revision, with what its first page says about it.';
COMMENT ON COLUMN article.article_id IS 'Identifier of the canonical URL. Never NULL.';
COMMENT ON COLUMN article.revision_id IS 'Identifier of canonical URL, title and text. Never NULL.';
COMMENT ON COLUMN article.canonical_url IS 'Canonical URL. Never NULL.';
COMMENT ON COLUMN article.source_id IS 'Source of the first page. Never NULL.';
COMMENT ON COLUMN article.title IS 'Title. Never NULL; empty where the page has none.';
COMMENT ON COLUMN article.text IS 'Cleaned text, one paragraph a line. Never NULL.';
COMMENT ON COLUMN article.language IS 'Language of the text, ISO 639-1. Never NULL.';
COMMENT ON COLUMN article.language_confidence IS 'Confidence of the language, 0 to 1. Never NULL.';
COMMENT ON COLUMN article.published_at IS 'Moment of publication, UTC; where only the day is known, its midnight in the zone of the outlet. Never NULL.';
COMMENT ON COLUMN article.published_on IS 'Day of publication: of published_at in UTC, or the day that the page names where it names no time. Never NULL.';
COMMENT ON COLUMN article.published_basis IS 'Where the date was read: feed, json-ld, meta, url, text or first_seen (nothing said so: the moment of the first fetch). Never NULL.';
COMMENT ON COLUMN article.published_raw IS 'The string the date was read from. NULL for first_seen.';
COMMENT ON COLUMN article.published_has_time IS 'False where only the day is known. Never NULL.';
COMMENT ON COLUMN article.authors IS 'Authors in order. Never NULL.';
COMMENT ON COLUMN article.body_kind IS 'full, teaser, paywall or consent_wall. Never NULL.';
COMMENT ON COLUMN article.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN article.signature IS 'MinHash signature of the text, 32-bit values. Never NULL; empty for a text too short to compare.';
COMMENT ON COLUMN article.site_name IS 'Name of the site as the page gives it. NULL where none.';
COMMENT ON COLUMN article.notes IS 'Remarks of the extractor. Never NULL.';
COMMENT ON COLUMN article.page_id IS 'First page by attempt and URL. Never NULL.';
COMMENT ON COLUMN article.part IS 'WARC part of that page. Never NULL.';
COMMENT ON COLUMN article.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN article.first_fetched_at IS 'First fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article.last_fetched_at IS 'Last fetch of this text, UTC. Never NULL.';
COMMENT ON COLUMN article.n_pages IS 'Pages that hold this revision. Never NULL.';
COMMENT ON COLUMN article.is_current IS 'True for the revision of the article that was seen last. Never NULL.';

CREATE OR REPLACE VIEW outlets AS
WITH fates AS (
    SELECT
        source_id, count(*) AS n_pages, count(*) FILTER (WHERE is_first) AS n_revisions, max(fetched_at) AS last_fetched_at
    FROM page_fate
    GROUP BY source_id
), dates AS (
    SELECT source_id, count(*) AS n_articles, max(published_at) AS last_published_at
    FROM article_fact
    WHERE is_current
    GROUP BY source_id
)
SELECT
    s.source_id, s.name, s.language, s.country, s.medium, s.earned, s.company, s.enabled, s.homepage,
    coalesce(f.n_pages, 0) AS n_pages, coalesce(f.n_revisions, 0) AS n_revisions, coalesce(d.n_articles, 0) AS n_articles,
    d.last_published_at, f.last_fetched_at
FROM current_source s
LEFT JOIN fates f ON f.source_id = s.source_id
LEFT JOIN dates d ON d.source_id = s.source_id;
COMMENT ON VIEW outlets IS 'One row per source with its yield.';
COMMENT ON COLUMN outlets.source_id IS 'Identifier of the outlet. Never NULL.';
COMMENT ON COLUMN outlets.name IS 'Name of the outlet. Never NULL.';
COMMENT ON COLUMN outlets.language IS 'Main language, ISO 639-1. Never NULL.';
COMMENT ON COLUMN outlets.country IS 'Country, ISO 3166-1 alpha-2. NULL for an international outlet.';
COMMENT ON COLUMN outlets.medium IS 'Kind of medium. Never NULL.';
COMMENT ON COLUMN outlets.earned IS 'False for company newsrooms and state media. Never NULL.';
COMMENT ON COLUMN outlets.company IS 'Watched entity that owns the outlet. NULL where none does.';
COMMENT ON COLUMN outlets.enabled IS 'True where the outlet is crawled. Never NULL.';
COMMENT ON COLUMN outlets.homepage IS 'URL of the outlet. NULL where unknown.';
COMMENT ON COLUMN outlets.n_pages IS 'Pages and failed attempts. Never NULL.';
COMMENT ON COLUMN outlets.n_revisions IS 'Article revisions. Never NULL.';
COMMENT ON COLUMN outlets.n_articles IS 'Articles. Never NULL.';
COMMENT ON COLUMN outlets.last_published_at IS 'Publication date of the newest article, UTC. NULL without articles.';
COMMENT ON COLUMN outlets.last_fetched_at IS 'Last page, UTC. NULL without pages.';

CREATE OR REPLACE VIEW coverage AS
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
    a.language, r.title, r.canonical_url AS url, a.body_kind, n.n_mentions, n.n_scored, n.polarity, n.p_negative,
    n.p_neutral, n.p_positive,
    CASE
        WHEN n.n_scored = 0 THEN NULL
        WHEN n.p_positive > n.p_neutral AND n.p_positive > n.p_negative THEN 'positive'
        WHEN n.p_negative > n.p_neutral AND n.p_negative > n.p_positive THEN 'negative'
        ELSE 'neutral'
    END AS label,
    c.model_id, c.model_revision, n.watchlist_version, a.extractor, a.part, a.record_offset, a.page_id
FROM named n
JOIN article_fact a ON a.revision_id = n.revision_id AND a.is_current
JOIN revision r ON r.revision_id = n.revision_id
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
COMMENT ON COLUMN coverage.extractor IS 'Name and version of the extractor. Never NULL.';
COMMENT ON COLUMN coverage.part IS 'WARC part of the page. Never NULL.';
COMMENT ON COLUMN coverage.record_offset IS 'Byte offset of the record in the part. Never NULL.';
COMMENT ON COLUMN coverage.page_id IS 'First page with this text. Never NULL.';

CREATE OR REPLACE VIEW sentences AS
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
        WHEN c.body_kind IN ('full', 'teaser') THEN 'not_scored_yet'
        ELSE c.body_kind
    END AS score_outcome,
    s.model_id, s.model_revision, m.watchlist_version, c.extractor, c.part, c.record_offset, c.page_id, c.source_id,
    c.story_id, c.article_id, c.revision_id, m.mention_id
FROM coverage c
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

CREATE OR REPLACE MACRO known_entity(id) AS (
    -- one value found before the rows are read, so that only the blocks of that entity are
    SELECT CASE WHEN id IN (SELECT k.entity FROM entities k) THEN id
           ELSE error(concat('the watchlist has no entity ', id, '; its ids stand in the view entities')) END
);
COMMENT ON MACRO known_entity IS 'The id itself; an error where the current watchlist has no such entity.';

CREATE OR REPLACE MACRO timeline_points(watched, first_day, last_day, bucket_grain, apart) AS TABLE
WITH hits AS (
    SELECT
        CAST(date_trunc(known_grain(bucket_grain), c.published_on) AS DATE) AS bucket,
        CASE WHEN apart THEN coalesce(c.medium, 'unknown') ELSE 'earned' END AS series, c.earned, c.story_id, c.source_id,
        c.polarity, c.label
    FROM coverage c
    WHERE c.entity = known_entity(watched) AND c.published_on BETWEEN day_from(first_day) AND day_until(last_day)
        AND (apart OR c.earned)
), voices AS (
    SELECT
        bucket, series, story_id, avg(polarity) AS polarity, avg(CAST(label = 'positive' AS INTEGER)) AS positive,
        avg(CAST(label = 'neutral' AS INTEGER)) AS neutral, avg(CAST(label = 'negative' AS INTEGER)) AS negative
    FROM hits
    GROUP BY bucket, series, story_id
), means AS (
    SELECT
        bucket, series, count(*) AS n_stories, count(polarity) AS n_scored_stories, avg(positive) AS share_positive,
        avg(neutral) AS share_neutral, avg(negative) AS share_negative, avg(polarity) AS mean_polarity,
        interval_half(stddev_samp(polarity), count(polarity)) AS half
    FROM voices
    GROUP BY bucket, series
), reach AS (
    SELECT
        bucket, series, bool_and(earned) AS earned, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets,
        count(polarity) AS n_scored
    FROM hits
    GROUP BY bucket, series
), crawled AS (
    SELECT CAST(date_trunc(bucket_grain, f.fetched_at) AS DATE) AS bucket, count(DISTINCT f.source_id) AS n_sources_up
    FROM feed_check f
    WHERE f.outcome IN ('ok', 'unchanged', 'empty')
        -- whole buckets: those of the first and the last day may begin and end outside of the span
        AND f.fetched_at BETWEEN day_from(first_day) - INTERVAL 1 MONTH AND day_until(last_day) + INTERVAL 1 MONTH
    GROUP BY ALL
)
SELECT
    r.bucket, r.series AS medium, r.earned, r.n_articles, m.n_stories, r.n_outlets, r.n_scored, m.n_scored_stories,
    m.share_positive, m.share_neutral, m.share_negative, m.mean_polarity, bounded(m.mean_polarity - m.half) AS ci_low,
    bounded(m.mean_polarity + m.half) AS ci_high, m.n_scored_stories < 5 AS too_few, u.n_sources_up
FROM reach r
JOIN means m ON m.bucket = r.bucket AND m.series = r.series
LEFT JOIN crawled u ON u.bucket = r.bucket
ORDER BY r.bucket, r.series;
COMMENT ON MACRO TABLE timeline_points IS 'Base of timeline and timeline_by_medium: apart false gives earned media as one series, true one series per medium. Columns as there.';

CREATE OR REPLACE MACRO sources_up(since, until, grain) AS TABLE
WITH asked AS (
    SELECT
        CAST(date_trunc(known_grain(grain), f.fetched_at) AS DATE) AS bucket, count(DISTINCT f.source_id) AS n_sources_asked,
        count(DISTINCT f.source_id) FILTER (WHERE f.outcome IN ('ok', 'unchanged', 'empty')) AS n_sources_up,
        CAST(sum(f.n_items) AS BIGINT) AS n_items
    FROM feed_check f
    WHERE CAST(f.fetched_at AS DATE) BETWEEN day_from(since) AND day_until(until)
    GROUP BY ALL
), published AS (
    SELECT CAST(date_trunc(known_grain(grain), a.published_on) AS DATE) AS bucket, count(*) AS n_articles
    FROM article_fact a
    WHERE a.is_current AND a.published_on BETWEEN day_from(since) AND day_until(until)
    GROUP BY ALL
)
SELECT k.bucket, k.n_sources_asked, k.n_sources_up, k.n_items, coalesce(p.n_articles, 0) AS n_articles
FROM asked k
LEFT JOIN published p ON p.bucket = k.bucket
ORDER BY k.bucket;
COMMENT ON MACRO TABLE sources_up IS 'Which part of the sources was crawled: one row per bucket with feed requests. n_sources_asked; n_sources_up: answered well; n_items: items listed; n_articles: current articles published in the bucket. A bucket without a row was not crawled; one with n_articles = 0 was crawled and quiet.';

CREATE OR REPLACE MACRO share_of_voice_change(before_since, before_until, since, until) AS TABLE
WITH panel AS (
    SELECT a.source_id
    FROM article_fact a
    LEFT JOIN current_source o ON o.source_id = a.source_id
    WHERE a.is_current AND coalesce(o.earned, TRUE)
        AND a.published_on BETWEEN least(day_from(before_since), day_from(since))
            AND greatest(day_until(before_until), day_until(until))
    GROUP BY a.source_id
    HAVING bool_or(a.published_on BETWEEN day_from(before_since) AND day_until(before_until))
        AND bool_or(a.published_on BETWEEN day_from(since) AND day_until(until))
), voices AS (
    SELECT
        c.entity,
        count(DISTINCT c.story_id)
            FILTER (WHERE c.published_on BETWEEN day_from(before_since) AND day_until(before_until)) AS n_before,
        count(DISTINCT c.story_id) FILTER (WHERE c.published_on BETWEEN day_from(since) AND day_until(until)) AS n_after
    FROM coverage c
    WHERE c.earned AND c.source_id IN (SELECT p.source_id FROM panel p)
        AND c.published_on BETWEEN least(day_from(before_since), day_from(since))
            AND greatest(day_until(before_until), day_until(until))
    GROUP BY c.entity
), shares AS (
    SELECT
        e.entity, e.name, e.role, coalesce(v.n_before, 0) AS n_stories_before, coalesce(v.n_after, 0) AS n_stories,
        coalesce(v.n_before, 0) / nullif(sum(v.n_before) OVER (), 0) AS share_before,
        coalesce(v.n_after, 0) / nullif(sum(v.n_after) OVER (), 0) AS share_stories
    FROM entities e
    LEFT JOIN voices v ON v.entity = e.entity
)
SELECT s.*, s.share_stories - s.share_before AS change, (SELECT count(*) FROM panel) AS n_sources
FROM shares s
ORDER BY change DESC NULLS LAST, s.entity;
COMMENT ON MACRO TABLE share_of_voice_change IS 'Share of voice in two periods, earned media, on the panel of sources that published in both, so that a new source is no change of the press. One row per watched entity: entity; name; role; n_stories_before, n_stories: voices; share_before, share_stories: of the sum over all watched entities, NULL where nothing was found; change: share_stories - share_before; n_sources: size of the panel.';
