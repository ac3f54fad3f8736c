"""The files in which readers label: a table for a spreadsheet out, the table that the spreadsheet made of it in.

Written is CSV as RFC 4180 has it, UTF-8 with a byte order mark, by which Excel knows the encoding. Text from the
press stands in cells of a program that runs formulas, so a cell that begins with ``= + - @``, a tab or a line break
gets an apostrophe before it, also where such a sign would begin a cell for a program that splits at another separator
(OWASP, "CSV Injection"). Read back are only the columns that hold no text of others: ``mention_id``, ``model``,
``drawn``, and what the reader wrote in ``label`` and ``note``.

Rows of the random sample do not show what the model said: who sees an answer tends to agree with it, and the precision
would be flattered.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.scorers.base import Label
from analysis.uncertain import Question, margin_of
from db.read import Evidence
from db.reader_labels import UNCLEAR, Drawn, ExportedMention, ReaderLabel
from pipelines.errors import DataFileError

COLUMNS = (
    "mention_id",
    "entity",
    "language",
    "outlet",
    "date",
    "url",
    "title",
    "sentence",
    "target",
    "model_label",
    "p_negative",
    "p_neutral",
    "p_positive",
    "margin",
    "label",
    "note",
    "drawn",
    "model",
)
"""Columns of an exported table; ``date`` is the day of publication in UTC, probabilities have three decimals."""

READ_COLUMNS = ("mention_id", "label", "drawn", "model")
"""Columns that an imported table must have."""

_FORMULA = re.compile("(^|[,;\t\r\n][\"']*)(?=[=+\\-@\t\r\n＝＋－＠])")
_SEPARATORS = ",;\t"
_SPELLINGS = {
    Label.NEGATIVE.value: ("negative", "negativ", "n"),
    Label.NEUTRAL.value: ("neutral", "0"),
    Label.POSITIVE.value: ("positive", "positiv", "p"),
    UNCLEAR: ("unclear", "unklar", "?"),
}
_LABELS = {spelling: label for label, spellings in _SPELLINGS.items() for spelling in spellings}
_NUMBERS = {-1: Label.NEGATIVE.value, 0: Label.NEUTRAL.value, 1: Label.POSITIVE.value}
_NUMBER = re.compile(r"([+\-−–]?)([01])(?:[.,]0+)?")  # spreadsheets write -1 in several ways
_MOST_PROBLEMS = 10  # told at once; who has more has given the wrong file


@dataclass(frozen=True, slots=True)
class GivenLabel:
    """A filled row; ``row`` is its number as the spreadsheet shows it, where the heading is row 1."""

    row: int
    label: ReaderLabel


def write_label_file(path: Path, questions: Sequence[Question], *, semicolon: bool = False) -> None:
    """Write a table to label; the file must not exist yet, since somebody may have labelled in it.

    Args:
        path: the new file.
        questions: one a row.
        semicolon: separate by semicolons and write decimal commas, which Excel expects in German and other languages
            with decimal commas: it would put a row of the usual form into one cell.

    Raises:
        OSError: the file exists or cannot be written.
    """
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if semicolon else ",")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(each, "," if semicolon else ".") for each in questions)


def _cells(question: Question, point: str) -> list[str]:
    row = question.evidence
    words = [
        row.mention_id,
        question.entity,
        row.language,
        row.outlet,
        f"{row.published_at:%Y-%m-%d}",
        row.url,
        row.title,
        row.sentence,
        row.surface,
    ]
    said = _answer(row, point) if question.drawn is Drawn.UNCERTAIN else [""] * 5
    last = ["", "", question.drawn.value, f"{row.model_id}@{row.model_revision}"]
    return [neutralise_formula(cell) for cell in (*words, *said, *last)]


def _answer(row: Evidence, point: str) -> list[str]:
    numbers = (row.p_negative, row.p_neutral, row.p_positive, margin_of(row))
    return [row.label or "", *(f"{each:.3f}".replace(".", point) for each in numbers if each is not None)]


def neutralise_formula(cell: str) -> str:
    """Put an apostrophe before every sign with which a cell would begin as a formula."""
    return _FORMULA.sub(r"\1'", cell)


def read_label_file(path: Path) -> tuple[GivenLabel, ...]:
    """Give the filled rows of a table that went through a spreadsheet; rows without a label are skipped.

    Taken are comma, semicolon and tab, any order of columns, further columns, UTF-8, UTF-16 and the Western encoding
    that Excel uses where it is not told otherwise. A label is negative, neutral or positive, also negativ or positiv,
    n, 0 or p, -1, 0 or 1, or unclear (unklar, ?), in upper or lower case.

    Raises:
        DataFileError: the file cannot be read, a column is missing, a row has a label that is none or no mention, or a
            mention has two different labels; names row and value.
    """
    header, rows = _table(path)
    given: dict[str, GivenLabel] = {}
    problems: list[str] = []
    for number, cells in rows:
        values = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        word = values.get("label", "").strip("'").strip()
        if not word:
            continue
        try:
            found = GivenLabel(number, _label(values, word))
        except ValueError as error:
            problems.append(f"row {number}: {error}")
            continue
        before = given.setdefault(found.label.mention.mention_id, found)
        if before.label.label != found.label.label:
            problems.append(
                f"row {number}: mention {found.label.mention.mention_id} is {found.label.label} here and "
                f"{before.label.label} in row {before.row}; keep one of them"
            )
    refuse_problems(path, problems)
    return tuple(given.values())


def refuse_problems(path: Path, problems: Sequence[str]) -> None:
    """Say what is wrong with a file, the first ten things at once.

    Raises:
        DataFileError: there is a problem.
    """
    if not problems:
        return
    more = len(problems) - _MOST_PROBLEMS
    lines = [*problems[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
    raise DataFileError(f"{path}: nothing was imported\n" + "\n".join(f"  {line}" for line in lines))


def _label(values: dict[str, str], word: str) -> ReaderLabel:
    """Give the label of a row.

    Raises:
        ValueError: a value of the row is wrong.
    """
    label = _parse_label(word)
    if label is None:
        raise ValueError(f"label {word!r} is none; write negative, neutral, positive or unclear, or leave it empty")
    if not values.get("mention_id"):
        raise ValueError(f"label {word!r} without a mention_id; copy the whole row of the exported table")
    try:
        drawn = Drawn(values.get("drawn", "").casefold())
    except ValueError:
        raise ValueError(f"drawn {values.get('drawn', '')!r} is not what was exported; copy it from there") from None
    model_id, at, revision = values.get("model", "").rpartition("@")
    if not at:
        raise ValueError(f"model {values.get('model', '')!r} is not what was exported; copy it from there")
    return ReaderLabel(ExportedMention(values["mention_id"], model_id, revision), label, values.get("note", ""), drawn)


def _parse_label(word: str) -> str | None:
    if match := _NUMBER.fullmatch(word):
        return _NUMBERS[int(match[2]) * (-1 if match[1] in {"-", "−", "–"} else 1)]
    return _LABELS.get(word.casefold())


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Give the column names and the rows with their numbers."""
    lines = _decoded(path).splitlines(keepends=True)
    if lines and lines[0].lower().startswith("sep="):  # a hint for Excel, which does not show it as a row
        del lines[0]
    first = lines[0] if lines else ""
    for separator in sorted(_SEPARATORS, key=first.count, reverse=True):
        try:
            rows = list(csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator))
        except csv.Error as error:
            raise DataFileError(f"{path} is no table: {error}; save it as CSV again") from error
        header = [name.strip().casefold() for name in rows[0]] if rows else []
        if all(name in header for name in READ_COLUMNS):
            return header, list(enumerate(rows[1:], start=2))
    raise DataFileError(
        f"{path} has no columns {', '.join(READ_COLUMNS)}, only {first.strip()[:200]!r}; "
        "keep the first row as `newstone label export` wrote it"
    )


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataFileError(f"{path} cannot be read: {error}; name an existing file") from error
    if raw.startswith(b"PK\x03\x04"):
        raise DataFileError(f"{path} is a workbook; save it as CSV")
    try:
        return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")  # only notes are read that may hold more than ASCII
