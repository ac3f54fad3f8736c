-- Labels of each reader, newest only, with how many of them another reader gave to the same sentence, and gave the same.
SELECT
    r.reader, r.language, r.drawn, r.label, count(*) AS n, max(r.labelled_at) AS newest_at,
    count(*) FILTER (WHERE o.n_others > 0) AS n_shared, count(*) FILTER (WHERE o.n_others > 0 AND o.n_others = o.n_same) AS n_agreed
FROM reader_labels r
LEFT JOIN LATERAL (
    SELECT count(*) AS n_others, count(*) FILTER (WHERE x.label = r.label) AS n_same
    FROM reader_labels x
    WHERE x.entity = r.entity AND x.sentence = r.sentence AND x.target = r.target AND x.reader <> r.reader
) o ON TRUE
GROUP BY r.reader, r.language, r.drawn, r.label
ORDER BY r.reader, r.language, r.drawn, r.label
