-- What became of the pages of the newest run that crawled or extracted.
WITH night AS (
    -- also a night that brought no page is a night
    SELECT run_id
    FROM (
        SELECT run_id, max(extracted_at) AS ended_at FROM extraction GROUP BY run_id
        UNION ALL
        SELECT run_id, max(ended_at) FROM stage_run WHERE stage IN ('crawl', 'extract') GROUP BY run_id
    )
    ORDER BY ended_at DESC, run_id
    LIMIT 1
)
SELECT f.fate, count(*)
FROM page_fate f
JOIN night n ON n.run_id = f.run_id
GROUP BY f.fate
ORDER BY count(*) DESC, f.fate
