"""WARC parts: what is written is read, whatever is torn off."""

import gzip
import os
import resource
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipelines.errors import SpoolError
from pipelines.journal import JournalWriter, list_new_journals, read_journal
from pipelines.outcomes import FETCH_OUTCOMES, FeedOutcome, Outcome
from pipelines.records import FeedCheck, FeedItem, Page, Rights, SourceNight
from pipelines.spool import (
    OpenFile,
    PartWriter,
    StoredPage,
    folder,
    list_new_parts,
    list_parts,
    mark_done,
    quarantine,
    read_page,
    read_pages,
    recover,
)
from pipelines.warc import iter_members, page_bytes, page_from

NOW = datetime(2025, 1, 20, 12, 0, 0, 123456, tzinfo=UTC)
anything = st.text(max_size=30)
items = st.builds(FeedItem, *[anything] * 8)
rights = st.builds(Rights, st.sampled_from([True, False, None]), anything, st.lists(anything, max_size=3).map(tuple))
pages = st.builds(
    Page,
    url=anything,
    final_url=anything,
    source_id=anything,
    fetched_at=st.datetimes(timezones=st.just(UTC)),
    attempt=st.integers(1, 99),
    status=st.none() | st.integers(100, 599),
    headers=st.lists(st.tuples(anything, anything), max_size=4).map(tuple),
    detail=anything,
    item=st.none() | items,
    rights=rights,
    retries=st.integers(0, 9),
    elapsed_seconds=st.floats(0, 1e6),
)


def with_body(page: Page, body: bytes) -> Page:
    return replace(page, body=body)


def with_outcome(page: Page, outcome: Outcome) -> Page:
    return replace(page, outcome=outcome)


fetched = st.builds(with_body, pages, st.binary(max_size=2000))
failed = st.builds(with_outcome, pages, st.sampled_from(sorted(FETCH_OUTCOMES)))


def page(number: int, outcome: Outcome | None = None) -> Page:
    body = f"<html>{number} {os.urandom(200).hex()}</html>".encode() if outcome is None else b""
    return Page(f"http://a.test/{number}", f"http://a.test/{number}", "a", NOW, body=body, outcome=outcome)


def write(data_dir: Path, *written: Page) -> Path:
    writer = PartWriter(data_dir)
    for one in written:
        writer.append(one)
    part = writer.close()
    assert part is not None
    return part


@given(st.lists(fetched | failed, max_size=4))
@settings(deadline=None)
def test_a_page_comes_back_exactly_as_it_was_written(written: list[Page]) -> None:
    stream = BytesIO(b"".join(page_bytes(one) for one in written))
    members = list(iter_members(stream))
    responses = {member.record_id: member for member in members if member.kind == "response"}
    metadata = [member for member in members if member.kind == "metadata"]
    assert [page_from(member, responses.get(member.refers_to)) for member in metadata] == written


def test_pages_are_read_in_order_and_each_by_its_offset(tmp_path: Path) -> None:
    written = [page(1), page(2, Outcome.GONE), page(3)]
    part = write(tmp_path, *written)
    stored = list(read_pages(part))
    assert [one.page for one in stored] == written
    assert stored[0].offset == 0
    assert [read_page(part, one.offset) for one in stored] == written


def test_an_offset_between_pages_is_an_error(tmp_path: Path) -> None:
    part = write(tmp_path, page(1))
    with pytest.raises(SpoolError, match="byte 5"):
        read_page(part, 5)
    with pytest.raises(SpoolError, match="no page"):
        read_page(part, part.stat().st_size)


def test_any_warc_tool_reads_the_response_with_its_body(tmp_path: Path) -> None:
    headers = (("content-type", "text/html"), ("content-encoding", "gzip"), ("content-length", "7"), ("x", "a\r\nb"))
    one = Page("http://a.test/ä", "http://a.test/ä", "a", NOW, status=200, headers=headers, body=b"<html>body</html>")
    with write(tmp_path, one).open("rb") as stream:
        record = next(iter(ArchiveIterator(stream, check_digests="raise")))
        assert record.rec_type == "response"
        assert record.rec_headers.get_header("WARC-Target-URI") == "http://a.test/%C3%A4"
        assert record.content_stream().read() == one.body
        assert record.http_headers.get_header("x-crawl-content-encoding") == "gzip"
        assert record.http_headers.get_header("content-length") == str(len(one.body))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_part_keeps_every_whole_page(tmp_path: Path, cut: int) -> None:
    written = [page(number) for number in range(4)]
    part = write(tmp_path, *written)
    ends = [one.offset for one in read_pages(part)][1:]
    whole = part.read_bytes()
    torn = folder(tmp_path, "open") / part.name
    part.unlink()
    torn.write_bytes(whole[: ends[-1] + cut])  # three whole pages and a bit
    recovery = recover(tmp_path)
    assert [one.page for one in read_pages(recovery.completed[0])] == written[:3]
    assert recovery.lost_bytes == cut
    assert recover(tmp_path).completed == ()


def test_a_response_without_its_metadata_record_is_dropped(tmp_path: Path) -> None:
    first, second = page_bytes(page(1)), page_bytes(page(2))
    response = next(iter(iter_members(BytesIO(second))))
    (folder(tmp_path, "open") / "1.warc.gz").write_bytes(first + second[: response.end])
    (part,) = recover(tmp_path).completed
    assert [one.page.url for one in read_pages(part)] == ["http://a.test/1"]


def test_a_part_of_which_nothing_is_whole_is_removed(tmp_path: Path) -> None:
    (folder(tmp_path, "open") / "1.warc.gz").write_bytes(page_bytes(page(1))[:50])
    recovery = recover(tmp_path)
    assert len(recovery.dropped) == 1
    assert list_parts(tmp_path) == []
    assert list(folder(tmp_path, "open").iterdir()) == []


def test_recovery_leaves_alone_what_a_living_writer_holds(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path)
    writer.append(page(1))
    assert recover(tmp_path).completed == ()
    part = writer.close()
    assert part is not None
    assert len(list(read_pages(part))) == 1


def test_parts_turn_over_and_their_names_sort_by_time(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, max_part_pages=2)
    completed = [writer.append(page(number)) for number in range(5)]
    last = writer.close()
    assert [path is not None for path in completed] == [False, True, False, True, False]
    assert list_new_parts(tmp_path) == [path for path in (*completed, last) if path is not None]
    assert writer.close() is None


def damaged(part: Path, kind: str) -> None:
    data = bytearray(part.read_bytes())
    if kind == "flipped":
        data[len(data) // 2] ^= 0xFF
    elif kind == "cut":
        del data[-10:]
    elif kind == "no-gzip":
        data[:] = b"hello"
    elif kind == "no-warc":
        data[:] = gzip.compress(b"hello")
    elif kind == "half-a-page":
        second = page_bytes(page(2))
        data += second[: next(iter(iter_members(BytesIO(second)))).end]
    elif kind == "bomb":
        data[:] = zlib.compressobj(9, zlib.DEFLATED, 31).compress(b"\0" * 200_000_000)
    part.write_bytes(data)


@pytest.mark.parametrize("kind", ["flipped", "cut", "no-gzip", "no-warc", "half-a-page", "bomb"])
def test_a_damaged_part_is_an_error_that_names_it(tmp_path: Path, kind: str) -> None:
    part = write(tmp_path, page(1))
    damaged(part, kind)
    with pytest.raises(SpoolError, match=part.name):
        list(read_pages(part))


def test_a_missing_part_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match=r"none\.warc\.gz"):
        list(read_pages(tmp_path / "none.warc.gz"))


def test_parts_move_on_by_rename_and_quarantine_keeps_the_reason(tmp_path: Path) -> None:
    first, second = write(tmp_path, page(1)), write(tmp_path, page(2))
    done = mark_done(first)
    assert mark_done(first) == done
    assert list_new_parts(tmp_path) == [second]
    assert list_parts(tmp_path) == [done, second]
    aside = quarantine(second, "torn at byte 7")
    assert aside.with_name(f"{aside.name}.reason").read_text() == "torn at byte 7\n"
    assert list_new_parts(tmp_path) == []
    assert [one.page.url for one in read_pages(aside)] == ["http://a.test/2"]


def test_a_stored_page_says_where_it_lies(tmp_path: Path) -> None:
    part = write(tmp_path, page(1, Outcome.ROBOTS))
    assert list(read_pages(part)) == [StoredPage(page(1, Outcome.ROBOTS), 0)]


def test_a_full_disk_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path)
    writer.append(page(1))
    assert writer._open is not None
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (writer._open.size_bytes + 100, hard))
    try:
        with pytest.raises(SpoolError, match="make room"):
            writer.append(page(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.append(page(3))
    part = writer.close()
    assert part is not None
    assert [one.page.url for one in read_pages(part)] == ["http://a.test/1", "http://a.test/3"]


def test_a_file_that_cannot_be_made_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="make room"):
        OpenFile(tmp_path, "/no-such-folder.warc.gz")


def test_the_journal_gives_back_checks_and_the_last_figures_even_when_torn(tmp_path: Path) -> None:
    check = FeedCheck("a", "http://a.test/f", "feed", NOW, FeedOutcome.OK, 200, 3, 2, NOW, "ü")
    early = SourceNight("a", "c1", NOW, requests=1)
    late = SourceNight("a", "c1", NOW, 9, 1, 1, 2, 1000, 3, (("fetched", 2), ("gone", 1)), 4, 1.5)
    writer = JournalWriter(tmp_path)
    writer.add_check(check)
    writer.add_nights([early])
    writer.add_nights([late])
    writer._file._file.write(b'{"record": "source_ni')
    writer._file._file.close()  # killed
    recover(tmp_path)
    (path,) = list_new_journals(tmp_path)
    journal = read_journal(path)
    assert journal.feed_checks == (check,)
    assert journal.source_nights == (late,)
    mark_done(path)
    assert list_new_journals(tmp_path) == []


@pytest.mark.parametrize("line", ["{", "[]", '{"record": "feed_check"}', '{"record": "other"}'])
def test_a_damaged_journal_line_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    path = folder(tmp_path, "new") / "1.journal.jsonl"
    path.write_text(f"{line}\n")
    with pytest.raises(SpoolError, match="line 1 is damaged"):
        read_journal(path)


def test_an_empty_journal_leaves_no_file(tmp_path: Path) -> None:
    assert JournalWriter(tmp_path).close() is None
    assert list(folder(tmp_path, "open").iterdir()) == []
