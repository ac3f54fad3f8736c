"""Files as wholes: put in place by one rename, made durable, known by their checksum."""

import hashlib
import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a file beside its place and put it there by one rename, so that a reader finds the old or the new one.

    ``mode`` None leaves the rights to the umask. Not synced: after a power cut the old one may be back.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(content)
    if mode is not None:
        unfinished.chmod(mode)
    unfinished.replace(path)


def sync_file(path: Path) -> None:
    """Have the content of a file written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Have the names in a folder written to the disk, so that a rename survives a power cut."""
    sync_file(path)


def sha256_of(file: Path) -> str:
    """Give the SHA-256 of a file, 64 hex digits.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
