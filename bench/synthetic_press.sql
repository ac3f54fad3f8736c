-- Some days of the synthetic press, from stories to scores. Variables: first_day, last_day, stories_a_day, themes_version,
-- watchlist_version, model_id, model_revision, unscored (languages). Texts are short and in English whatever the language.

-- Stories: a weekday rhythm, growth over the years, now and then a day with a rush of news about the subject.
CREATE OR REPLACE TEMP TABLE story_day AS
SELECT CAST(day AS DATE) AS day, chance(CAST(day AS DATE), 'rush') < 0.02 AS rush,
    CAST(round(getvariable('stories_a_day') * CASE WHEN isodow(day) >= 6 THEN 0.45 ELSE 1.2 END
        * (0.8 + 0.4 * (CAST(day AS DATE) - DATE '2024-01-01') / 731) * (0.85 + 0.3 * chance(CAST(day AS DATE), 'size'))
        * CASE WHEN chance(CAST(day AS DATE), 'rush') < 0.02 THEN 1.6 ELSE 1 END) AS BIGINT) AS n
FROM generate_series(getvariable('first_day'), getvariable('last_day'), INTERVAL 1 DAY) days (day);

CREATE OR REPLACE TEMP TABLE told AS
SELECT s.*, l.language, l.n_in_language,
    -- copies: 4 of 5 stories stand in one outlet, the others follow a power law
    CAST(greatest(1, least(l.n_in_language, 40, floor(0.6 / chance(s.id, 'copies') ** 0.7))) AS INTEGER) AS n_copies,
    (chance(s.id, 'tone 1') + chance(s.id, 'tone 2') + chance(s.id, 'tone 3') - 1.5) AS tone,
    s.day + INTERVAL (CAST(floor(21600 + 64000 * (chance(s.id, 'hour 1') + chance(s.id, 'hour 2')) / 2) AS INTEGER)) SECOND AS at
FROM (SELECT day, rush, strftime(day, '%Y%m%d') || '-' || unnest(range(n)) AS id FROM story_day) s
JOIN language_share l ON chance(s.id, 'language') >= l.low AND chance(s.id, 'language') < l.high;

-- Who is named in which story, and in how many sentences.
CREATE OR REPLACE TEMP TABLE naming AS
SELECT t.id, t.tone, t.day, e.entity, e.name, e.bias, min(t.slot) AS slot,
    max(1 + CAST(floor(-ln(chance(t.id, concat('sentences', t.slot)) + 1e-9) * CASE WHEN t.slot = 1 THEN 3.6 ELSE 1.8 END) AS INTEGER))
        AS n_sentences
FROM (
    SELECT *, CASE WHEN rush AND slot = 1 AND chance(id, 'rush') < 0.5 THEN 0 ELSE chance(id, concat('entity', slot)) END AS drawn
    FROM (SELECT id, tone, day, rush, unnest([1, 2, 3, 4]) AS slot FROM told)
    WHERE chance(id, concat('named', slot)) < [0.85, 0.45, 0.2, 0.1][slot] AND chance(id, 'named1') < 0.85
) t
JOIN entity_share e ON t.drawn >= e.low AND t.drawn < e.high
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE sentence AS
WITH numbered AS (
    SELECT *, unnest(range(n_sentences)) AS number FROM naming
), judged AS (
    SELECT *, slot = 1 AND number = 0 AND chance(id, 'title') < 0.8 AS in_title, concat(slot, ':', number) AS place_key,
        tone * 2.2 + bias * 2 + 1.2 * (chance(id, concat('noise', slot, ':', number)) - 0.5) AS strength
    FROM numbered
), written AS (
    SELECT *,
        CASE WHEN in_title THEN ''
             ELSE pick(['On the day analysts said that ', 'According to a filing, ', 'In the meantime ', 'Last week ',
                 'People close to the matter said that ', 'Two days before, '], id, place_key || 'head') END AS head,
        CASE WHEN strength > 0.4 THEN pick([' beat expectations in ', ' was praised for ', ' won customers with '], id, place_key || 'verb')
             WHEN strength < -0.4 THEN pick([' was criticised for ', ' lost ground in ', ' faces an inquiry over '], id, place_key || 'verb')
             ELSE pick([' presented its plans for ', ' spoke about ', ' will decide on '], id, place_key || 'verb') END
            || pick(['cloud prices', 'export controls', 'its open weights', 'data protection', 'a new data centre',
                'the benchmark of the year', 'chips for training', 'a partnership', 'its quarterly figures', 'safety tests'],
                id, place_key || 'object')
            || CASE WHEN in_title THEN '' ELSE ', ' || pick(['as expected', 'for the second time', 'in several countries', 'it is said',
                'from spring on', 'after long talks'], id, place_key || 'tail') || '.' END AS tail
    FROM judged
), placed AS (
    SELECT *, head || name || tail AS sentence,
        coalesce(sum(length(head || name || tail) + 1) OVER (
            PARTITION BY id, in_title ORDER BY slot, number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS start
    FROM written
)
SELECT id, entity, name, slot, number, sentence, CAST(start AS BIGINT) AS sentence_start, length(head) AS surface_start,
    CASE WHEN in_title THEN 'title' WHEN start = 0 THEN 'lead' ELSE 'body' END AS place,
    exp(strength) / (exp(strength) + exp(-strength) + 1.4) AS p_positive,
    exp(-strength) / (exp(strength) + exp(-strength) + 1.4) AS p_negative
FROM placed;

CREATE OR REPLACE TEMP TABLE told_text AS
SELECT t.*, coalesce(s.title, 'News of the day, number ' || t.id) AS title,
    concat(s.text, CASE WHEN s.text IS NULL THEN '' ELSE ' ' END, 'This is all that is known of ', t.id, '.') AS text,
    list_transform(range(64), lambda x: CAST(hash(t.id, x) & 4294967295 AS UINTEGER)) AS signature
FROM told t
LEFT JOIN (
    SELECT id, max(sentence) FILTER (WHERE place = 'title') AS title,
        string_agg(sentence, ' ' ORDER BY slot, number) FILTER (WHERE place <> 'title') AS text
    FROM sentence
    GROUP BY id
) s ON s.id = t.id;

-- Articles: the copies of a story, large outlets first; 3 of 100 are changed a day later and fetched again.
CREATE OR REPLACE TEMP TABLE told_revision AS
WITH copies AS (
    SELECT t.id, t.day, t.at, t.language, t.title, t.text, t.signature, unnest(range(t.n_copies)) AS copy,
        CAST(floor(t.n_in_language * chance(t.id, 'outlet') ** 2.2) AS INTEGER) AS first_rank, t.n_in_language
    FROM told_text t
), articles AS (
    SELECT c.*, o.source_id, 'https://' || o.source_id || '.example/' || c.id AS url,
        c.at + INTERVAL (CAST(floor(90000 * c.copy * chance(c.id, concat('delay', c.copy)) / (1 + c.copy)) AS INTEGER)) SECOND
            AS published_at,
        chance(o.source_id, 'paywall') AS wall, chance(o.source_id, 'time') > 0.08 AS has_time,
        CASE WHEN chance(c.id, concat('changed', c.copy)) < 0.03 THEN [1, 2] ELSE [1] END AS attempts
    FROM copies c
    JOIN outlet o ON o.language = c.language AND o.rank = (c.first_rank + c.copy) % c.n_in_language
), revisions AS (
    SELECT *, unnest(attempts) AS attempt FROM articles
)
SELECT id, day, language, title, source_id, url, md5(url) AS article_id, md5(concat(url, '#', attempt)) AS revision_id, attempt,
    text || CASE WHEN attempt = 2 THEN ' Corrected since.' ELSE '' END AS text, signature, has_time,
    CASE WHEN has_time THEN published_at ELSE date_trunc('day', published_at) END AS published_at,
    published_at + INTERVAL 3 HOUR + INTERVAL (attempt - 1) DAY AS fetched_at,
    CASE WHEN wall < 0.04 THEN 'paywall' WHEN wall < 0.09 THEN 'teaser' ELSE 'full' END AS body_kind,
    CASE WHEN wall < 0.04 THEN 'paywall' WHEN wall < 0.09 THEN 'teaser' ELSE 'ok' END AS outcome
FROM revisions;

INSERT INTO revision
SELECT revision_id, article_id, url, title, text, signature, 'run-' || day FROM told_revision ORDER BY fetched_at;

-- Pages: one a revision, 3 of 100 once more under another address, and 8 of 100 that brought no article.
CREATE OR REPLACE TEMP TABLE told_page AS
SELECT *, md5(concat(url, '#', attempt)) AS page_id, concat('part-', day, '-', row_number() OVER (PARTITION BY day) // 1000) AS part
FROM (
    SELECT url, source_id, day, fetched_at, attempt, outcome, revision_id, language, published_at, has_time, body_kind
    FROM told_revision
    UNION ALL
    SELECT url || '?from=feed', source_id, day, fetched_at + INTERVAL 1 HOUR, attempt, outcome, revision_id, language,
        published_at, has_time, body_kind
    FROM told_revision
    WHERE chance(revision_id, 'twice') < 0.03
    UNION ALL
    SELECT url || '/gone', source_id, day, fetched_at, attempt, pick(['http_error', 'robots', 'timeout', 'gone', 'consent_wall', 'too_short'],
        revision_id, 'failure'), NULL, NULL, NULL, NULL, NULL
    FROM told_revision
    WHERE chance(revision_id, 'failed') < 0.08
);

INSERT INTO page
SELECT page_id, url, url, source_id, fetched_at, attempt, CASE WHEN outcome IN ('robots', 'timeout') THEN NULL ELSE 200 END,
    'text/html', 45000, CASE WHEN revision_id IS NULL THEN NULL ELSE page_id || page_id END,
    CASE WHEN outcome IN ('http_error', 'robots', 'timeout', 'gone') THEN outcome END, NULL, 0, 0.4, part,
    20000 * row_number() OVER (PARTITION BY part ORDER BY fetched_at, page_id), NULL, NULL, NULL, NULL, 'https://feed.example/rss',
    'feed', FALSE, NULL, [], 'run-' || day
FROM told_page
ORDER BY fetched_at;

INSERT INTO extraction
SELECT page_id, 'synthetic/1', outcome, NULL, revision_id, language, CASE WHEN revision_id IS NOT NULL THEN 0.99 END, published_at,
    CASE WHEN revision_id IS NOT NULL THEN 'feed' END, CASE WHEN revision_id IS NOT NULL THEN CAST(published_at AS VARCHAR) END, has_time,
    CASE WHEN revision_id IS NOT NULL THEN ['A. Writer'] END, body_kind, NULL, CASE WHEN revision_id IS NOT NULL THEN [] END,
    fetched_at + INTERVAL 1 HOUR, 'run-' || day
FROM told_page
ORDER BY fetched_at;

INSERT INTO part
SELECT part, sha256(part), 1000000, count(*), 'synthetic/1', max(fetched_at) + INTERVAL 1 HOUR, 'done', NULL, any_value('run-' || day)
FROM told_page
GROUP BY part
ORDER BY part;

INSERT INTO mention
SELECT md5(concat(r.revision_id, s.slot, ':', s.number)), r.revision_id, s.entity, s.place, s.sentence, s.sentence_start,
    s.sentence_start + length(s.sentence), s.name, s.surface_start, s.surface_start + length(s.name), r.language,
    getvariable('watchlist_version'), 'run-' || r.day
FROM told_revision r
JOIN sentence s ON s.id = r.id
ORDER BY r.fetched_at, r.revision_id;

INSERT INTO score
SELECT md5(concat(r.revision_id, s.slot, ':', s.number)), getvariable('model_id'), getvariable('model_revision'),
    CASE WHEN scored THEN 'ok' ELSE 'unsupported_language' END, CASE WHEN scored THEN s.p_negative END,
    CASE WHEN scored THEN 1 - s.p_negative - s.p_positive END, CASE WHEN scored THEN s.p_positive END, 'run-' || r.day
FROM (SELECT *, NOT list_contains(getvariable('unscored'), language) AS scored FROM told_revision WHERE body_kind <> 'paywall') r
JOIN sentence s ON s.id = r.id
ORDER BY r.fetched_at, r.revision_id;

INSERT INTO match_done
SELECT r.revision_id, getvariable('watchlist_version'), coalesce(n.n, 0), 'run-' || r.day
FROM told_revision r
LEFT JOIN (SELECT id, count(*) AS n FROM sentence GROUP BY id) n ON n.id = r.id
ORDER BY r.fetched_at;

INSERT INTO theme_hit (revision_id, theme, n_sentences, in_title, in_lead, is_about, themes_version, run_id)
SELECT revision_id, theme, 2, FALSE, TRUE, TRUE, getvariable('themes_version'), 'run-' || day
FROM (
    SELECT DISTINCT r.revision_id, r.day, r.fetched_at, pick(t.names, r.id, concat('theme', r.slot)) AS theme
    FROM (SELECT *, unnest([1, 2]) AS slot FROM told_revision) r, (SELECT list(theme ORDER BY place) AS names FROM themes) t
    WHERE chance(r.id, concat('about', r.slot)) < [0.6, 0.15][r.slot] AND len(t.names) > 0
)
ORDER BY fetched_at;

INSERT INTO theme_done
SELECT r.revision_id, getvariable('themes_version'), coalesce(h.n, 0), 'run-' || r.day
FROM told_revision r
LEFT JOIN (SELECT revision_id, count(*) AS n FROM theme_hit GROUP BY revision_id) h ON h.revision_id = r.revision_id
ORDER BY r.fetched_at;

-- The journal: each source is asked twice a day; now and then one is down, and for three days nothing was crawled.
INSERT INTO feed_check
SELECT c.source_id, 'https://' || c.source_id || '.example/rss', 'feed', c.at,
    CASE WHEN c.luck < 0.02 THEN 'http_error' WHEN c.luck < 0.03 THEN 'timeout' WHEN c.luck < 0.3 THEN 'unchanged' ELSE 'ok' END,
    CASE WHEN c.luck < 0.02 THEN 503 WHEN c.luck < 0.03 THEN NULL WHEN c.luck < 0.3 THEN 304 ELSE 200 END,
    CASE WHEN c.luck < 0.3 THEN 0 ELSE 20 END, CASE WHEN c.luck < 0.3 THEN 0 ELSE 5 END, NULL, NULL, 'run-' || c.day
FROM (
    SELECT o.source_id, d.day, d.day + INTERVAL (hour) HOUR AS at, chance(o.source_id, concat(d.day, hour)) AS luck
    FROM outlet o, story_day d, unnest([2, 14]) hours (hour)
    WHERE d.day NOT BETWEEN DATE '2024-10-12' AND DATE '2024-10-14'
) c
ORDER BY c.at;

INSERT INTO source_night
SELECT source_id, 'crawl-' || day, day + INTERVAL 2 HOUR, 12, 0, 0, 0, 500000, 10, '{"ok": 9, "http_error": 1}', 0, 30, 'run-' || day
FROM outlet, story_day
WHERE day NOT BETWEEN DATE '2024-10-12' AND DATE '2024-10-14'
ORDER BY day;

INSERT INTO run SELECT 'run-' || day, 'nightly', day + INTERVAL 2 HOUR, '0', 'synthetic', NULL, NULL FROM story_day;
INSERT INTO run_end SELECT 'run-' || day, day + INTERVAL 4 HOUR, 'ok', NULL FROM story_day;
