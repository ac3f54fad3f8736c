-- What is no longer kept, and why.
SELECT 1;
