-- Outlets or languages of the scored articles of two spans, earned media. An article weighs 1 / scored copies of its
-- story in its span, so that each voice weighs 1, whatever number of outlets printed it.
WITH hits AS (
    SELECT
        CAST(list_position($entities, c.entity) - 1 AS INTEGER) AS series, c.published_on > $before_until AS is_now,
        c.story_id, {key} AS key, {label} AS label, c.polarity
    FROM coverage c
    WHERE c.earned AND c.polarity IS NOT NULL AND list_contains($entities, c.entity)
        AND (c.published_on BETWEEN $before_since AND $before_until OR c.published_on BETWEEN $since AND $until) {theme}
), copies AS (
    SELECT series, is_now, story_id, count(*) AS n
    FROM hits
    GROUP BY series, is_now, story_id
), parts AS (
    -- one row per voice and group
    SELECT
        h.series, h.is_now, h.key, max(h.label) AS label, count(*) / max(c.n) AS weight,
        sum(h.polarity) / max(c.n) AS weighted
    FROM hits h
    JOIN copies c ON c.series = h.series AND c.is_now = h.is_now AND c.story_id = h.story_id
    GROUP BY h.series, h.is_now, h.key, h.story_id
)
SELECT
    series, key, max(label) AS label,
    coalesce(sum(weight) FILTER (WHERE NOT is_now), 0) AS weight_before,
    coalesce(sum(weight) FILTER (WHERE is_now), 0) AS weight_now,
    coalesce(sum(weighted) FILTER (WHERE NOT is_now), 0) AS sum_before,
    coalesce(sum(weighted) FILTER (WHERE is_now), 0) AS sum_now,
    count(*) FILTER (WHERE NOT is_now) AS n_before, count(*) FILTER (WHERE is_now) AS n_now
FROM parts
GROUP BY series, key
ORDER BY series, key
