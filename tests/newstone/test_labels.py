"""``newstone label`` and ``newstone compare-models`` as a person meets them."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from db.loader import load_mentions, load_part, load_scores, record_model, record_sources, record_watchlist
from db.publish import publish
from db.read import open_snapshot
from db.rows import ModelRow
from db.writer import open_writer
from newstone.cli import cli
from newstone.config import Project, load_project
from newstone.lock import hold_lock
from newstone.model_choice import choose_model, with_weights
from pipelines.errors import DataFileError, LockedError, ModelError, StoreError, UsageError
from tests.analysis.scoring.conftest import write_checkpoint
from tests.db import build

Newstone = Callable[..., "click.testing.Result"]
OLDER = ModelRow("tiny", "r0", ("de", "en"), "pair")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve sentences of two models, the current one from nearly sure to quite unsure, published."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "newstone.toml").write_text("")
    project = load_project(folder)
    pages = [build.page(f"https://a.example/{i}", f"Acme opens plant {i}.", title=f"=1+{i}") for i in range(12)]
    mentions = [build.mention(page) for page in pages]
    with open_writer(project.writer_file) as writer:
        record_sources(writer, [build.source()], build.NOON)
        record_watchlist(writer, build.WATCHLIST, build.NOON)
        load_part(writer, build.part("part1", pages), pages)
        load_mentions(writer, "w1", [(each.revision_id, [each]) for each in mentions], "run1")
        for model, polarities in ((OLDER, [0.5] * 12), (build.MODEL, [0.98 - i / 20 for i in range(12)])):
            record_model(writer, model, build.NOON)
            scores = [build.score(each, polarity) for each, polarity in zip(mentions, polarities, strict=True)]
            scores = [replace(each, model_revision=model.model_revision) for each in scores]
            load_scores(writer, scores, "run1")
    publish(project.writer_file, project.snapshot_file, now=build.NOON)
    return folder


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Project:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return load_project(tmp_path)


@pytest.fixture
def newstone(project: Project) -> Newstone:
    """``newstone(*arguments)`` runs a command in this process; ``return_value`` is its exit code if it went well."""

    def run(*arguments: str) -> "click.testing.Result":
        return CliRunner().invoke(cli, ["--config", str(project.file), *arguments], standalone_mode=False)

    return run


def fill(exported: Path, label: str, separator: str = ";") -> Path:
    """Fill all rows of a table as a German spreadsheet would save it."""
    with exported.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | {"label": label} for row in csv.DictReader(file)]
    path = exported.with_name(f"filled-{label}.csv")
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_labels_go_out_come_back_and_are_seen_after_publishing(
    project: Project, newstone: Newstone, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    exported = newstone("label", "export", str(table), "--limit", "8", "--json")
    assert json.loads(exported.stdout) == {"n_uncertain": 4, "n_random": 4, "n_by_language": {"en": 8}}
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert {row["title"][:3] for row in csv.DictReader(file)} == {"'=1"}
    imported = newstone("label", "import", str(fill(table, "P")), "--reader", "Ada")
    assert imported.return_value == 0, imported.exception
    assert "8 labels: 8 new, 0 changed, 0 known already" in imported.stdout
    assert "`newstone publish`" in imported.stdout
    again = newstone("label", "import", str(fill(table, "P")), "--reader", "Ada", "--json")
    assert again.return_value == 3
    assert json.loads(again.stdout)["loaded"] == {"n_new": 0, "n_changed": 0, "n_unchanged": 8}
    assert "no labels in the snapshot" in newstone("label", "show").stdout

    publish(project.writer_file, project.snapshot_file, now=build.NOON)
    shown = newstone("label", "show").stdout
    assert "Ada: 8 sentences, 4 drawn at random (negative 0, neutral 0, positive 8, unclear 0)" in shown
    line = "en: 100% (51% to 100%, n = 4); where it says positive 4 of 4; of the uncertain 4 of 4"
    assert line in shown
    [english] = json.loads(newstone("label", "show", "--json").stdout)["live_precision"]
    [same] = json.loads(newstone("status", "--json").stdout)["live_precision"]
    assert english == same
    assert (same["language"], same["model_revision"], same["precision"]["n"]) == ("en", "r1", 4)


def test_the_status_shows_live_precision(project: Project, newstone: Newstone, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    newstone("label", "export", str(table), "--random", "5", "--limit", "5")
    newstone("label", "import", str(fill(table, "n")))
    assert newstone("publish", "--quiet").return_value == 1  # the template has no WARC part, which is told once
    shown = newstone("status").stdout
    assert "right by readers' labels of a random sample, tiny r1:" in shown
    assert "en: 0% (0% to 43%, n = 5); where it says positive 0 of 5" in shown


def test_a_table_with_an_error_imports_nothing(project: Project, newstone: Newstone, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    newstone("label", "export", str(table))
    filled = fill(table, "n")
    filled.write_text(filled.read_text("cp1252").replace(f"{_ids(table)[2]};", "f00d;"), "cp1252")
    refused = newstone("label", "import", str(filled))
    assert isinstance(refused.exception, DataFileError)
    assert "row 4: mention_id 'f00d' has no score of tiny@r1 here" in str(refused.exception)
    with open_snapshot(project.writer_file) as store:
        assert store.fetch("SELECT count(*) FROM reader_label") == [(0,)]


def _ids(table: Path) -> list[str]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        return [row["mention_id"] for row in csv.DictReader(file)]


def test_an_import_waits_for_nobody_and_needs_a_database(project: Project, newstone: Newstone, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    newstone("label", "export", str(table))
    filled = fill(table, "n")
    with hold_lock(project.data_dir, "nightly"):
        assert isinstance(newstone("label", "import", str(filled)).exception, LockedError)
    project.writer_file.unlink()
    assert isinstance(newstone("label", "import", str(filled)).exception, StoreError)
    assert not project.writer_file.exists()


def test_an_export_overwrites_nothing_and_says_what_is_wrong(newstone: Newstone, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("labelled")
    assert isinstance(newstone("label", "export", str(table)).exception, FileExistsError)
    for arguments, words in (
        (["--entity", "initech"], "the watchlist has no entity 'initech'"),
        (["--language", "fi"], "no scored sentence in 'fi'"),
        (["--random", "9", "--limit", "8"], "--random 9 is more than --limit 8"),
        (["--since", "2025-02-01", "--until", "2025-01-01"], "swap them"),
        (["--training"], "has no labels of uncertain sentences"),
    ):
        wrong = newstone("label", "export", str(tmp_path / "new.csv"), *arguments).exception
        assert isinstance(wrong, UsageError)
        assert words in str(wrong)
    both = newstone("label", "export", str(tmp_path / "new.csv"), "--training", "--language", "en").exception
    assert isinstance(both, click.UsageError)
    assert not (tmp_path / "new.csv").exists()
    assert table.read_text() == "labelled"


def test_labels_of_uncertain_sentences_are_written_to_train_with(
    project: Project, newstone: Newstone, tmp_path: Path
) -> None:
    table, rows = tmp_path / "labels.csv", tmp_path / "ada.jsonl"
    newstone("label", "export", str(table), "--limit", "6", "--random", "4")
    newstone("label", "import", str(fill(table, "0")))
    publish(project.writer_file, project.snapshot_file, now=build.NOON)
    written = newstone("label", "export", "--training", str(rows))
    assert "2 labels of uncertain sentences" in written.stdout
    lines = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    assert [sorted(line.items()) for line in lines] == [
        [("label", "neutral"), ("lang", "en"), ("target", "Acme"), ("text", line["text"])] for line in lines
    ]
    assert len(lines) == 2


def test_two_revisions_are_compared_in_words_and_in_json(newstone: Newstone) -> None:
    shown = newstone("compare-models", "tiny@r0", "tiny@r1", "--limit", "1")
    assert shown.exception is None
    assert (
        "A: tiny@r0\nB: tiny@r1\n12 of 12 sentences, 2025-01-27 to 2025-01-27: those that both have scored"
        in shown.stdout
    )
    assert "https://a.example/0" in shown.stdout
    found = json.loads(newstone("compare-models", "tiny@r0", "tiny@r1", "--json").stdout)
    assert found["overall"]["n"] == 12
    assert found["overall"]["shift"]["value"] == pytest.approx(0.205)
    assert found["confusion"] == [[0, 0, 0], [0, 0, 0], [0, 0, 12]]


def test_a_checkpoint_that_has_not_scored_reads_a_sample(newstone: Newstone, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine", seed=3)
    shown = newstone("compare-models", "tiny@r1", str(tmp_path / "mine"), "--sample", "7")
    assert shown.exception is None
    assert "7 of 12 sentences" in shown.stdout
    assert "read by B just now; nothing was kept" in shown.stdout


def test_models_are_found_by_id_revision_and_folder(project: Project, tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "mine", seed=3)
    with open_snapshot(project.snapshot_file) as snapshot:
        assert choose_model(snapshot, project, "tiny@r0").key.revision == "r0"
        with pytest.raises(UsageError, match="'tiny' fits tiny@r1 and tiny@r0; name one of them"):
            choose_model(snapshot, project, "tiny")
        found = choose_model(snapshot, project, str(folder))
        assert (found.key.model_id, found.scorer is not None) == ("mine", True)
        with pytest.raises(ModelError, match=r"no model with scores .*\(it has tiny@r1, tiny@r0\); there is no folder"):
            choose_model(snapshot, project, "./nowhere")


def test_a_scored_model_is_found_by_the_beginning_of_its_revision_and_gets_its_weights(
    project: Project, tmp_path: Path
) -> None:
    write_checkpoint(tmp_path / "mine", seed=3)
    project.file.write_text('[score]\nmodel = "./mine"\n')
    project = load_project(project.file)
    with open_snapshot(project.snapshot_file) as snapshot:
        configured = choose_model(snapshot, project, "./mine")
    with open_writer(project.writer_file) as writer:
        record_model(writer, ModelRow("mine", configured.key.revision, ("en",), "pair"), build.NOON)
    publish(project.writer_file, project.snapshot_file, now=build.NOON)
    with open_snapshot(project.snapshot_file) as snapshot:
        found = choose_model(snapshot, project, configured.key.revision[:6])
        assert (found.key, found.scorer) == (configured.key, None)
        assert with_weights(project, found).scorer is not None
        older = choose_model(snapshot, project, "tiny@r0")
        assert with_weights(project, older) == older


def test_commands_with_a_hyphen_are_found() -> None:
    command = cli.get_command(click.Context(cli), "compare-models")
    assert command is not None
    assert command.name == "compare-models"
