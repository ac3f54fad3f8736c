"""The spool: pages on their way from the crawl to extraction, as WARC parts in folders that are states.

``spool/open`` holds what is being written, ``new`` what is complete, ``done`` what has been extracted, ``quarantine``
what could not be read, each with a ``.reason`` file beside it. A part moves by rename; a rename is the commit.
Part names sort by the time they were opened.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from pipelines.clock import utc_now
from pipelines.errors import SpoolError
from pipelines.files import sync_folder
from pipelines.records import Page
from pipelines.warc import Member, iter_members, page_bytes, page_from

PART_SUFFIX = ".warc.gz"
MAX_PART_BYTES = 64 * 1024 * 1024
"""A part this large takes about a minute to extract on one core: a fair unit of work to lose or to repeat."""
MAX_PART_PAGES = 500

_NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""Refusals that no room on the disk mends."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page and where it lies in its part, in bytes from the start."""

    page: Page
    offset: int
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What :func:`recover` did: files completed, files of which nothing was left, bytes that were torn off."""

    completed: tuple[Path, ...] = ()
    dropped: tuple[Path, ...] = ()
    lost_bytes: int = 0


def folder(data_dir: Path, state: str) -> Path:
    """Give the folder of one state ("open", "new", "done", "quarantine"), created where it is missing.

    Raises:
        SpoolError: it cannot be created.
    """
    path = data_dir / "spool" / state
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpoolError(f"cannot make the folder {path}: {error}; remove what is in the way") from error
    return path


def new_name(suffix: str) -> str:
    """Give a file name that is unique and sorts by time."""
    return f"{utc_now():%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}{suffix}"


def _refused(what: str, path: Path, error: OSError) -> SpoolError:
    remedy = "change the rights of its folder" if error.errno in _NO_RIGHT else "make room on the disk"
    return SpoolError(f"cannot {what} {path}: {(error.strerror or str(error)).lower()}; {remedy}")


class OpenFile:
    """A file in ``spool/open`` that is locked while it is written and becomes visible in ``new`` by :meth:`commit`.

    Each :meth:`append` is one unbuffered write, so that a killed process leaves at most one torn entry at the end.

    Raises:
        SpoolError: the file cannot be made.
    """

    def __init__(self, data_dir: Path, suffix: str) -> None:
        self.data_dir = data_dir
        self.path = folder(data_dir, "open") / new_name(suffix)
        self.size_bytes = 0
        try:
            self._file: IO[bytes] = self.path.open("xb", buffering=0)
        except OSError as error:
            raise _refused("make", self.path, error) from error
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def append(self, entry: bytes) -> int:
        """Write one entry and give its offset.

        Raises:
            SpoolError: the disk refuses it; what was written of it is taken back.
        """
        offset = self.size_bytes
        view = memoryview(entry)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            self._file.seek(offset)
            self._file.truncate()
            raise _refused("write", self.path, error) from error
        self.size_bytes += len(entry)
        return offset

    def commit(self) -> Path:
        """Make the file durable and move it to ``new``; give its path there.

        Raises:
            SpoolError: the file cannot be synced or moved.
        """
        target = folder(self.data_dir, "new") / self.path.name
        try:
            os.fsync(self._file.fileno())
            self.path.rename(target)
            sync_folder(target.parent)
            sync_folder(self.path.parent)
        except OSError as error:
            raise _refused("complete", self.path, error) from error
        finally:
            self._file.close()
        return target

    def discard(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
        self._file.close()


class PartWriter:
    """Appends pages to parts. Not safe for threads."""

    def __init__(
        self, data_dir: Path, *, max_part_bytes: int = MAX_PART_BYTES, max_part_pages: int = MAX_PART_PAGES
    ) -> None:
        self.data_dir = data_dir
        self.max_part_bytes = max_part_bytes
        self.max_part_pages = max_part_pages
        self._open: OpenFile | None = None
        self._pages = 0

    def append(self, page: Page) -> Path | None:
        """Store one page; give the path of the part that this completed, if it did.

        Raises:
            SpoolError: the page cannot be written.
        """
        entry = page_bytes(page)
        if self._open is None:
            self._open, self._pages = OpenFile(self.data_dir, PART_SUFFIX), 0
        self._open.append(entry)
        self._pages += 1
        if self._open.size_bytes >= self.max_part_bytes or self._pages >= self.max_part_pages:
            return self.close()
        return None

    def close(self) -> Path | None:
        """Complete the open part; give its path, None where nothing was written.

        Raises:
            SpoolError: the part cannot be made durable.
        """
        if self._open is None:
            return None
        part, self._open = self._open, None
        return part.commit()


def read_pages(part: Path) -> Iterator[StoredPage]:
    """Give the pages of a part in the order written; memory is that of one page.

    Raises:
        SpoolError: the part cannot be opened, is torn, damaged, or holds a page without its partner.
    """
    with _reading(part) as stream:
        yield from _pages(stream)


def read_page(part: Path, offset: int) -> Page:
    """Give the page that begins at a byte offset of a part, as :func:`read_pages` told it.

    Raises:
        SpoolError: there is no such page.
    """
    with _reading(part) as stream:
        stream.seek(offset)
        stored = next(_pages(stream, offset), None)
        if stored is None:
            raise SpoolError(f"no page at byte {offset}")
        return stored.page


def list_new_parts(data_dir: Path) -> list[Path]:
    """Give the complete parts that wait for extraction, oldest first."""
    return sorted(folder(data_dir, "new").glob(f"*{PART_SUFFIX}"))


def list_done_parts(data_dir: Path) -> list[Path]:
    """Give the parts that were extracted, oldest first."""
    return sorted(folder(data_dir, "done").glob(f"*{PART_SUFFIX}"))


def list_parts(data_dir: Path) -> list[Path]:
    """Give all complete parts, waiting and done, oldest first."""
    return sorted(
        (path for state in ("new", "done") for path in folder(data_dir, state).glob(f"*{PART_SUFFIX}")),
        key=lambda path: path.name,
    )


def mark_done(path: Path) -> Path:
    """Move a part or journal from ``new`` to ``done``; give its path there. Doing it twice is no error.

    Raises:
        SpoolError: the file cannot be moved.
    """
    return _move(path, "done")


def quarantine(path: Path, reason: str) -> Path:
    """Move a part or journal out of the way and keep the reason beside it; give its path there.

    Raises:
        SpoolError: the file cannot be moved.
    """
    target = path.parent.parent / "quarantine" / path.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_name(f"{target.name}.reason").write_text(f"{reason}\n", encoding="utf-8")
    except OSError as error:
        raise SpoolError(f"cannot write beside {target}: {error}; mend the permissions") from error
    return _move(path, "quarantine")


def recover(data_dir: Path) -> Recovery:
    """Complete what a killed crawl left in ``spool/open``: torn ends are cut off, the rest moves to ``new``.

    A file that a living process still writes is left alone. Doing it twice is no error.

    Raises:
        SpoolError: a file cannot be opened or moved.
    """
    completed: list[Path] = []
    dropped: list[Path] = []
    lost = 0
    for path in sorted(folder(data_dir, "open").iterdir()):
        try:
            with path.open("r+b") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # its writer lives
                keep = _sound_bytes(path, stream)
                lost += path.stat().st_size - keep
                if keep == 0:
                    path.unlink()
                    dropped.append(path)
                    continue
                stream.truncate(keep)
                os.fsync(stream.fileno())
                target = folder(data_dir, "new") / path.name
                path.rename(target)
                sync_folder(target.parent)
                completed.append(target)
        except FileNotFoundError:
            continue  # its writer completed it meanwhile
        except OSError as error:
            raise SpoolError(f"cannot recover {path}: {error}; mend the permissions or remove the file") from error
    return Recovery(tuple(completed), tuple(dropped), lost)


def _sound_bytes(path: Path, stream: BinaryIO) -> int:
    """Give the length of the longest beginning that holds only whole pages (or whole lines, for a journal)."""
    if not path.name.endswith(PART_SUFFIX):
        data = stream.read()
        return data.rfind(b"\n") + 1
    end = 0
    try:
        for member in iter_members(stream):
            if member.kind == "metadata":
                end = member.end
    except SpoolError:
        return end  # everything behind the last whole page is what the killed writer left of the next one
    return end


@contextmanager
def _reading(part: Path) -> Iterator[BinaryIO]:
    """Open a part; errors while it is read name it."""
    try:
        with part.open("rb") as stream:
            yield stream
    except OSError as error:
        raise SpoolError(f"{part}: cannot be read: {error}") from error
    except SpoolError as error:
        raise SpoolError(f"{part}: {error}") from error


def _pages(stream: BinaryIO, offset: int = 0) -> Iterator[StoredPage]:
    response: Member | None = None
    for member in iter_members(stream, offset):
        if response is not None and member.kind != "metadata":
            break
        if member.kind == "response":
            response = member
        elif member.kind == "metadata":
            yield _pair(member, response)
            response = None
    if response is not None:
        raise SpoolError(f"response record at byte {response.offset} without its metadata record")


def _pair(metadata: Member, response: Member | None) -> StoredPage:
    if response is not None and metadata.refers_to != response.record_id:
        raise SpoolError(f"metadata record at byte {metadata.offset} belongs to another response record")
    page = page_from(metadata, response)
    return StoredPage(page, metadata.offset if response is None else response.offset, metadata.end)


def _move(path: Path, state: str) -> Path:
    target = path.parent.parent / state / path.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or not target.exists():
            path.replace(target)
            sync_folder(target.parent)
            sync_folder(path.parent)
    except OSError as error:
        raise SpoolError(f"cannot move {path} to {state}: {error}; mend the permissions") from error
    return target
