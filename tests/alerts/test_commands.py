"""``newstone alerts`` and what ``newstone check`` says of mail, webhook and rules."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.watchlist import shipped_watchlist_path
from newstone.alert_history import rehearse
from newstone.checkup import check_project
from newstone.cli import cli
from newstone.config import parse_settings
from newstone.scaffold import render_config
from pipelines.errors import ConfigError, UsageError
from tests.alerts.press import Press, make_press

RULES = """
[alerts]
quiet_hours = "12:00-14:00"
[[alerts.rules]]
name = "busy [b]"
above = 4
[[alerts.rules]]
name = "tone"
measure = "polarity"
below = 0
mute_until = 2025-01-10
"""


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    press = make_press(tmp_path_factory.mktemp("press"), RULES)
    press.write({8: [0.1] * 6, 9: [-0.4] * 6, 20: [-0.4] * 6, 25: [0.1]})
    return press


def call(press: Press, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(press.project.file), "alerts", *arguments], standalone_mode=False)


def test_the_test_shows_what_would_have_been_told_and_sends_nothing(press: Press) -> None:
    result = call(press, "test", "--json")
    assert result.return_value == 0, result.output
    rows = json.loads(result.stdout)
    assert [(row["day"][-2:], row["rule"], row["outcome"].removesuffix(" (quiet)")) for row in rows] == [
        ("08", "busy [b]", "told"),
        ("09", "busy [b]", "cool-down"),
        ("09", "tone", "muted"),
        ("20", "busy [b]", "told"),
        ("20", "tone", "told"),
    ]
    assert rows[-1]["value"] == pytest.approx(-0.4)
    assert not press.project.outbox_file.exists()


def test_the_table_shows_days_figures_and_outcomes(press: Press) -> None:
    result = call(press, "test", "--days", "10")
    assert result.return_value == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    for word in ("2025-01-20", "tone", "Acme", "-0.40", "-0.40 … -0.40", "told"):
        assert word in lines[2]
    assert "busy [b]" in lines[1]
    assert "2 of 2 days would have been told" in result.stderr


def test_a_rule_about_an_unwatched_company_is_named(tmp_path: Path) -> None:
    press = make_press(tmp_path, '[[alerts.rules]]\nname = "misspelt"\nentity = "akme"\nabove = 1\n')
    press.write({1: [0.1]})
    with pytest.raises(UsageError, match=r"alert rule 'misspelt': .*'akme'; it has acme"):
        rehearse(press.project, 60)


def test_rules_are_listed_with_what_they_told(press: Press) -> None:
    result = call(press, "list")
    assert result.return_value == 0
    assert "above 4" in result.stdout
    assert "polarity" in result.stdout
    [first, _second] = json.loads(call(press, "list", "--json").stdout)
    assert (first["name"], first["last_told"], first["n_waiting"]) == ("busy [b]", None, 0)


@pytest.mark.parametrize("command", ["list", "test"])
def test_without_rules_there_is_nothing_to_do(command: str, tmp_path: Path) -> None:
    press = make_press(tmp_path)
    press.write({8: [0.1]})
    result = call(press, command)
    assert result.return_value == 3
    assert "[[alerts.rules]]" in result.stderr


def test_the_example_of_the_shipped_configuration_is_valid_as_it_stands() -> None:
    text = render_config()
    section = text[text.index("[alerts]") : text.index("[schedule]")]
    example = [
        line.removeprefix("# ") for line in section[section.index("# [[") :].splitlines() if line.startswith("# ")
    ]
    rules = parse_settings("\n".join(example)).alerts.rules
    assert [rule.name for rule in rules] == ["tone falls", "much more press than usual"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param("", "exactly one", id="no threshold"),
        pytest.param("z = 3\nabove = 1", "z and above", id="two thresholds"),
        pytest.param('above = 1\nmeasure = "theme"', "name it", id="no theme"),
        pytest.param('above = 1\ntheme = "bans"', "measure", id="a theme that is not measured"),
        pytest.param('below = -1.5\nmeasure = "polarity"', "never met", id="out of range"),
        pytest.param('above = 1\nmeasure = "polarity"', "never met", id="the end of the range"),
        pytest.param("below = 0", "never met", id="less than no voices"),
        pytest.param("above = nan", "finite", id="no number"),
        pytest.param("z = inf", "finite", id="endless"),
        pytest.param('above = 1\ndirection = "down"', "direction belongs to z", id="direction of a bound"),
        pytest.param('above = 1\nlanguages = ["German"]', "two letters", id="no language"),
        pytest.param('z = 3\nlanguages = ["de"]', "languages", id="z with languages"),
        pytest.param('z = 3\ndirection = "down"', "use below", id="a fall in voices by z"),
        pytest.param(
            "above = 1\nceiling = 3", "unknown key 'alerts.rules.0.ceiling'.*cool_down_days", id="unknown key"
        ),
        pytest.param('above = 1\nmute_until = "soon"', "mute_until", id="no date"),
    ],
)
def test_a_rule_that_makes_no_sense_is_an_error_that_names_it(rule: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_settings(f'[[alerts.rules]]\nname = "r"\n{rule}\n')


def test_the_address_of_a_webhook_is_in_no_error_of_the_configuration() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings('[alerts]\nwebhook_url = "htps://hooks.example.org/geheim-4711"\n')
    assert "alerts.webhook_url" in str(caught.value)
    assert "geheim-4711" not in str(caught.value)


def findings(folder: Path, text: str) -> list[str]:
    (folder / "sources").mkdir(exist_ok=True)
    shutil.copyfile(shipped_watchlist_path(), folder / "watchlist.toml")
    (folder / "newstone.toml").write_text(text, encoding="utf-8")
    return [f"{finding.severity}: {finding.message}" for finding in check_project(folder).findings]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('[digest]\nrecipients = ["a@example.org"]', "no smtp.host and no digest.sender", id="no server"),
        pytest.param('[digest]\nsender = "me"', "digest.sender = 'me'", id="sender"),
        pytest.param('[digest]\nrecipients = ["a@example.org, b@example.org"]', "digest.recipients", id="two in one"),
        pytest.param('[digest]\nunsubscribe = "click here"', "digest.unsubscribe", id="no address to unsubscribe"),
        pytest.param('[alerts]\nrecipients = [""]', "alerts.recipients = ''", id="empty recipient"),
        pytest.param('[smtp]\nhost = "h.example"\nusername = "me"', "NEWSTONE_SMTP_PASSWORD", id="no password"),
        pytest.param('[smtp]\nhost = "h.example"\nsecurity = "none"', "smtp.security", id="plain text"),
        pytest.param('[smtp]\nhost = "h.example"\nport = 465', "warning.*587", id="port of the other kind"),
        pytest.param('[smtp]\nhost = "h.example"\nca_file = "none.pem"', "smtp.ca_file", id="no CA file"),
        pytest.param(
            '[alerts]\nwebhook_url = "http://h.example/geheim-4711"', "alerts.webhook_url", id="plain webhook"
        ),
        pytest.param(
            '[alerts]\nwebhook_url = "https://h.example/x"', "warning.*NEWSTONE_WEBHOOK_SECRET", id="unsigned"
        ),
        pytest.param('[digest]\nlist_id = "a\\nBcc: b"', "digest.list_id", id="a list id with a line break"),
        pytest.param('[digest]\nunsubscribe = "mailto:a@b.c\\nX: y"', "digest.unsubscribe", id="a header in another"),
        pytest.param('[alerts]\nquiet_hours = "07:00-07:00"', "quiet_hours", id="no quiet hours"),
        pytest.param('[alerts]\nquiet_hours = "22-7"', "22:00-07:00", id="hours without minutes"),
        pytest.param('[[alerts.rules]]\nname = "a"\nabove = 1\n' * 2, "2 rules are called 'a'", id="same name"),
        pytest.param(
            '[[alerts.rules]]\nname = "a"\nabove = 1\nentity = "acme"', "no company 'acme'.*deepseek", id="company"
        ),
        pytest.param(
            '[[alerts.rules]]\nname = "a"\nabove = 1\nmeasure = "theme"\ntheme = "x"', "no theme 'x'", id="theme"
        ),
        pytest.param('[[alerts.rules]]\nname = "a"\nabove = 1', "warning.*nobody hears", id="nobody to tell"),
    ],
)
def test_check_finds_what_would_fail_at_night(text: str, words: str, tmp_path: Path) -> None:
    found = [line for line in findings(tmp_path, text) if "sources" not in line and "contact_url" not in line]
    assert any(re.search(words, line) for line in found), found
    assert not any("geheim-4711" in line for line in found)


def test_check_is_content_with_a_whole_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_SMTP_PASSWORD", "x")
    monkeypatch.setenv("NEWSTONE_WEBHOOK_SECRET", "x")
    text = """
[digest]
sender = "newstone <press@example.org>"
recipients = ["a@example.org", "Bee <b@example.org>"]
[smtp]
host = "mail.example.org"
username = "press"
[alerts]
recipients = ["a@example.org"]
webhook_url = "https://hooks.example.org/x"
quiet_hours = "22:00-07:00"
time_zone = "Europe/Berlin"
[[alerts.rules]]
name = "tone"
entity = "openai"
measure = "polarity"
z = 3
"""
    found = [line for line in findings(tmp_path, text) if "sources" not in line and "contact_url" not in line]
    assert found == []
