"""What `newstone schedule --print` writes is read back by the tools it is for: a shell, systemd, plistlib, YAML."""

import grp
import plistlib
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from newstone.config import Project, load_project
from newstone.schedule.units import KINDS, find_places, render_schedule
from pipelines.errors import UsageError

ODD_NAMES = [
    pytest.param("plain", id="plain"),
    pytest.param("with two  spaces", id="spaces"),
    pytest.param("50%h of %n", id="percent"),
    pytest.param("$HOME ${x}", id="dollar"),
    pytest.param("b\u00fcro \u65b0\u805e", id="letters"),
    pytest.param('it\'s "so" \\n', id="quotes"),
    pytest.param("a,b;c#d&e", id="marks"),
]
CONFIG = """
[paths]
data = "da ta"
snapshot = "published/newstone.duckdb"
[schedule]
time_zone = "Europe/Berlin"
nightly = "30 2 * * *"
poll = "0 */3 * * *"
backup = "0 5 * * sun"
[digest]
recipients = ["press@example.org"]
"""
PROGRAM = """#!{python} -IS
import sys
with open({log!r}, "a", encoding="utf-8") as log:
    print(repr(sys.argv[1:]), file=log)
"""


def make(tmp_path: Path, name: str = "plain", config: str = CONFIG) -> tuple[Project, Path]:
    """A project and a program in a folder of this name; the program logs its arguments."""
    root = tmp_path / name
    program = root / "venv" / "bin" / "newstone"
    program.parent.mkdir(parents=True)
    (root / "newstone.toml").write_text(config, encoding="utf-8")
    log = str(tmp_path / "calls")
    program.write_text(PROGRAM.format(python=sys.executable, log=log), encoding="utf-8")
    program.chmod(0o755)
    return load_project(root), program


def calls(tmp_path: Path) -> list[list[str]]:
    lines = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    return [list(eval(line)) for line in lines]


def cron_commands(text: str) -> dict[str, str]:
    """Times and commands as cron takes them: an unescaped percent sign would end the command (crontab(5))."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#") and not re.match(r"[A-Z_]+=", line):
            *fields, command = line.split(" ", 5)
            assert re.search(r"(?<!\\)%", command) is None
            found[" ".join(fields)] = command.replace("\\%", "%")
    return found


@pytest.mark.parametrize("name", ODD_NAMES)
def test_cron_lines_run_the_program_with_the_right_configuration(tmp_path: Path, name: str) -> None:
    project, program = make(tmp_path, name)
    commands = cron_commands(render_schedule(project, "cron", program))
    assert list(commands) == ["30 2 * * *", "0 7 * * mon", "0 */3 * * *", "0 5 * * sun"]
    started = [subprocess.Popen(["/bin/sh", "-c", command]) for command in commands.values()]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    config = ["--config", str(project.file)]
    jobs = ["nightly", "digest", "poll", "backup"]
    assert sorted(calls(tmp_path)) == sorted([*config, "schedule", "--quiet", "--once", job] for job in jobs)


def test_cron_names_only_the_jobs_that_are_set_and_the_zone(tmp_path: Path) -> None:
    project, program = make(tmp_path, config='[schedule]\nnightly = "5 3 * * *"\n')
    text = render_schedule(project, "cron", program)
    assert list(cron_commands(text)) == ["5 3 * * *"]  # no recipients, no e-mail
    assert "\nCRON_TZ=UTC\n" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
@pytest.mark.parametrize("name", ODD_NAMES)
def test_systemd_accepts_the_unit(tmp_path: Path, name: str) -> None:
    project, program = make(tmp_path, name)
    unit = tmp_path / "newstone.service"
    unit.write_text(render_schedule(project, "systemd", program), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    program.chmod(0o644)  # so that a path that systemd reads differently would not pass either
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], check=False, capture_output=True, text=True)
    assert done.returncode != 0 or "/usr/bin/env" in unit.read_text(encoding="utf-8")


def test_the_unit_is_started_again_for_ever_a_minute_apart(tmp_path: Path) -> None:
    project, program = make(tmp_path)
    lines = render_schedule(project, "systemd", program).splitlines()
    assert {"StartLimitIntervalSec=0", "Restart=on-failure", "RestartSec=60"} <= set(lines)
    assert lines.index("StartLimitIntervalSec=0") < lines.index("[Service]")  # elsewhere systemd ignores it


def test_no_variable_is_filled_into_the_arguments_of_the_unit(tmp_path: Path) -> None:
    project, program = make(tmp_path, "$HOME ${x}")
    (start,) = re.findall(r"^ExecStart=(.*)$", render_schedule(project, "systemd", program), re.MULTILINE)
    program_word, option, config, command = shlex.split(start)  # single quotes aside, systemd splits like a shell here
    assert (option, command) == ("--config", "schedule")
    assert program_word == str(program)  # in the program's own name systemd fills in none
    assert config == str(project.file).replace("$", "$$")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
def test_the_unit_is_hardened_as_systemd_itself_judges(tmp_path: Path) -> None:
    project, program = make(tmp_path)
    unit = tmp_path / "newstone.service"
    unit.write_text(render_schedule(project, "systemd", program), encoding="utf-8")
    judge = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]  # 2.0 of 10
    done = subprocess.run(judge, check=False, capture_output=True, text=True)
    if "unrecognized option" in done.stderr or "Unknown" in done.stderr:
        pytest.skip("this systemd-analyze does not judge files")
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_unit_lets_the_service_write_where_newstone_writes_and_nowhere_else(tmp_path: Path) -> None:
    project, program = make(tmp_path)
    root = project.root
    places = find_places(project, program)
    assert places.written == (root / "backups", root / "da ta", root / "digests", root / "published")
    assert places.guarded == ()
    text = render_schedule(project, "systemd", program)
    written = re.findall(r'^ReadWritePaths="(.*)"$', text, re.MULTILINE)
    assert written == [str(path) for path in places.written]
    assert 'ExecStart="' in text
    assert "TimeoutStopSec=900" in text


def test_a_snapshot_beside_the_configuration_leaves_the_configuration_read_only(tmp_path: Path) -> None:
    project, program = make(tmp_path, config="")
    places = find_places(project, program)
    assert places.written == (project.root,)
    assert {path.name for path in places.guarded} == {"newstone.toml", "sources", "watchlist.toml", "venv"}
    text = render_schedule(project, "systemd", program)
    assert f'ReadOnlyPaths="-{project.file}"' in text


def test_the_textfile_and_a_backup_elsewhere_can_be_written_too(tmp_path: Path) -> None:
    config = f'[monitoring]\ntextfile = "{tmp_path}/exporter/newstone.prom"\n[schedule]\nbackup = "0 5 * * sun"\n'
    config += f'[backup]\nfolder = "{tmp_path}/other disk"\n'
    project, program = make(tmp_path, config=config)
    assert find_places(project, program).written == (tmp_path / "exporter", tmp_path / "other disk", project.root)


def test_a_project_in_a_home_folder_gets_through_what_hides_home_folders(tmp_path: Path) -> None:
    project, _program = make(tmp_path, config="")
    assert "ProtectHome=yes" in render_schedule(project, "systemd", Path("/opt/newstone/bin/newstone"))
    assert "ProtectHome=read-only" in render_schedule(project, "systemd", Path("/home/x/venv/bin/newstone"))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_property_list_names_the_program_and_its_arguments(tmp_path: Path, name: str) -> None:
    project, program = make(tmp_path, name)
    job = plistlib.loads(render_schedule(project, "launchd", program).encode())
    assert job["ProgramArguments"] == [str(program), "--config", str(project.file), "schedule"]
    assert job["WorkingDirectory"] == str(project.root)
    assert job["KeepAlive"] == {"SuccessfulExit": False}
    assert job["Umask"] == 0o027
    assert str(job["StandardErrorPath"]).startswith(str(project.data_dir))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_compose_mounts_every_folder_at_its_own_place(tmp_path: Path, name: str) -> None:
    project, program = make(tmp_path, name)
    text = render_schedule(project, "docker", program)
    service = yaml.safe_load(text)["services"]["newstone"]
    filled = [word.replace("$$", "$") for word in service["command"]]  # what Compose makes of it
    assert filled == ["--config", str(project.file), "schedule"]
    assert re.search(r"(?<!\$)\$(?!\$)", " ".join(service["command"]).replace("$$", "")) is None
    mounts = {volume["source"].replace("$$", "$"): volume for volume in service["volumes"]}
    root = project.root
    assert {path for path, volume in mounts.items() if not volume["read_only"]} == {
        str(root / folder) for folder in ("da ta", "published", "digests", "backups")
    }
    assert mounts[str(project.file)]["read_only"]
    assert all(volume["source"] == volume["target"] for volume in mounts.values())
    assert not any("venv" in path for path in mounts)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert not service["user"].startswith("0:")
    (line,) = re.findall(r"^#   (docker run .*)$", text, re.MULTILINE)
    words = shlex.split(line)
    assert words[-3:] == ["--config", str(project.file), "schedule"]
    assert words[words.index("--env") + 1] == f"NEWSTONE_CONFIG={project.file}"  # the health check reads it
    assert service["environment"]["NEWSTONE_CONFIG"].replace("$$", "$") == str(project.file)


def test_a_model_of_the_hub_is_kept_where_the_container_may_write(tmp_path: Path) -> None:
    project, program = make(tmp_path, config=f'{CONFIG}[score]\nmodel = "example/press-model"\n')
    text = render_schedule(project, "docker", program)
    service = yaml.safe_load(text)["services"]["newstone"]
    assert service["environment"]["HF_HOME"] == str(project.data_dir / "huggingface")
    assert "docker compose run --rm newstone model pull" in text
    assert f"HF_HOME={project.data_dir / 'huggingface'}" in shlex.split(
        text.split("#   docker run", 1)[1].splitlines()[0]
    )


def test_the_folders_are_given_to_the_user_of_the_unit(tmp_path: Path) -> None:
    project, program = make(tmp_path, "with two  spaces")
    text = render_schedule(project, "systemd", program)
    owner = pwd.getpwuid(project.root.stat().st_uid)
    user, group = ("newstone", "newstone")
    if owner.pw_uid:
        user, group = owner.pw_name, grp.getgrgid(owner.pw_gid).gr_name
    folders = [str(path) for path in find_places(project, program).owned]
    (install,) = re.findall(r"^#   (install -d -o .*)$", text, re.MULTILINE)
    assert shlex.split(install) == ["install", "-d", "-o", user, "-g", group, *folders]
    given = re.findall(r"^#   (chown .*)$", text, re.MULTILINE)  # what root made would stay unwritable
    assert [shlex.split(line) for line in given] == (
        [] if owner.pw_uid else [["chown", "-R", "newstone:newstone", *folders]]
    )


def test_the_folder_of_the_collector_is_not_given_away(tmp_path: Path) -> None:
    collector = tmp_path / "node exporter"
    config = f'[paths]\ndata = "data"\n[monitoring]\ntextfile = "{collector}/newstone.prom"\n'
    project, program = make(tmp_path, config=config)
    text = render_schedule(project, "systemd", program)
    said = [shlex.split(line, comments=True) for line in re.findall(r"^#   (.*)$", text, re.MULTILINE)]
    assert not any(words[0] in {"install", "chown"} and str(collector) in words for words in said if words)
    (right,) = [words for words in said if words[:1] == ["setfacl"]]
    assert right[-1] == str(collector)
    assert f'ReadWritePaths="{collector}"' in text


@pytest.mark.parametrize("name", ["plain", "data"])
def test_a_textfile_above_or_inside_the_project_leaves_the_folders_of_the_project_its_own(
    tmp_path: Path, name: str
) -> None:
    above = tmp_path if name == "plain" else tmp_path / name / "data"
    project, _ = make(tmp_path, name, f'[monitoring]\ntextfile = "{above}/newstone.prom"\n')
    places = find_places(project)
    assert places.owned == (project.root,)
    assert places.shared == (tmp_path if name == "plain" else None)


def test_an_unknown_kind_is_an_error_that_names_the_kinds(tmp_path: Path) -> None:
    project, program = make(tmp_path)
    with pytest.raises(UsageError, match=r"'upstart'.*cron, systemd, launchd, docker"):
        render_schedule(project, "upstart", program)


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_with_a_line_break_is_refused(tmp_path: Path, kind: str) -> None:
    project, program = make(tmp_path, "two\nlines")
    with pytest.raises(UsageError, match="control character"):
        render_schedule(project, kind, program)
