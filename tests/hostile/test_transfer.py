"""One crawl of a server on which every host does harm in its own way."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.run import CrawlReport
from pipelines.records import Page
from tests.crawler.conftest import make_nights, without_proxy
from tests.hostile.transfer import TRANSFERS
from tests.hostile.wire import serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hostile-crawl")]

MEMORY_BYTES = 900 * 1024 * 1024
"""The crawl process alone takes 110 MB; every bomb that unpacked would add 60 MB, an endless body everything."""


@dataclass(frozen=True)
class Crawl:
    report: CrawlReport
    pages: dict[str, Page]  # by case
    hosts: frozenset[str]  # asked through the proxy
    folder: Path


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    folder = tmp_path_factory.mktemp("hostile")
    with (
        pytest.MonkeyPatch.context() as patch,
        serving({f"{name}.test": t.speak for name, t in TRANSFERS.items()}) as server,
    ):
        without_proxy(patch)
        patch.setenv("http_proxy", server.url)
        nights = make_nights(folder)
        for name in TRANSFERS:
            nights.add_source(name, ("feed", f"http://{name}.test/feed.xml"))
        # the honest answers come in time, too, while the endless ones keep a busy machine busier
        report = nights.crawl(settings={"RETRY_TIMES": 0}, timeout_seconds=6.0)
        pages = {page.source_id: page for page in nights.pages()}
        yield Crawl(report, pages, frozenset(server.hosts), folder)


@pytest.mark.parametrize("name", TRANSFERS)
def test_a_hostile_answer_ends_in_its_outcome(crawl: Crawl, name: str) -> None:
    page = crawl.pages[name]
    case = TRANSFERS[name]
    assert page.outcome in {case.outcome, case.or_else or case.outcome}, page.detail


def test_nobody_was_asked_but_the_hosts_themselves(crawl: Crawl) -> None:
    assert {host for host in crawl.hosts if not host.endswith(".test")} == set()
    assert "public.test" not in crawl.hosts


def test_the_crawl_came_to_its_end_within_its_memory(crawl: Crawl) -> None:
    assert crawl.report.ended == "finished"
    assert crawl.report.pages + crawl.report.errors == len(TRANSFERS)
    assert crawl.report.peak_memory_bytes < MEMORY_BYTES


def test_nothing_is_written_outside_the_data_folder(crawl: Crawl) -> None:
    assert {path.name for path in crawl.folder.iterdir()} == {"data", "sources"}
    names = [path.relative_to(crawl.folder).parts for path in (crawl.folder / "data").rglob("*") if path.is_file()]
    assert {parts[1] for parts in names} <= {"crawl", "spool"}
