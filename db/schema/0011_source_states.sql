-- How each source did, night by night, and in what state it is.
SELECT 1;
