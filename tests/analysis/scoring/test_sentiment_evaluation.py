import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.scorers import InputForm, Label, Pair, Probabilities
from analysis.sentiment_evaluation import JudgedRow, compare, evaluate_sentiment
from pipelines.errors import DataFileError

N, O, P = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE  # noqa: E741 - a table of confusions reads best so


class FirstWordScorer:
    """Answers the label that is the first word of the sentence."""

    model_id = "first-word"
    revision = "r1"
    input_form = InputForm.SENTENCE
    languages = None

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        certain = {"negative": (1.0, 0.0, 0.0), "neutral": (0.0, 1.0, 0.0), "positive": (0.0, 0.0, 1.0)}
        return [Probabilities(*certain[pair.sentence.split()[0]]) for pair in pairs]


def write_rows(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


ROWS: list[dict[str, object]] = [
    {"text": "negative one", "target": "one", "lang": "de", "label": "negative"},
    {"text": "neutral two", "target": "two", "lang": "de", "label": "negative"},
    {"text": "neutral three", "target": "three", "lang": "ja", "label": "neutral"},
    {"text": "positive four", "target": None, "lang": "ja", "label": "positive", "note": "ignored"},
    {"text": "positive five", "target": "five", "lang": "ja", "label": "neutral"},
]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_the_report_has_the_figures_worked_out_by_hand(tmp_path: Path, name: str) -> None:
    report = evaluate_sentiment(write_rows(tmp_path / name, ROWS), FirstWordScorer())
    # negative: 1 hit, 2 true, 1 predicted: 2/3. neutral: 1, 2, 2: 1/2. positive: 1, 1, 2: 2/3.
    assert report.to_json_dict() == {
        "model_id": "first-word",
        "model_revision": "r1",
        "n": 5,
        "n_unscored": 0,
        "macro_f1": 0.6111,
        "macro_f1_interval": [0.1111, 1.0],
        "accuracy": 0.6,
        "f1": {"negative": 0.6667, "neutral": 0.5, "positive": 0.6667},
        "expected_calibration_error": 0.4,
        "n_contrasting": 0,
        "all_targets_right": None,
        "languages": {
            "de": {
                "n": 2,
                "n_unscored": 0,
                "macro_f1": 0.3333,
                "macro_f1_interval": [0.0, 1.0],
                "accuracy": 0.5,
                "f1": {"negative": 0.6667, "neutral": 0.0},
                "expected_calibration_error": 0.5,
                "n_contrasting": 0,
                "all_targets_right": None,
            },
            "ja": {
                "n": 3,
                "n_unscored": 0,
                "macro_f1": 0.6667,
                "macro_f1_interval": [0.0, 1.0],
                "accuracy": 0.6667,
                "f1": {"neutral": 0.6667, "positive": 0.6667},
                "expected_calibration_error": 0.3333,
                "n_contrasting": 0,
                "all_targets_right": None,
            },
        },
    }


def judged(*true_and_predicted: tuple[Label, Label], confidence: float = 1.0, sentence: str = "") -> list[JudgedRow]:
    """Rows of sentences of their own, or of one sentence."""
    rest = (1 - confidence) / 2
    answers = {
        N: Probabilities(confidence, rest, rest),
        O: Probabilities(rest, confidence, rest),
        P: Probabilities(rest, rest, confidence),
    }
    return [
        JudgedRow(sentence or f"sentence {i}", true, answers[predicted])
        for i, (true, predicted) in enumerate(true_and_predicted)
    ]


def test_a_label_that_is_neither_true_nor_predicted_enters_no_mean() -> None:
    figures = compare(judged((N, N), (P, P)), n_rows=2)
    assert (figures.macro_f1, figures.f1) == (1.0, {N: 1.0, P: 1.0})


def test_always_the_majority_has_the_macro_f1_of_one_class() -> None:
    figures = compare(judged((N, N), (N, N), (O, N), (P, N)), n_rows=6)
    assert figures.accuracy == 0.5
    assert figures.macro_f1 == pytest.approx((2 * 2 / (2 + 4)) / 3)
    assert (figures.n, figures.n_unscored) == (4, 2)


def test_nothing_scored_gives_no_figures() -> None:
    figures = compare([], n_rows=3)
    assert (figures.n, figures.n_unscored) == (0, 3)
    assert figures.macro_f1 is None
    assert figures.macro_f1_interval is None
    assert figures.expected_calibration_error is None


def test_the_interval_is_around_the_figure_and_narrows_with_the_rows() -> None:
    some = [(N, N), (O, O), (P, P), (N, O), (P, N)]
    widths = []
    for times in (4, 40):
        figures = compare(judged(*some * times), n_rows=5 * times)
        assert figures.macro_f1_interval is not None
        assert figures.macro_f1 is not None
        low, high = figures.macro_f1_interval
        assert 0 <= low < figures.macro_f1 < high <= 1
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 10**0.5, rel=0.25)


def test_rows_of_one_sentence_do_not_count_as_independent() -> None:
    apart = judged(*[(N, N), (O, O), (P, P), (N, O)] * 10)
    together = [JudgedRow(f"sentence {i // 8}", row.label, row.answer) for i, row in enumerate(apart)]
    mixed = [(N, N)] * 10 + [(O, O)] * 10 + [(P, P)] * 10 + [(N, O)] * 10
    clustered = [JudgedRow(f"sentence {i // 10}", row.label, row.answer) for i, row in enumerate(judged(*mixed))]
    widths = []
    for rows in (together, clustered):
        interval = compare(rows, n_rows=len(rows)).macro_f1_interval
        assert interval is not None
        widths.append(interval[1] - interval[0])
    assert widths[0] == 0  # every sentence holds the same rows
    assert widths[1] > 0.3


def test_calibration_compares_the_probability_with_the_share_that_is_right() -> None:
    rows = judged((N, N), (N, N), (N, N), (O, N), confidence=0.75) + judged((P, P), (O, P), confidence=0.95)
    found = compare(rows, n_rows=6).expected_calibration_error
    # 4 rows at 0.75 of which 3 are right: no gap; 2 rows at 0.95 of which 1 is right: 0.45.
    assert found == pytest.approx(2 / 6 * 0.45)


def test_a_contrasting_sentence_counts_only_when_every_target_is_right() -> None:
    rows = [
        *judged((N, N), (P, P), sentence="both right"),
        *judged((N, N), (O, P), sentence="one wrong"),
        *judged((P, P), (P, P), sentence="no contrast"),
    ]
    figures = compare(rows, n_rows=6)
    assert (figures.n_contrasting, figures.all_targets_right) == (2, 0.5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{", "line 2: not JSON", id="not-json"),
        pytest.param("[1]", "line 2: must be a JSON object", id="not-an-object"),
        pytest.param('{"text": "a", "target": "a", "lang": "de"}', "line 2: key 'label' is missing", id="no-label"),
        pytest.param(
            '{"text": "a", "lang": "de", "label": "neutral"}', "line 2: key 'target' is missing", id="no-target"
        ),
        pytest.param('{"text": "a", "target": "a", "lang": "de", "label": "good"}', "label is 'good'", id="bad-label"),
        pytest.param('{"text": "a", "target": "a", "lang": "de", "label": 1}', "label is 1", id="label-number"),
        pytest.param('{"text": " ", "target": "a", "lang": "de", "label": "neutral"}', "text is ' '", id="empty-text"),
        pytest.param('{"text": "a", "target": 3, "lang": "de", "label": "neutral"}', "target is 3", id="target-number"),
    ],
)
def test_a_wrong_row_is_named_by_line_and_key(tmp_path: Path, line: str, message: str) -> None:
    path = write_rows(tmp_path / "rows.jsonl", ROWS[:1])
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(DataFileError, match=message):
        evaluate_sentiment(path, FirstWordScorer())


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"missing\.jsonl cannot be read"):
        evaluate_sentiment(tmp_path / "missing.jsonl", FirstWordScorer())
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(DataFileError, match="has no rows"):
        evaluate_sentiment(tmp_path / "empty.jsonl", FirstWordScorer())
    (tmp_path / "latin.jsonl").write_bytes('{"text": "é"}'.encode("latin-1"))
    with pytest.raises(DataFileError, match="not UTF-8"):
        evaluate_sentiment(tmp_path / "latin.jsonl", FirstWordScorer())
    (tmp_path / "half.jsonl.gz").write_bytes(gzip.compress(b"{}" * 999)[:-9])
    with pytest.raises(DataFileError, match="cannot be read"):
        evaluate_sentiment(tmp_path / "half.jsonl.gz", FirstWordScorer())
