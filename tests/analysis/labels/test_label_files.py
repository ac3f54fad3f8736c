"""Tables that go out to a spreadsheet and what comes back."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.label_files import COLUMNS, neutralise_formula, read_label_file, write_label_file
from analysis.uncertain import Question
from db.read import Evidence
from db.reader_labels import Drawn, ExportedMention, ReaderLabel
from pipelines.errors import DataFileError
from tests.db import build

FORMULA_SIGNS = tuple("=+-@\t\r＝＋－＠")


SENTENCE = "Acme, “so far”; grew."


def question(number: int, drawn: Drawn = Drawn.UNCERTAIN, sentence: str = SENTENCE, title: str = "") -> Question:
    evidence = Evidence(
        published_at=build.NOON,
        outlet="Daily",
        medium="press",
        earned=True,
        language="en",
        title=title,
        url="https://a.example/1",
        where="body",
        sentence=sentence,
        sentence_start=0,
        sentence_end=len(sentence),
        surface="Acme",
        start=0,
        end=4,
        p_negative=0.2,
        p_neutral=0.3875,
        p_positive=0.4125,
        polarity=0.2125,
        label="positive",
        score_outcome="ok",
        model_id="owner/tiny@home",
        model_revision="r1+4fb2",
        watchlist_version="w1",
        extractor="e",
        part="p",
        record_offset=0,
        page_id="p",
        story_id="s",
        article_id="a",
        revision_id="r",
        mention_id=f"m{number}",
    )
    return Question(drawn, "acme", evidence)


def given_label(number: int, label: str, note: str = "", drawn: Drawn = Drawn.UNCERTAIN) -> ReaderLabel:
    return ReaderLabel(ExportedMention(f"m{number}", "owner/tiny@home", "r1+4fb2"), label, note, drawn)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


Filled = Callable[..., Path]


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """``filled(labels, …)`` gives an exported table as a spreadsheet saves it, with the labels in its rows."""

    def fill(
        labels: Sequence[str],
        *,
        columns: Sequence[str] = COLUMNS,
        separator: str = ",",
        encoding: str = "utf-8-sig",
        head: str = "",
        note: str = "",
    ) -> Path:
        exported = tmp_path / "exported.csv"
        exported.unlink(missing_ok=True)
        write_label_file(exported, [question(i) for i in range(len(labels))])
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, delimiter=separator, extrasaction="ignore", restval="mine")
        writer.writeheader()
        writer.writerows(
            row | {"label": label, "note": note} for row, label in zip(rows_of(exported), labels, strict=True)
        )
        path = tmp_path / "filled.csv"
        path.write_bytes((head + text.getvalue()).encode(encoding))
        return path

    return fill


def test_the_table_shows_the_answer_at_uncertain_sentences_and_hides_it_in_the_random_sample(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_label_file(path, [question(1), question(2, Drawn.RANDOM)])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfmention_id,entity,")
    uncertain, at_random = rows_of(path)
    assert list(uncertain) == list(COLUMNS)
    assert uncertain == {
        "mention_id": "m1",
        "entity": "acme",
        "language": "en",
        "outlet": "Daily",
        "date": "2025-01-27",
        "url": "https://a.example/1",
        "title": "",
        "sentence": SENTENCE,
        "target": "Acme",
        "model_label": "positive",
        "p_negative": "0.200",
        "p_neutral": "0.388",
        "p_positive": "0.412",
        "margin": "0.025",
        "label": "",
        "note": "",
        "drawn": "uncertain",
        "model": "owner/tiny@home@r1+4fb2",
    }
    hidden = {"model_label", "p_negative", "p_neutral", "p_positive", "margin"}
    assert {name for name in COLUMNS if at_random[name] == "" and uncertain[name] != ""} == hidden
    assert at_random["drawn"] == "random"


def test_a_table_for_decimal_commas_is_read_like_the_other(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_label_file(path, [question(1)], semicolon=True)
    text = path.read_text(encoding="utf-8-sig")
    assert ";Acme;positive;0,200;0,388;0,412;0,025;;;uncertain;" in text
    path.write_text(text.replace("0,025;;", "0,025;Negativ;"), encoding="utf-8")
    assert [each.label for each in read_label_file(path)] == [given_label(1, "negative")]


def test_a_table_in_which_somebody_may_have_labelled_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("labelled")
    with pytest.raises(FileExistsError):
        write_label_file(path, [question(1)])
    assert path.read_text() == "labelled"


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(sign: str) -> None:
    assert neutralise_formula(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"
    assert neutralise_formula(f"Acme {sign}1") == f"Acme {sign}1"


@given(st.lists(st.text(st.sampled_from("=+-@＝'\",;\t\r\n a1")), min_size=2, max_size=2))
@settings(max_examples=300, deadline=None)
def test_no_cell_is_a_formula_whatever_separator_the_program_splits_at(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    write_label_file(path, [question(1, sentence=texts[0], title=texts[1])])
    text = path.read_text(encoding="utf-8-sig")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not [cell for cell in row if cell.startswith(FORMULA_SIGNS)]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="as-exported"),
        pytest.param({"separator": ";"}, id="semicolon"),
        pytest.param({"separator": ";", "encoding": "cp1252"}, id="excel-in-its-western-encoding"),
        pytest.param({"separator": "\t", "encoding": "utf-16"}, id="excel-unicode-text"),
        pytest.param({"encoding": "utf-8"}, id="no-byte-order-mark"),
        pytest.param({"head": "sep=;\r\n", "separator": ";"}, id="separator-named-in-the-first-line"),
        pytest.param({"columns": ("rating", *reversed(COLUMNS))}, id="reordered-with-a-further-column"),
        pytest.param({"columns": ("model", "drawn", "label", "mention_id", "note")}, id="other-columns-deleted"),
    ],
)
def test_what_spreadsheets_make_of_the_table_is_read(filled: Filled, options: dict[str, str]) -> None:
    found = read_label_file(filled(["negative", "", "positive"], note="für später", **options))
    assert [(each.row, each.label) for each in found] == [
        (2, given_label(0, "negative", "für später")),
        (4, given_label(2, "positive", "für später")),
    ]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("negative", ["negative", "NEGATIVE", "Negativ", "n", "N", "-1", "−1", "-1,0", "'-1", " negative "]),
        ("neutral", ["neutral", "Neutral", "0", "0.0"]),
        ("positive", ["positive", "positiv", "p", "P", "1", "+1", "1,00"]),
        ("unclear", ["unclear", "Unklar", "?"]),
    ],
)
def test_labels_are_read_as_people_write_them(filled: Filled, label: str, words: list[str]) -> None:
    assert [each.label.label for each in read_label_file(filled(words))] == [label] * len(words)


@pytest.mark.parametrize("word", ["fine", "2", "-", "10", "positive?", "neg ative"])
def test_another_word_is_an_error_with_row_and_value(filled: Filled, word: str) -> None:
    with pytest.raises(DataFileError, match="nothing was imported") as error:
        read_label_file(filled(["neutral", word, "neutral"]))
    assert f"row 3: label {word!r}" in str(error.value)


def test_all_that_is_wrong_is_told_up_to_ten_rows(filled: Filled) -> None:
    with pytest.raises(DataFileError) as error:
        read_label_file(filled(["bad"] * 14))
    assert "row 2:" in str(error.value)
    assert "row 11:" in str(error.value)
    assert "row 12:" not in str(error.value)
    assert "and 4 more" in str(error.value)


def append(path: Path, *cells: str) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(cells)


def test_a_mention_with_two_labels_is_an_error_and_twice_the_same_is_one(filled: Filled) -> None:
    few = ("mention_id", "label", "drawn", "model")
    path = filled(["negative"], columns=few)
    append(path, "m0", "n", "uncertain", "owner/tiny@home@r1+4fb2")
    assert len(read_label_file(path)) == 1
    append(path, "m0", "p", "uncertain", "owner/tiny@home@r1+4fb2")
    with pytest.raises(DataFileError, match="row 4: mention m0 is positive here and negative in row 2"):
        read_label_file(path)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("", "n", "random", "tiny@r1"), "row 3: label 'n' without a mention_id"),
        (("m1", "n", "chosen", "tiny@r1"), "row 3: drawn 'chosen'"),
        (("m1", "n", "random", "tiny"), "row 3: model 'tiny'"),
        (("m1", "n"), "row 3: drawn ''"),
    ],
)
def test_a_damaged_row_is_an_error(filled: Filled, cells: tuple[str, ...], message: str) -> None:
    path = filled(["negative"], columns=("mention_id", "label", "drawn", "model"))
    append(path, *cells)
    with pytest.raises(DataFileError) as error:
        read_label_file(path)
    assert message in str(error.value)


def test_line_ends_of_an_old_macintosh_are_read(filled: Filled) -> None:
    path = filled(["negative", "positive"])
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r"))
    assert [each.row for each in read_label_file(path)] == [2, 3]


def test_a_cell_without_end_is_an_error(filled: Filled) -> None:
    path = filled(["negative"], note="x" * 200_000)
    with pytest.raises(DataFileError, match="is no table: field larger"):
        read_label_file(path)


def test_a_file_without_the_columns_a_workbook_or_none_at_all_is_an_error(filled: Filled, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"has no columns mention_id, label, drawn, model, only 'sentence,label'"):
        read_label_file(filled(["n"], columns=("sentence", "label")))
    workbook = tmp_path / "labels.xlsx"
    workbook.write_bytes(b"PK\x03\x04rest")
    with pytest.raises(DataFileError, match="save it as CSV"):
        read_label_file(workbook)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(DataFileError, match="has no columns"):
        read_label_file(empty)
    with pytest.raises(DataFileError, match="cannot be read"):
        read_label_file(tmp_path / "none.csv")
