"""Labels of readers in the database: sentences to ask about, labels in, counts out.

Days are in UTC and inclusive; datetimes are aware and in UTC. Functions that read take an open snapshot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from db.read import Evidence
from db.snapshot import Snapshot
from db.statements import columns_of, fetch_records, load_statement, to_record
from db.times import from_stored, to_stored_after
from db.watched import check_span, read_entities
from db.writer import Writer
from pipelines.errors import StoreError

UNCLEAR = "unclear"
"""Label of a reader who could not tell; it is kept and counts nowhere."""


class Drawn(StrEnum):
    """Why a reader was asked about a sentence."""

    RANDOM = "random"  # a simple random sample: it measures
    UNCERTAIN = "uncertain"  # the model hesitated: it trains


@dataclass(frozen=True, slots=True)
class EntitySentence:
    """A scored sentence and the entity that its score is about."""

    entity: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ExportedMention:
    """A mention of an exported row and the model that had scored it then."""

    mention_id: str
    model_id: str
    model_revision: str


@dataclass(frozen=True, slots=True)
class ReaderLabel:
    """What a reader said about an exported mention; ``label`` is negative, neutral, positive or unclear."""

    mention: ExportedMention
    label: str
    note: str
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What an import did: ``n_new`` sentences had no label of this reader, ``n_changed`` had another."""

    n_new: int
    n_changed: int
    n_unchanged: int


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How often readers gave ``label`` where the current model says ``said`` (None: it has no score for it)."""

    language: str
    model_id: str
    model_revision: str
    drawn: Drawn
    label: str
    said: str | None
    n: int


@dataclass(frozen=True, slots=True)
class LabelStock:
    """Labels of one reader; of the ``n_shared`` that other readers gave too, all agreed on ``n_agreed``."""

    reader: str
    language: str
    drawn: Drawn
    label: str
    n: int
    newest_at: datetime
    n_shared: int
    n_agreed: int


@dataclass(frozen=True, slots=True)
class TrainingLabel:
    """One labelled target of a sentence."""

    text: str
    target: str
    label: str
    language: str


def uncertain_sentences(
    snapshot: Snapshot,
    since: date,
    until: date,
    limit: int,
    *,
    entity: str | None = None,
    language: str | None = None,
    without: Sequence[str] = (),
) -> tuple[EntitySentence, ...]:
    """Give scored sentences of earned media with the smallest margins, the smallest margin first.

    Each text comes once, and of each story at most one sentence.
    Those that a reader has labelled, and the texts in ``without``, are left out.

    Raises:
        UsageError: the watchlist does not name the entity, or ``since`` is after ``until``.
        StoreError: the snapshot is of a version that had no labels.
    """
    _check(snapshot, since, until, entity)
    names = {"since": since, "until": until, "limit": limit, "entity": entity, "language": language}
    return _sentences(snapshot, "uncertain_sentences", names | {"taken": list(without)})


def random_sentences(
    snapshot: Snapshot, since: date, until: date, limit: int, *, language: str | None = None
) -> tuple[EntitySentence, ...]:
    """Give a simple random sample of scored sentences of earned media, all entities, in random order.

    Drawn without replacement: a pair of sentence and entity that was labelled in such a sample is not drawn again. The
    same database gives the same sample.

    Raises:
        UsageError: ``since`` is after ``until``.
        StoreError: the snapshot is of a version that had no labels.
    """
    _check(snapshot, since, until, None)
    names = {"since": since, "until": until, "limit": limit, "language": language}
    return _sentences(snapshot, "random_sentences", names)


def label_counts(snapshot: Snapshot) -> tuple[LabelCount, ...]:
    """Count labels against the answers of the current model, empty where no label counts or no model is recorded."""
    if not _has_labels(snapshot):
        return ()
    rows = cast(
        "list[tuple[str, str, str, str, str, str | None, int]]", snapshot.fetch(load_statement("reader_label_counts"))
    )
    return tuple(LabelCount(*row[:3], Drawn(row[3]), *row[4:]) for row in rows)


def label_stock(snapshot: Snapshot) -> tuple[LabelStock, ...]:
    """Count the labels of each reader by language, way of drawing and label."""
    if not _has_labels(snapshot):
        return ()
    rows = cast(
        "list[tuple[str, str, str, str, int, datetime, int, int]]", snapshot.fetch(load_statement("reader_label_stock"))
    )
    return tuple(LabelStock(*row[:2], Drawn(row[2]), *row[3:5], from_stored(row[5]), *row[6:]) for row in rows)


def training_labels(snapshot: Snapshot) -> tuple[TrainingLabel, ...]:
    """Give the labels to train with, one for each sentence and target, by language and sentence.

    Labels of the random sample are left out: a model that has seen them cannot be measured with them any more.
    """
    if not _has_labels(snapshot):
        return ()
    sql = (
        "SELECT sentence, target, label, language FROM reader_labels"
        " WHERE counts AND drawn = 'uncertain' AND label <> 'unclear'"
        # two entities may share a naming: then the newest label stands
        " QUALIFY row_number() OVER (PARTITION BY sentence, target ORDER BY labelled_at DESC, entity) = 1"
        " ORDER BY language, sentence, target"
    )
    return tuple(fetch_records(snapshot, TrainingLabel, sql))


def scored_mentions(writer: Writer, mentions: Sequence[ExportedMention]) -> frozenset[ExportedMention]:
    """Give those of the mentions that are in the database with a score of the model they name."""
    rows = writer.fetch(
        "SELECT DISTINCT m.mention_id, s.model_id, s.model_revision FROM mention m"
        " JOIN score s ON s.mention_id = m.mention_id AND s.p_negative IS NOT NULL"
        " WHERE m.mention_id IN (SELECT unnest(?::VARCHAR[]))",
        [[each.mention_id for each in mentions]],
    )
    known = {ExportedMention(*cast("tuple[str, str, str]", row)) for row in rows}
    return frozenset(known.intersection(mentions))


def load_reader_labels(
    writer: Writer, labels: Sequence[ReaderLabel], reader: str, labelled_at: datetime
) -> LabelReport:
    """Add the labels that say something new; all of them or, when it raises, none.

    A label equal to the newest one of this reader for the same sentence and entity adds nothing; another one is added
    and counts from then on.

    Raises:
        StoreError: a mention is not in the database, or has no score of the model that is named.
    """
    missing = {each.mention for each in labels} - scored_mentions(writer, [each.mention for each in labels])
    if missing:
        raise StoreError(f"no score of {min(missing, key=str)}; ask `scored_mentions` first")
    with writer.transaction():
        writer.connection.execute(
            "CREATE OR REPLACE TEMP TABLE given (mention_id VARCHAR, label VARCHAR, note VARCHAR, drawn VARCHAR,"
            " model_id VARCHAR, model_revision VARCHAR)"
        )
        rows = [
            (
                mention.mention_id,
                each.label,
                each.note or None,
                each.drawn.value,
                mention.model_id,
                mention.model_revision,
            )
            for each in labels
            for mention in [each.mention]
        ]
        if rows:
            writer.connection.executemany("INSERT INTO given VALUES (?, ?, ?, ?, ?, ?)", rows)
        newest = writer.fetch("SELECT max(labelled_at) FROM reader_label")[0][0]
        moment = to_stored_after(labelled_at, newest)
        writer.connection.execute(load_statement("new_reader_labels"), {"reader": reader})
        n_new, n_changed = writer.fetch(
            "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM fresh"
        )[0]
        writer.fetch(
            "INSERT INTO reader_label SELECT mention_id, entity, sentence, target, language, label, note, drawn, ?, ?,"
            " model_id, model_revision, p_negative, p_neutral, p_positive FROM fresh ORDER BY mention_id",
            [reader, moment],
        )
        writer.connection.execute("DROP TABLE given")
        writer.connection.execute("DROP TABLE fresh")
    added = cast("int", n_new) + cast("int", n_changed)
    return LabelReport(cast("int", n_new), cast("int", n_changed), len(labels) - added)


def _check(snapshot: Snapshot, since: date, until: date, entity: str | None) -> None:
    if not _has_labels(snapshot):
        raise StoreError(f"{snapshot.path} is of an older newstone; `newstone publish` makes it anew")
    check_span(since, until)
    if entity is not None:
        read_entities(snapshot, [entity])


def _has_labels(snapshot: Snapshot) -> bool:
    """Whether the database is new enough; one that is only read is not migrated."""
    found = snapshot.fetch(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = 'reader_label' AND database_name = current_database()"
    )
    return bool(found)


def _sentences(snapshot: Snapshot, name: str, parameters: Mapping[str, object]) -> tuple[EntitySentence, ...]:
    rows = snapshot.fetch(load_statement(name, columns=f"s.entity, {columns_of(Evidence, 's')}"), parameters)
    return tuple(EntitySentence(str(entity), to_record(Evidence, values)) for entity, *values in rows)
