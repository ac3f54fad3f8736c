-- Temporary tables and functions of the synthetic press; made once. Variables: n_sources.
-- A number from 0 to 1 that is the same in every run for the same arguments: chance without a generator.
CREATE OR REPLACE TEMP MACRO chance(thing, salt) AS (hash(hash(thing, salt)) >> 11) / 9007199254740992.0;
CREATE OR REPLACE TEMP MACRO pick(words, thing, salt) AS words[1 + CAST(floor(chance(thing, salt) * len(words)) AS INTEGER)];

-- Outlets: rank 0 is the largest of its language.
CREATE OR REPLACE TEMP TABLE outlet AS
SELECT source_id, language, medium, row_number() OVER (PARTITION BY language ORDER BY source_id) - 1 AS rank,
    count(*) OVER (PARTITION BY language) AS n_in_language
FROM current_source;

-- The share of the stories of a language follows from its outlets, from 0 to 1.
CREATE OR REPLACE TEMP TABLE language_share AS
SELECT language, n_in_language, coalesce(sum(n) OVER (ORDER BY language ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
        / sum(n) OVER () AS low, sum(n) OVER (ORDER BY language) / sum(n) OVER () AS high
FROM (SELECT language, any_value(n_in_language) AS n_in_language, count(*) AS n FROM outlet GROUP BY language);

-- Entities by weight 1/rank: the subject first, then in the order of the watchlist.
CREATE OR REPLACE TEMP TABLE entity_share AS
SELECT entity, name, bias, coalesce(sum(weight) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
        / sum(weight) OVER () AS low, sum(weight) OVER (ORDER BY place) / sum(weight) OVER () AS high
FROM (
    SELECT entity, name, place, 1 / (place + 0.5) AS weight, chance(entity, 'bias') * 0.6 - 0.3 AS bias
    FROM (SELECT entity, name, row_number() OVER (ORDER BY role <> 'subject', rowid) AS place FROM entity)
);
