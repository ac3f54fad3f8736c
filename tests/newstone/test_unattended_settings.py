"""Settings of running unattended that could be read but not obeyed are refused, and said by ``newstone check``."""

import os
from pathlib import Path

import pytest

from newstone.checkup import check_project
from newstone.config import parse_settings
from newstone.scaffold import init_project
from newstone.schedule.logs import remove_old_logs
from pipelines.clock import utc_now
from pipelines.errors import ConfigError

CENTURY_KEYS = {
    "schedule": ("log_days",),
    "retention": ("pages_days", "text_days", "reserved_days", "addresses_days", "migration_backups_days"),
}


@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section, keys in CENTURY_KEYS.items() for key in keys], ids=str
)
def test_more_days_than_the_calendar_has_are_refused_where_they_stand(section: str, key: str) -> None:
    parse_settings(f"[{section}]\n{key} = 36500\n")
    with pytest.raises(ConfigError, match=rf"{section}\.{key} = 1000000: .*36500"):
        parse_settings(f"[{section}]\n{key} = 1000000\n")


def test_the_longest_time_for_logs_can_be_counted_back(tmp_path: Path) -> None:
    remove_old_logs(tmp_path, 36_500, utc_now())


def test_a_grace_that_no_timer_can_hold_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"schedule\.misfire_grace_seconds"):
        parse_settings("[schedule]\nmisfire_grace_seconds = 999999999999999\n")


def findings(root: Path, text: str) -> list[str]:
    init_project(root)
    (root / "newstone.toml").write_text(f'[crawl]\ncontact_url = "https://a.example/"\n{text}', encoding="utf-8")
    return [finding.message for finding in check_project(root).findings]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('[backup]\nfolder = "data/copies"\n', "lies within the data folder", id="in the data"),
        pytest.param('[backup]\nfolder = "sources"\n', "lies within the folder of the sources", id="in the sources"),
        pytest.param('[backup]\nfolder = "newstone.toml"\n', "newstone.toml is no folder", id="a file"),
        pytest.param('[schedule]\nbackup = "0 5 * * sun"\n[backup]\nfolder = "shut/x"\n', "no right", id="no right"),
    ],
)
def test_check_names_a_folder_that_cannot_hold_backups(tmp_path: Path, text: str, words: str) -> None:
    if words == "no right":
        (tmp_path / "shut").mkdir(mode=0o500)
        if os.access(tmp_path / "shut", os.W_OK):
            pytest.skip("this user may write everywhere")
    (message,) = findings(tmp_path, text)
    assert "backup.folder" in message
    assert words in message


def test_check_has_nothing_against_the_folder_that_is_there_by_default_or_will_be_made(tmp_path: Path) -> None:
    assert findings(tmp_path, "") == []
    assert findings(tmp_path / "two", f'[backup]\nfolder = "{tmp_path}/not/yet/there"\n') == []
