-- Themes of the articles with coverage in the span.
SELECT DISTINCT t.revision_id, t.theme
FROM article_theme t
JOIN coverage c ON c.revision_id = t.revision_id
WHERE c.published_on BETWEEN $since AND $until
ORDER BY ALL;
