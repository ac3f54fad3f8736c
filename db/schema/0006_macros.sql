-- Questions of analysts. since and until are days in UTC, both inclusive; earned media only, unless said otherwise.
-- A voice is a story: syndicated copies count once as a voice and n times as articles (reach). Means are taken over
-- voices: the mean over stories of the mean over the story's scored articles. The 95 % interval is cluster-robust with
-- the stories as clusters: mean -+ t(0.975, m - 1) * sd(story means) / sqrt(m), m = scored stories (Cameron and Miller
-- 2015, "A Practitioner's Guide to Cluster-Robust Inference"; for a mean of cluster means it reduces to this), cut at
-- -1 and 1. Under 5 scored stories the interval is NULL and too_few is true.
CREATE MACRO t_quantile(degrees) AS
1.959963984540054 + 2.372271230299 / degrees + 2.822498615740 / degrees ** 2 + 2.555849679508 / degrees ** 3
    + 1.589534053394 / degrees ** 4;
COMMENT ON MACRO t_quantile IS 'The 0.975 quantile of Student''s t for degrees of freedom >= 4, within 0.001: expansion of Abramowitz and Stegun 1964, formula 26.7.5.';

CREATE MACRO interval_half(spread, voices) AS
CASE WHEN voices >= 5 THEN t_quantile(voices - 1) * spread / sqrt(voices) END;
COMMENT ON MACRO interval_half IS 'Half the width of the 95 % interval of a mean over voices with that standard deviation; NULL under 5 voices.';

CREATE MACRO bounded(polarity) AS
CASE WHEN polarity < -1 THEN -1 WHEN polarity > 1 THEN 1 ELSE polarity END;
COMMENT ON MACRO bounded IS 'A polarity cut to -1 to 1; NULL stays NULL.';

CREATE MACRO timeline_points(watched, first_day, last_day, bucket_grain, apart) AS TABLE
WITH hits AS (
    SELECT
        CASE WHEN bucket_grain IN ('day', 'week', 'month') THEN CAST(date_trunc(bucket_grain, c.published_on) AS DATE)
             ELSE error('grain must be day, week or month') END AS bucket,
        CASE WHEN apart THEN coalesce(c.medium, 'unknown') ELSE 'earned' END AS series, c.earned, c.story_id, c.source_id,
        c.polarity, c.label
    FROM coverage c
    WHERE c.entity = watched AND c.published_on BETWEEN CAST(first_day AS DATE) AND CAST(last_day AS DATE)
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

CREATE MACRO timeline(entity, since, until, grain) AS TABLE
SELECT p.* EXCLUDE (medium, earned)
FROM timeline_points(entity, since, until, grain, FALSE) p;
COMMENT ON MACRO TABLE timeline IS 'Sentiment toward an entity over time, earned media. grain: day, week (from Monday) or month. One row per bucket (its first day, UTC) that has articles; a missing bucket is missing, never zero. n_articles: reach; n_stories: voices; n_outlets; n_scored: articles with a polarity; n_scored_stories; share_positive, share_neutral, share_negative: of scored voices; mean_polarity: -1 to 1, NULL where nothing is scored; ci_low, ci_high: 95 % interval, NULL where too_few (under 5 scored voices); n_sources_up: sources that answered in this bucket, NULL where it was not crawled (see sources_up).';

CREATE MACRO timeline_by_medium(entity, since, until, grain) AS TABLE
SELECT p.*
FROM timeline_points(entity, since, until, grain, TRUE) p;
COMMENT ON MACRO TABLE timeline_by_medium IS 'As timeline, for all media and one row per bucket and medium: press, company_newsroom, state_media and so on stand apart. earned is false for company newsrooms and state media.';

CREATE MACRO sources_up(since, until, grain) AS TABLE
WITH asked AS (
    SELECT
        CAST(date_trunc(grain, f.fetched_at) AS DATE) AS bucket, count(DISTINCT f.source_id) AS n_sources_asked,
        count(DISTINCT f.source_id) FILTER (WHERE f.outcome IN ('ok', 'unchanged', 'empty')) AS n_sources_up,
        CAST(sum(f.n_items) AS BIGINT) AS n_items
    FROM feed_check f
    WHERE CAST(f.fetched_at AS DATE) BETWEEN CAST(since AS DATE) AND CAST(until AS DATE)
    GROUP BY ALL
), published AS (
    SELECT CAST(date_trunc(grain, a.published_at) AS DATE) AS bucket, count(*) AS n_articles
    FROM article a
    WHERE a.is_current AND CAST(a.published_at AS DATE) BETWEEN CAST(since AS DATE) AND CAST(until AS DATE)
    GROUP BY ALL
)
SELECT k.bucket, k.n_sources_asked, k.n_sources_up, k.n_items, coalesce(p.n_articles, 0) AS n_articles
FROM asked k
LEFT JOIN published p ON p.bucket = k.bucket
ORDER BY k.bucket;
COMMENT ON MACRO TABLE sources_up IS 'Which part of the sources was crawled: one row per bucket with feed requests. n_sources_asked; n_sources_up: answered well; n_items: items listed; n_articles: current articles published in the bucket. A bucket without a row was not crawled; one with n_articles = 0 was crawled and quiet.';

CREATE MACRO share_of_voice(since, until) AS TABLE
WITH hits AS (
    SELECT c.entity, c.story_id, c.source_id, c.polarity
    FROM coverage c
    WHERE c.earned AND c.published_on BETWEEN CAST(since AS DATE) AND CAST(until AS DATE)
), voices AS (
    SELECT entity, story_id, avg(polarity) AS polarity FROM hits GROUP BY entity, story_id
), means AS (
    SELECT
        entity, count(*) AS n_stories, count(polarity) AS n_scored_stories, avg(polarity) AS mean_polarity,
        interval_half(stddev_samp(polarity), count(polarity)) AS half
    FROM voices
    GROUP BY entity
), reach AS (
    SELECT entity, count(*) AS n_articles, count(DISTINCT source_id) AS n_outlets FROM hits GROUP BY entity
)
SELECT
    e.entity, e.name, e.role, coalesce(r.n_articles, 0) AS n_articles, coalesce(m.n_stories, 0) AS n_stories,
    coalesce(r.n_outlets, 0) AS n_outlets, coalesce(r.n_articles, 0) / sum(r.n_articles) OVER () AS share_articles,
    coalesce(m.n_stories, 0) / sum(m.n_stories) OVER () AS share_stories,
    coalesce(m.n_scored_stories, 0) AS n_scored_stories, m.mean_polarity,
    bounded(m.mean_polarity - m.half) AS ci_low, bounded(m.mean_polarity + m.half) AS ci_high,
    coalesce(m.n_scored_stories, 0) < 5 AS too_few
FROM entities e
LEFT JOIN reach r ON r.entity = e.entity
LEFT JOIN means m ON m.entity = e.entity
ORDER BY n_stories DESC, e.entity;
COMMENT ON MACRO TABLE share_of_voice IS 'One row per watched entity, earned media. entity; name; role; n_articles: reach; n_stories: voices; n_outlets; share_articles, share_stories: of the sum over all watched entities (an article that names two counts for both), NULL where nothing was found; n_scored_stories; mean_polarity; ci_low, ci_high; too_few.';

CREATE MACRO top_stories(entity, since, until) AS TABLE
SELECT
    c.story_id, first(c.title ORDER BY c.published_at, c.revision_id) AS title,
    first(c.url ORDER BY c.published_at, c.revision_id) AS url,
    first(c.outlet ORDER BY c.published_at, c.revision_id) AS outlet,
    first(c.language ORDER BY c.published_at, c.revision_id) AS language, min(c.published_at) AS published_at,
    count(*) AS n_articles, count(DISTINCT c.source_id) AS n_outlets, list_sort(list(DISTINCT c.outlet)) AS outlets,
    count(c.polarity) AS n_scored, avg(c.polarity) AS mean_polarity
FROM coverage c
WHERE c.entity = entity AND c.earned AND c.published_on BETWEEN CAST(since AS DATE) AND CAST(until AS DATE)
GROUP BY c.story_id
ORDER BY n_outlets DESC, n_articles DESC, published_at, c.story_id;
COMMENT ON MACRO TABLE top_stories IS 'Stories about an entity, earned media, widest reach first. story_id; title, url, outlet, language and published_at of the earliest copy; n_articles: reach; n_outlets; outlets: their names; n_scored; mean_polarity: mean over scored copies, NULL where none is.';

CREATE MACRO evidence_between(watched, first_day, last_day) AS TABLE
SELECT
    c.published_at, c.outlet, c.medium, c.earned, c.language, c.title, c.url, m."where", m.sentence, m.sentence_start,
    m.sentence_end, m.surface, m.start,
    m."end", s.p_negative, s.p_neutral, s.p_positive, s.p_positive - s.p_negative AS polarity,
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
    s.model_id, s.model_revision, m.watchlist_version, a.extractor, a.part, a.record_offset, a.page_id, c.story_id,
    c.article_id, c.revision_id, m.mention_id
FROM coverage c
JOIN article a ON a.revision_id = c.revision_id
JOIN mention m
    ON m.revision_id = c.revision_id AND m.entity = c.entity AND m.watchlist_version = c.watchlist_version
LEFT JOIN score s
    ON s.mention_id = m.mention_id AND s.model_id = c.model_id AND s.model_revision = c.model_revision
WHERE c.entity = watched AND c.published_on BETWEEN CAST(first_day AS DATE) AND CAST(last_day AS DATE)
ORDER BY c.published_at, c.revision_id, m."where" <> 'title', m.sentence_start, m.mention_id;
COMMENT ON MACRO TABLE evidence_between IS 'The sentences behind a span of days, all media. Columns as in evidence.';

CREATE MACRO evidence(entity, day) AS TABLE
SELECT v.*
FROM evidence_between(entity, day, day) v;
COMMENT ON MACRO TABLE evidence IS 'The sentences behind a day of the timeline, all media, one row per mention: published_at, outlet, medium, earned, language, title, url of the article; where, sentence and its sentence_start and sentence_end in title or text, surface and its start and end in the sentence; p_negative, p_neutral, p_positive, polarity, label and score_outcome (why it has none); model_id, model_revision, watchlist_version; extractor, part, record_offset and page_id lead to the bytes; story_id, article_id, revision_id, mention_id. Filter by earned for the rows behind timeline.';
