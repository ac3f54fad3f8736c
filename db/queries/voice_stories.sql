-- Stories of two spans with their mean polarity in each, earned media, scored articles. The key is the hash of the
-- story, because a number for each of some millions is passed on a hundred times faster than a name.
SELECT
    CAST(list_position($entities, c.entity) - 1 AS INTEGER) AS series, hash(c.story_id) AS key,
    avg(c.polarity) FILTER (WHERE c.published_on <= $before_until) AS sum_before,
    avg(c.polarity) FILTER (WHERE c.published_on > $before_until) AS sum_now
FROM coverage c
WHERE c.earned AND c.polarity IS NOT NULL AND list_contains($entities, c.entity)
    AND (c.published_on BETWEEN $before_since AND $before_until OR c.published_on BETWEEN $since AND $until) {theme}
GROUP BY c.entity, c.story_id
ORDER BY series, key
