"""What `newstone check` finds wrong with monitoring before a night does."""

from pathlib import Path

import pytest

from newstone.checkup import check_project
from newstone.config import load_project
from newstone.monitoring.faults import monitoring_faults


def faults(folder: Path, settings: str) -> tuple[str, ...]:
    (folder / "newstone.toml").write_text(f"[monitoring]\n{settings}\n", encoding="utf-8")
    return monitoring_faults(load_project(folder))


def test_good_settings_and_none_have_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "") == ()
    (tmp_path / "out").mkdir()
    assert faults(tmp_path, 'healthcheck_url = "https://hc.example/geheim"\ntextfile = "out/newstone.prom"') == ()


@pytest.mark.parametrize("url", ["http://hc.example/geheim", "https://me:geheim@hc.example/"])
def test_an_address_that_would_never_be_asked_is_told_without_its_secret(tmp_path: Path, url: str) -> None:
    (fault,) = faults(tmp_path, f'healthcheck_url = "{url}"')
    assert fault.startswith("monitoring.healthcheck_url: the address on hc.example ")
    assert "geheim" not in fault


def test_a_textfile_that_could_not_be_written_or_would_not_be_read_is_told(tmp_path: Path) -> None:
    missing, wrong_name = faults(tmp_path, 'textfile = "out/newstone.txt"')[::-1]
    assert f"no folder {tmp_path / 'out'}; make it" in missing
    assert "end the name with .prom" in wrong_name


def test_the_check_command_names_file_and_fault(tmp_path: Path) -> None:
    (tmp_path / "newstone.toml").write_text('[monitoring]\ntextfile = "out/newstone.prom"\n', encoding="utf-8")
    told = [finding.message for finding in check_project(tmp_path).findings if finding.severity == "error"]
    assert any(line.startswith(f"{tmp_path / 'newstone.toml'}: monitoring.textfile: no folder") for line in told)
