"""Parts written anew: what is to go is left out, everything else is copied byte for byte.

::

    spool/done/OLD ──▶ spool/rewritten/NEW ──▶ (the ledger names NEW instead of OLD) ──▶ spool/done/NEW, OLD removed

The ledger of the database commits. Killed before it, NEW belongs to nobody; killed after it, NEW and OLD have still to
be moved and removed: :func:`settle_rewritten` does either.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.errors import SpoolError
from pipelines.files import sync_folder
from pipelines.ids import body_hash
from pipelines.outcomes import Outcome
from pipelines.records import Page, RemovedBody, Rights
from pipelines.spool import PART_SUFFIX, StoredPage, folder, mark_done, read_pages
from pipelines.warc import page_bytes

FORGOTTEN_DETAIL = "taken down on request"

_TIME = re.compile(r"\d{8}T\d{6}\.\d{6}Z(?=-)")


@dataclass(frozen=True, slots=True)
class RewrittenPart:
    """A new part, complete and durable in ``spool/rewritten``.

    ``moved`` maps where a page began in the old part to where it begins in the new one, in bytes; pages that were left
    out are missing. ``added`` says where the further pages begin, in their order. ``damage`` says what could not be
    read behind the last page, "" for a sound part.
    """

    path: Path
    sha256: str
    size_bytes: int
    n_records: int
    moved: Mapping[int, int]
    added: tuple[int, ...] = ()
    damage: str = ""


def tombstone_of(page: Page) -> Page:
    """Give what stays of a forgotten page: that this URL was fetched then, so that it is not fetched again."""
    return Page(
        url=page.url,
        final_url=page.url,
        source_id=page.source_id,
        fetched_at=page.fetched_at,
        attempt=page.attempt,
        outcome=Outcome.FORGOTTEN,
        detail=FORGOTTEN_DETAIL,
        rights=Rights(),
    )


def without_body(page: Page, reason: str) -> Page:
    """Give a page without its body and what the feed quoted of it; one that has no body comes back as it is."""
    if page.outcome is not None or page.removed is not None:
        return page
    item = None if page.item is None else replace(page.item, summary="")
    return replace(page, body=b"", item=item, removed=RemovedBody(body_hash(page.body), len(page.body), reason))


def stem_of(part: str) -> str:
    """Give how the name of a part begins, and that of whatever is left of it: the time it was opened."""
    match = _TIME.match(part)
    return match.group() if match is not None else part.removesuffix(PART_SUFFIX)


def rewritten_name(part: str) -> str:
    """Give a new name for what is left of a part; it sorts by the time of the old one."""
    return f"{stem_of(part)}-{secrets.token_hex(4)}{PART_SUFFIX}"


def rewrite_part(
    data_dir: Path, part: Path | None, name: str, change: Callable[[StoredPage], Page | None], more: Iterable[Page] = ()
) -> RewrittenPart | None:
    """Write a part anew under ``name``; None where nothing is left to write.

    ``change`` gives the page itself to copy it, another page to store that one, or None to leave it out. ``more`` are
    pages that come behind them. Of a damaged part the pages before the damage are read. ``part`` None stands for a part
    whose file is gone. Memory is that of one page.

    Raises:
        SpoolError: the new part cannot be written.
    """
    target = folder(data_dir, "rewritten") / name
    moved: dict[int, int] = {}
    added: list[int] = []
    damage = ""
    size = n_records = 0
    digest = hashlib.sha256()
    try:
        with target.open("wb") as out:

            def put(entry: bytes) -> None:
                nonlocal size, n_records
                out.write(entry)
                digest.update(entry)
                size += len(entry)
                n_records += 1

            if part is not None:
                with part.open("rb") as old:
                    try:
                        for stored in read_pages(part):
                            page = change(stored)
                            if page is None:
                                continue
                            moved[stored.offset] = size
                            if page is stored.page:
                                old.seek(stored.offset)
                                put(old.read(stored.end - stored.offset))
                            else:
                                put(page_bytes(page))
                    except SpoolError as error:
                        damage = str(error)
            for page in more:
                added.append(size)
                put(page_bytes(page))
            out.flush()
            os.fsync(out.fileno())
        if n_records == 0:
            target.unlink()
            return None
        sync_folder(target.parent)
    except OSError as error:
        raise SpoolError(f"cannot write {target}: {error}; make room on the disk") from error
    return RewrittenPart(target, digest.hexdigest(), size, n_records, moved, tuple(added), damage)


def settle_rewritten(data_dir: Path, done: Callable[[Collection[str]], Collection[str]]) -> int:
    """Move the rewritten parts that the ledger calls done to ``spool/done``, remove the others; give how many it were.

    ``done`` is asked for the names that are done. Doing it twice is no error.

    Raises:
        SpoolError: a file cannot be moved or removed.
    """
    waiting = sorted(folder(data_dir, "rewritten").iterdir())
    if not waiting:
        return 0
    known = done([path.name for path in waiting])
    for path in waiting:
        if path.name in known:
            mark_done(path)
        else:
            remove_file(path)
    return len(waiting)


def remove_file(path: Path) -> None:
    """Remove a file for good; one that is gone is no error.

    Raises:
        SpoolError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)
    except OSError as error:
        raise SpoolError(f"cannot remove {path}: {error}; mend the permissions") from error
