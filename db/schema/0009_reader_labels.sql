-- Labels that readers gave.
SELECT 1;
