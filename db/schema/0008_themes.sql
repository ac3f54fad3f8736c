-- What articles are about, whoever they name: themes of the watchlist. They have a version of their own, so that changed
-- words of a theme never seek the companies again, nor the reverse.
CREATE TABLE theme_set (
    version VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE theme_set IS 'One row each time other themes came into use. The newest is the current one.';
COMMENT ON COLUMN theme_set.version IS 'Hash of the themes and their words; also a watchlist without themes has one. Never NULL.';
COMMENT ON COLUMN theme_set.recorded_at IS 'When they came into use, UTC. Never NULL.';

CREATE TABLE theme (
    themes_version VARCHAR NOT NULL,
    theme VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    name_de VARCHAR NOT NULL,
    place INTEGER NOT NULL
);
COMMENT ON TABLE theme IS 'One row per version of the themes and theme.';
COMMENT ON COLUMN theme.themes_version IS 'Version of the themes. Never NULL.';
COMMENT ON COLUMN theme.theme IS 'Identifier of the theme. Never NULL.';
COMMENT ON COLUMN theme.name_en IS 'English name for a person. Never NULL.';
COMMENT ON COLUMN theme.name_de IS 'German name for a person. Never NULL.';
COMMENT ON COLUMN theme.place IS 'Order in the watchlist, from 1. Never NULL.';

CREATE TABLE theme_done (
    revision_id VARCHAR NOT NULL,
    themes_version VARCHAR NOT NULL,
    n_hits BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE theme_done IS 'Ledger: revisions in which themes were sought, also those without any.';
COMMENT ON COLUMN theme_done.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN theme_done.themes_version IS 'Version of the themes. Never NULL.';
COMMENT ON COLUMN theme_done.n_hits IS 'Rows of the revision in theme_hit. Never NULL.';
COMMENT ON COLUMN theme_done.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE theme_hit (
    revision_id VARCHAR NOT NULL,
    theme VARCHAR NOT NULL,
    n_sentences BIGINT NOT NULL,
    in_title BOOLEAN NOT NULL,
    in_lead BOOLEAN NOT NULL,
    is_about BOOLEAN NOT NULL,
    themes_version VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE theme_hit IS 'One row per revision and theme of which a word stands in it, also where they are too few for it to be about the theme.';
COMMENT ON COLUMN theme_hit.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN theme_hit.theme IS 'Theme. Never NULL.';
COMMENT ON COLUMN theme_hit.n_sentences IS 'Sentences of the text, title apart, with a word of the theme. Never NULL.';
COMMENT ON COLUMN theme_hit.in_title IS 'True where the title has a word of the theme. Never NULL.';
COMMENT ON COLUMN theme_hit.in_lead IS 'True where the beginning of the text has one. Never NULL.';
COMMENT ON COLUMN theme_hit.is_about IS 'True where the words are enough for the length of the text: the article is about the theme. Never NULL.';
COMMENT ON COLUMN theme_hit.themes_version IS 'Version of the themes. Never NULL.';
COMMENT ON COLUMN theme_hit.run_id IS 'Run that loaded the row. Never NULL.';

CREATE VIEW current_theme_set AS
SELECT version, recorded_at
FROM theme_set
QUALIFY row_number() OVER (ORDER BY recorded_at DESC, version) = 1;
COMMENT ON VIEW current_theme_set IS 'The themes in use, at most one row.';
COMMENT ON COLUMN current_theme_set.version IS 'Version of the themes. Never NULL.';
COMMENT ON COLUMN current_theme_set.recorded_at IS 'When they came into use, UTC. Never NULL.';

CREATE VIEW themes AS
SELECT t.theme, t.name_en, t.name_de, t.place, t.themes_version
FROM theme t
JOIN current_theme_set s ON s.version = t.themes_version;
COMMENT ON VIEW themes IS 'Themes of the current watchlist.';
COMMENT ON COLUMN themes.theme IS 'Identifier of the theme. Never NULL.';
COMMENT ON COLUMN themes.name_en IS 'English name for a person. Never NULL.';
COMMENT ON COLUMN themes.name_de IS 'German name for a person. Never NULL.';
COMMENT ON COLUMN themes.place IS 'Order in the watchlist, from 1. Never NULL.';
COMMENT ON COLUMN themes.themes_version IS 'Current version of the themes. Never NULL.';

CREATE VIEW article_theme AS
SELECT h.revision_id, h.theme, h.n_sentences, h.in_title, h.in_lead
FROM theme_hit h
JOIN current_theme_set s ON s.version = h.themes_version
WHERE h.is_about;
COMMENT ON VIEW article_theme IS 'What an article revision is about, by the current themes: one row per revision and theme that stands in its title, at its beginning, or in two sentences and more in a long text.';
COMMENT ON COLUMN article_theme.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN article_theme.theme IS 'Theme. Never NULL.';
COMMENT ON COLUMN article_theme.n_sentences IS 'Sentences of the text, title apart, with a word of the theme. Never NULL.';
COMMENT ON COLUMN article_theme.in_title IS 'True where the title has a word of the theme. Never NULL.';
COMMENT ON COLUMN article_theme.in_lead IS 'True where the beginning of the text has one. Never NULL.';

-- An article with two themes counts for both; voices and intervals as in timeline.
CREATE MACRO timeline_by_theme(entity, since, until, grain) AS TABLE
WITH hits AS (
    SELECT
        CAST(date_trunc(known_grain(grain), c.published_on) AS DATE) AS bucket, h.theme, c.story_id, c.source_id,
        c.polarity, c.label
    FROM coverage c
    JOIN article_theme h ON h.revision_id = c.revision_id
    WHERE c.entity = known_entity(entity) AND c.earned AND c.published_on BETWEEN day_from(since) AND day_until(until)
), voices AS (
    SELECT
        bucket, theme, story_id, avg(polarity) AS polarity, avg(CAST(label = 'positive' AS INTEGER)) AS positive,
        avg(CAST(label = 'neutral' AS INTEGER)) AS neutral, avg(CAST(label = 'negative' AS INTEGER)) AS negative
    FROM hits
    GROUP BY bucket, theme, story_id
), means AS (
    SELECT
        bucket, theme, count(*) AS n_stories, count(polarity) AS n_scored_stories, avg(positive) AS share_positive,
        avg(neutral) AS share_neutral, avg(negative) AS share_negative, avg(polarity) AS mean_polarity,
        interval_half(stddev_samp(polarity), count(polarity)) AS half
    FROM voices
    GROUP BY bucket, theme
), reach AS (
    SELECT
        bucket, theme, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets, count(polarity) AS n_scored
    FROM hits
    GROUP BY bucket, theme
), crawled AS (
    SELECT CAST(date_trunc(grain, f.fetched_at) AS DATE) AS bucket, count(DISTINCT f.source_id) AS n_sources_up
    FROM feed_check f
    WHERE f.outcome IN ('ok', 'unchanged', 'empty')
    GROUP BY ALL
)
SELECT
    r.bucket, r.theme, r.n_articles, m.n_stories, r.n_outlets, r.n_scored, m.n_scored_stories, m.share_positive,
    m.share_neutral, m.share_negative, m.mean_polarity, bounded(m.mean_polarity - m.half) AS ci_low,
    bounded(m.mean_polarity + m.half) AS ci_high, m.n_scored_stories < 5 AS too_few, u.n_sources_up
FROM reach r
JOIN means m ON m.bucket = r.bucket AND m.theme = r.theme
LEFT JOIN crawled u ON u.bucket = r.bucket
ORDER BY r.bucket, r.theme;
COMMENT ON MACRO TABLE timeline_by_theme IS 'As timeline, one row per bucket and theme of the current themes; an article with two themes counts for both, one without a theme for none.';

-- Over a whole span: a story counts once for a theme, however many buckets its copies fall into.
CREATE MACRO theme_shares(entity, since, until) AS TABLE
WITH named AS (
    SELECT c.revision_id, c.story_id, c.source_id, c.polarity
    FROM coverage c
    WHERE c.entity = known_entity(entity) AND c.earned AND c.published_on BETWEEN day_from(since) AND day_until(until)
), hits AS (
    SELECT h.theme, n.story_id, n.source_id, n.polarity
    FROM named n
    JOIN article_theme h ON h.revision_id = n.revision_id
), voices AS (
    SELECT theme, story_id, avg(polarity) AS polarity FROM hits GROUP BY theme, story_id
), means AS (
    SELECT
        theme, count(*) AS n_stories, count(polarity) AS n_scored_stories, avg(polarity) AS mean_polarity,
        interval_half(stddev_samp(polarity), count(polarity)) AS half
    FROM voices
    GROUP BY theme
), reach AS (
    SELECT theme, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets FROM hits GROUP BY theme
)
SELECT
    t.theme, t.name_en, t.name_de, coalesce(r.n_articles, 0) AS n_articles, coalesce(m.n_stories, 0) AS n_stories,
    coalesce(r.n_outlets, 0) AS n_outlets,
    coalesce(m.n_stories, 0) / (SELECT nullif(count(DISTINCT n.story_id), 0) FROM named n) AS share_stories,
    coalesce(m.n_scored_stories, 0) AS n_scored_stories, m.mean_polarity,
    bounded(m.mean_polarity - m.half) AS ci_low, bounded(m.mean_polarity + m.half) AS ci_high,
    coalesce(m.n_scored_stories, 0) < 5 AS too_few
FROM themes t
LEFT JOIN reach r ON r.theme = t.theme
LEFT JOIN means m ON m.theme = t.theme
ORDER BY n_stories DESC, t.place;
COMMENT ON MACRO TABLE theme_shares IS 'One row per theme of the current themes, for one entity and span, earned media. theme; name_en; name_de; n_articles: reach; n_stories: voices; n_outlets; share_stories: of all voices about the entity (a voice with two themes counts for both, so the shares do not add up to 1), NULL where there is none; n_scored_stories; mean_polarity; ci_low, ci_high; too_few.';
