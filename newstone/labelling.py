"""Labels of readers: from the snapshot into a table, and from the table into the database."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.label_files import GivenLabel, read_label_file, refuse_problems, write_label_file
from analysis.measures import Span
from analysis.uncertain import draw_questions
from db.read import open_snapshot
from db.reader_labels import UNCLEAR, Drawn, LabelReport, load_reader_labels, scored_mentions, training_labels
from db.writer import open_writer
from newstone.config import Project
from newstone.lock import hold_lock
from newstone.spans import span_of
from pipelines.clock import utc_now
from pipelines.errors import StoreError, UsageError


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written into a table to label."""

    n_uncertain: int
    n_random: int
    n_by_language: dict[str, int]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was read from a table, and what the database did with it."""

    n_given: int
    n_unclear: int
    loaded: LabelReport


def export_questions(
    project: Project,
    file: Path,
    *,
    limit: int,
    n_random: int | None,
    since: date | None,
    until: date | None,
    entity: str | None,
    language: str | None,
    semicolon: bool = False,
) -> ExportReport:
    """Write ``limit`` sentences to label, half of them or ``n_random`` at random, the others the most uncertain.

    Raises:
        UsageError: the watchlist does not name the entity, the span ends before it begins, ``n_random`` is over
            ``limit``, or nothing is left to ask.
        StoreError: there is no snapshot, or it is of an older newstone.
        OSError: the file exists or cannot be written.
    """
    at_random = limit // 2 if n_random is None else n_random
    if at_random > limit:
        raise UsageError(f"--random {at_random} is more than --limit {limit}; raise the limit")
    first, last = span_of(project.snapshot_file, since, until)
    with open_snapshot(project.snapshot_file) as snapshot:
        questions = draw_questions(
            snapshot,
            Span(first, last),
            n_uncertain=limit - at_random,
            n_random=at_random,
            entity=entity,
            language=language,
        )
    if not questions:
        narrowed = "" if language is None else f" in {language!r}"
        raise UsageError(f"no scored sentence{narrowed} from {first} to {last} is left to label; widen the span")
    write_label_file(file, questions, semicolon=semicolon)
    drawn = Counter(each.drawn for each in questions)
    languages = Counter(each.evidence.language for each in questions)
    return ExportReport(drawn[Drawn.UNCERTAIN], drawn[Drawn.RANDOM], dict(sorted(languages.items())))


def export_training(project: Project, file: Path) -> int:
    """Write the labels to train with as JSON lines of text, target, label and lang; gives how many.

    Raises:
        UsageError: there are none.
        StoreError: there is no snapshot.
        OSError: the file exists or cannot be written.
    """
    with open_snapshot(project.snapshot_file) as snapshot:
        labels = training_labels(snapshot)
    if not labels:
        raise UsageError(
            f"{project.snapshot_file} has no labels of uncertain sentences; "
            "`newstone label import FILE.csv`, then `newstone publish`"
        )
    with file.open("x", encoding="utf-8") as lines:
        for each in labels:
            row = {"text": each.text, "target": each.target, "label": each.label, "lang": each.language}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(labels)


def import_labels(project: Project, file: Path, reader: str) -> ImportReport:
    """Take over the labels of a table: all of them, or none where one is wrong.

    Raises:
        DataFileError: see :func:`~analysis.label_files.read_label_file`, or the database does not know a mention.
        UsageError: the name of the reader is empty.
        LockedError: a run holds the data folder.
        StoreError: there is no database yet, or it refused the rows.
    """
    given = read_label_file(file)
    if not reader.strip():
        raise UsageError(f"reader {reader!r} is empty; give a name")
    if not project.writer_file.is_file():
        raise StoreError(f"{project.writer_file} does not exist; `newstone nightly` makes it")
    with hold_lock(project.data_dir, "label import"), open_writer(project.writer_file) as writer:
        known = scored_mentions(writer, [each.label.mention for each in given])
        refuse_problems(file, [_unknown(each) for each in given if each.label.mention not in known])
        loaded = load_reader_labels(writer, [each.label for each in given], reader.strip(), utc_now())
    return ImportReport(len(given), sum(each.label.label == UNCLEAR for each in given), loaded)


def _unknown(given: GivenLabel) -> str:
    mention = given.label.mention
    return (
        f"row {given.row}: mention_id {mention.mention_id!r} has no score of "
        f"{mention.model_id}@{mention.model_revision} here; "
        "import the table into the project that exported it, or empty the label"
    )
