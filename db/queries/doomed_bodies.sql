-- The pages whose bodies go with their reserved texts, after doomed_texts: a page without an article by its own word, any
-- other by that of its texts and once they are cut down.
CREATE OR REPLACE TEMP TABLE doomed_body AS
WITH words AS (
    SELECT
        e.revision_id,
        coalesce(max(struct_pack(at := p.fetched_at, reserved := p.rights_reserved))
            FILTER (p.rights_reserved IS NOT NULL).reserved, FALSE) AS is_reserved
    FROM extraction e
    JOIN page p ON p.page_id = e.page_id
    WHERE e.revision_id IS NOT NULL
    GROUP BY e.revision_id
), texts AS (
    SELECT
        e.page_id, bool_or(w.is_reserved) AS is_reserved,
        bool_and(
            e.revision_id IN (SELECT revision_id FROM text_pruned UNION SELECT revision_id FROM doomed_text)
        ) AS is_pruned
    FROM extraction e
    JOIN words w ON w.revision_id = e.revision_id
    GROUP BY e.page_id
)
SELECT p.page_id, p.part, p.body_bytes
FROM page p
JOIN part_fate f ON f.part = p.part AND f.state = 'done'
LEFT JOIN texts t ON t.page_id = p.page_id
WHERE p.fetch_outcome IS NULL AND p.fetched_at <= $reserved_until
    AND p.page_id NOT IN (SELECT page_id FROM body_pruned) AND p.part NOT IN (SELECT unnest($apart::VARCHAR[]))
    AND CASE WHEN t.page_id IS NULL THEN coalesce(p.rights_reserved, FALSE) ELSE t.is_reserved AND t.is_pruned END
