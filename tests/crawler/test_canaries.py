"""Known pages that are fetched again on quiet nights: which, when, and with what they were first read with."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.canaries import KEPT_PER_SOURCE, drop_unread
from crawler.page_marks import mark_of
from crawler.state import CrawlState, Validators
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem, Page
from tests.crawler.conftest import Nights
from tests.crawler.site import Answer, Reply, Site, article, feed, running

START = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def page(number: int, at: datetime = START, outcome: Outcome | None = None, attempt: int = 1) -> Page:
    url = f"http://a.test/{number}"
    body = b"" if outcome else b"<html>"
    item = FeedItem(url, title=f"Title {number}", body="The whole text.")
    return Page(url, url, "a", at, attempt=attempt, outcome=outcome, body=body, item=item)


def keep(state: CrawlState, *pages: Page) -> None:
    marks = [mark_of(page) for page in pages]
    state.index_part(f"{pages[0].url} {pages[0].fetched_at} {pages[0].attempt}", marks)


def asked(state: CrawlState, now: datetime, limit: int = 2) -> list[str]:
    return [pending.item.url.rpartition("/")[2] for pending in state.canaries(["a", "b"], now, limit)]


def test_the_newest_pages_come_again_with_the_words_of_their_feed_once_a_day(tmp_path: Path) -> None:
    with CrawlState(tmp_path) as state:
        keep(state, *(page(number, START + timedelta(minutes=number)) for number in range(4)))
        assert asked(state, START + timedelta(hours=12)) == []
        (first, _second) = state.canaries(["a"], START + DAY, 2)
        assert (first.item, first.attempt) == (page(3).item, 2)
        assert asked(state, START + DAY) == ["3", "2"]
        keep(state, page(3, START + DAY, attempt=2))
        assert asked(state, START + DAY) == ["2"]  # a repeated run goes on where it was killed
        assert asked(state, START + 2 * DAY) == ["3", "2"]  # the first fetch counts
        assert asked(state, START + 31 * DAY) == []


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.FORGOTTEN])
def test_a_page_that_is_gone_or_taken_down_is_never_asked_for_again(tmp_path: Path, outcome: Outcome) -> None:
    with CrawlState(tmp_path) as state:
        keep(state, page(1), page(2))
        keep(state, page(1, START + DAY, outcome, attempt=2))
        assert asked(state, START + 3 * DAY) == ["2"]
        state.drop_waiting([])
    assert b"Title 1" not in (tmp_path / "crawl" / "state.sqlite").read_bytes()


def test_a_page_that_failed_for_the_moment_is_asked_for_again(tmp_path: Path) -> None:
    with CrawlState(tmp_path) as state:
        keep(state, page(1))
        keep(state, page(1, START + DAY, Outcome.TIMEOUT, attempt=2))
        assert asked(state, START + 2 * DAY) == ["1"]
        (one,) = [each.item for each in state.canaries(["a"], START + 2 * DAY, 1)]
        assert state.take_listing("http://a.test/feed", Validators(), "a", [("0", one)], START + 2 * DAY) == 0


def test_a_page_that_could_not_be_read_when_it_first_came_does_not_stand_for_its_source(tmp_path: Path) -> None:
    later = START + timedelta(minutes=5)
    with CrawlState(tmp_path) as state:
        keep(state, page(1), page(2, later), page(3, later))
        drop_unread(tmp_path, [(page(1).url, later), (page(2).url, later)])  # the first is of a later fetch
        assert asked(state, START + DAY) == ["3", "1"]
    drop_unread(tmp_path / "nowhere", [(page(1).url, START)])


def test_few_pages_are_kept_of_each_source_and_none_that_never_came(tmp_path: Path) -> None:
    with CrawlState(tmp_path) as state:
        keep(state, *(page(number, START + timedelta(minutes=number)) for number in range(20)))
        keep(state, page(20, START + timedelta(hours=1), Outcome.TIMEOUT))
        keep(state, replace(page(21), source_id="b"))
        assert len(asked(state, START + DAY, 100)) == KEPT_PER_SOURCE + 1


@pytest.fixture
def site(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    nights.job = replace(nights.job, canaries=2)
    web: dict[str, dict[str, Answer]] = {
        f"{host}.test": {
            "/feed.xml": feed(*(f"http://{host}.test/{name}" for name in "abc")),
            **{f"/{name}": article(name) for name in "abcdefg"},
        }
        for host in ("quiet", "lively", "dead")
    }
    with running(web) as site:
        monkeypatch.setenv("http_proxy", site.proxy)
        for host in ("quiet", "lively", "dead"):
            nights.add_source(host, ("feed", f"http://{host}.test/feed.xml"), homepage=f"http://{host}.test/")
        yield site


@pytest.mark.slow
def test_the_night_asks_again_where_a_source_answers_and_has_hardly_any_news(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    site.web["lively.test"] = {
        **site.web["lively.test"],
        "/feed.xml": feed(*(f"http://lively.test/{name}" for name in "defg")),
    }
    site.web["dead.test"] = {**site.web["dead.test"], "/feed.xml": Reply(404)}
    for changes in ({"due_only": True}, {"source_ids": ("quiet",)}, {"canaries": 0}):
        site.forget()
        nights.crawl(now=START + timedelta(hours=23), max_pages_per_source=1, **changes)
        assert not [url for url in site.page_hits() if "quiet" in url]
    site.forget()
    report = nights.crawl(now=START + DAY)
    assert [url.rpartition("/")[0] for url in site.page_hits() if "lively" not in url] == ["http://quiet.test"] * 2
    assert [page.attempt for page in nights.pages() if page.source_id == "quiet"] == [1, 1, 1, 2, 2]
    assert {night.source_id: night.handed_over for night in report.source_nights}["quiet"] == 2
    assert report.pending == 0
