-- The strongest sentences of each of the days $days about the entity at the same place of $entities, earned media: in
-- the direction -1 or 1 of $directions, 0 for both by turns; one sentence of each story before a second one. Copies of a
-- story repeat its sentences, so each text counts once.
WITH asked AS (
    SELECT unnest($entities) AS entity, unnest($days) AS day, unnest($directions) AS direction
), hits AS (
    SELECT
        a.entity AS asked_entity, a.day AS asked_day, a.direction,
        CASE WHEN a.direction = 0 THEN abs(v.polarity) ELSE a.direction * v.polarity END AS strength, v.*
    FROM asked a
    JOIN sentences v ON v.entity = a.entity AND v.published_on = a.day
    WHERE v.earned AND v.sentence <> '' {theme}
    QUALIFY row_number() OVER (
        PARTITION BY a.entity, a.day, a.direction, v.sentence ORDER BY v.published_at, v.revision_id, v.mention_id
    ) = 1
), ranked AS (
    SELECT
        h.*,
        row_number() OVER (
            PARTITION BY h.asked_entity, h.asked_day, h.direction, h.story_id
            ORDER BY h.strength DESC NULLS LAST, h.published_at, h.mention_id
        ) AS place_in_story
    FROM hits h
), turns AS (
    SELECT
        k.*,
        row_number() OVER (
            PARTITION BY k.asked_entity, k.asked_day, k.direction, k.place_in_story, k.direction = 0 AND k.polarity > 0
            ORDER BY k.strength DESC NULLS LAST, k.published_at, k.mention_id
        ) AS turn
    FROM ranked k
)
SELECT r.asked_entity, r.asked_day, r.direction, {columns}
FROM turns r
QUALIFY row_number() OVER (
    PARTITION BY r.asked_entity, r.asked_day, r.direction
    ORDER BY r.place_in_story, r.turn, r.strength DESC NULLS LAST, r.published_at, r.mention_id
) <= $limit
ORDER BY
    r.asked_entity, r.asked_day, r.direction, r.place_in_story, r.turn, r.strength DESC NULLS LAST, r.published_at,
    r.mention_id
