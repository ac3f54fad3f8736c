-- The strongest sentences of each entity and bucket, the most telling first: positive and negative in turn, of each
-- story one before the second, of each language two before the third; at most $most of each direction, two where
-- nothing is scored, and $most_of_all together, where the n-th of the subject goes before the (n / $lead)-th of another.
-- The first step keeps only what can come so far, by a key that is the same in every run.
WITH strong AS (
    SELECT
        s.entity, CAST(date_trunc($grain, s.published_on) AS DATE) AS bucket,
        CASE WHEN s.earned THEN 'earned' ELSE coalesce(s.medium, 'unknown') END AS media,
        CASE WHEN s.polarity IS NULL THEN 0 WHEN s.polarity < 0 THEN -1 ELSE 1 END AS direction, s.language,
        max_by(
            struct_pack(mention_id := s.mention_id, story_id := s.story_id, strength := abs(coalesce(s.polarity, 0))),
            format('{:.6f} {}', abs(coalesce(s.polarity, 0)), s.mention_id), 4 * $most
        ) AS strongest
    FROM sentences s
    WHERE s.published_on BETWEEN $since AND $until AND s.sentence <> ''
    GROUP BY ALL
), strong_rows AS (
    SELECT entity, bucket, media, direction, language, unnest(strongest) AS kept FROM strong
), told AS (
    SELECT
        entity, bucket, media, direction, language, kept.mention_id AS mention_id, kept.strength AS strength,
        row_number() OVER (
            PARTITION BY entity, bucket, media, direction, kept.story_id ORDER BY kept.strength DESC, kept.mention_id
        ) AS place_in_story
    FROM strong_rows
), spread AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY entity, bucket, media, direction, language, place_in_story ORDER BY strength DESC, mention_id
        ) AS place_in_language
    FROM told
), ranked AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY entity, bucket, media, direction
            ORDER BY place_in_story, (place_in_language + 1) // 2, strength DESC, mention_id
        ) AS place
    FROM spread
), first AS (
    SELECT *, CASE WHEN entity = $subject THEN place ELSE $lead * place END AS weight
    FROM ranked
    WHERE place <= CASE WHEN direction = 0 THEN 2 ELSE $most END
    ORDER BY weight, direction = 0, bucket, entity, strength DESC, mention_id
    LIMIT $most_of_all
)
SELECT
    r.entity, r.bucket, s.source_id, s.language, s.published_at, s.revision_id, s.title, s.url, s.sentence,
    s.surface_start, s.surface_end, s.p_negative, s.p_neutral, s.p_positive, s.score_outcome
FROM first r
JOIN sentences s ON s.mention_id = r.mention_id AND s.entity = r.entity
ORDER BY r.weight, r.direction = 0, r.bucket, r.entity, r.strength DESC, r.mention_id;
