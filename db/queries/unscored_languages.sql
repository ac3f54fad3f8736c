-- Languages in which the current model scored nothing because it was not validated on them.
SELECT m.language, count(*)
FROM mention m
JOIN current_watchlist w ON w.version = m.watchlist_version
JOIN current_model c ON TRUE
JOIN score s ON s.mention_id = m.mention_id AND s.model_id = c.model_id AND s.model_revision = c.model_revision
WHERE s.outcome = 'unsupported_language'
GROUP BY m.language
ORDER BY count(*) DESC, m.language
