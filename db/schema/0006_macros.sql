-- Questions of analysts. since and until are days, both inclusive, as DATE, TIMESTAMP or 'YYYY-MM-DD'; NULL leaves that
-- end open. A day is that of UTC; a page that names a day without a time counts on that day. Earned media only, unless
-- said otherwise.
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

CREATE MACRO day_from(day) AS coalesce(CAST(day AS DATE), DATE '0001-01-01');
COMMENT ON MACRO day_from IS 'First day of a span; NULL is the beginning of time.';

CREATE MACRO day_until(day) AS coalesce(CAST(day AS DATE), DATE '9999-12-31');
COMMENT ON MACRO day_until IS 'Last day of a span; NULL is the end of time.';

CREATE MACRO known_entity(id) AS
CASE WHEN id IN (SELECT k.entity FROM entities k) THEN id
     ELSE error(concat('the watchlist has no entity ', id, '; its ids stand in the view entities')) END;
COMMENT ON MACRO known_entity IS 'The id itself; an error where the current watchlist has no such entity.';

CREATE MACRO known_grain(grain) AS
CASE WHEN grain IN ('day', 'week', 'month') THEN grain ELSE error('grain must be day, week or month') END;
COMMENT ON MACRO known_grain IS 'The grain itself; an error unless it is day, week or month.';

CREATE MACRO timeline_points(watched, first_day, last_day, bucket_grain, apart) AS TABLE
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
COMMENT ON MACRO TABLE timeline IS 'Sentiment toward an entity over time, earned media. entity: an id of the view entities; since, until: days, both inclusive, NULL for open; grain: day, week (from Monday) or month. One row per bucket (its first day) that has articles; a missing bucket is missing, never zero. n_articles: reach; n_stories: voices; n_outlets; n_scored: articles with a polarity; n_scored_stories; share_positive, share_neutral, share_negative: of scored voices; mean_polarity: -1 to 1, NULL where nothing is scored; ci_low, ci_high: 95 % interval, NULL where too_few (under 5 scored voices); n_sources_up: sources that answered in this bucket, NULL where it was not crawled (see sources_up).';

CREATE MACRO timeline_by_medium(entity, since, until, grain) AS TABLE
SELECT p.*
FROM timeline_points(entity, since, until, grain, TRUE) p;
COMMENT ON MACRO TABLE timeline_by_medium IS 'As timeline, for all media and one row per bucket and medium: press, company_newsroom, state_media and so on stand apart. earned is false for company newsrooms and state media.';

CREATE MACRO sources_up(since, until, grain) AS TABLE
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
    FROM article a
    WHERE a.is_current AND a.published_on BETWEEN day_from(since) AND day_until(until)
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
    WHERE c.earned AND c.published_on BETWEEN day_from(since) AND day_until(until)
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

CREATE MACRO share_of_voice_change(before_since, before_until, since, until) AS TABLE
WITH panel AS (
    SELECT a.source_id
    FROM article a
    LEFT JOIN current_source o ON o.source_id = a.source_id
    WHERE a.is_current AND coalesce(o.earned, TRUE)
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

CREATE MACRO top_stories(entity, since, until) AS TABLE
SELECT
    c.story_id, first(c.title ORDER BY c.published_at, c.revision_id) AS title,
    first(c.url ORDER BY c.published_at, c.revision_id) AS url,
    first(c.outlet ORDER BY c.published_at, c.revision_id) AS outlet,
    first(c.language ORDER BY c.published_at, c.revision_id) AS language, min(c.published_at) AS published_at,
    count(*) AS n_articles, count(DISTINCT c.source_id) AS n_outlets, list_sort(list(DISTINCT c.outlet)) AS outlets,
    count(c.polarity) AS n_scored, avg(c.polarity) AS mean_polarity
FROM coverage c
WHERE c.entity = known_entity(entity) AND c.earned AND c.published_on BETWEEN day_from(since) AND day_until(until)
GROUP BY c.story_id
ORDER BY n_outlets DESC, n_articles DESC, published_at, c.story_id;
COMMENT ON MACRO TABLE top_stories IS 'Stories about an entity, earned media, widest reach first. story_id; title, url, outlet, language and published_at of the earliest copy; n_articles: reach; n_outlets; outlets: their names; n_scored; mean_polarity: mean over scored copies, NULL where none is.';

CREATE MACRO evidence_between(watched, first_day, last_day) AS TABLE
SELECT v.* EXCLUDE (entity)
FROM sentences v
WHERE v.entity = known_entity(watched) AND v.published_on BETWEEN day_from(first_day) AND day_until(last_day)
ORDER BY v.published_at, v.revision_id, v.place <> 'title', v.sentence_start, v.mention_id;
COMMENT ON MACRO TABLE evidence_between IS 'The sentences behind a span of days, all media. Columns as in evidence.';

CREATE MACRO evidence(entity, day) AS TABLE
SELECT v.*
FROM evidence_between(entity, day, day) v;
COMMENT ON MACRO TABLE evidence IS 'The sentences behind a day of the timeline, all media, one row per mention, columns as in the view sentences: sentence_id; published_at, published_on, outlet, medium, earned, country, language, title, url of the article; place, sentence and its sentence_start and sentence_end in title or text, surface and its surface_start and surface_end in the sentence; p_negative, p_neutral, p_positive, polarity, label and score_outcome (why it has none); model_id, model_revision, watchlist_version; extractor, part, record_offset and page_id lead to the bytes; source_id, story_id, article_id, revision_id, mention_id. Filter by earned for the rows behind timeline.';
