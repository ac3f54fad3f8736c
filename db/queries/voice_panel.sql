-- Sources of earned media that published in both spans, whatever they wrote about.
SELECT a.source_id
FROM article_fact a
LEFT JOIN current_source o ON o.source_id = a.source_id
WHERE a.is_current AND coalesce(o.earned, TRUE) AND a.published_on BETWEEN $before_since AND $until
GROUP BY a.source_id
HAVING bool_or(a.published_on BETWEEN $before_since AND $before_until)
    AND bool_or(a.published_on BETWEEN $since AND $until)
ORDER BY a.source_id
