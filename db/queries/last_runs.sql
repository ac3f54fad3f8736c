-- The newest run, the newest run that ended well, and the newest night; in the order of the rows, for the clock may have been set back.
WITH ended AS (
    SELECT r.rowid AS place, r.run_id, r.command, r.started_at, e.ended_at, e.state, e.detail, r.pid, r.host
    FROM run r
    LEFT JOIN run_end e ON e.run_id = r.run_id
)
SELECT * EXCLUDE (place), row_number() OVER (ORDER BY place DESC) = 1 AS is_last
FROM ended
QUALIFY is_last
    OR row_number() OVER (PARTITION BY state IS NOT DISTINCT FROM 'ok' ORDER BY place DESC) = 1
    OR (command = 'nightly' AND row_number() OVER (PARTITION BY command ORDER BY place DESC) = 1)
ORDER BY place DESC
