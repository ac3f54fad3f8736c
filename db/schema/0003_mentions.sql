-- Watched entities, the sentences that name them, and the sentiment toward them.
CREATE TABLE watchlist (
    version VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE watchlist IS 'One row each time another version of the watchlist came into use. The newest is the current one.';
COMMENT ON COLUMN watchlist.version IS 'Hash of the content. Never NULL.';
COMMENT ON COLUMN watchlist.subject IS 'Entity that the watchlist is about. Never NULL.';
COMMENT ON COLUMN watchlist.content IS 'The watchlist file, as TOML text. Never NULL.';
COMMENT ON COLUMN watchlist.recorded_at IS 'When it came into use, UTC. Never NULL.';

CREATE TABLE entity (
    watchlist_version VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR NOT NULL
);
COMMENT ON TABLE entity IS 'One row per watchlist version and watched entity.';
COMMENT ON COLUMN entity.watchlist_version IS 'Watchlist version. Never NULL.';
COMMENT ON COLUMN entity.entity IS 'Identifier of the entity. Never NULL.';
COMMENT ON COLUMN entity.name IS 'Name for a person. Never NULL.';
COMMENT ON COLUMN entity.role IS 'subject, competitor, partner or supplier. Never NULL.';

CREATE TABLE match_done (
    revision_id VARCHAR NOT NULL,
    watchlist_version VARCHAR NOT NULL,
    n_mentions BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE match_done IS 'Ledger: revisions in which mentions were sought, also those without any.';
COMMENT ON COLUMN match_done.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN match_done.watchlist_version IS 'Watchlist version. Never NULL.';
COMMENT ON COLUMN match_done.n_mentions IS 'Mentions found. Never NULL.';
COMMENT ON COLUMN match_done.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE mention (
    mention_id VARCHAR NOT NULL,
    revision_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    place VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    sentence_start BIGINT NOT NULL,
    sentence_end BIGINT NOT NULL,
    surface VARCHAR NOT NULL,
    surface_start BIGINT NOT NULL,
    surface_end BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    watchlist_version VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE mention IS 'One row per sentence of a revision that names an entity, and watchlist version. Offsets count Unicode code points, start inclusive, end exclusive.';
COMMENT ON COLUMN mention.mention_id IS 'Identifier of the mention. Never NULL.';
COMMENT ON COLUMN mention.revision_id IS 'Article revision. Never NULL.';
COMMENT ON COLUMN mention.entity IS 'Entity that is named. Never NULL.';
COMMENT ON COLUMN mention.place IS 'Where the sentence stands: title, lead or body. Never NULL.';
COMMENT ON COLUMN mention.sentence IS 'The sentence. Never NULL.';
COMMENT ON COLUMN mention.sentence_start IS 'Offset of the sentence in the title (place = title) or the text, in characters. Never NULL.';
COMMENT ON COLUMN mention.sentence_end IS 'End of the sentence in the title or the text, in characters. Never NULL.';
COMMENT ON COLUMN mention.surface IS 'The naming as written. Never NULL.';
COMMENT ON COLUMN mention.surface_start IS 'Offset of the naming in the sentence, in characters. Never NULL.';
COMMENT ON COLUMN mention.surface_end IS 'End of the naming in the sentence, in characters. Never NULL.';
COMMENT ON COLUMN mention.language IS 'Language of the article, ISO 639-1. Never NULL.';
COMMENT ON COLUMN mention.watchlist_version IS 'Watchlist version. Never NULL.';
COMMENT ON COLUMN mention.run_id IS 'Run that loaded the row. Never NULL.';

CREATE TABLE model (
    model_id VARCHAR NOT NULL,
    model_revision VARCHAR NOT NULL,
    languages VARCHAR[] NOT NULL,
    input_form VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE model IS 'One row each time another model came into use. The newest is the current one.';
COMMENT ON COLUMN model.model_id IS 'Identifier of the model. Never NULL.';
COMMENT ON COLUMN model.model_revision IS 'Revision of the model. Never NULL.';
COMMENT ON COLUMN model.languages IS 'Languages on which the model was validated, ISO 639-1. Never NULL.';
COMMENT ON COLUMN model.input_form IS 'How sentence and target are put to the model. Never NULL.';
COMMENT ON COLUMN model.recorded_at IS 'When it came into use, UTC. Never NULL.';

CREATE TABLE score (
    mention_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    model_revision VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    p_negative DOUBLE,
    p_neutral DOUBLE,
    p_positive DOUBLE,
    run_id VARCHAR NOT NULL
);
COMMENT ON TABLE score IS 'One row per mention and model: sentiment of the sentence toward the entity.';
COMMENT ON COLUMN score.mention_id IS 'Mention. Never NULL.';
COMMENT ON COLUMN score.model_id IS 'Model. Never NULL.';
COMMENT ON COLUMN score.model_revision IS 'Revision of the model. Never NULL.';
COMMENT ON COLUMN score.outcome IS 'ok, or unsupported_language where the model was not validated on the language. Never NULL.';
COMMENT ON COLUMN score.p_negative IS 'Probability of negative, 0 to 1. NULL unless outcome is ok.';
COMMENT ON COLUMN score.p_neutral IS 'Probability of neutral, 0 to 1. NULL unless outcome is ok.';
COMMENT ON COLUMN score.p_positive IS 'Probability of positive, 0 to 1. NULL unless outcome is ok.';
COMMENT ON COLUMN score.run_id IS 'Run that loaded the row. Never NULL.';

CREATE VIEW current_watchlist AS
SELECT version, subject, content, recorded_at
FROM watchlist
QUALIFY row_number() OVER (ORDER BY recorded_at DESC, version) = 1;
COMMENT ON VIEW current_watchlist IS 'The watchlist in use, at most one row.';
COMMENT ON COLUMN current_watchlist.version IS 'Hash of the content. Never NULL.';
COMMENT ON COLUMN current_watchlist.subject IS 'Entity that the watchlist is about. Never NULL.';
COMMENT ON COLUMN current_watchlist.content IS 'The watchlist file, as TOML text. Never NULL.';
COMMENT ON COLUMN current_watchlist.recorded_at IS 'When it came into use, UTC. Never NULL.';

CREATE VIEW current_model AS
SELECT model_id, model_revision, languages, input_form, recorded_at
FROM model
QUALIFY row_number() OVER (ORDER BY recorded_at DESC, model_id, model_revision) = 1;
COMMENT ON VIEW current_model IS 'The model in use, at most one row.';
COMMENT ON COLUMN current_model.model_id IS 'Identifier of the model. Never NULL.';
COMMENT ON COLUMN current_model.model_revision IS 'Revision of the model. Never NULL.';
COMMENT ON COLUMN current_model.languages IS 'Languages on which the model was validated. Never NULL.';
COMMENT ON COLUMN current_model.input_form IS 'How sentence and target are put to the model. Never NULL.';
COMMENT ON COLUMN current_model.recorded_at IS 'When it came into use, UTC. Never NULL.';

CREATE VIEW entities AS
SELECT e.entity, e.name, e.role, e.watchlist_version
FROM entity e
JOIN current_watchlist w ON w.version = e.watchlist_version;
COMMENT ON VIEW entities IS 'Entities of the current watchlist.';
COMMENT ON COLUMN entities.entity IS 'Identifier of the entity. Never NULL.';
COMMENT ON COLUMN entities.name IS 'Name for a person. Never NULL.';
COMMENT ON COLUMN entities.role IS 'subject, competitor, partner or supplier. Never NULL.';
COMMENT ON COLUMN entities.watchlist_version IS 'Current watchlist version. Never NULL.';
