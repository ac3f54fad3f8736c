"""One page as gzip WARC records: bytes of a page, and a page from bytes. No files.

A page with a body is a ``response`` record (the HTTP answer, for any WARC tool) and a ``metadata`` record (JSON,
everything of the :class:`~pipelines.records.Page` but the body). A failed fetch is a metadata record alone. The
metadata record comes last, so that it commits the page. Each record is one gzip member. A page whose body is no longer
kept is a metadata record alone, too; its ``removed`` has hash and size of the body, and the rest stays as it was.

The body is stored decompressed. Header names that describe the transfer (Content-Encoding …) would make WARC tools
decompress it again; in the response record they stand under ``X-Crawl-…``, as Common Crawl writes them. The metadata
record has all headers as received.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.errors import SpoolError
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem, Page, RemovedBody, Rights

FORMAT = "newstone-page/1"
"""Version of the metadata record."""

GZIP_LEVEL = 6
"""Level 9 takes twice the time for 1 % less on news pages."""

MAX_RECORD_BYTES = 128 * 1024 * 1024
"""The largest record that is read: far above the crawl's size limit, and a bound on a hostile file."""

_CHUNK_BYTES = 256 * 1024
_TRANSFER_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a part: the record's type, its id, its payload, and where the member lies in the file."""

    kind: str
    record_id: str
    refers_to: str  # the record id that a metadata record belongs to, "" for none
    payload: bytes
    offset: int  # bytes from the start of the file
    end: int


def page_bytes(page: Page) -> bytes:
    """Give the gzip members that store a page; the cost is that of compressing its body (about 5 ms for 200 kB)."""
    date = page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    uri = _warc_uri(page.final_url or page.url)
    members: list[bytes] = []
    writer = WARCWriter(BytesIO(), gzip=False)
    headers = {"WARC-Date": date}
    if page.outcome is None and page.removed is None:
        record = writer.create_warc_record(
            uri,
            "response",
            payload=BytesIO(page.body),
            length=len(page.body),
            http_headers=StatusAndHeaders(f"{page.status or 200} OK", _public_headers(page), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": date},
        )
        headers["WARC-Concurrent-To"] = record.rec_headers.get_header("WARC-Record-ID")
        members.append(_member(record))
    payload = json.dumps(_metadata(page), ensure_ascii=True, separators=(",", ":")).encode("ascii")
    record = writer.create_warc_record(
        uri,
        "metadata",
        payload=BytesIO(payload),
        length=len(payload),
        warc_content_type="application/json",
        warc_headers_dict=headers,
    )
    members.append(_member(record))
    return b"".join(members)


def iter_members(stream: BinaryIO, offset: int = 0) -> Iterator[Member]:
    """Give the records of a part one by one; memory is that of one record.

    ``offset`` is where the stream stands in its file.

    Raises:
        SpoolError: a member is torn or broken; the members before it have been given.
    """
    buffer = b""
    while True:
        if not buffer:
            buffer = stream.read(_CHUNK_BYTES)
            if not buffer:
                return
        raw, buffer, consumed = _one_member(stream, buffer, offset)
        yield _parse_member(raw, offset, offset + consumed)
        offset += consumed


def page_from(metadata: Member, response: Member | None) -> Page:
    """Give the page that a metadata record and its response record hold.

    Raises:
        SpoolError: the records do not belong together or are not of this format.
    """
    try:
        fields = json.loads(metadata.payload)
        if fields["format"] != FORMAT:
            raise SpoolError(f"metadata record of format {fields['format']!r}: this program reads {FORMAT!r}")
        removed = fields.get("removed")
        if (fields["outcome"] is None and removed is None) != (response is not None):
            raise SpoolError(f"the records of {fields['url']!r} do not belong together: the part is damaged")
        item = fields["item"]
        rights = fields["rights"]
        return Page(
            url=fields["url"],
            final_url=fields["final_url"],
            source_id=fields["source_id"],
            fetched_at=datetime.fromisoformat(fields["fetched_at"]),
            attempt=fields["attempt"],
            status=fields["status"],
            headers=tuple((name, value) for name, value in fields["headers"]),
            body=response.payload if response is not None else b"",
            outcome=None if fields["outcome"] is None else Outcome(fields["outcome"]),
            detail=fields["detail"],
            item=None if item is None else FeedItem(**item),
            rights=Rights(rights["reserved"], rights["policy_url"], tuple(rights["signals"])),
            retries=fields["retries"],
            elapsed_seconds=fields["elapsed_seconds"],
            removed=None if removed is None else RemovedBody(**removed),
        )
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise SpoolError(f"metadata record at byte {metadata.offset} cannot be read: {error!r}") from error


def _metadata(page: Page) -> dict[str, object]:
    item = page.item
    removed = page.removed
    gone = {} if removed is None else {"removed": {name: getattr(removed, name) for name in RemovedBody.__slots__}}
    return {
        "format": FORMAT,
        "url": page.url,
        "final_url": page.final_url,
        "source_id": page.source_id,
        "fetched_at": page.fetched_at.astimezone(UTC).isoformat(),
        "attempt": page.attempt,
        "status": page.status,
        "headers": page.headers,
        "outcome": page.outcome,
        "detail": page.detail,
        # a body is rare; without one the record is as older programs read it
        "item": None if item is None else {n: getattr(item, n) for n in FeedItem.__slots__ if n != "body" or item.body},
        "rights": {
            "reserved": page.rights.reserved,
            "policy_url": page.rights.policy_url,
            "signals": page.rights.signals,
        },
        "retries": page.retries,
        "elapsed_seconds": page.elapsed_seconds,
        **gone,
    }


def _public_headers(page: Page) -> list[tuple[str, str]]:
    """Give the headers as an HTTP message may carry them: one line each, transfer headers under another name."""
    public = []
    for name, value in page.headers:
        if not _TOKEN.fullmatch(name):
            continue
        shown = f"x-crawl-{name}" if name in _TRANSFER_HEADERS else name
        public.append((shown, value.encode("ascii", "backslashreplace").decode("ascii").translate(_LINE_BREAKS)))
    public.append(("content-length", str(len(page.body))))
    return public


_LINE_BREAKS = dict.fromkeys((*range(32), 127), " ")


def _warc_uri(url: str) -> str:
    return re.sub(r"[\x00-\x20\x7f]|[^\x00-\x7f]", lambda m: "".join(f"%{b:02X}" for b in _utf8(m.group())), url)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _member(record: object) -> bytes:
    out = BytesIO()
    WARCWriter(out, gzip=False).write_record(record)
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(out.getvalue()) + packer.flush()


def _one_member(stream: BinaryIO, buffer: bytes, offset: int) -> tuple[bytes, bytes, int]:
    """Unpack the member that starts with ``buffer``: its record, the bytes read beyond it, its compressed length."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    chunks: list[bytes] = []
    size = consumed = 0
    while True:
        try:
            chunk = unpacker.decompress(buffer, MAX_RECORD_BYTES + 1 - size)
        except zlib.error as error:
            raise SpoolError(f"the gzip member at byte {offset} is damaged ({error}); quarantine this part") from error
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_RECORD_BYTES:
            raise SpoolError(
                f"the record at byte {offset} is larger than {MAX_RECORD_BYTES} bytes; quarantine this part"
            )
        if unpacker.eof:
            return b"".join(chunks), unpacker.unused_data, consumed + len(buffer) - len(unpacker.unused_data)
        consumed += len(buffer) - len(unpacker.unconsumed_tail)
        buffer = unpacker.unconsumed_tail or stream.read(_CHUNK_BYTES)
        if not buffer:
            raise SpoolError(f"the gzip member at byte {offset} is cut off; quarantine this part")


def _parse_member(raw: bytes, offset: int, end: int) -> Member:
    try:
        record = next(iter(ArchiveIterator(BytesIO(raw), no_record_parse=True)))
        payload: bytes = record.raw_stream.read()
        if record.rec_type == "response":
            payload = payload.partition(b"\r\n\r\n")[2]  # behind the HTTP header
        headers = record.rec_headers
        return Member(
            kind=record.rec_type,
            record_id=headers.get_header("WARC-Record-ID") or "",
            refers_to=headers.get_header("WARC-Concurrent-To") or "",
            payload=payload,
            offset=offset,
            end=end,
        )
    except Exception as error:  # warcio raises many kinds on what is no WARC record
        raise SpoolError(f"no WARC record at byte {offset} ({error!r}); quarantine this part") from error
