"""The process around a crawl: progress, limits, signals, kills, errors."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import Message
from pathlib import Path

import pytest

from crawler.run import Progress, run_crawl
from crawler.state import lock_crawl
from pipelines.errors import ConfigError, CrawlError, LockedError, SpoolError
from pipelines.journal import list_new_journals, read_journal
from pipelines.outcomes import Outcome
from pipelines.spool import folder, list_new_parts
from tests.crawler.conftest import Nights
from tests.crawler.site import Answer, Reply, Site, article, feed, running

pytestmark = pytest.mark.slow

N_PAGES = 60
HANG_SECONDS = 30.0

PARENT = """
import sys
from pathlib import Path
from crawler.run import CrawlJob, run_crawl
data, sources = map(Path, sys.argv[1:])
run_crawl(CrawlJob(data_dir=data, sources_dir=sources, delay_seconds=0.05, timeout_seconds=20.0))
"""


@pytest.fixture
def site(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    urls = [f"http://news.test/{number}" for number in range(N_PAGES)]
    pages: dict[str, Answer] = {
        f"/{number}": Reply(body=article(str(number)).body, wait_seconds=0.02) for number in range(N_PAGES)
    }
    hanging: dict[str, Answer] = {"/feed.xml": feed("http://hanging.test/a"), "/a": Reply(wait_seconds=HANG_SECONDS)}
    with running({"news.test": {"/feed.xml": feed(*urls, etag='"1"'), **pages}, "hanging.test": hanging}) as site:
        monkeypatch.setenv("http_proxy", site.proxy)
        nights.add_source("news", ("feed", "http://news.test/feed.xml"))
        yield site


def test_progress_is_told_while_it_runs_and_ends_with_everything_done(nights: Nights, site: Site) -> None:
    seen: list[Progress] = []
    report = run_crawl(replace(nights.job, delay_seconds=0.03), seen.append)
    assert report.ended == "finished"
    assert len(seen) >= 2
    assert seen[-1].pages == report.pages == N_PAGES
    assert (seen[-1].hosts_done, seen[-1].hosts_total, seen[-1].pending) == (1, 1, 0)


def test_parts_turn_over_at_their_size_and_hold_every_page_once(nights: Nights, site: Site) -> None:
    report = nights.crawl(settings={"NEWSTONE_MAX_PART_PAGES": 25})
    assert len(report.parts) == 3
    assert [part.name for part in list_new_parts(nights.job.data_dir)] == list(report.parts)
    assert len({page.url for page in nights.pages()}) == len(nights.pages()) == N_PAGES


def test_the_time_limit_ends_a_night_soon_and_cuts_what_hangs(nights: Nights, site: Site) -> None:
    nights.add_source("hanging", ("feed", "http://hanging.test/feed.xml"))
    report = nights.crawl(delay_seconds=0.5, timeout_seconds=60, time_limit_seconds=3)
    assert report.ended == "time_limit"
    assert report.elapsed_seconds < HANG_SECONDS
    assert 0 < report.pages < N_PAGES
    assert report.pages + report.pending == N_PAGES
    (cut,) = [page for page in nights.pages() if page.source_id == "hanging"]
    assert cut.outcome is Outcome.TIMEOUT
    site.web["hanging.test"] = {**site.web["hanging.test"], "/a": article()}
    again = nights.crawl()
    assert again.pages == N_PAGES - report.pages + 1


def test_a_host_gets_no_more_than_its_share_of_the_night(nights: Nights, site: Site) -> None:
    report = nights.crawl(delay_seconds=0.2, host_seconds=3)
    assert report.ended == "finished"
    assert 5 <= report.pages <= 15
    assert report.pages + report.pending == N_PAGES


@contextmanager
def signals_once_pages_came(site: Site, *numbers: signal.Signals) -> Iterator[None]:
    """Send signals to this process when the second page is asked for: then the first one is in."""
    is_over = threading.Event()

    def wait_and_send() -> None:
        while len(site.page_hits()) < 2:
            if is_over.wait(0.02):
                return
        for number in numbers:
            os.kill(os.getpid(), number)

    sender = threading.Thread(target=wait_and_send)
    sender.start()
    try:
        yield
    finally:
        is_over.set()
        sender.join()


def test_sigterm_to_the_parent_ends_the_crawl_gracefully(nights: Nights, site: Site) -> None:
    with signals_once_pages_came(site, signal.SIGTERM):
        report = nights.crawl(delay_seconds=0.2)
    assert report.ended == "stopped"
    assert 0 < report.pages < N_PAGES
    assert report.pages + report.pending == N_PAGES
    assert list(folder(nights.job.data_dir, "open").iterdir()) == []


def test_a_second_signal_ends_the_crawl_at_once_and_the_next_one_takes_it_up(nights: Nights, site: Site) -> None:
    with signals_once_pages_came(site, signal.SIGTERM, signal.SIGINT):
        report = nights.crawl(delay_seconds=0.2)
    assert (report.ended, report.parts) == ("stopped", ())  # it could not even write its report
    nights.crawl()
    assert sorted(page.url for page in nights.pages()) == sorted(f"http://news.test/{n}" for n in range(N_PAGES))


def crawl_in_background(nights: Nights, tmp_path: Path) -> "subprocess.Popen[bytes]":
    job = {name: getattr(nights.job, name) for name in nights.job.__slots__}
    job |= {"data_dir": str(nights.job.data_dir), "sources_dir": str(nights.job.sources_dir), "delay_seconds": 0.05}
    job |= {"parent_pid": os.getpid()}
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "crawler.run", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


def test_kill_9_at_any_moment_loses_at_most_the_page_in_flight(nights: Nights, site: Site, tmp_path: Path) -> None:
    moments = random.Random(7)
    kills = 4
    for _ in range(kills):
        process = crawl_in_background(nights, tmp_path)
        time.sleep(moments.uniform(1.2, 2.8))
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
    nights.crawl()
    pages = nights.pages()
    assert sorted(page.url for page in pages) == sorted(f"http://news.test/{number}" for number in range(N_PAGES))
    assert {page.attempt for page in pages} == {1}
    # asked again after a kill: the page on the wire, and the one before it where its answer was not written yet
    assert N_PAGES <= len(site.page_hits()) <= N_PAGES + 2 * kills
    checks = [check for path in list_new_journals(nights.job.data_dir) for check in read_journal(path).feed_checks]
    assert len(checks) >= 1


def test_a_crawl_whose_parent_is_gone_ends_by_itself(nights: Nights, site: Site, tmp_path: Path) -> None:
    process = crawl_in_background(nights, tmp_path)
    time.sleep(2)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(15) == 0
    assert list(folder(nights.job.data_dir, "open").iterdir()) == []


def test_a_crawl_whose_parent_is_killed_ends_with_it_and_leaves_no_failure_behind(
    nights: Nights, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.state.LOCK_WAIT_SECONDS", 2.5)  # less than the answer takes that it waits for
    site.web["news.test"] = {**site.web["news.test"], "/5": Reply(body=article().body, wait_seconds=6)}
    for _ in range(4):  # the pipe of a killed parent closes before or after its children see it gone: both must do
        site.forget()
        parent = subprocess.Popen([sys.executable, "-c", PARENT, str(nights.job.data_dir), str(nights.job.sources_dir)])
        until = time.monotonic() + 20
        while not site.hits_of("http://news.test/5") and time.monotonic() < until:
            time.sleep(0.05)
        parent.kill()
        parent.wait()
        lock_crawl(nights.job.data_dir).close()
    assert list((nights.job.data_dir / "crawl").glob("job-*")) == []
    nights.crawl(timeout_seconds=20)
    assert [(page.outcome, page.attempt) for page in nights.pages()] == [(None, 1)] * N_PAGES


def test_two_crawls_in_one_folder_do_not_meet(nights: Nights, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.state.LOCK_WAIT_SECONDS", 0.0)
    with lock_crawl(nights.job.data_dir), pytest.raises(LockedError, match="another crawl"):
        lock_crawl(nights.job.data_dir)
    lock_crawl(nights.job.data_dir).close()


def test_a_crawl_process_that_dies_is_an_error_with_its_log(nights: Nights, site: Site) -> None:
    with pytest.raises(CrawlError, match=r"(?s)ended with status 1.*no_such_scheduler"):
        nights.crawl(settings={"SCHEDULER": "no_such_scheduler.Scheduler"})


def test_an_allowed_address_that_cannot_be_read_is_named(nights: Nights, site: Site) -> None:
    with pytest.raises(ConfigError, match=r"'127\.0\.0\.1' cannot be read"):
        nights.crawl(allowed_addresses=("127.0.0.1",))


def test_a_spool_that_cannot_be_written_ends_the_crawl_with_an_error(nights: Nights, site: Site) -> None:
    spool = folder(nights.job.data_dir, "open")
    spool.rmdir()
    spool.write_text("in the way")
    with pytest.raises(SpoolError, match=r"spool/open.*in the way"):
        nights.crawl()


def test_a_disk_that_fills_up_ends_the_crawl_with_an_error_and_keeps_what_was_written(
    nights: Nights, site: Site
) -> None:
    for number in range(N_PAGES):
        page = b"<html><p>" + random.Random(number).randbytes(200_000)
        site.web["news.test"] = {**site.web["news.test"], f"/{number}": Reply(body=page)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))  # passed on to the crawl process
    try:
        with pytest.raises(SpoolError, match="make room"):
            nights.crawl()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    n_stored = len(nights.pages())
    assert 0 < n_stored < N_PAGES
    assert nights.crawl().pages == N_PAGES - n_stored


def test_a_state_that_cannot_be_written_ends_the_crawl_with_an_error(nights: Nights, site: Site) -> None:
    urls = [f"http://news.test/{number}" for number in range(2_000)]
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": feed(*urls)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))  # passed on to the crawl process
    try:
        with pytest.raises(SpoolError, match=r"state\.sqlite cannot be written.*make room"):
            nights.crawl()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_last_part_that_cannot_be_completed_is_an_error_and_recovered_by_the_next_crawl(
    nights: Nights, site: Site
) -> None:
    new = nights.job.data_dir / "spool" / "new"

    def spoil(headers: Message) -> Reply:
        del headers
        if new.is_dir():
            new.rmdir()
            new.write_text("in the way")
        return article()

    site.web["news.test"] = {"/feed.xml": feed("http://news.test/a"), "/a": spoil}
    with pytest.raises(SpoolError, match="in the way"):
        nights.crawl()
    new.unlink()
    nights.crawl()
    assert [(page.url, page.attempt) for page in nights.pages()] == [("http://news.test/a", 1)]


def test_plain_scrapy_crawls_one_source(nights: Nights, site: Site) -> None:
    environment = {
        **os.environ,
        "NEWSTONE_DATA": str(nights.job.data_dir),
        "NEWSTONE_SOURCES": str(nights.job.sources_dir),
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "feeds", "-a", "source=news", "-s", "DOWNLOAD_DELAY=0"]
    subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], check=True, capture_output=True, timeout=60)
    assert len(nights.pages()) == N_PAGES
