"""``newstone model``: what a person sees of models, against a hub on loopback."""

import json
import os
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.scorers import InputForm
from analysis.scorers.description import licence_of
from analysis.scorers.known_models import known_models
from newstone.config import parse_settings
from newstone.settings import ScoreSettings
from pipelines.errors import ConfigError
from tests.analysis.hub_server import COMMIT, REPOSITORY, Hub, serve_hub
from tests.analysis.scoring.conftest import write_checkpoint

CARD = "---\nlanguage: en\nlicense: apache-2.0\n---\n# Tiny\n\nRead before use.\n"
LABELS = 'labels = {"LABEL_0" = "negative", "LABEL_1" = "neutral", "LABEL_2" = "positive"}'
Newstone = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = write_checkpoint(
        tmp_path / "repository",
        newstone_languages=["de", "en"],
        newstone_macro_f1={"de": 0.71, "en": 0.8, "fr": 0.55},
        newstone_temperature={"": 1.5, "de": 1.25},
    )
    (folder / "README.md").write_text(CARD)
    return folder


@pytest.fixture
def hub(repository: Path) -> Iterator[Hub]:
    with serve_hub(repository) as server:
        yield server


@pytest.fixture
def newstone(tmp_path: Path) -> Newstone:
    def run(*arguments: str, endpoint: str = "http://127.0.0.1:1") -> "subprocess.CompletedProcess[str]":
        env = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSTONE_", "HF_"))}
        env |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "cache"), "no_proxy": "127.0.0.1"}
        return subprocess.run(
            [sys.executable, "-m", "newstone", *arguments],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def with_config(tmp_path: Path, score: str) -> None:
    (tmp_path / "newstone.toml").write_text(score)


def test_pull_shows_what_to_pin_and_the_lines_work_without_the_hub(
    newstone: Newstone, hub: Hub, tmp_path: Path
) -> None:
    pulled = newstone("model", "pull", REPOSITORY, endpoint=hub.url)
    assert pulled.returncode == 0, pulled.stderr
    for words in (f"commit {COMMIT}", "apache-2.0", "de 0.71, en 0.80", "sentence: the sentence alone"):
        assert words in pulled.stdout
    lines = pulled.stdout[pulled.stdout.index("[score]") :]
    assert parse_settings(lines).score == ScoreSettings(model=REPOSITORY, revision=COMMIT)
    with_config(tmp_path, lines)
    hub.asked.clear()
    shown = json.loads(newstone("model", "info", "--json").stdout)
    assert (shown["model_id"], shown["revision"], shown["licence"]) == (REPOSITORY, COMMIT, "apache-2.0")
    assert hub.asked == []


def test_pull_of_labels_without_meaning_ends_with_the_mapping_to_write(
    newstone: Newstone, hub: Hub, repository: Path, tmp_path: Path
) -> None:
    config = json.loads((repository / "config.json").read_text())
    config["id2label"] = {str(i): f"LABEL_{i}" for i in range(3)}
    (repository / "config.json").write_text(json.dumps(config))
    pulled = newstone("model", "pull", REPOSITORY, endpoint=hub.url)
    assert pulled.returncode == 1
    assert COMMIT in pulled.stdout
    assert LABELS in pulled.stderr
    with_config(tmp_path, f'[score]\nmodel = "{REPOSITORY}"\nrevision = "{COMMIT}"\n{LABELS}\n')
    shown = newstone("model", "info")
    assert "LABEL_0 = negative, LABEL_1 = neutral, LABEL_2 = positive" in shown.stdout, shown.stderr


def test_pull_without_safetensors_says_what_to_do(newstone: Newstone, hub: Hub, repository: Path) -> None:
    (repository / "model.safetensors").rename(repository / "pytorch_model.bin")
    pulled = newstone("model", "pull", REPOSITORY, endpoint=hub.url)
    assert pulled.returncode == 1
    assert "has no model.safetensors" in pulled.stderr
    assert "pytorch_model.bin" not in hub.fetched


def test_without_a_hub_pull_says_how_to_bring_the_files_and_they_are_then_used(
    newstone: Newstone, repository: Path, tmp_path: Path
) -> None:
    pulled = newstone("model", "pull", "acme/tiny")
    assert pulled.returncode == 1
    assert "Traceback" not in pulled.stderr
    assert "hf download acme/tiny --local-dir tiny" in pulled.stderr
    assert 'model = "./tiny"' in pulled.stderr
    repository.rename(tmp_path / "tiny")
    with_config(tmp_path, '[score]\nmodel = "./tiny"\n')
    shown = newstone("model", "info")
    assert shown.returncode == 0, shown.stderr
    assert str(tmp_path / "tiny") in shown.stdout


@pytest.mark.parametrize("name", ["builtin", "repository"])
def test_pull_of_what_is_here_is_wrong_usage(newstone: Newstone, repository: Path, name: str) -> None:
    pulled = newstone("model", "pull", name)
    assert pulled.returncode == 2
    assert "is here already" in pulled.stderr


def test_info_shows_the_figures_of_a_folder_and_its_card(newstone: Newstone, repository: Path) -> None:
    shown = newstone("model", "info", "./repository", "--card")
    assert shown.returncode == 0, shown.stderr
    for words in (
        "validated: de 0.71, en 0.80",
        "measured only: fr 0.55",
        "others 1.50, de 1.25",
        "negative, neutral, positive",
        "Read before use.",
    ):
        assert words in shown.stdout
    as_json = json.loads(newstone("model", "info", "./repository", "--json").stdout)
    assert as_json["languages"] == {"de": 0.71, "en": 0.8}
    assert as_json["languages_not_validated"] == {"fr": 0.55}
    assert as_json["temperatures"] == {"": 1.5, "de": 1.25}
    assert as_json["weights_bytes"] == (repository / "model.safetensors").stat().st_size
    assert as_json["card"] == str(repository / "README.md")


def test_info_describes_the_built_in_model_outside_of_a_project(newstone: Newstone) -> None:
    shown = newstone("model", "info", "--json")
    assert shown.returncode == 0, shown.stderr
    description = json.loads(shown.stdout)
    assert description["licence"].startswith("MIT")
    assert Path(description["card"]).is_file()
    assert set(description["labels"].values()) == {"negative", "neutral", "positive"}
    assert all(0 < figure < 1 for figure in description["languages"].values())


def test_info_of_an_inference_model_says_how_it_is_asked(newstone: Newstone, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "inference", names=("entailment", "neutral", "contradiction"))
    shown = newstone("model", "info", "./inference")
    assert "nli: the sentence with three claims" in shown.stdout, shown.stderr
    assert "entailment, neutral = no entailment" in shown.stdout
    assert "no statement; all are scored" in shown.stdout
    assert "not stated" in shown.stdout


def test_info_downloads_nothing(newstone: Newstone, hub: Hub) -> None:
    shown = newstone("model", "info", REPOSITORY, endpoint=hub.url)
    assert shown.returncode == 1
    assert f"`newstone model pull {REPOSITORY}` fetches it" in shown.stderr
    assert hub.asked == []


def test_list_names_models_to_choose_from(newstone: Newstone) -> None:
    rows = [json.loads(line) for line in newstone("model", "list", "--json").stdout.splitlines()]
    assert {row["input_form"] for row in rows} == {"sentence", "pair", "nli"}
    table = newstone("model", "list").stdout
    for row in rows:
        assert row["id"] in table


def test_known_models_are_told_apart_and_doubts_name_a_field() -> None:
    assert len({model.id for model in known_models()}) == len(known_models()) > 5
    for model in known_models():
        assert model.unconfirmed <= {"licence", "languages", "safetensors", "weights_millions"}
        assert list(model.languages) == sorted(set(model.languages))


def test_a_night_without_new_sentences_reads_no_weights(newstone: Newstone, tmp_path: Path) -> None:
    made = newstone("init", "--sources", "de")
    assert made.returncode == 0, made.stderr
    folder = write_checkpoint(tmp_path / "tiny")
    (folder / "model.safetensors").write_bytes(b"damaged")
    with_config(tmp_path, '[score]\nmodel = "./tiny"\n')
    idle = newstone("score", "--json")
    assert idle.returncode == 3, idle.stderr
    [stage] = json.loads(idle.stdout)["stages"]
    assert (stage["n_in"], stage["n_out"]) == (0, 0)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        pytest.param("---\nlanguage: en\nlicense: mit\n---\n", "mit", id="front-matter"),
        pytest.param("---\nlicense: other\nlicense_name: acme-1\n---\n", "acme-1", id="a-licence-of-its-own"),
        pytest.param("# M\n\n| | |\n|---|---|\n| Licence | MIT, with us |\n", "MIT, with us", id="table"),
        pytest.param("# M\n\nlicense: mit\n", None, id="only-in-the-text"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_licence_is_read_from_the_card(card: str, licence: str | None) -> None:
    assert licence_of(card) == licence


def test_every_input_form_can_be_configured_and_no_other() -> None:
    allowed = set(typing.get_args(ScoreSettings.model_fields["input_form"].annotation))
    assert allowed == {"", *(form.value for form in InputForm)}
    with pytest.raises(ConfigError, match=r"score\.input_form = 'both'"):
        parse_settings('[score]\ninput_form = "both"\n')
