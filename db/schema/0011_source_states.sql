-- How each source did, night by night, and in what state it is. A night is the UTC day on which a run that does more
-- than crawl or extract last asked for listings: a killed run and its repetition on one day are one night. What polling
-- found in between, or a run that was killed before it had extracted, belongs to the night that follows.
COMMENT ON COLUMN source.version IS 'Hash of the content of the source file; withdrawn where the file is gone. Never NULL.';
COMMENT ON COLUMN stage_run.stage IS 'crawl, extract, match, score, sources, prune, verify, publish or alert. Never NULL.';

CREATE TABLE source_expect (
    source_id VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    articles_per_day_min DOUBLE NOT NULL,
    articles_per_day_max DOUBLE NOT NULL,
    title_fill DOUBLE NOT NULL,
    date_fill DOUBLE NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE source_expect IS 'What the file of a source expects of it ([expect]); one row per version of the file.';
COMMENT ON COLUMN source_expect.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN source_expect.version IS 'Hash of the content of the source file, as in source.version. Never NULL.';
COMMENT ON COLUMN source_expect.articles_per_day_min IS 'Articles per day, mean over seven nights, below which a source is quiet. Never NULL; 0 where nothing is expected.';
COMMENT ON COLUMN source_expect.articles_per_day_max IS 'Articles per day, mean over seven nights, above which its listing names something else. Never NULL.';
COMMENT ON COLUMN source_expect.title_fill IS 'Least share of articles with a title, 0 to 1. Never NULL.';
COMMENT ON COLUMN source_expect.date_fill IS 'Least share of articles whose date was read, 0 to 1. Never NULL.';
COMMENT ON COLUMN source_expect.recorded_at IS 'When this version was first seen, UTC. Never NULL.';

CREATE VIEW night_run AS
WITH asked AS (
    -- the run that loaded a row, which after a kill is not the one that asked
    SELECT run_id, coalesce(max(fetched_at) FILTER (WHERE is_listing), max(fetched_at)) AS asked_at
    FROM (
        SELECT run_id, fetched_at, TRUE AS is_listing FROM feed_check
        UNION ALL
        SELECT run_id, fetched_at, FALSE FROM page
    )
    GROUP BY run_id
), whole AS (
    SELECT a.asked_at
    FROM asked a
    LEFT JOIN run r ON r.run_id = a.run_id
    WHERE r.run_id IS NULL OR (
        r.command NOT IN ('crawl', 'extract', 'replay')
        AND r.run_id IN (SELECT run_id FROM stage_run WHERE stage = 'extract')
    )
)
SELECT a.run_id, CAST(w.asked_at AS DATE) AS night
FROM asked a
ASOF JOIN whole w ON a.asked_at <= w.asked_at;
COMMENT ON VIEW night_run IS 'The night to which each run that crawled or extracted belongs. A run by hand, by polling or killed before it had extracted belongs to the next night, and is missing until there is one.';
COMMENT ON COLUMN night_run.run_id IS 'Run that loaded requests for listings or pages. Never NULL.';
COMMENT ON COLUMN night_run.night IS 'UTC day on which the night last asked for listings. Never NULL.';

-- Rows lie in the order of the runs that loaded them, so a first run keeps most of them unread.
CREATE MACRO source_figures_from(first_run) AS TABLE
WITH answers AS (
    SELECT
        n.night, c.source_id, c.url, c.fetched_at, c.n_items, c.newest_item_at,
        CASE
            WHEN c.outcome IN ('ok', 'unchanged', 'empty', 'malformed') THEN 'up'
            WHEN c.http_status IN (401, 403, 407, 429, 451) OR c.outcome = 'blocked_address'
                OR (c.outcome = 'robots' AND NOT starts_with(coalesce(c.detail, ''), 'robots.txt unavailable'))
                THEN 'refused'
            WHEN c.http_status IN (404, 410) OR c.outcome IN ('gone', 'not_a_feed') THEN 'absent'
            WHEN contains(coalesce(c.detail, ''), 'CannotResolveHost') THEN 'unresolved'
            ELSE 'unanswered'
        END AS answer
    FROM feed_check c
    JOIN night_run n ON n.run_id = c.run_id
    WHERE c.run_id >= first_run
), listings AS (
    SELECT
        night, source_id, url, max(fetched_at) AS asked_at, max(n_items) AS n_items,
        max(newest_item_at) AS newest_item_at,
        -- polled several times, a listing was up if it ever was
        CASE WHEN bool_or(answer = 'up') THEN 'up' ELSE arg_max(answer, fetched_at) END AS answer
    FROM answers
    GROUP BY night, source_id, url
), asked AS (
    SELECT
        night, source_id, max(asked_at) AS asked_at, count(*) AS n_listings,
        count(*) FILTER (WHERE answer = 'up') AS n_up, count(*) FILTER (WHERE answer = 'refused') AS n_refused,
        count(*) FILTER (WHERE answer = 'absent') AS n_absent,
        count(*) FILTER (WHERE answer = 'unresolved') AS n_unresolved,
        count(*) FILTER (WHERE answer = 'unanswered') AS n_unanswered,
        sum(n_items) AS n_items, max(newest_item_at) AS newest_item_at
    FROM listings
    GROUP BY night, source_id
), crawls AS (
    SELECT
        n.night, s.source_id, sum(s.n_requests) AS n_requests, sum(s.received_bytes) AS received_bytes,
        arg_max(s.n_pending, s.started_at) AS n_pending
    FROM source_night s
    JOIN night_run n ON n.run_id = s.run_id
    WHERE s.run_id >= first_run
    GROUP BY n.night, s.source_id
), seen AS (
    SELECT
        n.night, p.source_id, p.page_id, p.url, p.run_id, p.attempt, p.fetched_at, p.http_status,
        arg_max(
            struct_pack(
                outcome := e.outcome, revision_id := e.revision_id, basis := e.published_basis,
                n_authors := len(e.authors)
            ),
            struct_pack(extracted_at := e.extracted_at, extractor := e.extractor)
        ) AS newest
    FROM page p
    JOIN night_run n ON n.run_id = p.run_id
    JOIN extraction e ON e.page_id = p.page_id AND e.run_id >= first_run
    WHERE p.run_id >= first_run
    GROUP BY n.night, p.source_id, p.page_id, p.url, p.run_id, p.attempt, p.fetched_at, p.http_status
), again AS (
    -- fetched again, and read well before
    SELECT DISTINCT s.page_id
    FROM seen s
    JOIN page q ON q.url = s.url AND q.attempt < s.attempt
    JOIN extraction e ON e.page_id = q.page_id
    WHERE s.attempt > 1 AND e.outcome IN ('ok', 'teaser')
        AND q.fetched_at >= (SELECT min(fetched_at) - INTERVAL 45 DAY FROM seen WHERE attempt > 1)
), texts AS (
    -- by the run too: a text that another page brought before is not read again, and the rows of one night lie together
    SELECT revision_id, run_id, title <> '' AS has_title, length(text) AS text_chars
    FROM revision
    WHERE run_id >= first_run
), fates AS (
    SELECT
        s.*, s.attempt = 1 AS is_new, s.page_id IN (FROM again) AS is_again,
        s.newest.outcome IN ('paywall', 'consent_wall') AS is_walled,
        s.newest.outcome IN ('robots', 'blocked_address', 'rate_limited', 'timeout', 'connection_error', 'truncated')
            OR (s.newest.outcome = 'http_error' AND (s.http_status IN (401, 403, 407, 451) OR s.http_status >= 500))
            AS is_shut,
        s.newest.outcome = 'gone' AS is_missing,
        s.newest.outcome IN ('no_text', 'too_short', 'extract_error', 'mojibake', 'too_complex', 'not_html') AS is_unusable
    FROM seen s
    WHERE s.newest.outcome <> 'forgotten'
), pages AS (
    SELECT
        s.night, s.source_id, count(*) AS n_pages, CAST(to_json(histogram(s.newest.outcome)) AS VARCHAR) AS outcomes,
        count(*) FILTER (WHERE s.is_new) AS n_new,
        count(*) FILTER (WHERE s.is_new AND s.newest.revision_id IS NOT NULL) AS n_articles,
        count(*) FILTER (WHERE s.is_new AND s.is_walled) AS n_walled,
        count(*) FILTER (WHERE s.is_new AND s.is_shut) AS n_shut,
        count(*) FILTER (WHERE s.is_new AND s.is_missing) AS n_missing,
        count(*) FILTER (WHERE s.is_new AND s.is_unusable) AS n_unusable,
        count(*) FILTER (WHERE s.is_again) AS n_again,
        count(*) FILTER (WHERE s.is_again AND s.is_walled) AS n_again_walled,
        count(*) FILTER (WHERE s.is_again AND s.is_shut) AS n_again_shut,
        count(*) FILTER (WHERE s.is_again AND s.is_missing) AS n_again_missing,
        count(*) FILTER (WHERE s.is_again AND s.is_unusable) AS n_again_unusable,
        avg(CAST(t.has_title AS INTEGER)) FILTER (WHERE s.is_new) AS title_fill,
        avg(CAST(s.newest.basis <> 'first_seen' AS INTEGER)) FILTER (WHERE s.is_new AND s.newest.revision_id IS NOT NULL)
            AS date_fill,
        avg(CAST(s.newest.n_authors > 0 AS INTEGER)) FILTER (WHERE s.is_new AND s.newest.revision_id IS NOT NULL)
            AS author_fill,
        median(t.text_chars) FILTER (WHERE s.is_new AND s.newest.outcome IN ('ok', 'teaser')) AS median_text_chars
    FROM fates s
    LEFT JOIN texts t ON t.revision_id = s.newest.revision_id AND t.run_id = s.run_id
    GROUP BY s.night, s.source_id
), known AS (
    SELECT night, source_id FROM asked
    UNION
    SELECT night, source_id FROM crawls
    UNION
    SELECT night, source_id FROM pages
)
SELECT
    k.source_id, k.night, a.asked_at, coalesce(c.n_requests, 0) AS n_requests,
    coalesce(c.received_bytes, 0) AS received_bytes, coalesce(c.n_pending, 0) AS n_pending,
    coalesce(a.n_listings, 0) AS n_listings, coalesce(a.n_up, 0) AS n_up, coalesce(a.n_refused, 0) AS n_refused,
    coalesce(a.n_absent, 0) AS n_absent, coalesce(a.n_unresolved, 0) AS n_unresolved,
    coalesce(a.n_unanswered, 0) AS n_unanswered, a.newest_item_at, coalesce(p.n_new, 0) AS n_new,
    greatest(coalesce(a.n_items, 0) - coalesce(p.n_new, 0), 0) AS n_known, coalesce(p.n_pages, 0) AS n_pages,
    coalesce(p.outcomes, '{}') AS outcomes, coalesce(p.n_articles, 0) AS n_articles,
    coalesce(p.n_walled, 0) AS n_walled, coalesce(p.n_shut, 0) AS n_shut, coalesce(p.n_missing, 0) AS n_missing,
    coalesce(p.n_unusable, 0) AS n_unusable, coalesce(p.n_again, 0) AS n_again,
    coalesce(p.n_again_walled, 0) AS n_again_walled, coalesce(p.n_again_shut, 0) AS n_again_shut,
    coalesce(p.n_again_missing, 0) AS n_again_missing, coalesce(p.n_again_unusable, 0) AS n_again_unusable,
    p.title_fill, p.date_fill, p.author_fill, p.median_text_chars
FROM known k
LEFT JOIN asked a ON a.night = k.night AND a.source_id = k.source_id
LEFT JOIN crawls c ON c.night = k.night AND c.source_id = k.source_id
LEFT JOIN pages p ON p.night = k.night AND p.source_id = k.source_id;
COMMENT ON MACRO TABLE source_figures_from IS 'source_figures_from(first_run): as the view source_figures, from nights with runs not before first_run only (their identifiers sort by time). Part of a night whose earlier run sorts before it is missing.';

CREATE VIEW source_figures AS
FROM source_figures_from('');
COMMENT ON VIEW source_figures IS 'One row per source and night in which it was asked or fetched from.';
COMMENT ON COLUMN source_figures.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN source_figures.night IS 'Night, see night_run. Never NULL.';
COMMENT ON COLUMN source_figures.asked_at IS 'Last request for a listing, UTC. NULL where none was asked.';
COMMENT ON COLUMN source_figures.n_requests IS 'Requests sent, repeated ones included. Never NULL.';
COMMENT ON COLUMN source_figures.received_bytes IS 'Bytes received as sent on the wire. Never NULL.';
COMMENT ON COLUMN source_figures.n_pending IS 'Page URLs known and due that were not requested. Never NULL.';
COMMENT ON COLUMN source_figures.n_listings IS 'Feeds, sitemaps and section pages asked for. Never NULL; the sum of n_up, n_refused, n_absent, n_unresolved and n_unanswered.';
COMMENT ON COLUMN source_figures.n_up IS 'Listings that answered at least once (ok, unchanged, empty or broken but read). Never NULL.';
COMMENT ON COLUMN source_figures.n_refused IS 'Listings that were refused: HTTP 401, 403, 407, 429, 451, robots.txt or a forbidden address. Never NULL.';
COMMENT ON COLUMN source_figures.n_absent IS 'Listings that are not there: HTTP 404, 410, or something that is no feed. Never NULL.';
COMMENT ON COLUMN source_figures.n_unresolved IS 'Listings whose host has no address (DNS). Never NULL.';
COMMENT ON COLUMN source_figures.n_unanswered IS 'Listings without an answer for another reason: no connection, time limit, HTTP 5xx. Never NULL.';
COMMENT ON COLUMN source_figures.newest_item_at IS 'Publication date of the newest item listed, UTC. NULL where none was readable or nothing changed.';
COMMENT ON COLUMN source_figures.n_new IS 'Page URLs fetched for the first time. Never NULL.';
COMMENT ON COLUMN source_figures.n_known IS 'Items listed that were no news. Never NULL; 0 for an unchanged feed.';
COMMENT ON COLUMN source_figures.n_pages IS 'Pages and failed attempts, repeated ones included. Never NULL.';
COMMENT ON COLUMN source_figures.outcomes IS 'JSON object: those pages by outcome. Never NULL; {} where there are none.';
COMMENT ON COLUMN source_figures.n_articles IS 'New pages that hold an article. Never NULL.';
COMMENT ON COLUMN source_figures.n_walled IS 'New pages behind a paywall or a consent wall. Never NULL.';
COMMENT ON COLUMN source_figures.n_shut IS 'New pages that were refused or not answered. Never NULL.';
COMMENT ON COLUMN source_figures.n_missing IS 'New pages that are not there (HTTP 404, 410). Never NULL.';
COMMENT ON COLUMN source_figures.n_unusable IS 'New pages without a usable text: none, too short, not HTML, or the extractor failed. Never NULL.';
COMMENT ON COLUMN source_figures.n_again IS 'Pages fetched again that had held a readable article before, such as canaries. Never NULL.';
COMMENT ON COLUMN source_figures.n_again_walled IS 'Of these, now behind a paywall or a consent wall. Never NULL.';
COMMENT ON COLUMN source_figures.n_again_shut IS 'Of these, now refused or not answered. Never NULL.';
COMMENT ON COLUMN source_figures.n_again_missing IS 'Of these, not there any more (HTTP 404, 410). Never NULL.';
COMMENT ON COLUMN source_figures.n_again_unusable IS 'Of these, now without a usable text. Never NULL.';
COMMENT ON COLUMN source_figures.title_fill IS 'Share of new articles with a title, 0 to 1. NULL without any.';
COMMENT ON COLUMN source_figures.date_fill IS 'Share of new articles whose date was read, 0 to 1. NULL without any.';
COMMENT ON COLUMN source_figures.author_fill IS 'Share of new articles that name an author, 0 to 1. NULL without any.';
COMMENT ON COLUMN source_figures.median_text_chars IS 'Median length of the new texts that are no paywall, in characters. NULL without any.';

CREATE TABLE source_state (
    source_id VARCHAR NOT NULL,
    night DATE NOT NULL,
    run_id VARCHAR NOT NULL,
    judged_at TIMESTAMP NOT NULL,
    state VARCHAR NOT NULL,
    since DATE NOT NULL,
    n_nights BIGINT NOT NULL,
    last_good_night DATE,
    last_new_night DATE,
    n_silent BIGINT NOT NULL,
    usual_new DOUBLE,
    cause VARCHAR,
    reason VARCHAR,
    asked_at TIMESTAMP,
    n_requests BIGINT NOT NULL,
    received_bytes BIGINT NOT NULL,
    n_pending BIGINT NOT NULL,
    n_listings BIGINT NOT NULL,
    n_up BIGINT NOT NULL,
    n_refused BIGINT NOT NULL,
    n_absent BIGINT NOT NULL,
    n_unresolved BIGINT NOT NULL,
    n_unanswered BIGINT NOT NULL,
    newest_item_at TIMESTAMP,
    n_new BIGINT NOT NULL,
    n_known BIGINT NOT NULL,
    n_pages BIGINT NOT NULL,
    outcomes VARCHAR NOT NULL,
    n_articles BIGINT NOT NULL,
    n_walled BIGINT NOT NULL,
    n_shut BIGINT NOT NULL,
    n_missing BIGINT NOT NULL,
    n_unusable BIGINT NOT NULL,
    n_again BIGINT NOT NULL,
    n_again_walled BIGINT NOT NULL,
    n_again_shut BIGINT NOT NULL,
    n_again_missing BIGINT NOT NULL,
    n_again_unusable BIGINT NOT NULL,
    title_fill DOUBLE,
    date_fill DOUBLE,
    author_fill DOUBLE,
    median_text_chars DOUBLE
);
COMMENT ON TABLE source_state IS 'One row per source and night that was judged: its state and the figures behind it. A night that was judged again, after a repeated run, has a further row; the newest by judged_at counts. A night without network has none.';
COMMENT ON COLUMN source_state.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN source_state.night IS 'Night, see night_run. Never NULL.';
COMMENT ON COLUMN source_state.run_id IS 'Run that judged. Never NULL.';
COMMENT ON COLUMN source_state.judged_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN source_state.state IS 'ok; quiet (it answers and brings nothing new, or far less than usual or expected); changed_layout (its pages read differently than before or than expected, or there are more than expected); blocked (it refuses us or gives no answer); walled (its articles went behind walls); gone (its listings, or the pages that they name, are no longer there); new (too few nights known). Never NULL.';
COMMENT ON COLUMN source_state.since IS 'First night of this state. Never NULL.';
COMMENT ON COLUMN source_state.n_nights IS 'Nights judged from since to night, both counted. Never NULL.';
COMMENT ON COLUMN source_state.last_good_night IS 'Newest night before since on which it was ok or new. NULL where there was none.';
COMMENT ON COLUMN source_state.last_new_night IS 'Newest night with a page that was new. NULL where there was none.';
COMMENT ON COLUMN source_state.n_silent IS 'Nights in a row, up to this one, on which it answered and had nothing new. Never NULL.';
COMMENT ON COLUMN source_state.usual_new IS 'New pages a night that are usual, mean of up to 28 nights before the present silence. NULL where too few nights are known.';
COMMENT ON COLUMN source_state.cause IS 'What the state rests on: listings, new_pages, known_pages, title, date, author, length, expectation or news. NULL where ok or new.';
COMMENT ON COLUMN source_state.reason IS 'Why, with the numbers, for a person. NULL where there is nothing to say.';
COMMENT ON COLUMN source_state.asked_at IS 'Last request for a listing, UTC. NULL where none was asked.';
COMMENT ON COLUMN source_state.n_requests IS 'Requests sent, repeated ones included. Never NULL.';
COMMENT ON COLUMN source_state.received_bytes IS 'Bytes received as sent on the wire. Never NULL.';
COMMENT ON COLUMN source_state.n_pending IS 'Page URLs known and due that were not requested. Never NULL.';
COMMENT ON COLUMN source_state.n_listings IS 'Feeds, sitemaps and section pages asked for. Never NULL; the sum of n_up, n_refused, n_absent, n_unresolved and n_unanswered.';
COMMENT ON COLUMN source_state.n_up IS 'Listings that answered at least once (ok, unchanged, empty or broken but read). Never NULL.';
COMMENT ON COLUMN source_state.n_refused IS 'Listings that were refused: HTTP 401, 403, 407, 429, 451, robots.txt or a forbidden address. Never NULL.';
COMMENT ON COLUMN source_state.n_absent IS 'Listings that are not there: HTTP 404, 410, or something that is no feed. Never NULL.';
COMMENT ON COLUMN source_state.n_unresolved IS 'Listings whose host has no address (DNS). Never NULL.';
COMMENT ON COLUMN source_state.n_unanswered IS 'Listings without an answer for another reason: no connection, time limit, HTTP 5xx. Never NULL.';
COMMENT ON COLUMN source_state.newest_item_at IS 'Publication date of the newest item listed, UTC. NULL where none was readable or nothing changed.';
COMMENT ON COLUMN source_state.n_new IS 'Page URLs fetched for the first time. Never NULL.';
COMMENT ON COLUMN source_state.n_known IS 'Items listed that were no news. Never NULL; 0 for an unchanged feed.';
COMMENT ON COLUMN source_state.n_pages IS 'Pages and failed attempts, repeated ones included. Never NULL.';
COMMENT ON COLUMN source_state.outcomes IS 'JSON object: those pages by outcome. Never NULL; {} where there are none.';
COMMENT ON COLUMN source_state.n_articles IS 'New pages that hold an article. Never NULL.';
COMMENT ON COLUMN source_state.n_walled IS 'New pages behind a paywall or a consent wall. Never NULL.';
COMMENT ON COLUMN source_state.n_shut IS 'New pages that were refused or not answered. Never NULL.';
COMMENT ON COLUMN source_state.n_missing IS 'New pages that are not there (HTTP 404, 410). Never NULL.';
COMMENT ON COLUMN source_state.n_unusable IS 'New pages without a usable text: none, too short, not HTML, or the extractor failed. Never NULL.';
COMMENT ON COLUMN source_state.n_again IS 'Pages fetched again that had held a readable article before, such as canaries. Never NULL.';
COMMENT ON COLUMN source_state.n_again_walled IS 'Of these, now behind a paywall or a consent wall. Never NULL.';
COMMENT ON COLUMN source_state.n_again_shut IS 'Of these, now refused or not answered. Never NULL.';
COMMENT ON COLUMN source_state.n_again_missing IS 'Of these, not there any more (HTTP 404, 410). Never NULL.';
COMMENT ON COLUMN source_state.n_again_unusable IS 'Of these, now without a usable text. Never NULL.';
COMMENT ON COLUMN source_state.title_fill IS 'Share of new articles with a title, 0 to 1. NULL without any.';
COMMENT ON COLUMN source_state.date_fill IS 'Share of new articles whose date was read, 0 to 1. NULL without any.';
COMMENT ON COLUMN source_state.author_fill IS 'Share of new articles that name an author, 0 to 1. NULL without any.';
COMMENT ON COLUMN source_state.median_text_chars IS 'Median length of the new texts that are no paywall, in characters. NULL without any.';

CREATE VIEW current_source_state AS
SELECT t.*
FROM (
    SELECT *
    FROM source_state
    QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY judged_at DESC, night DESC, run_id DESC) = 1
) t
JOIN current_source s ON s.source_id = t.source_id AND s.enabled;
COMMENT ON VIEW current_source_state IS 'The newest state of each enabled source that was ever judged.';
COMMENT ON COLUMN current_source_state.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN current_source_state.night IS 'Night, see night_run. Never NULL.';
COMMENT ON COLUMN current_source_state.run_id IS 'Run that judged. Never NULL.';
COMMENT ON COLUMN current_source_state.judged_at IS 'When, UTC. Never NULL.';
COMMENT ON COLUMN current_source_state.state IS 'ok; quiet (it answers and brings nothing new, or far less than usual or expected); changed_layout (its pages read differently than before or than expected, or there are more than expected); blocked (it refuses us or gives no answer); walled (its articles went behind walls); gone (its listings, or the pages that they name, are no longer there); new (too few nights known). Never NULL.';
COMMENT ON COLUMN current_source_state.since IS 'First night of this state. Never NULL.';
COMMENT ON COLUMN current_source_state.n_nights IS 'Nights judged from since to night, both counted. Never NULL.';
COMMENT ON COLUMN current_source_state.last_good_night IS 'Newest night before since on which it was ok or new. NULL where there was none.';
COMMENT ON COLUMN current_source_state.last_new_night IS 'Newest night with a page that was new. NULL where there was none.';
COMMENT ON COLUMN current_source_state.n_silent IS 'Nights in a row, up to this one, on which it answered and had nothing new. Never NULL.';
COMMENT ON COLUMN current_source_state.usual_new IS 'New pages a night that are usual, mean of up to 28 nights before the present silence. NULL where too few nights are known.';
COMMENT ON COLUMN current_source_state.cause IS 'What the state rests on: listings, new_pages, known_pages, title, date, author, length, expectation or news. NULL where ok or new.';
COMMENT ON COLUMN current_source_state.reason IS 'Why, with the numbers, for a person. NULL where there is nothing to say.';
COMMENT ON COLUMN current_source_state.asked_at IS 'Last request for a listing, UTC. NULL where none was asked.';
COMMENT ON COLUMN current_source_state.n_requests IS 'Requests sent, repeated ones included. Never NULL.';
COMMENT ON COLUMN current_source_state.received_bytes IS 'Bytes received as sent on the wire. Never NULL.';
COMMENT ON COLUMN current_source_state.n_pending IS 'Page URLs known and due that were not requested. Never NULL.';
COMMENT ON COLUMN current_source_state.n_listings IS 'Feeds, sitemaps and section pages asked for. Never NULL; the sum of n_up, n_refused, n_absent, n_unresolved and n_unanswered.';
COMMENT ON COLUMN current_source_state.n_up IS 'Listings that answered at least once (ok, unchanged, empty or broken but read). Never NULL.';
COMMENT ON COLUMN current_source_state.n_refused IS 'Listings that were refused: HTTP 401, 403, 407, 429, 451, robots.txt or a forbidden address. Never NULL.';
COMMENT ON COLUMN current_source_state.n_absent IS 'Listings that are not there: HTTP 404, 410, or something that is no feed. Never NULL.';
COMMENT ON COLUMN current_source_state.n_unresolved IS 'Listings whose host has no address (DNS). Never NULL.';
COMMENT ON COLUMN current_source_state.n_unanswered IS 'Listings without an answer for another reason: no connection, time limit, HTTP 5xx. Never NULL.';
COMMENT ON COLUMN current_source_state.newest_item_at IS 'Publication date of the newest item listed, UTC. NULL where none was readable or nothing changed.';
COMMENT ON COLUMN current_source_state.n_new IS 'Page URLs fetched for the first time. Never NULL.';
COMMENT ON COLUMN current_source_state.n_known IS 'Items listed that were no news. Never NULL; 0 for an unchanged feed.';
COMMENT ON COLUMN current_source_state.n_pages IS 'Pages and failed attempts, repeated ones included. Never NULL.';
COMMENT ON COLUMN current_source_state.outcomes IS 'JSON object: those pages by outcome. Never NULL; {} where there are none.';
COMMENT ON COLUMN current_source_state.n_articles IS 'New pages that hold an article. Never NULL.';
COMMENT ON COLUMN current_source_state.n_walled IS 'New pages behind a paywall or a consent wall. Never NULL.';
COMMENT ON COLUMN current_source_state.n_shut IS 'New pages that were refused or not answered. Never NULL.';
COMMENT ON COLUMN current_source_state.n_missing IS 'New pages that are not there (HTTP 404, 410). Never NULL.';
COMMENT ON COLUMN current_source_state.n_unusable IS 'New pages without a usable text: none, too short, not HTML, or the extractor failed. Never NULL.';
COMMENT ON COLUMN current_source_state.n_again IS 'Pages fetched again that had held a readable article before, such as canaries. Never NULL.';
COMMENT ON COLUMN current_source_state.n_again_walled IS 'Of these, now behind a paywall or a consent wall. Never NULL.';
COMMENT ON COLUMN current_source_state.n_again_shut IS 'Of these, now refused or not answered. Never NULL.';
COMMENT ON COLUMN current_source_state.n_again_missing IS 'Of these, not there any more (HTTP 404, 410). Never NULL.';
COMMENT ON COLUMN current_source_state.n_again_unusable IS 'Of these, now without a usable text. Never NULL.';
COMMENT ON COLUMN current_source_state.title_fill IS 'Share of new articles with a title, 0 to 1. NULL without any.';
COMMENT ON COLUMN current_source_state.date_fill IS 'Share of new articles whose date was read, 0 to 1. NULL without any.';
COMMENT ON COLUMN current_source_state.author_fill IS 'Share of new articles that name an author, 0 to 1. NULL without any.';
COMMENT ON COLUMN current_source_state.median_text_chars IS 'Median length of the new texts that are no paywall, in characters. NULL without any.';

CREATE VIEW source_issue AS
SELECT
    t.source_id, s.name, t.state, t.since, t.n_nights, t.last_good_night, t.last_new_night, t.reason, t.night
FROM current_source_state t
JOIN current_source s ON s.source_id = t.source_id
WHERE t.state NOT IN ('ok', 'new');
COMMENT ON VIEW source_issue IS 'Enabled sources that are not well: neither ok nor new. A source stays here however long it lasts, until it is well again or switched off.';
COMMENT ON COLUMN source_issue.source_id IS 'Source. Never NULL.';
COMMENT ON COLUMN source_issue.name IS 'Name of the outlet for a person. Never NULL.';
COMMENT ON COLUMN source_issue.state IS 'quiet, changed_layout, blocked, walled or gone; what each means stands at source_state.state. Never NULL.';
COMMENT ON COLUMN source_issue.since IS 'First night of this state. Never NULL.';
COMMENT ON COLUMN source_issue.n_nights IS 'Nights judged from since to night, both counted. Never NULL.';
COMMENT ON COLUMN source_issue.last_good_night IS 'Newest night before since on which it was ok or new. NULL where there was none.';
COMMENT ON COLUMN source_issue.last_new_night IS 'Newest night with a page that was new. NULL where there was none.';
COMMENT ON COLUMN source_issue.reason IS 'Why, with the numbers, for a person. Never NULL.';
COMMENT ON COLUMN source_issue.night IS 'Night, see night_run. Never NULL.';
