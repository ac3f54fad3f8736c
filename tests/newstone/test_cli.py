"""The command line as a person meets it: messages, exit codes, files that it writes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from newstone.demo.project import make_demo_project
from newstone.lock import hold_lock
from tests.newstone.conftest import Night


def newstone(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    env = {name: value for name, value in os.environ.items() if not name.startswith("NEWSTONE_")}
    return subprocess.run(
        [sys.executable, "-m", "newstone", *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_init_check_and_list_work_one_folder_above_the_project(tmp_path: Path) -> None:
    made = newstone("init", "night", "--sources", "de", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "night/newstone.toml" in made.stdout
    checked = newstone("check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "contact_url is empty" in checked.stdout
    listed = newstone("sources", "list", "--json", cwd=tmp_path)
    assert {json.loads(line)["language"] for line in listed.stdout.splitlines()} == {"de"}


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "watchlist.toml").write_text("mine")
    refused = newstone("init", cwd=tmp_path)
    assert refused.returncode == 2
    assert "watchlist.toml exists already" in refused.stderr
    assert (tmp_path / "watchlist.toml").read_text() == "mine"
    assert not (tmp_path / "newstone.toml").exists()


def test_check_reports_every_wrong_file_with_key_and_remedy(tmp_path: Path) -> None:
    newstone("init", "--sources", "de", cwd=tmp_path)
    [heise] = tmp_path.glob("sources/de/heise.toml")
    heise.write_text(heise.read_text().replace('zone = "Europe/Berlin"', 'zone = "Berlin"') + '\ncolour = "red"\n')
    (tmp_path / "watchlist.toml").write_text('subject = "deepseek"\n')
    config = tmp_path / "newstone.toml"
    config.write_text(config.read_text().replace('#model = "builtin"', 'model = "./no-such-model"'))
    wrong = newstone("check", cwd=tmp_path)
    assert wrong.returncode == 2
    for words in ("heise.toml", "Europe/Berlin", "colour", "watchlist.toml", "no such folder"):
        assert words in wrong.stdout


def test_an_unknown_key_ends_every_command_with_2_and_names_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "newstone.toml").write_text("[crawl]\ndelay = 3\n")
    for command in (["nightly"], ["status"], ["timeline", "deepseek"]):
        wrong = newstone(*command, cwd=tmp_path)
        assert wrong.returncode == 2
        assert "newstone.toml: unknown key 'crawl.delay'" in wrong.stderr
        assert "Traceback" not in wrong.stderr


def test_before_the_first_night_every_question_is_answered_with_what_to_do(tmp_path: Path) -> None:
    newstone("init", "--sources", "de", cwd=tmp_path)
    assert "no night yet" in newstone("status", cwd=tmp_path).stdout
    for command in (["timeline", "deepseek"], ["evidence", "deepseek", "2025-01-28"], ["query", "SELECT 1"]):
        empty = newstone(*command, cwd=tmp_path)
        assert empty.returncode == 1
        assert "newstone nightly" in empty.stderr or "publish" in empty.stderr
        assert "Traceback" not in empty.stderr


def test_during_the_first_night_status_names_the_run_instead_of_asking_for_one(tmp_path: Path) -> None:
    newstone("init", "--sources", "de", cwd=tmp_path)
    with hold_lock(tmp_path / "data", "nightly"):
        shown = newstone("status", cwd=tmp_path).stdout
    assert f"working now: `newstone nightly` (process {os.getpid()}" in shown
    assert "runs the first one" not in shown


def test_a_second_run_on_the_same_data_folder_ends_with_5(night: Night) -> None:
    with hold_lock(night.project.data_dir, "nightly"):
        refused = newstone("--config", str(night.project.file), "extract", cwd=night.project.root)
        assert refused.returncode == 5
        assert f"process {os.getpid()}" in refused.stderr
        status = newstone("--config", str(night.project.file), "status", cwd=night.project.root)
        assert f"working now: `newstone nightly` (process {os.getpid()}" in status.stdout


def test_a_stage_without_work_ends_with_3(night: Night) -> None:
    idle = newstone("--config", str(night.project.file), "extract", cwd=night.project.root)
    assert idle.returncode == 3, idle.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["timeline", "nobody"], ["nobody", "deepseek"], id="unknown company"),
        pytest.param(["query", "SELEC 1"], ["SELEC"], id="SQL that does not parse"),
        pytest.param(["query", "SELECT * FROM read_csv('/etc/passwd')"], ["disabled"], id="SQL that reads a file"),
        pytest.param(["nightly", "--source", "nobody"], ["nobody", "sources list"], id="unknown source"),
    ],
)
def test_a_wrong_question_is_answered_with_a_message_not_a_traceback(
    night: Night, arguments: list[str], words: list[str]
) -> None:
    wrong = newstone("--config", str(night.project.file), *arguments, cwd=night.project.root)
    assert wrong.returncode in {1, 2}
    assert "Traceback" not in wrong.stderr
    for word in words:
        assert word in wrong.stderr


def test_query_writes_what_was_asked_for(night: Night, tmp_path: Path) -> None:
    sql = "SELECT entity, count(*) AS n FROM coverage GROUP BY entity ORDER BY n DESC"
    base = ("--config", str(night.project.file), "query", sql)
    as_json = json.loads(newstone(*base, "--format", "json", cwd=tmp_path).stdout)
    as_csv = newstone(*base, "--format", "csv", cwd=tmp_path).stdout.splitlines()
    assert as_json[0]["entity"] == "deepseek"
    assert as_csv[1] == f"deepseek,{as_json[0]['n']}"
    written = newstone(*base, "--format", "parquet", "--out", "coverage.parquet", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "coverage.parquet").read_bytes().startswith(b"PAR1")
    assert newstone(*base, "--format", "parquet", cwd=tmp_path).returncode == 2


def test_timeline_shows_n_and_interval_or_says_too_few(night: Night) -> None:
    shown = newstone("--config", str(night.project.file), "timeline", "deepseek", cwd=night.project.root).stdout
    assert "95 % interval" in shown
    assert "2025-01-27" in shown
    daily = ("timeline", "kunlunxin", "--grain", "day")
    assert "too few" in newstone("--config", str(night.project.file), *daily, cwd=night.project.root).stdout


def test_evaluate_measures_both_kinds_of_files(tmp_path: Path) -> None:
    entities = tmp_path / "entities.jsonl"
    entities.write_text(
        json.dumps({"text": "OpenAI antwortet DeepSeek.", "expected": ["deepseek", "openai"], "lang": "de"})
    )
    assert json.loads(newstone("evaluate", "entities", str(entities), cwd=tmp_path).stdout)["f1"] == 1.0
    sentiment = tmp_path / "sentiment.jsonl"
    row = {"text": "The outage at Acme was a disaster.", "target": "Acme", "lang": "en", "label": "negative"}
    sentiment.write_text(json.dumps(row))
    report = json.loads(newstone("evaluate", "sentiment", str(sentiment), cwd=tmp_path).stdout)
    assert report["n"] == 1
    assert "en" in report["languages"]
    sentiment.write_text(json.dumps({**row, "label": "bad"}))
    wrong = newstone("evaluate", "sentiment", str(sentiment), cwd=tmp_path)
    assert wrong.returncode == 2
    assert "label" in wrong.stderr


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from newstone.cli import cli; "
        "cli.main(['--help'], standalone_mode=False); "
        "print(sorted({'torch', 'scrapy', 'duckdb', 'trafilatura', 'transformers', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    wrong = newstone("tmeline", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "Did you mean 'timeline'?" in wrong.stderr


def test_init_refuses_a_language_without_sources_and_writes_nothing(tmp_path: Path) -> None:
    wrong = newstone("init", "night", "--sources", "de,xx", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "no shipped source in 'xx'; there are ar, " in wrong.stderr
    assert not (tmp_path / "night").exists()


def test_a_folder_with_spaces_and_umlauts_works_and_is_quoted_in_what_to_type_next(tmp_path: Path) -> None:
    made = newstone("init", "große Nacht", "--sources", "de", cwd=tmp_path)
    assert "cd 'große Nacht' && newstone check" in made.stdout
    assert newstone("--config", "große Nacht", "check", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["init", "file/night"], ["file/night", "not a directory", "name another"], id="init below a file"),
        pytest.param(
            ["sources", "export", "none/x.opml"], ["none/x.opml", "make it first"], id="export into no folder"
        ),
        pytest.param(["extract"], ["blocked", "file exists", "remove it"], id="data folder is a file"),
    ],
)
def test_an_error_of_the_operating_system_is_one_line_with_path_and_remedy(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    newstone("init", "--sources", "de", cwd=tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "blocked").write_text("")
    (tmp_path / "newstone.toml").write_text('[paths]\ndata = "blocked"\n')
    wrong = newstone(*arguments, cwd=tmp_path)
    assert wrong.returncode == 1
    assert len(wrong.stderr.splitlines()) == 1
    for word in words:
        assert word in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["timeline", "deepseek", "--since", "2025-13-01"], ["--since", "'2025-13-01'"], id="no month 13"),
        pytest.param(["evidence", "deepseek", "28.1.2025"], ["DAY", "'28.1.2025'"], id="day in another order"),
        pytest.param(["extract", "--since", "monday"], ["--since", "'monday'"], id="a word"),
    ],
)
def test_a_wrong_day_is_answered_with_the_form_of_a_day(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    wrong = newstone(*arguments, cwd=tmp_path)
    assert wrong.returncode == 2
    for word in (*words, "write it as 2025-01-28"):
        assert word in wrong.stderr


def test_check_finds_places_that_cannot_be_written_and_folders_that_are_no_checkpoint(tmp_path: Path) -> None:
    newstone("init", "--sources", "de", cwd=tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "model").mkdir()
    (tmp_path / "newstone.toml").write_text(
        '[paths]\ndata = "file/data"\nsnapshot = "sources"\n[score]\nmodel = "model"\n'
    )
    wrong = newstone("check", cwd=tmp_path)
    assert wrong.returncode == 2
    for words in ("paths.data: ", "file is no folder", "paths.snapshot: ", "is a folder", "no config.json"):
        assert words in wrong.stdout


def test_sources_list_answers_a_filter_that_fits_nothing_with_what_there_is(tmp_path: Path) -> None:
    newstone("init", "--sources", "de", cwd=tmp_path)
    for choice in (["--language", "xx"], ["--medium", "pres"]):
        wrong = newstone("sources", "list", *choice, cwd=tmp_path)
        assert wrong.returncode == 2
        assert "languages de and the kinds blog, " in wrong.stderr


def test_the_ending_of_the_file_decides_how_a_query_is_written(night: Night, tmp_path: Path) -> None:
    base = ("--config", str(night.project.file), "query", "SELECT 1 AS one")
    assert newstone(*base, "--out", "one.parquet", cwd=tmp_path).returncode == 0
    assert (tmp_path / "one.parquet").read_bytes().startswith(b"PAR1")
    newstone(*base, "--out", "one.json", cwd=tmp_path)
    assert json.loads((tmp_path / "one.json").read_text()) == [{"one": 1}]


def test_a_crawl_without_an_enabled_source_ends_with_1_and_says_so(tmp_path: Path) -> None:
    newstone("init", "--sources", "none", cwd=tmp_path)
    done = newstone("crawl", "--quiet", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("newstone: no enabled source in ")
    assert "newstone sources import" in done.stderr


def test_a_night_that_reads_no_feed_at_all_ends_with_1_and_says_so(tmp_path: Path) -> None:
    project = make_demo_project(tmp_path / "demo")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: every connection is refused
        proxy = f"http://127.0.0.1:{taken.getsockname()[1]}"
        env = {**os.environ, "http_proxy": proxy}
        done = subprocess.run(
            [sys.executable, "-m", "newstone", "crawl", "--quiet", "--source", "nordlicht_post"],
            cwd=project.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "newstone: none of 1 feeds could be read; is there a network? see `newstone status`\n"
