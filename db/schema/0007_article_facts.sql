-- Facts of articles apart from their texts, so that large databases answer fast.
SELECT 1;
