"""Labels of readers as input of a training run."""

import json
from pathlib import Path

import pytest

from analysis.scorers.base import Label
from analysis.training.data import LICENCES, READER, Aim, Sentence, read_reader
from analysis.training.finetune import finetune
from analysis.training.settings import Settings
from pipelines.errors import DataFileError

ROWS = [
    {"text": "Golf wins a court case .", "target": "Golf", "label": "positive", "lang": "en"},
    {"text": "Echo wint lof .", "target": "Echo", "label": "positive", "lang": "nl"},
    {"text": "Golf wins a court case .", "target": "court", "label": "neutral", "lang": "en"},
]


def write(data: Path, rows: list[dict[str, str]], name: str = "2025.jsonl") -> None:
    (data / "reader").mkdir(exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (data / "reader" / name).write_text(text, encoding="utf-8")


def test_labels_of_all_files_are_read_by_language_with_their_targets_together(data: Path) -> None:
    assert read_reader(data) == {}
    write(data, ROWS[:2])
    write(data, ROWS[2:], "2026.jsonl")
    aims = (Aim("Golf", Label.POSITIVE), Aim("court", Label.NEUTRAL))
    assert read_reader(data) == {
        "en": [Sentence("Golf wins a court case .", aims, "en", READER)],
        "nl": [Sentence("Echo wint lof .", (Aim("Echo", Label.POSITIVE),), "nl", READER)],
    }


def test_a_wrong_line_is_named(data: Path) -> None:
    write(data, [*ROWS, ROWS[0] | {"label": "unclear"}])
    with pytest.raises(DataFileError, match=r"2025\.jsonl, line 4: .*unclear"):
        read_reader(data)


@pytest.mark.usefixtures("one_thread")
def test_training_reads_them_every_epoch_but_none_that_resembles_a_development_sentence(
    data: Path, authored: Path, development: Path, encoder: Path, tmp_path: Path
) -> None:
    held_out = json.loads((development / "en.jsonl").read_text(encoding="utf-8").splitlines()[0])
    write(data, [*ROWS, held_out])
    finetune(
        data, encoder, tmp_path / "run", Settings(epochs=2, batch_rows=16), authored=authored, development=development
    )
    log = json.loads((tmp_path / "run" / "log.json").read_bytes())
    assert log["rows_available"]["reader"] == {"rows": 3, "licence": LICENCES[READER]}
    assert log["rows_trained"]["reader"] == 6
