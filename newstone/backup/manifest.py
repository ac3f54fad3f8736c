"""What a backup says about itself, and which backups a folder holds."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from pipelines.clock import stamp
from pipelines.errors import DataFileError
from pipelines.files import sync_file

MANIFEST_NAME = "manifest.json"
NAME_PREFIX = "newstone-"


def _within(path: str) -> str:
    """Refuse a path that leads out of the backup: a manifest may have been written by somebody else."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
        raise ValueError(f"{path!r} leads out of the backup")
    return path


def _plain(name: str) -> str:
    if PurePosixPath(_within(name)).name != name:
        raise ValueError(f"{name!r} is no file name")
    return name


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredFile(_Record):
    """A file of the backup; ``path`` is relative to its folder."""

    path: Annotated[str, AfterValidator(_within)]
    size_bytes: int
    sha256: str


class SpoolFile(_Record):
    """A WARC part or journal of the spool; ``stored`` where the backup holds the file itself."""

    name: Annotated[str, AfterValidator(_plain)]
    state: Literal["new", "done", "quarantine"]
    size_bytes: int
    sha256: str
    stored: bool


class Manifest(_Record):
    """One backup; ``counts`` are the rows of the database by table."""

    format: Literal["newstone-backup/1"] = "newstone-backup/1"
    program: str
    schema_version: int
    created_at: AwareDatetime
    data_dir: str
    counts: dict[str, int]
    files: tuple[StoredFile, ...]
    spool: tuple[SpoolFile, ...]

    @property
    def n_parts_listed(self) -> int:
        """How many parts and journals are only listed."""
        return sum(not each.stored for each in self.spool)


def backup_name(created_at: datetime) -> str:
    """Give the name of the folder of a backup; its manifest says the time more finely."""
    return f"{NAME_PREFIX}{stamp(created_at)}"


def unfinished_name(data_dir: Path, created_at: datetime) -> str:
    """Give the name of the folder while it is written; it differs between projects that share a folder."""
    return f"{unfinished_prefix(data_dir)}{stamp(created_at)}.partial"


def unfinished_prefix(data_dir: Path) -> str:
    """Give how the names of all unfinished backups of a data folder begin."""
    return f".{NAME_PREFIX}{hashlib.sha256(str(data_dir).encode()).hexdigest()[:8]}-"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the folder of a backup, durably.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / MANIFEST_NAME
    path.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    path.chmod(0o600)
    sync_file(path)


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup says about itself.

    Raises:
        DataFileError: the folder is no complete backup, or of a newer newstone.
    """
    path = folder / MANIFEST_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(
            f"{folder} is no backup of newstone ({MANIFEST_NAME} cannot be read); name a folder {NAME_PREFIX}…"
        ) from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataFileError(
            f"{path} is damaged or of a newer newstone ({place}: {first['msg']}); name an older backup, or update"
        ) from error


def list_backups(folder: Path, data_dir: Path | None = None) -> Sequence[Path]:
    """Give the complete backups in a folder, oldest first; with ``data_dir`` only those of that data folder."""
    return [path for path, _ in read_backups(folder, data_dir)]


def read_backups(folder: Path, data_dir: Path | None = None) -> Sequence[tuple[Path, Manifest]]:
    """Give the same with what each says about itself.

    The manifest says which is older: of backups made within one second, a later one may have got the name of a removed
    one back.
    """
    found = []
    for path in folder.glob(f"{NAME_PREFIX}*"):
        try:
            manifest = read_manifest(path)
        except DataFileError:
            continue  # not ours, or not readable: neither counted nor ever removed
        if data_dir is None or manifest.data_dir == str(data_dir):
            found.append((path, manifest))
    return sorted(found, key=lambda each: (each[1].created_at, each[0]))
