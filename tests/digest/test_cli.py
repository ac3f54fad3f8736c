"""``newstone digest`` as a person calls it."""

import email
import os
import subprocess
import sys
from datetime import date
from email.policy import default
from pathlib import Path

import pytest

from analysis.digest.weeks import week_of
from pipelines.clock import utc_now
from tests.delivery.mail_servers import mail_server
from tests.digest.press import asked, days_of, publish_press

MONDAY = date(2025, 2, 3)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    publish_press(folder, days_of(MONDAY, 7, polarity=0.4), checks=asked("daily", MONDAY, 7))
    (folder / "newstone.toml").write_text(
        '[digest]\nlanguage = "de"\nsender = "Presse <press@example.org>"\nrecipients = ["ada@example.net"]\n'
    )
    return folder


def newstone(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    env = {name: value for name, value in os.environ.items() if not name.startswith("NEWSTONE_")}
    command = [sys.executable, "-m", "newstone", "--config", str(folder), "digest", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_it_writes_a_message_that_mail_programs_open(project: Path, tmp_path: Path) -> None:
    done = newstone(project, "--week", "2025-W06", "--out", str(tmp_path / "new" / "folder"))
    assert done.returncode == 0, done.stderr
    file = tmp_path / "new" / "folder" / "newstone-2025-W06.eml"
    assert done.stdout == f"{file}: Acme 2025-W06: Tonalität +0,40, 7 Artikel\n"
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert message["To"] == "ada@example.net"
    assert message["Content-Language"] == "de"
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_the_folder_of_the_configuration_is_the_default(project: Path) -> None:
    assert newstone(project, "--week", "2025-W06").returncode == 0
    assert (project / "digests" / "newstone-2025-W06.eml").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--week", "2025-W60"], "its weeks run to 2025-W52"),
        (["--week", "2999-W01"], "has not begun; the last complete week is"),
        (["--week", "last"], "write it as 2025-W06"),
        (["--out", "x", "--send"], "give one of them"),
        (["--again"], "belongs to --send"),
        (["--week", "2025-W06", "--send"], "smtp.host"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(project: Path, arguments: list[str], said: str) -> None:
    wrong = newstone(project, *arguments)
    assert wrong.returncode == 2, wrong.stdout
    assert said in " ".join(wrong.stderr.split())


def test_without_a_snapshot_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "newstone.toml").write_text("")
    missing = newstone(tmp_path, "--week", "2025-W06")
    assert missing.returncode == 1
    assert "`newstone nightly` makes it" in missing.stderr


@pytest.mark.slow
def test_nobody_gets_a_week_twice_unless_it_is_sent_again(tmp_path: Path) -> None:
    publish_press(tmp_path, days_of(MONDAY, 7, polarity=0.4), checks=asked("daily", MONDAY, 7))
    with mail_server() as mail:
        (tmp_path / "newstone.toml").write_text(
            '[digest]\nsender = "press@example.org"\nrecipients = ["ada@example.net", "bob@example.net"]\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {mail.port}\nsecurity = "none"\nattempts = 1\n'
        )
        first = newstone(tmp_path, "--week", "2025-W06", "--send")
        second = newstone(tmp_path, "--week", "2025-W06", "--send")
        third = newstone(tmp_path, "--week", "2025-W06", "--send", "--again")
    assert (first.returncode, second.returncode, third.returncode) == (0, 3, 0), first.stderr
    assert first.stdout.splitlines() == ["ada@example.net: sent", "bob@example.net: sent"]
    assert "not sent again" in second.stdout
    assert mail.recipients == ["ada@example.net", "bob@example.net"] * 2
    assert len({message["Message-ID"] for message in mail.messages}) == 4
    assert {message["Subject"] for message in mail.messages} == {"Acme 2025-W06: polarity +0.40, 7 articles"}
    down = newstone(tmp_path, "--week", "2025-W05", "--send")
    assert (down.returncode, down.stdout) == (1, "")
    assert "ada@example.net: " in down.stderr


def test_a_week_that_runs_is_not_sent(tmp_path: Path) -> None:
    publish_press(tmp_path, days_of(MONDAY, 7), checks=asked("daily", MONDAY, 7))
    (tmp_path / "newstone.toml").write_text("")
    week = str(week_of(utc_now().date()))
    refused = newstone(tmp_path, "--week", week, "--send")
    assert refused.returncode == 2
    assert f"{week} is not over" in refused.stderr
