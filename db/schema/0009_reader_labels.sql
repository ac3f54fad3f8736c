-- What readers say about single sentences. Append-only: a label that its reader changed is one more row.
CREATE TABLE reader_label (
    mention_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    note VARCHAR,
    drawn VARCHAR NOT NULL,
    reader VARCHAR NOT NULL,
    labelled_at TIMESTAMP NOT NULL,
    model_id VARCHAR NOT NULL,
    model_revision VARCHAR NOT NULL,
    p_negative DOUBLE NOT NULL,
    p_neutral DOUBLE NOT NULL,
    p_positive DOUBLE NOT NULL
);
COMMENT ON TABLE reader_label IS 'One row per label that a reader gave or changed, with what the model had said when the sentence was exported. What counts stands in reader_labels.';
COMMENT ON COLUMN reader_label.mention_id IS 'Mention that was exported. Never NULL.';
COMMENT ON COLUMN reader_label.entity IS 'Entity that the label is about. Never NULL.';
COMMENT ON COLUMN reader_label.sentence IS 'The sentence; copies in other articles have the same. Never NULL.';
COMMENT ON COLUMN reader_label.target IS 'The naming of the entity as written in the sentence. Never NULL.';
COMMENT ON COLUMN reader_label.language IS 'Language of the article, ISO 639-1. Never NULL.';
COMMENT ON COLUMN reader_label.label IS 'negative, neutral or positive toward the entity, or unclear where the reader could not tell; unclear counts nowhere. Never NULL.';
COMMENT ON COLUMN reader_label.note IS 'Remark of the reader. NULL where there is none.';
COMMENT ON COLUMN reader_label.drawn IS 'Why the reader was asked: random (a simple random sample, to measure) or uncertain (the model hesitated, to train). Never NULL.';
COMMENT ON COLUMN reader_label.reader IS 'Name of the reader. Never NULL.';
COMMENT ON COLUMN reader_label.labelled_at IS 'When the label was imported, UTC. Never NULL.';
COMMENT ON COLUMN reader_label.model_id IS 'Model whose answer was exported. Never NULL.';
COMMENT ON COLUMN reader_label.model_revision IS 'Revision of that model. Never NULL.';
COMMENT ON COLUMN reader_label.p_negative IS 'Its probability of negative, 0 to 1. Never NULL.';
COMMENT ON COLUMN reader_label.p_neutral IS 'Its probability of neutral, 0 to 1. Never NULL.';
COMMENT ON COLUMN reader_label.p_positive IS 'Its probability of positive, 0 to 1. Never NULL.';

CREATE VIEW reader_labels AS
SELECT
    l.mention_id, l.entity, l.sentence, l.target, l.language, l.label, l.note,
    -- a sentence that the model hesitated at may be drawn at random later: then it measures, and no longer trains
    CASE WHEN bool_or(l.drawn = 'random') OVER (PARTITION BY l.entity, l.sentence, l.target) THEN 'random'
         ELSE 'uncertain' END AS drawn,
    l.reader, l.labelled_at, l.model_id, l.model_revision, l.p_negative, l.p_neutral, l.p_positive,
    row_number() OVER (PARTITION BY l.entity, l.sentence, l.target ORDER BY l.labelled_at DESC, l.reader) = 1 AS counts
FROM reader_label l
QUALIFY row_number() OVER (PARTITION BY l.reader, l.entity, l.sentence, l.target ORDER BY l.labelled_at DESC) = 1;
COMMENT ON VIEW reader_labels IS 'The newest label of each reader for each sentence and entity named in it, whichever copy was exported.';
COMMENT ON COLUMN reader_labels.mention_id IS 'Mention that was exported. Never NULL.';
COMMENT ON COLUMN reader_labels.entity IS 'Entity that the label is about. Never NULL.';
COMMENT ON COLUMN reader_labels.sentence IS 'The sentence. Never NULL.';
COMMENT ON COLUMN reader_labels.target IS 'The naming of the entity as written in the sentence. Never NULL.';
COMMENT ON COLUMN reader_labels.language IS 'Language of the article, ISO 639-1. Never NULL.';
COMMENT ON COLUMN reader_labels.label IS 'negative, neutral, positive or unclear. Never NULL.';
COMMENT ON COLUMN reader_labels.note IS 'Remark of the reader. NULL where there is none.';
COMMENT ON COLUMN reader_labels.drawn IS 'random where any reader was given the sentence in a random sample, otherwise uncertain. Never NULL.';
COMMENT ON COLUMN reader_labels.reader IS 'Name of the reader. Never NULL.';
COMMENT ON COLUMN reader_labels.labelled_at IS 'When the label was imported, UTC. Never NULL.';
COMMENT ON COLUMN reader_labels.model_id IS 'Model whose answer was exported. Never NULL.';
COMMENT ON COLUMN reader_labels.model_revision IS 'Revision of that model. Never NULL.';
COMMENT ON COLUMN reader_labels.p_negative IS 'Its probability of negative, 0 to 1. Never NULL.';
COMMENT ON COLUMN reader_labels.p_neutral IS 'Its probability of neutral, 0 to 1. Never NULL.';
COMMENT ON COLUMN reader_labels.p_positive IS 'Its probability of positive, 0 to 1. Never NULL.';
COMMENT ON COLUMN reader_labels.counts IS 'True for the newest label of any reader, which is the one that counts. Never NULL.';
