-- Of the newest run in which a source had pages: those that brought no article, those with a remark of the extractor,
-- and those that took long (10 s: a healthy page takes one or two). Older than two weeks is history, not trouble;
-- nor is a page trouble that was taken down on request.
WITH newest AS (
    SELECT source_id, arg_max(run_id, fetched_at) AS run_id, max(fetched_at) AS fetched_at
    FROM page
    GROUP BY source_id
), pages AS (
    SELECT f.page_id, f.source_id, f.url, f.fate, f.detail, f.revision_id, f.extractor, p.elapsed_seconds
    FROM page_fate f
    JOIN newest n ON n.source_id = f.source_id AND n.run_id = f.run_id
    JOIN page p ON p.page_id = f.page_id
    WHERE n.fetched_at > (SELECT max(fetched_at) FROM page) - INTERVAL 14 DAY
), remarks AS (
    SELECT g.source_id, g.url, unnest(e.notes) AS remark
    FROM pages g
    JOIN extraction e ON e.page_id = g.page_id AND e.extractor = g.extractor
    WHERE e.notes IS NOT NULL
)
SELECT source_id, fate, count(*), min(url), coalesce(arg_min(detail, url), '')
FROM pages
WHERE revision_id IS NULL AND fate <> 'forgotten'
GROUP BY source_id, fate
UNION ALL
SELECT source_id, 'remark', count(*), min(url), remark
FROM remarks
GROUP BY source_id, remark
UNION ALL
SELECT source_id, 'slow', count(*), min(url), format('up to {:.0f} s', max(elapsed_seconds))
FROM pages
WHERE elapsed_seconds >= 10 AND revision_id IS NOT NULL
GROUP BY source_id
ORDER BY 1, 2, 5
