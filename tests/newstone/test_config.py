"""Settings: file and environment, errors that name file, key and remedy, and where the file is looked for."""

import re
import tomllib
from pathlib import Path

import pytest

from newstone.config import CONFIG_NAME, find_config, load_project, model_folder, parse_settings, unknown_variables
from newstone.scaffold import render_config
from pipelines.errors import ConfigError


def test_an_empty_file_gives_the_defaults() -> None:
    settings = parse_settings("")
    assert settings.crawl.max_page_bytes == 8 * 1024 * 1024
    assert settings.score.model == "builtin"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[crawl]\ndelay = 2\n", ["crawl.delay", "delay_seconds"], id="unknown key in a section"),
        pytest.param("[crawler]\n", ["crawler", "crawl"], id="unknown section"),
        pytest.param("[crawl]\ndelay_seconds = -1\n", ["crawl.delay_seconds", "-1", "greater"], id="out of range"),
        pytest.param("[crawl]\nconcurrency_per_host = 3\n", ["concurrency_per_host", "3"], id="impolite"),
        pytest.param("[crawl]\ncontact_url = 'me'\n", ["contact_url", "URL"], id="no URL"),
        pytest.param("[crawl\n", ["not valid TOML", "line 1"], id="no TOML"),
    ],
)
def test_a_bad_file_is_an_error_that_names_file_key_and_remedy(text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, origin="/somewhere/newstone.toml")
    message = str(caught.value)
    assert message.startswith("/somewhere/newstone.toml: ")
    for word in words:
        assert word in message


def test_every_problem_is_reported_not_only_the_first() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings("[crawl]\ndelay = 2\n[extract]\nworkers = -1\n")
    assert len(str(caught.value).splitlines()) == 2


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_CRAWL__DELAY_SECONDS", "3.5")
    settings = parse_settings("[crawl]\ndelay_seconds = 2\nconcurrency = 8\n")
    assert settings.crawl.delay_seconds == 3.5
    assert settings.crawl.concurrency == 8


def test_a_bad_value_in_the_environment_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_CRAWL__CONCURRENCY", "many")
    with pytest.raises(ConfigError, match="NEWSTONE_CRAWL__CONCURRENCY"):
        parse_settings("")


def test_the_file_that_init_writes_is_valid_and_names_every_key_with_its_default() -> None:
    text = render_config()
    switched_on = re.sub(r"^#(?=[a-z])", "", text, flags=re.MULTILINE)
    assert parse_settings(text) == parse_settings("")
    assert parse_settings(switched_on) == parse_settings("")
    written = tomllib.loads(switched_on)
    assert {name: set(keys) for name, keys in written.items()} == {
        name: set(type(section).model_fields) for name, section in parse_settings("")
    }


def test_the_file_is_found_here_above_and_one_folder_below(tmp_path: Path) -> None:
    project = tmp_path / "night"
    deep = project / "sources" / "de"
    deep.mkdir(parents=True)
    (project / CONFIG_NAME).write_text("")
    for start in (project, deep, tmp_path):
        assert find_config(cwd=start) == project / CONFIG_NAME


def test_two_projects_below_are_an_error_that_names_both(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / CONFIG_NAME).write_text("")
    with pytest.raises(ConfigError, match=r"a/newstone\.toml, b/newstone\.toml.*--config"):
        find_config(cwd=tmp_path)


def test_no_file_is_an_error_that_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="newstone init"):
        find_config(cwd=tmp_path)


def test_the_environment_can_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / CONFIG_NAME).write_text("[paths]\ndata = 'pages'\n")
    monkeypatch.setenv("NEWSTONE_CONFIG", str(tmp_path))
    project = load_project()
    assert project.data_dir == tmp_path.resolve() / "pages"
    assert project.writer_file.parent == project.data_dir


def test_an_unknown_key_in_the_environment_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_CRAWL__DELAY", "3")
    with pytest.raises(ConfigError, match="environment variable NEWSTONE_CRAWL__DELAY"):
        parse_settings("")


def test_a_list_in_the_environment_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_CRAWL__ALLOW_ADDRESSES", "127.0.0.1:8899")
    with pytest.raises(ConfigError, match=r"NEWSTONE_CRAWL__ALLOW_ADDRESSES: .*JSON"):
        parse_settings("")


def test_variables_that_match_no_setting_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEWSTONE_CRAWL__DELAY_SECONDS", "NEWSTONE_CONFIG", "NEWSTONE_DATA", "NEWSTONE_SCORE__LABELS"):
        monkeypatch.setenv(name, "1")
    assert unknown_variables() == []
    monkeypatch.setenv("NEWSTONE_CRAWLER__DELAY_SECONDS", "1")
    monkeypatch.setenv("NEWSTONE_DELAY", "1")
    monkeypatch.setenv("NEWSTONE_CRAWL__COPY", "1")
    assert unknown_variables() == ["NEWSTONE_CRAWLER__DELAY_SECONDS", "NEWSTONE_CRAWL__COPY", "NEWSTONE_DELAY"]


def test_a_configuration_that_is_not_utf_8_is_an_error_that_says_where(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_bytes(b"# \xe4\n")
    with pytest.raises(ConfigError, match=r"newstone\.toml: not UTF-8 at byte 2"):
        load_project(tmp_path)


def test_a_missing_folder_is_answered_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"newstone init {tmp_path}/night`"):
        find_config(tmp_path / "night")
    with pytest.raises(ConfigError, match=f"newstone init {tmp_path}/night`"):
        find_config(tmp_path / "night" / CONFIG_NAME)


def test_a_model_is_a_folder_of_the_project_before_it_is_a_name_on_the_hub(tmp_path: Path) -> None:
    (tmp_path / "owner" / "name").mkdir(parents=True)
    assert model_folder("owner/name", tmp_path) == (tmp_path / "owner" / "name").resolve()
    assert model_folder("./missing", tmp_path) == (tmp_path / "missing").resolve()
    assert model_folder("owner/other", tmp_path) is None
    assert model_folder("builtin", tmp_path) is None
