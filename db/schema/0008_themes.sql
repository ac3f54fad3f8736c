-- Themes of articles.
SELECT 1;
