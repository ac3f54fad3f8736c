"""What a source file says of all its pages: a corrected zone, language or name is seen where somebody asks for it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.overrides import Override
from crawler.source import load_sources
from crawler.source_files import write_source
from db.checks import failed_checks
from db.loader import record_withdrawals
from db.writer import open_writer
from newstone.config import Project, load_project
from newstone.golden import compare_golden, golden_folder, load_golden, record_golden
from newstone.jobs import named_stages, run_stages
from newstone.scaffold import init_project
from newstone.verification import verify_project
from pipelines.clock import utc_now
from pipelines.extract import EXTRACTOR
from pipelines.records import Page
from pipelines.spool import PartWriter
from tests.newstone.outlet import outlet

PARAGRAPHS = (
    "The town council of Brackwater voted on Tuesday to rebuild the old harbour crane, idle for eleven years.",
    "Engineers expect the work to take until autumn and to cost less than a new one, the mayor said on Friday.",
    "The crane was built for the herring fleet, and a cooperative of former dockers has asked to run it.",
)
FETCHED = datetime(2026, 2, 10, 12, tzinfo=UTC)
SINCE = date(2026, 1, 1)
NAIVE, DAY, OFFSET = "2026-02-09T22:30:00", "2026-02-09", "2026-02-09T22:30:00+01:00"
WRITTEN = {"naive": NAIVE, "day": DAY, "offset": OFFSET}
IN_UTC = {"naive": "2026-02-09 22:30", "day": "2026-02-09 00:00", "offset": "2026-02-09 21:30"}
IN_SHANGHAI = {"naive": "2026-02-09 14:30", "day": "2026-02-08 16:00", "offset": "2026-02-09 21:30"}


def _page(source_id: str, name: str) -> Page:
    url = f"https://{source_id}.example/news/{name}.html"
    text = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
    body = (
        f"<html lang=en><head><title>The {name} crane - Harbour Post</title>"
        f'<meta property="article:published_time" content="{WRITTEN[name]}"></head>'
        f"<body><article>{text}</article></body></html>"
    )
    headers = (("content-type", "text/html; charset=utf-8"),)
    return Page(url, url, source_id, FETCHED, status=200, headers=headers, body=body.encode())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Give a project of two outlets, whose dates lack a zone, and three extracted parts; one holds both outlets."""
    monkeypatch.setenv("NEWSTONE_EXTRACT__WORKERS", "1")  # five pages are not worth a process
    init_project(tmp_path / "p", languages=frozenset())
    made = load_project(tmp_path / "p")
    for source_id in ("brackwater", "ridge"):
        write_source(outlet(source_id), made.sources_dir)
    both = [_page("brackwater", "naive"), _page("ridge", "naive")]
    _fetched(made, both, [_page("brackwater", "day"), _page("brackwater", "offset")], [_page("ridge", "day")])
    assert _extract(made) == 5
    assert _published(made, "brackwater") == IN_UTC
    return made


def _fetched(project: Project, *parts: list[Page]) -> None:
    for pages in parts:
        writer = PartWriter(project.data_dir)
        for page in pages:
            writer.append(page)
        writer.close()


def _change(project: Project, **changed: Any) -> None:
    write_source(outlet("brackwater", **changed), project.sources_dir)


def _extract(project: Project, since: date | None = None) -> int:
    report = run_stages(project, "extract", [named_stages(since=since)["extract"]], lambda _progress: None)
    assert report.state == "ok"
    return report.stages[0].n_in


def _rows(project: Project, sql: str) -> list[tuple[object, ...]]:
    with open_writer(project.writer_file) as store:
        return list(store.fetch(sql))


def _published(project: Project, source_id: str) -> dict[str, str]:
    """Give the dates (UTC) of the articles of a source by the name of the page."""
    sql = (
        "SELECT canonical_url, strftime(published_at, '%Y-%m-%d %H:%M') FROM article WHERE is_current AND source_id = "
    )
    rows = _rows(project, f"{sql}'{source_id}'")
    return {str(url).rsplit("/", 1)[1].removesuffix(".html"): str(at) for url, at in rows}


def _readings(project: Project, source_id: str) -> list[str]:
    """Give what stands behind the extractor's name in all readings of the pages of a source."""
    sql = f"SELECT e.extractor FROM extraction e JOIN page p USING (page_id) WHERE source_id = '{source_id}' ORDER BY 1"
    return [str(row[0]).removeprefix(EXTRACTOR) for row in _rows(project, sql)]


def test_a_corrected_zone_moves_the_dates_without_one_of_that_source_and_only_when_asked(project: Project) -> None:
    _change(project, zone="Asia/Shanghai")
    assert _extract(project) == 0  # an ordinary night does nothing again
    assert _published(project, "brackwater") == IN_UTC
    assert _extract(project, FETCHED.date() + timedelta(days=1)) == 0  # nothing was fetched since

    assert _extract(project, SINCE) == 3  # those of the other outlet are left, also within the part
    assert _published(project, "brackwater") == IN_SHANGHAI
    assert _published(project, "ridge") == {name: IN_UTC[name] for name in ("naive", "day")}
    assert _readings(project, "brackwater") == ["", "", "", "#2", "#2", "#2"]
    assert _readings(project, "ridge") == ["", ""]

    assert _extract(project, SINCE) == 0  # nothing is left to do
    assert failed_checks(verify_project(project, deep=True, on_part=lambda _done, _all: None)) == []


def test_a_zone_that_is_taken_back_counts_again(project: Project) -> None:
    found = []
    for zone in ("Asia/Shanghai", "UTC", "Asia/Shanghai"):
        _change(project, zone=zone)
        assert _extract(project, SINCE) == 3
        assert _extract(project, SINCE) == 0
        found.append(_published(project, "brackwater"))
    assert found == [IN_SHANGHAI, IN_UTC, IN_SHANGHAI]


def test_pages_that_came_after_the_correction_are_left(project: Project) -> None:
    _change(project, zone="Asia/Shanghai")
    late = _page("brackwater", "naive")
    url = late.url.replace("naive", "late")
    _fetched(project, [replace(late, url=url, final_url=url, body=late.body.replace(b"harbour", b"river"))])
    assert _extract(project) == 1
    assert _extract(project, SINCE) == 3
    assert _readings(project, "brackwater") == ["", "", "", "", "#2", "#2", "#2"]


def test_a_corrected_name_is_taken_off_the_titles(project: Project) -> None:
    sql = "SELECT title FROM article WHERE is_current AND source_id = 'brackwater' ORDER BY 1"
    assert _rows(project, sql)[0] == ("The day crane - Harbour Post",)
    _change(project, name="Harbour Post")
    assert _extract(project, SINCE) == 3
    assert _rows(project, sql) == [("The day crane",), ("The naive crane",), ("The offset crane",)]


@pytest.mark.parametrize(
    ("changed", "n_read"),
    [
        pytest.param({"language": "fr"}, 3, id="the language counts"),
        pytest.param(
            {"enabled": False, "notes": "Weekly."},
            0,
            id="what no page is read by does not count",
        ),
        pytest.param({"zone": "Asia/Tokyo"}, 0, id="nor does a zone that an override replaces"),
    ],
)
def test_only_what_pages_are_read_by_counts(project: Project, changed: dict[str, Any], n_read: int) -> None:
    block = Override(zone="Asia/Shanghai")
    _change(project, override=(block,))
    assert _extract(project, SINCE) == 3
    _change(project, override=(block,), **changed)
    assert _extract(project, SINCE) == n_read
    assert _published(project, "brackwater") == IN_SHANGHAI


def test_pages_of_a_removed_source_stay_and_are_read_rightly_when_it_is_back(project: Project) -> None:
    file = next(project.sources_dir.rglob("brackwater.toml"))
    _change(project, zone="Asia/Shanghai")
    assert _extract(project, SINCE) == 3
    file.unlink()
    with open_writer(project.writer_file) as writer:
        assert record_withdrawals(writer, load_sources(project.sources_dir), utc_now()) == 1
    assert _extract(project, SINCE) == 0  # nobody says that their zone was wrong
    late = _page("brackwater", "naive")
    url = late.url.replace("naive", "late")
    _fetched(project, [replace(late, url=url, final_url=url, body=late.body.replace(b"harbour", b"river"))])
    assert _extract(project) == 1
    assert _published(project, "brackwater") == {**IN_SHANGHAI, "late": IN_UTC["naive"]}
    _change(project, zone="Asia/Shanghai")
    assert _extract(project, SINCE) == 1
    assert _published(project, "brackwater") == {**IN_SHANGHAI, "late": IN_SHANGHAI["naive"]}


def test_where_the_database_does_not_say_what_held_nothing_is_read_again_until_something_changes(
    project: Project,
) -> None:
    _rows(project, "DELETE FROM source")
    _change(project, zone="Asia/Shanghai")
    assert _extract(project, SINCE) == 0  # this zone is the first that is known
    _change(project, zone="Asia/Tokyo")
    assert _extract(project, SINCE) == 3
    assert _published(project, "brackwater")["naive"] == "2026-02-09 13:30"


def test_the_correction_counts_though_the_clock_was_set_back(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def two_days_back() -> datetime:
        return utc_now() - timedelta(days=2)

    for module in ("newstone.stages.extracting", "newstone.jobs"):
        monkeypatch.setattr(f"{module}.utc_now", two_days_back)
    _change(project, zone="Asia/Shanghai")
    assert _extract(project, SINCE) == 3
    assert _published(project, "brackwater") == IN_SHANGHAI
    assert _extract(project, SINCE) == 0
    _change(project)
    assert _extract(project, SINCE) == 3
    assert _published(project, "brackwater") == IN_UTC


def test_golden_pages_follow_the_zone(project: Project) -> None:
    folder = golden_folder(project.root)
    files = [record_golden(folder, outlet("brackwater"), _page("brackwater", name)) for name in WRITTEN]
    corrected = outlet("brackwater", zone="Asia/Shanghai")
    found = [compare_golden(golden, corrected) for golden in load_golden(folder)]
    changed = {difference.file: difference for difference in found if difference is not None}
    assert set(changed) == set(files[:2])  # the date with an offset stays
    assert {difference.fields for difference in changed.values()} == {("published_at",)}
    assert "+2026-02-09T14:30:00+00:00" in changed[files[0]].lines
