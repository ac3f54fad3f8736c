-- The texts that are no longer kept in full, what is kept of them and why; rules in db/retention.py. $reserved_level is 0 for
-- full, 1 for sentences, 2 for metadata; $text_until is NULL for no limit.
CREATE OR REPLACE TEMP TABLE doomed_text AS
WITH standing AS (
    SELECT DISTINCT e.revision_id, p.page_id, p.fetched_at, p.rights_reserved
    FROM extraction e
    JOIN page p ON p.page_id = e.page_id
    WHERE e.revision_id IS NOT NULL
), words AS (
    SELECT
        revision_id, min(fetched_at) AS first_fetched_at,
        -- of two words of one moment the reservation counts: TRUE is larger
        coalesce(max(struct_pack(at := fetched_at, reserved := rights_reserved))
            FILTER (rights_reserved IS NOT NULL).reserved, FALSE) AS is_reserved
    FROM standing
    GROUP BY revision_id
), pruned AS (
    SELECT revision_id, max(CASE WHEN kept = 'metadata' THEN 2 ELSE 1 END) AS level
    FROM text_pruned
    GROUP BY revision_id
), wanted AS (
    SELECT
        w.revision_id, w.is_reserved, coalesce(p.level, 0) AS level,
        CASE WHEN w.is_reserved AND w.first_fetched_at <= $reserved_until THEN $reserved_level ELSE 0 END AS by_right,
        CASE WHEN w.first_fetched_at <= $text_until THEN 1 ELSE 0 END AS by_age
    FROM words w
    LEFT JOIN pruned p ON p.revision_id = w.revision_id
), due AS (
    SELECT revision_id, greatest(by_right, by_age) AS level, by_right >= by_age AS by_right
    FROM wanted
    WHERE greatest(by_right, by_age) > level
)
SELECT
    d.revision_id, r.rowid AS place, CASE WHEN d.level = 2 THEN 'metadata' ELSE 'sentences' END AS kept,
    CASE WHEN d.by_right THEN 'reserved' ELSE 'age' END AS reason
FROM due d
JOIN revision r ON r.revision_id = d.revision_id
WHERE d.revision_id IN (
    SELECT m.revision_id FROM match_done m JOIN current_watchlist w ON w.version = m.watchlist_version
) AND (
    NOT EXISTS (SELECT 1 FROM themes)
    OR d.revision_id IN (
        SELECT t.revision_id FROM theme_done t JOIN current_theme_set s ON s.version = t.themes_version
    )
) AND (
    d.level = 1
    OR d.revision_id NOT IN (
        SELECT m.revision_id
        FROM mention m
        JOIN current_watchlist w ON w.version = m.watchlist_version
        JOIN extraction e ON e.revision_id = m.revision_id AND e.body_kind IN ('full', 'teaser')
        WHERE NOT EXISTS (
            SELECT 1
            FROM score s
            JOIN current_model c ON s.model_id = c.model_id AND s.model_revision = c.model_revision
            WHERE s.mention_id = m.mention_id
        )
    )
)
