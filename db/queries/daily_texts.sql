-- Titles and sentences about entities on each of the spans $firsts to $lasts, earned media; of a story those of one copy,
-- of a span and language at most $limit stories, drawn by hash, so that the same ones come each time.
WITH asked AS (
    SELECT unnest($places) AS place, unnest($entities) AS entity, unnest($firsts) AS first_day, unnest($lasts) AS last_day
), copies AS (
    SELECT a.place AS asked, c.entity, c.story_id, c.language, c.revision_id, c.watchlist_version, c.title
    FROM asked a
    JOIN coverage c ON c.entity = a.entity AND c.published_on BETWEEN a.first_day AND a.last_day
    WHERE c.earned {theme}
    QUALIFY row_number() OVER (PARTITION BY a.place, c.story_id ORDER BY c.published_at, c.revision_id) = 1
), drawn AS (
    SELECT p.*
    FROM copies p
    QUALIFY row_number() OVER (PARTITION BY p.asked, p.language ORDER BY hash(p.story_id), p.story_id) <= $limit
)
SELECT d.asked, d.story_id, d.language, d.title AS text, '' AS name
FROM drawn d
UNION
SELECT d.asked, d.story_id, d.language, m.sentence, m.surface
FROM drawn d
JOIN mention m
    ON m.revision_id = d.revision_id AND m.entity = d.entity AND m.watchlist_version = d.watchlist_version
ORDER BY ALL
