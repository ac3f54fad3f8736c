-- What the current watchlist, model and themes have still to do; NULL where there is none of them.
WITH matched AS (
    SELECT d.revision_id
    FROM match_done d
    JOIN current_watchlist w ON w.version = d.watchlist_version
), scored AS (
    SELECT s.mention_id
    FROM score s
    JOIN current_model c ON c.model_id = s.model_id AND c.model_revision = s.model_revision
), to_match AS (
    SELECT count(*) AS n
    FROM article a
    WHERE a.body_kind IN ('full', 'teaser', 'paywall') AND a.revision_id NOT IN (SELECT revision_id FROM matched)
), to_theme AS (
    SELECT count(*) AS n
    FROM article a
    WHERE a.body_kind IN ('full', 'teaser', 'paywall') AND a.revision_id NOT IN (
        SELECT d.revision_id FROM theme_done d JOIN current_theme_set t ON t.version = d.themes_version
    )
), to_score AS (
    SELECT count(*) AS n
    FROM mention m
    JOIN current_watchlist w ON w.version = m.watchlist_version
    JOIN article a ON a.revision_id = m.revision_id
    WHERE a.body_kind IN ('full', 'teaser') AND m.mention_id NOT IN (SELECT mention_id FROM scored)
)
SELECT
    CASE WHEN (SELECT count(*) FROM current_watchlist) > 0 THEN (SELECT n FROM to_match) END,
    CASE WHEN (SELECT count(*) FROM current_model) > 0 THEN (SELECT n FROM to_score) END,
    CASE WHEN (SELECT count(*) FROM current_theme_set) > 0 THEN (SELECT n FROM to_theme) END
