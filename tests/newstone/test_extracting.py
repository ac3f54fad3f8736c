"""The extract stage on a damaged part: what can be read is kept, the rest is named, the next night is clean."""

from datetime import UTC, datetime
from pathlib import Path

from db.writer import open_writer
from newstone.config import load_project
from newstone.health import read_project_status
from newstone.jobs import nightly_stages, run_stages
from newstone.scaffold import init_project
from pipelines.records import Page
from pipelines.spool import PartWriter, folder, read_pages

PARAGRAPH = (
    "The town council of Brackwater voted on Tuesday to rebuild the old harbour crane, which has stood idle for years. "
    "Engineers expect the work to take until autumn and to cost less than a new one, the mayor said after the meeting. "
)


def _page(number: int) -> Page:
    url = f"https://www.brackwater-mail.example/news/crane-{number}.html"
    body = (
        f"<html lang=en><head><title>Crane, part {number}</title></head><body><article><h1>Crane, part {number}</h1>"
        f"<p>{PARAGRAPH}{number}</p><p>{PARAGRAPH * 3}</p></article></body></html>"
    )
    headers = (("content-type", "text/html; charset=utf-8"),)
    at = datetime(2025, 1, 28, 12, number, tzinfo=UTC)
    return Page(url, url, "brackwater", at, status=200, headers=headers, body=body.encode())


def test_the_pages_before_the_damage_are_kept_and_the_part_is_named(tmp_path: Path) -> None:
    init_project(tmp_path / "p", languages=frozenset())
    project = load_project(tmp_path / "p")
    writer = PartWriter(project.data_dir)
    for number in range(6):
        writer.append(_page(number))
    part = writer.close()
    assert part is not None
    fourth = [stored.offset for stored in read_pages(part)][3]
    damaged = bytearray(part.read_bytes())
    damaged[fourth + 20 : fourth + 60] = bytes(40)
    part.write_bytes(damaged)

    report = run_stages(project, "extract", nightly_stages()[1:2], lambda _progress: None)

    assert report.state == "partial"
    assert part.name in report.problems[0]
    with open_writer(project.writer_file) as store:
        urls = [row[0] for row in store.fetch("SELECT url FROM page ORDER BY url")]
        assert urls == [_page(number).url for number in range(3)]
        assert store.fetch("SELECT state, n_records FROM part") == [("quarantine", 3)]
    assert (folder(project.data_dir, "quarantine") / f"{part.name}.reason").read_text().strip()
    assert [quarantined.part for quarantined in read_project_status(project).store.quarantined] == [part.name]

    again = run_stages(project, "extract", nightly_stages()[1:2], lambda _progress: None)
    assert (again.state, again.stages[0].n_in) == ("ok", 0)
    assert run_stages(project, "publish", nightly_stages()[-1:], lambda _progress: None).state == "ok"
