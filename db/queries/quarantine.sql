-- Parts that could not be read, whose file is still there, and that were not done later.
SELECT p.part, coalesce(p.detail, ''), p.processed_at
FROM part p
WHERE p.state = 'quarantine' AND NOT EXISTS (SELECT 1 FROM part d WHERE d.part = p.part AND d.state <> 'quarantine')
ORDER BY p.processed_at, p.part
