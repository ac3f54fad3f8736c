"""A real snapshot, its report page, and a real Chromium that refuses nothing but reports everything."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.report import build_report
from analysis.report.facts import ReportFacts, gather_facts, report_span
from analysis.spikes import SpikeSettings
from db.read import Grain, open_snapshot
from tests.chromium import launched_chromium
from tests.report.browser import Seen, closed, opened
from tests.report.newsroom import NOW, build_newsroom

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the snapshot."""
    return build_newsroom(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture(scope="session")
def report_file(newsroom: Path) -> Path:
    """The report page of the snapshot."""
    with open_snapshot(newsroom) as snapshot:
        page = build_report(snapshot, now=NOW)
    file = newsroom.with_name("report.html")
    file.write_text(page, encoding="utf-8")
    return file


@pytest.fixture(scope="module")  # an open Playwright keeps asyncio.run from every other test
def chromium() -> "Iterator[Browser]":
    with launched_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def facts_by(newsroom: Path) -> Callable[[Grain], ReportFacts]:
    """The facts of the snapshot by grain, each gathered once."""

    @cache
    def gather(grain: Grain) -> ReportFacts:
        with open_snapshot(newsroom) as snapshot:
            span = report_span(snapshot, None, None, 365)
            return gather_facts(snapshot, span, grain, now=NOW, minimum_voices=5, spikes=SpikeSettings())

    return gather


@pytest.fixture(scope="module")
def open_page(chromium: "Browser", report_file: Path) -> "Iterator[tuple[Page, Seen]]":
    with opened(chromium, report_file) as (page, seen):
        yield page, seen


@pytest.fixture
def page(open_page: "tuple[Page, Seen]", report_file: Path) -> "Iterator[Page]":
    """The page as it was opened, for tests that share it: they may filter, pick and open, and change nothing else."""
    page, seen = open_page
    closed(page)
    yield page
    assert seen.messages == []
    assert seen.requests == [report_file.as_uri()]
