-- Voices of earned media for each of $entities and each day, by how long their source has been there. $gap_days: a
-- source that was silent longer begins anew. A source that publishes every g days on average is taken to have been there
-- for 3 g days (at most $gap_days) before its first article, since 1 in 20 such pauses is longer; one with a single day
-- is new. Its articles after $until count for that too, so that a day has the same score whatever span is asked for.
WITH presence AS (
    SELECT DISTINCT c.source_id, c.published_on AS day
    FROM coverage c
    WHERE c.earned AND c.published_on >= $since
), steps AS (
    SELECT
        p.source_id, p.day,
        coalesce(p.day - lag(p.day) OVER (PARTITION BY p.source_id ORDER BY p.day) > $gap_days, TRUE) AS begins
    FROM presence p
), runs AS (
    SELECT
        s.source_id, s.day,
        sum(CAST(s.begins AS INTEGER)) OVER (PARTITION BY s.source_id ORDER BY s.day) AS run
    FROM steps s
), stretches AS (
    SELECT
        r.source_id, min(r.day) AS first_day, max(r.day) AS last_day,
        min(r.day) - CAST(
            least($gap_days, 3 * (max(r.day) - min(r.day)) / greatest(count(*) - 1, 1)) AS INTEGER
        ) AS there_since
    FROM runs r
    GROUP BY r.source_id, r.run
), voices AS (
    SELECT
        c.entity, c.published_on AS day, c.story_id, min(t.there_since) AS there_since, avg(c.polarity) AS polarity
    FROM coverage c
    JOIN stretches t ON t.source_id = c.source_id AND c.published_on BETWEEN t.first_day AND t.last_day
    WHERE c.earned AND c.published_on BETWEEN $since AND $until
        AND c.entity IN (SELECT unnest($entities::VARCHAR[])) {theme}
    GROUP BY c.entity, c.published_on, c.story_id
)
SELECT
    v.entity, v.day, v.there_since, count(*) AS n_voices, count(v.polarity) AS n_scored,
    coalesce(sum(v.polarity), 0) AS polarity_sum, coalesce(sum(v.polarity ** 2), 0) AS polarity_squares
FROM voices v
GROUP BY v.entity, v.day, v.there_since
ORDER BY v.entity, v.day, v.there_since
