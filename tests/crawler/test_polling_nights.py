"""Feeds over many nights and polls: real crawls of a real server, each at its own time."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crawler.feeds import parse_feed
from crawler.polling import FailureClass, after_failure
from crawler.run import CrawlReport
from crawler.state import CrawlState, Validators
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedItem
from tests.crawler.conftest import Nights
from tests.crawler.site import Answer, Reply, Site, article, feed, running

pytestmark = pytest.mark.slow

START = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWS, OTHER = "http://news.test/feed.xml", "http://other.test/feed.xml"


def addresses(host: str, *names: str) -> list[str]:
    return [f"http://{host}/{name}" for name in names]


@pytest.fixture
def site(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    pages: dict[str, Answer] = {f"/{name}": article(name) for name in "abcdefgh"}
    web: dict[str, dict[str, Answer]] = {
        "news.test": {"/feed.xml": feed(*addresses("news.test", *"abcd")), **pages},
        "other.test": {"/feed.xml": feed(*addresses("other.test", *"abcd")), **pages},
    }
    with running(web) as site:
        monkeypatch.setenv("http_proxy", site.proxy)
        nights.add_source("news", ("feed", NEWS), homepage="http://news.test/")
        nights.add_source("other", ("feed", OTHER), homepage="http://other.test/")
        yield site


def list_in_feed(site: Site, host: str, *names: str) -> None:
    site.web[host] = {**site.web[host], "/feed.xml": feed(*addresses(host, *names))}


def poll(nights: Nights, now: datetime) -> CrawlReport:
    return nights.crawl(now=now, due_only=True)


def test_a_poll_asks_only_the_feeds_that_are_due_and_fetches_what_is_new_in_them(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    list_in_feed(site, "news.test", *"efgh")
    nights.crawl(now=START + 4 * HOUR)  # news is all new again: an hour; other all known: six
    site.forget()
    nothing = poll(nights, START + 4.5 * HOUR)
    assert site.hits == []
    assert (nothing.feed_checks, nothing.source_nights, nothing.pages) == ((), (), 0)
    assert nothing.listings_not_asked == 2
    list_in_feed(site, "news.test", *"hgfea")
    list_in_feed(site, "other.test", *"abcde")
    report = poll(nights, START + 5 * HOUR)
    assert [check.url for check in report.feed_checks] == [NEWS]
    assert report.listings_not_asked == 1
    assert site.hits_of(OTHER) == []
    night = nights.crawl(now=START + DAY)  # the night asks everybody
    assert len(night.feed_checks) == 2
    assert "http://other.test/e" in {page.url for page in nights.pages()}


def test_pages_of_feeds_that_are_not_due_wait_for_the_night(nights: Nights, site: Site) -> None:
    nights.crawl(now=START, max_pages_per_source=1)
    of_the_night = (nights.job.data_dir / "crawl" / "crawl.log").read_bytes()
    site.forget()
    assert poll(nights, START + HOUR).pages == 0
    assert site.page_hits() == []
    assert (nights.job.data_dir / "crawl" / "crawl.log").read_bytes() == of_the_night  # a poll has its own
    assert (nights.job.data_dir / "crawl" / "poll.log").stat().st_size > 0
    assert nights.crawl(now=START + DAY).pages == 6


def test_a_feed_that_was_dead_for_weeks_costs_little_and_is_taken_up_again(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    list_in_feed(site, "other.test", *"abcd")
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": Reply(404)}
    with CrawlState(nights.job.data_dir) as state:  # two weeks of bad nights, without crawling them all
        record = state.poll_record(NEWS)
        for night in range(1, 14):
            record = after_failure(record, START + night * DAY, FailureClass.SOFT)
        assert record is not None
        state.note_poll(NEWS, record)
    asked = []
    for night in range(13, 21):
        site.forget()
        report = nights.crawl(now=START + night * DAY)
        asked.append(len(site.hits_of(NEWS)))
        checks = [check.outcome for check in report.feed_checks if check.source_id == "news"]
        assert checks == [FeedOutcome.HTTP_ERROR] * asked[-1]  # a feed that was not asked has no check
        assert report.listings_not_asked == 1 - asked[-1]
        assert len(site.hits_of(OTHER)) == 1
    assert asked == [1, 1, 0, 0, 1, 0, 0, 1]
    list_in_feed(site, "news.test", *"efgh")
    back = [nights.crawl(now=START + night * DAY) for night in range(21, 24)]
    assert sum(report.pages for report in back) == 4  # within three nights, everything that it lists by then
    site.forget()
    nights.crawl(now=START + 24 * DAY)
    assert len(site.hits_of(NEWS)) == 1  # and nightly from then on


def test_a_source_that_a_person_names_is_asked_at_once(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": Reply(500)}
    with CrawlState(nights.job.data_dir) as state:
        record = state.poll_record(NEWS)
        for night in range(1, 30):
            record = after_failure(record, START + night * DAY, FailureClass.TEMPORARY)
        assert record is not None
        state.note_poll(NEWS, record)
    site.forget()
    nights.crawl(now=START + 30 * DAY, source_ids=("news",))
    assert len(site.hits_of(NEWS)) >= 1


def test_a_feed_that_is_gone_is_left_alone_by_polls(nights: Nights, site: Site) -> None:
    site.web["news.test"] = {"/feed.xml": Reply(410)}
    nights.crawl(now=START)
    site.forget()
    for hours in (5, 12, 24 * 6):
        poll(nights, START + hours * HOUR)
    assert site.hits_of(NEWS) == []
    list_in_feed(site, "news.test", *"ab")
    assert nights.crawl(now=START + 7 * DAY - HOUR).feed_checks[0].outcome is FeedOutcome.OK


def test_a_feed_that_is_unchanged_is_polled_less_and_less(nights: Nights, site: Site) -> None:
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": feed("http://news.test/a", etag='"1"')}
    nights.crawl(now=START)
    for hours in (3, 9):
        assert {check.outcome for check in poll(nights, START + hours * HOUR).feed_checks} == {
            FeedOutcome.OK,
            FeedOutcome.UNCHANGED,
        }
    with CrawlState(nights.job.data_dir) as state:
        record = state.poll_record(NEWS)
    assert record is not None
    assert record.interval_seconds == 12 * 3600


@pytest.mark.parametrize(
    ("channel", "seconds"),
    [
        ("<ttl>90</ttl>", 5400.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21_600.0),
        ("<sy:updatePeriod> hourly\n</sy:updatePeriod>", 3600.0),
        ("<ttl>soon</ttl><sy:updatePeriod>never</sy:updatePeriod>", 0.0),
        ("", 0.0),
    ],
    ids=["ttl", "period", "spaces", "nonsense", "nothing"],
)
def test_a_feed_says_how_often_it_wishes_to_be_asked(channel: str, seconds: float) -> None:
    spaces = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    body = f"<rss version='2.0' {spaces}><channel><title>t</title>{channel}<item><link>http://a.test/</link></item>"
    assert parse_feed(f"{body}</channel></rss>".encode(), url="http://a.test/f").pause_seconds == seconds


def test_max_age_and_ttl_lengthen_the_interval_of_a_crawled_feed(nights: Nights, site: Site) -> None:
    busy = feed(*addresses("news.test", *"abcd"))
    site.web["news.test"] = {
        **site.web["news.test"],
        "/feed.xml": lambda request: Reply(
            body=busy(request).body, headers={"Cache-Control": "public, max-age=18000"}, content_type="text/xml"
        ),
    }
    nights.crawl(now=START)
    with CrawlState(nights.job.data_dir) as state:
        record, other = state.poll_record(NEWS), state.poll_record(OTHER)
    assert record is not None
    assert other is not None
    assert (record.interval_seconds, other.interval_seconds) == (18_000, 3 * 3600)


def test_a_state_of_version_one_is_taken_over_with_all_it_knows(nights: Nights, site: Site) -> None:
    with CrawlState(nights.job.data_dir) as state:
        item = FeedItem("http://news.test/h", title="Waits since before")
        state.take_listing(NEWS, Validators('"1"'), "news", [("0", item)], START)
        path = state.path
    database = sqlite3.connect(path)
    database.executescript("DROP TABLE poll; PRAGMA user_version = 1")
    database.close()
    nights.crawl(now=START + DAY)
    assert site.hits_of(NEWS)[0].headers["If-None-Match"] == '"1"'
    assert "http://news.test/h" in site.page_hits()
    with CrawlState(nights.job.data_dir) as state:
        assert state.poll_record(NEWS) is not None
        assert state.last_answer_at() is not None


def test_the_command_ends_with_three_where_nothing_is_due(nights: Nights, site: Site) -> None:
    assert nights.job.sources_dir is not None
    config = f'[paths]\nsources = "{nights.job.sources_dir}"\n[crawl]\ndelay_seconds = 0\n'
    (nights.folder / "newstone.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "newstone", "--config", str(nights.folder), "crawl", "--due", "--json"]

    def run() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, check=False, capture_output=True, text=True)

    first = run()
    assert first.returncode == 0, first.stderr
    assert len(site.page_hits()) == 8
    site.forget()
    second = run()
    assert (second.returncode, second.stderr) == (3, "")
    assert site.hits == []
    (stage,) = json.loads(second.stdout)["stages"]
    assert stage["counts"]["feeds_not_asked"] == 2
    assert stage["counts"]["feeds"] == 0
