import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.entity_evaluation import evaluate_entities
from analysis.watchlist import Watchlist
from pipelines.errors import DataFileError

OWN = Path(__file__).with_name("sentences.jsonl")
DEV = Path(__file__).parents[4] / "shared" / "eval" / "entities_dev.jsonl"
ISSUE_LANGUAGES = {"de", "en", "zh", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "ko", "tr", "ar"}


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: object) -> Path:
        path = tmp_path / "rows.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_precision_recall_and_f1_count_pairs_of_text_and_entity(
    watchlist: Watchlist, write_rows: Callable[..., Path]
) -> None:
    path = write_rows(
        {"lang": "de", "text": "Google und Huawei streiten.", "expected": ["google", "huawei"]},
        {"lang": "de", "text": "Nvidia wächst.", "expected": []},
        {"lang": "en", "text": "Nobody is named here.", "expected": ["amd", "xai"]},
        {"lang": "en", "text": "Nothing to see.", "expected": []},
    )
    evaluation = evaluate_entities(path, watchlist)
    figures = evaluation.to_json_dict()
    assert (figures["true_positives"], figures["false_positives"], figures["false_negatives"]) == (2, 1, 2)
    assert (figures["precision"], figures["recall"], figures["f1"]) == (0.6667, 0.5, 0.5714)
    assert (figures["texts"], figures["texts_right"], figures["texts_right_rate"]) == (4, 2, 0.5)
    assert evaluation.by_language["de"].f1 == pytest.approx(0.8)
    assert evaluation.by_language["en"].precision is None
    assert evaluation.by_language["en"].f1 == 0
    assert [(miss.line, miss.missing, miss.unexpected) for miss in evaluation.misses] == [
        (2, (), ("nvidia",)),
        (3, ("amd", "xai"), ()),
    ]
    assert json.loads(json.dumps(figures)) == figures


def test_without_lang_the_language_is_told_from_the_text(watchlist: Watchlist, write_rows: Callable[..., Path]) -> None:
    text = "Die Regierung prüft, ob DeepSeeks Anwendung gegen das Gesetz zum Schutz der Daten verstößt."
    evaluation = evaluate_entities(write_rows({"text": text, "expected": ["deepseek"]}), watchlist)
    assert set(evaluation.by_language) == {"de"}
    assert evaluation.overall.f1 == 1


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        pytest.param("{not json", ["line 2", "not JSON"], id="no json"),
        pytest.param("[1]", ["line 2", "no JSON object"], id="no object"),
        pytest.param({"expected": []}, ["line 2", "key text"], id="text missing"),
        pytest.param({"text": "a"}, ["line 2", "key expected", "[]"], id="expected missing"),
        pytest.param({"text": "a", "expected": "google"}, ["line 2", "key expected"], id="expected is a string"),
        pytest.param({"text": "a", "expected": ["gogle"]}, ["line 2", "'gogle'", "google"], id="unknown entity"),
        pytest.param({"text": "a", "expected": [], "lang": 3}, ["line 2", "key lang"], id="lang is a number"),
    ],
)
def test_a_wrong_row_is_refused_with_line_and_key(
    watchlist: Watchlist, write_rows: Callable[..., Path], row: object, parts: list[str]
) -> None:
    path = write_rows({"text": "Google", "expected": ["google"]}, row)
    with pytest.raises(DataFileError) as caught:
        evaluate_entities(path, watchlist)
    for part in [str(path), *parts]:
        assert part in str(caught.value)


def test_a_file_without_rows_is_refused(watchlist: Watchlist, write_rows: Callable[..., Path]) -> None:
    with pytest.raises(DataFileError, match="no rows"):
        evaluate_entities(write_rows("", ""), watchlist)


def test_a_file_that_is_not_there_is_refused(watchlist: Watchlist, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        evaluate_entities(tmp_path / "none.jsonl", watchlist)


def test_our_own_sentences_are_matched_in_every_language(watchlist: Watchlist) -> None:
    evaluation = evaluate_entities(OWN, watchlist)
    assert evaluation.overall.n_texts >= 500
    assert evaluation.overall.f1 is not None
    assert evaluation.overall.f1 >= 0.985, evaluation.misses
    assert set(evaluation.by_language) >= ISSUE_LANGUAGES
    for language in ISSUE_LANGUAGES:
        f1 = evaluation.by_language[language].f1
        assert f1 is not None
        assert f1 >= 0.95, language


def test_half_of_our_own_sentences_are_traps() -> None:
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]
    traps = sum(not row["expected"] for row in rows)
    assert 0.4 <= traps / len(rows) <= 0.6
    assert len({row["text"] for row in rows}) == len(rows)


@pytest.mark.shared
def test_the_development_texts_reach_the_floor(watchlist: Watchlist) -> None:
    if not DEV.exists():
        pytest.skip("the measuring data beside the checkout is not there")
    f1 = evaluate_entities(DEV, watchlist).overall.f1
    assert f1 is not None
    assert f1 >= 0.98
