"""What an administrator installs so that the jobs run: cron lines, a systemd unit, a launchd job, a compose file.

Nothing is written or changed on the machine: the text goes to standard output, with comments that say where it belongs
and how to switch it on. Every path is quoted for the format it stands in; a path with a control character is refused.
"""

import grp
import json
import plistlib
import pwd
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from newstone import __version__
from newstone.config import Project, model_folder
from newstone.schedule.jobs import PURPOSES, all_jobs
from newstone.schedule.quoting import cron_quoted, systemd_argument, systemd_program, systemd_value, systemd_word
from pipelines.errors import UsageError

KINDS = ("cron", "systemd", "launchd", "docker")
"""What can be printed."""

STOP_SECONDS = 900
"""Time that a stop waits for the stage under way. Most stages are shorter; a longer one is killed, which loses nothing:
the next night picks it up. Not longer, because a reboot waits for it."""

LABEL = "org.newstone.schedule"
"""Name of the launchd job."""

CONTAINER_USER = 10001
"""User and group of the image (Dockerfile)."""

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
"""What systemd's ProtectHome= hides."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of a project, absolute. ``written`` are those that jobs write to, none inside another.

    Of them ``owned`` are the project's own; ``shared`` is that of node_exporter's collector, where others write, too,
    None where it lies inside an own one.
    """

    written: tuple[Path, ...]
    owned: tuple[Path, ...]
    shared: Path | None
    guarded: tuple[Path, ...]  # inside written ones, but only read
    read: tuple[Path, ...]  # elsewhere, only read


def render_schedule(project: Project, kind: str, executable: Path) -> str:
    """Give the text to install; ``executable`` is the absolute path of the command ``newstone``.

    Raises:
        UsageError: ``kind`` is none of KINDS, or a path holds a control character.
    """
    if kind not in KINDS:
        raise UsageError(f"no schedule of the kind {kind!r}; write one of {', '.join(KINDS)}")
    places = find_places(project, None if kind == "docker" else executable)
    for path in (executable, project.file, *places.written, *places.guarded, *places.read):
        if not str(path).isprintable():
            raise UsageError(f"{str(path)!r} holds a control character; rename it before a schedule is made")
    if kind == "launchd":
        return _launchd(project, executable)
    render = {"cron": _cron, "systemd": _systemd, "docker": _docker}[kind]
    return render(project, executable, places)


def find_places(project: Project, executable: Path | None = None) -> Places:
    """Give the folders that the jobs of a project write to and read; those of the program only with ``executable``."""
    settings = project.settings
    written = {project.data_dir, project.snapshot_file.parent}
    if settings.digest.recipients:
        written.add(project.digest_dir)
    if settings.schedule.backup:
        written.add(project.backup_dir)
    owned = _outermost(written)
    shared = None if project.textfile is None else project.textfile.parent
    if shared is not None and any(folder in (shared, *shared.parents) for folder in owned):
        shared = None
    outer = _outermost(written if shared is None else {*written, shared})
    inputs = {project.file, project.sources_dir, project.watchlist_file}
    if executable is not None:
        inputs.add(executable.parent.parent)  # a virtual environment
    model = model_folder(settings.score.model, project.root)
    if model is not None:
        inputs.add(model)
    if settings.smtp.ca_file:
        inputs.add((project.root / Path(settings.smtp.ca_file).expanduser()).resolve())
    inside = {path for path in inputs if any(folder in path.parents for folder in outer)}
    outside = _outermost({path for path in inputs - inside if path not in outer})
    return Places(written=outer, owned=owned, shared=shared, guarded=tuple(sorted(inside)), read=outside)


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    wanted = sorted(set(paths))
    return tuple(path for path in wanted if not any(other in path.parents for other in wanted))


def _cron(project: Project, executable: Path, places: Places) -> str:
    del places
    zone = project.settings.schedule.time_zone
    command = f"{cron_quoted(str(executable))} --config {cron_quoted(str(project.file))} schedule --quiet --once"
    lines = [
        {"what": PURPOSES[job.name], "when": job.crontab.expression, "command": f"{command} {job.name}"}
        for job in all_jobs(project)
        if job.crontab is not None
    ]
    return _rendered("crontab.j2", jobs=lines, time_zone=zone, is_utc=zone == "UTC")


def _systemd(project: Project, executable: Path, places: Places) -> str:
    owner = _owner(project.root)
    user, group = owner or ("newstone", "newstone")
    everything = (*places.written, *places.guarded, *places.read)
    return _rendered(
        "systemd.service.j2",
        user=user,
        group=group,
        is_user_missing=owner is None,
        folders=" ".join(shlex.quote(str(path)) for path in places.owned),
        shared="" if places.shared is None else shlex.quote(str(places.shared)),
        root=systemd_value(str(project.root)),
        program=systemd_program(str(executable)),
        config=systemd_argument(str(project.file)),
        written=[systemd_word(str(path)) for path in places.written],
        guarded=[systemd_word(f"-{path}") for path in places.guarded],  # a missing one is no reason not to start
        is_in_home=any(home == path or home in path.parents for path in everything for home in _HOMES),
        is_in_tmp=any(Path("/tmp") in path.parents for path in everything),  # noqa: S108  (what PrivateTmp= hides)
        is_hub=_is_hub_model(project),
        has_root_written=project.root in places.written,
        stop_seconds=STOP_SECONDS,
    )


def _launchd(project: Project, executable: Path) -> str:
    job = {
        "Label": LABEL,
        "ProgramArguments": [str(executable), "--config", str(project.file), "schedule"],
        "WorkingDirectory": str(project.root),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 60,
        "ExitTimeOut": STOP_SECONDS,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 10,
        "Umask": 0o027,
        "StandardOutPath": str(project.data_dir / "schedule.out.log"),
        "StandardErrorPath": str(project.data_dir / "schedule.err.log"),
    }
    head, _, body = plistlib.dumps(job, sort_keys=False).decode("utf-8").partition("<plist")
    # A comment may not hold "--", which a path may: the instructions name no path of the project.
    return f"{head}<!--\n{_rendered('launchd.txt.j2', label=LABEL)}-->\n<plist{body}"


def _docker(project: Project, executable: Path, places: Places) -> str:
    del executable  # the image has its own
    owner = project.root.stat() if project.root.is_dir() else None
    uid, gid = (owner.st_uid, owner.st_gid) if owner is not None and owner.st_uid else (CONTAINER_USER, CONTAINER_USER)
    mounts = [(path, False) for path in places.written] + [(path, True) for path in (*places.guarded, *places.read)]
    run = ["docker", "run", "--detach", "--name", "newstone", "--init", "--read-only"]
    run += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", f"{uid}:{gid}"]
    run += ["--tmpfs", "/tmp"]  # noqa: S108  (inside the container)
    run += ["--stop-timeout", str(STOP_SECONDS), "--restart", "unless-stopped", "--env-file", "newstone.env"]
    variables = {"NEWSTONE_CONFIG": str(project.file)}  # for the health check, and for commands by hand
    if _is_hub_model(project):
        variables["HF_HOME"] = str(project.data_dir / "huggingface")
    run += ["--workdir", str(project.root)]
    run += [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    for path, is_read_only in mounts:
        mount = ["type=bind", f"source={path}", f"target={path}", *(["readonly"] if is_read_only else [])]
        run += ["--mount", _csv_line(mount)]
    run += [f"newstone:{__version__}", "--config", str(project.file), "schedule"]
    return _rendered(
        "compose.yaml.j2",
        version=__version__,
        run=" ".join(shlex.quote(word) for word in run),
        command=["--config", str(project.file), "schedule"],
        folder=str(project.root),
        user=f"{uid}:{gid}",
        mounts=mounts,
        variables=variables,
        stop_seconds=STOP_SECONDS,
    )


def _csv_line(fields: Iterable[str]) -> str:
    """Give the value of --mount, which Docker reads as one line of CSV."""
    quoted = ['"' + field.replace('"', '""') + '"' if set(field) & set(',"') else field for field in fields]
    return ",".join(quoted)


def _compose_quoted(value: object) -> str:
    """Give a value as YAML; JSON is YAML, and a dollar sign is doubled because Compose fills in variables."""
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False).replace("$", "$$")


def _is_hub_model(project: Project) -> bool:
    model = project.settings.score.model
    return model != "builtin" and model_folder(model, project.root) is None


def _owner(folder: Path) -> tuple[str, str] | None:
    """Give the user who owns a folder and that user's first group; None for root, or where one is unknown."""
    try:
        number = folder.stat().st_uid
        if not number:
            return None
        user = pwd.getpwuid(number)
        return user.pw_name, grp.getgrgid(user.pw_gid).gr_name
    except (OSError, KeyError):
        return None


def _rendered(name: str, **values: object) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("newstone.schedule", "templates"),
        autoescape=False,  # noqa: S701  (no HTML; every value is quoted for its format)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["yaml"] = _compose_quoted
    return environment.get_template(name).render(**values)
