-- What the figures were made with: model, watchlist, the moment of publication of this snapshot.
SELECT
    (SELECT model_id FROM current_model), (SELECT model_revision FROM current_model),
    (SELECT version FROM current_watchlist), (SELECT max(recorded_at) FROM publication WHERE state = 'passed')
