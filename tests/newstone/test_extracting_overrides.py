"""Overrides in the extract stage: kept pages are read again when an override changes, and only those it concerns."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawler.overrides import Override
from crawler.source_files import write_source
from db.checks import failed_checks, run_checks
from db.writer import open_writer
from newstone.config import Project, load_project
from newstone.health import read_project_status
from newstone.jobs import named_stages, run_stages
from newstone.scaffold import init_project
from newstone.source_hints import hints_on
from newstone.stages.context import StageResult
from newstone.verification import verify_project
from pipelines.extract import EXTRACTOR, extract_article
from pipelines.records import FeedItem, Page
from pipelines.spool import PartWriter, read_pages
from tests.newstone.outlet import outlet

PARAGRAPHS = (
    "The town council of Brackwater voted on Tuesday to rebuild the old harbour crane, idle for eleven years.",
    "Engineers expect the work to take until autumn and to cost less than a new one, the mayor said on Friday.",
    "The crane was built for the herring fleet, and a cooperative of former dockers has asked to run it.",
)
TEASER = "A storm closed the coast road on Sunday, and the school bus took the long way round over the ridge."
OLD, NEW = datetime(2026, 2, 10, 12, tzinfo=UTC), datetime(2026, 3, 10, 12, tzinfo=UTC)
SINCE = date(2026, 3, 1)


def _page(source_id: str, fetched_at: datetime, item: FeedItem | None = None) -> Page:
    url = f"https://{source_id}.example/news/crane-{fetched_at:%m}.html"
    text = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
    body = (
        f"<html lang=en><head><title>Crane to turn again</title></head><body><article><h1>Crane to turn again</h1>"
        f"<div class=text>{text}</div><div class=mixed><p>{TEASER}</p></div></article></body></html>"
    )
    headers = (("content-type", "text/html; charset=utf-8"),)
    return Page(url, url, source_id, fetched_at, status=200, headers=headers, body=body.encode(), item=item)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Give a project of two outlets with one part of the old layout and one of the new, both extracted."""
    monkeypatch.setenv("NEWSTONE_EXTRACT__WORKERS", "1")  # eight pages are not worth a process
    init_project(tmp_path / "p", languages=frozenset())
    made = load_project(tmp_path / "p")
    for source_id in ("brackwater", "ridge"):
        write_source(outlet(source_id), made.sources_dir)
    for fetched_at in (OLD, NEW):
        writer = PartWriter(made.data_dir)
        writer.append(_page("brackwater", fetched_at))
        writer.append(_page("ridge", fetched_at))
        writer.close()
    assert _extract(made).n_in == 4
    return made


def _extract(project: Project, since: date | None = None) -> StageResult:
    report = run_stages(project, "extract", [named_stages(since=since)["extract"]], lambda _progress: None)
    assert report.state == "ok"
    return report.stages[0]


def _override(project: Project, *blocks: Override) -> None:
    write_source(outlet("brackwater", override=blocks), project.sources_dir)


def _articles(project: Project) -> dict[str, tuple[str, str]]:
    """Give text and extractor of each article by its address."""
    with open_writer(project.writer_file) as store:
        rows = store.fetch("SELECT canonical_url, text, extractor FROM article WHERE is_current")
        assert failed_checks(run_checks(store, now=NEW)) == []
    return {str(url): (str(text), str(extractor)) for url, text, extractor in rows}


def _n_extractions(project: Project) -> int:
    with open_writer(project.writer_file) as store:
        return int(str(store.fetch("SELECT count(*) FROM extraction")[0][0]))


CHANGED = "https://brackwater.example/news/crane-03.html"


def test_an_override_is_applied_to_kept_pages_of_its_days_alone_and_only_when_asked(project: Project) -> None:
    before = _articles(project)
    assert TEASER in before[CHANGED][0]
    _override(project, Override(since=SINCE, drop=("div.mixed",)))

    assert _extract(project).n_in == 0  # an ordinary night does nothing again
    assert _articles(project) == before

    assert _extract(project, date(2026, 1, 1)).n_in == 1  # the changed page, not its neighbour
    after = _articles(project)
    assert after[CHANGED][0] == "\n".join(PARAGRAPHS)
    assert after[CHANGED][1].startswith(f"{EXTRACTOR} override/")
    assert {url: value for url, value in after.items() if url != CHANGED} == {
        url: value for url, value in before.items() if url != CHANGED
    }
    assert _n_extractions(project) == 5

    assert _extract(project, date(2026, 1, 1)).n_in == 0  # nothing is left to do


def test_pages_of_the_first_day_count_though_their_part_was_opened_before_midnight(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.spool.utc_now", lambda: datetime(2026, 3, 11, 23, 50, tzinfo=UTC))
    writer = PartWriter(project.data_dir)
    for minute in (55, 65):
        page = _page("brackwater", datetime(2026, 3, 11, 23, tzinfo=UTC) + timedelta(minutes=minute))
        url = page.url.replace("crane", f"crane-{minute}")
        body = page.body.replace(b"turn again", f"turn again {minute}".encode())
        writer.append(replace(page, url=url, final_url=url, body=body))
    writer.close()
    monkeypatch.undo()
    assert _extract(project).n_in == 2
    _override(project, Override(since=date(2026, 3, 11), until=date(2026, 3, 11), drop=("p",)))
    assert _extract(project, date(2026, 3, 12)).n_in == 0  # what changed was fetched before midnight
    _override(project, Override(since=date(2026, 3, 12), drop=("div.mixed",)))
    assert _extract(project, date(2026, 3, 13)).n_in == 0
    assert _extract(project, date(2026, 3, 12)).n_in == 1
    found = _articles(project)
    assert TEASER in found["https://brackwater.example/news/crane-55-03.html"][0]
    assert TEASER not in found["https://brackwater.example/news/crane-65-03.html"][0]


def test_an_override_that_is_changed_taken_back_and_written_again_counts_each_time(project: Project) -> None:
    first = Override(since=SINCE, drop=("div.mixed",))
    texts = []
    for blocks in ((first,), (), (first,), (Override(body_selector="div.text > p:first-child, div.mixed"),), ()):
        _override(project, *blocks)
        assert _extract(project, date(2026, 1, 1)).n_in > 0
        assert _extract(project, date(2026, 1, 1)).n_in == 0
        texts.append(_articles(project)[CHANGED])
    dropped, whole = "\n".join(PARAGRAPHS), "\n".join((*PARAGRAPHS, TEASER))
    assert [text for text, _ in texts] == [dropped, whole, dropped, f"{PARAGRAPHS[0]}\n{TEASER}", whole]
    assert [extractor.partition("#")[2] for _, extractor in texts] == ["", "2", "2", "", "3"]
    assert failed_checks(verify_project(project, deep=True, on_part=lambda _done, _all: None)) == []


def test_pages_of_a_night_are_read_under_the_override_of_their_day(project: Project) -> None:
    _override(project, Override(since=SINCE, drop=("div.mixed",)))
    writer = PartWriter(project.data_dir)
    for fetched_at in (OLD.replace(day=27), NEW.replace(day=12)):
        page = _page("brackwater", fetched_at)
        url = page.url.replace("crane", f"crane-{fetched_at:%d}")
        body = page.body.replace(b"turn again", f"turn again on {fetched_at:%d}".encode())
        writer.append(Page(url, url, page.source_id, fetched_at, status=200, headers=page.headers, body=body))
    writer.close()
    assert _extract(project).n_in == 2
    found = _articles(project)
    assert TEASER in found["https://brackwater.example/news/crane-27-02.html"][0]
    assert TEASER not in found["https://brackwater.example/news/crane-12-03.html"][0]


def test_an_override_that_no_longer_fits_stands_in_status_until_it_is_mended(project: Project) -> None:
    _override(project, Override(body_selector="div.gone"))
    _extract(project, date(2026, 1, 1))
    told = [trouble for trouble in read_project_status(project).troubles if trouble.source_id == "brackwater"]
    assert "override: body_selector 'div.gone' finds nothing" in "".join(told[0].reasons)
    _override(project, Override(body_selector="div.text"))
    _extract(project, date(2026, 1, 1))
    assert [t for t in read_project_status(project).troubles if t.source_id == "brackwater"] == []


def test_live_and_kept_pages_are_read_alike_with_the_text_of_the_feed(tmp_path: Path) -> None:
    blocks = (Override(feed_body=True, title_selector="h1", drop=("div.mixed", "div.text")),)
    source = outlet("brackwater", override=blocks)
    item = FeedItem(url="https://brackwater.example/news/crane-03.html", body="\n".join(PARAGRAPHS), summary="Short.")
    live = _page("brackwater", NEW, item)
    writer = PartWriter(tmp_path)
    writer.append(live)
    part = writer.close()
    assert part is not None
    kept = next(iter(read_pages(part))).page
    hints = hints_on(source, NEW.date())
    read = extract_article(live, hints)
    assert read.article is not None
    assert read.article.text == "\n".join(PARAGRAPHS)
    assert extract_article(kept, hints) == read
