"""Parts written anew: what stays is the same bytes, what goes is gone."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.ids import page_id
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem, Page
from pipelines.rewriting import rewrite_part, rewritten_name, settle_rewritten, tombstone_of, without_body
from pipelines.spool import PartWriter, StoredPage, folder, list_done_parts, read_page, read_pages

NOW = datetime(2025, 1, 20, 12, tzinfo=UTC)


def page(number: int) -> Page:
    url = f"http://a.example/{number}"
    item = FeedItem(url, title=f"title {number}", summary=f"summary {number}")
    return Page(url, url, "a", NOW, status=200, body=f"<p>body {number}</p>".encode() * 9, item=item)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    writer = PartWriter(tmp_path)
    for number in range(5):
        writer.append(page(number))
    path = writer.close()
    assert path is not None
    return path


def entries(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[stored.offset : stored.end] for stored in read_pages(path)]


def test_pages_that_stay_are_the_same_bytes_at_the_place_that_is_told(part: Path, tmp_path: Path) -> None:
    def change(stored: StoredPage) -> Page | None:
        kind = int(stored.page.url[-1])
        return None if kind == 1 else tombstone_of(stored.page) if kind == 3 else stored.page

    old = {stored.page.url: stored for stored in read_pages(part)}
    new = rewrite_part(tmp_path, part, rewritten_name(part.name), change, [tombstone_of(page(9))])
    assert new is not None
    assert new.path.parent == folder(tmp_path, "rewritten")
    assert [stored.page.url[-1] for stored in read_pages(new.path)] == ["0", "2", "3", "4", "9"]
    assert (new.n_records, new.size_bytes) == (5, new.path.stat().st_size)
    for number in (0, 2, 4):
        assert entries(new.path)[[0, 2, 3, 4].index(number)] == entries(part)[number]
        assert read_page(new.path, new.moved[old[page(number).url].offset]) == page(number)
    assert read_page(new.path, new.added[0]).outcome is Outcome.FORGOTTEN
    with new.path.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds == ["response", "metadata"] * 2 + ["metadata"] + ["response", "metadata"] + ["metadata"]


def test_a_tombstone_says_who_and_when_and_nothing_else() -> None:
    tomb = tombstone_of(page(1))
    assert (tomb.url, tomb.source_id, tomb.fetched_at, tomb.attempt) == ("http://a.example/1", "a", NOW, 1)
    assert (tomb.outcome, tomb.body, tomb.item, tomb.headers) == (Outcome.FORGOTTEN, b"", None, ())


def test_a_page_without_its_body_is_the_same_page(part: Path, tmp_path: Path) -> None:
    new = rewrite_part(tmp_path, part, rewritten_name(part.name), lambda stored: without_body(stored.page, "reserved"))
    assert new is not None
    pages = [stored.page for stored in read_pages(new.path)]
    assert [page_id(each) for each in pages] == [page_id(page(number)) for number in range(5)]
    assert all(each.removed is not None and each.outcome is None and each.body == b"" for each in pages)
    assert all(each.item is not None and each.item.title and not each.item.summary for each in pages)
    with new.path.open("rb") as stream:
        unpacked = b"".join(record.content_stream().read() for record in ArchiveIterator(BytesIO(stream.read())))
    assert b"body 3" not in unpacked
    assert b"summary 3" not in unpacked


def test_of_a_damaged_part_the_pages_before_the_damage_are_kept(part: Path, tmp_path: Path) -> None:
    data = part.read_bytes()
    part.write_bytes(data[:-10])
    new = rewrite_part(tmp_path, part, rewritten_name(part.name), lambda stored: stored.page)
    assert new is not None
    assert new.n_records == 4
    assert "cut off" in new.damage


def test_nothing_left_is_no_part(part: Path, tmp_path: Path) -> None:
    assert rewrite_part(tmp_path, part, rewritten_name(part.name), lambda _stored: None) is None
    assert list(folder(tmp_path, "rewritten").iterdir()) == []


def test_a_new_name_sorts_by_the_time_of_the_old_one() -> None:
    old = "20250110T023000.000000Z-54b4cb37.warc.gz"
    new = rewritten_name(old)
    assert new != old
    assert new.startswith("20250110T023000.000000Z-")
    assert rewritten_name("import.warc.gz").startswith("import-")


def test_what_the_ledger_calls_done_moves_and_the_rest_goes(part: Path, tmp_path: Path) -> None:
    names = [rewritten_name(part.name) for _ in range(2)]
    for name in names:
        rewrite_part(tmp_path, part, name, lambda stored: stored.page)
    assert settle_rewritten(tmp_path, lambda _names: {names[0]}) == 2
    assert [path.name for path in list_done_parts(tmp_path)] == [names[0]]
    assert settle_rewritten(tmp_path, lambda _names: set()) == 0
