"""Several nights over one data folder: only what is new is fetched, and what failed is tried again in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.errors import SourceError
from pipelines.outcomes import FeedOutcome, Outcome
from tests.crawler.conftest import Nights
from tests.crawler.site import Answer, Reply, Site, article, feed, robots, running

pytestmark = pytest.mark.slow

START = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)
A, B, C = (f"http://news.test/{name}" for name in "abc")
FEED = "http://news.test/feed.xml"


@pytest.fixture
def site(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    pages = {f"/{name}": article(name) for name in "abc"}
    with running({"news.test": {"/feed.xml": feed(A, B, etag='"one"'), **pages}}) as site:
        monkeypatch.setenv("http_proxy", site.proxy)
        nights.add_source("news", ("feed", FEED))
        yield site


def set_page(site: Site, path: str, reply: Reply | list[Reply]) -> None:
    site.web["news.test"] = {**site.web["news.test"], path: reply}


def test_a_second_night_fetches_nothing_twice_and_asks_conditionally(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    assert sorted(site.page_hits()) == [A, B]
    site.forget()
    report = nights.crawl(now=START + timedelta(days=1))
    assert site.page_hits() == []
    assert site.hits_of(FEED)[0].headers["If-None-Match"] == '"one"'
    assert [check.outcome for check in report.feed_checks] == [FeedOutcome.UNCHANGED]
    assert (report.pages, report.errors, report.pending) == (0, 0, 0)


def test_last_modified_is_sent_where_there_is_no_etag(nights: Nights, site: Site) -> None:
    stamp = "Sat, 01 Mar 2025 00:00:00 GMT"
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": feed(A, last_modified=stamp)}
    nights.crawl(now=START)
    site.forget()
    nights.crawl(now=START + timedelta(days=1))
    headers = site.hits_of(FEED)[0].headers
    assert headers["If-Modified-Since"] == stamp
    assert "If-None-Match" not in headers


def test_only_the_new_item_of_a_changed_feed_is_fetched(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    site.forget()
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": feed(C, A, B, etag='"two"')}
    report = nights.crawl(now=START + timedelta(days=1))
    assert site.page_hits() == [C]
    assert report.feed_checks[0].n_items == 3
    assert report.feed_checks[0].n_new == 1


def test_a_page_is_fetched_again_after_its_revisit_window(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": feed(A, B)}
    site.forget()
    nights.crawl(now=START + timedelta(days=29))
    assert site.page_hits() == []
    nights.crawl(now=START + timedelta(days=31))
    assert sorted(site.page_hits()) == [A, B]
    assert sorted(page.attempt for page in nights.pages()) == [1, 1, 2, 2]


def test_a_transient_failure_is_tried_again_behind_an_unchanged_feed_with_back_off(nights: Nights, site: Site) -> None:
    set_page(site, "/a", Reply(500))
    nights.crawl(now=START)
    site.forget()
    nights.crawl(now=START + timedelta(hours=5))
    assert site.page_hits() == []
    nights.crawl(now=START + timedelta(hours=7))
    assert site.page_hits() == [A]
    site.forget()
    nights.crawl(now=START + timedelta(hours=7 + 11))
    assert site.page_hits() == []
    set_page(site, "/a", article())
    nights.crawl(now=START + timedelta(hours=7 + 13))
    assert site.page_hits() == [A]
    attempts = [(page.attempt, page.outcome) for page in nights.pages() if page.url == A]
    assert attempts == [(1, Outcome.HTTP_ERROR), (2, Outcome.HTTP_ERROR), (3, None)]


def test_a_hard_failure_waits_for_the_revisit_window(nights: Nights, site: Site) -> None:
    set_page(site, "/a", Reply(404))
    nights.crawl(now=START)
    site.forget()
    site.web["news.test"] = {**site.web["news.test"], "/feed.xml": feed(A, B)}
    nights.crawl(now=START + timedelta(days=10))
    assert site.page_hits() == []


def test_a_robots_txt_that_failed_is_asked_again_and_one_that_forbids_holds(nights: Nights, site: Site) -> None:
    feed_host: dict[str, Answer] = {"/feed.xml": feed("http://pages.test/a"), "/robots.txt": Reply(404)}
    site.web |= {"feeds.test": feed_host, "pages.test": {"/robots.txt": Reply(500), "/a": article()}}
    nights.add_source("other", ("feed", "http://feeds.test/feed.xml"))
    nights.crawl(now=START, source_ids=("other",))
    assert [page.outcome for page in nights.pages()] == [Outcome.ROBOTS]
    site.web["pages.test"] = {"/robots.txt": robots("User-agent: *\nDisallow:"), "/a": article()}
    nights.crawl(now=START + timedelta(hours=7), source_ids=("other",))
    assert [page.outcome for page in nights.pages()] == [Outcome.ROBOTS, None]


def test_a_feed_that_is_gone_is_reported_each_night_and_asked_once_a_week(nights: Nights, site: Site) -> None:
    site.web["news.test"] = {"/feed.xml": Reply(410)}
    first = nights.crawl(now=START)
    second = nights.crawl(now=START + timedelta(days=1))
    assert [check.outcome for check in (*first.feed_checks, *second.feed_checks)] == [FeedOutcome.GONE] * 2
    assert len(site.hits_of(FEED)) == 1
    nights.crawl(now=START + timedelta(days=6))
    assert len(site.hits_of(FEED)) == 1
    nights.crawl(now=START + timedelta(days=7))
    assert len(site.hits_of(FEED)) == 2


def test_items_beyond_the_limit_stay_pending_for_the_next_night(nights: Nights, site: Site) -> None:
    first = nights.crawl(now=START, max_pages_per_source=1)
    assert (first.pages, first.pending) == (1, 1)
    second = nights.crawl(now=START + timedelta(days=1))
    assert (second.pages, second.pending) == (1, 0)
    assert sorted(site.page_hits()) == [A, B]


def test_every_kind_of_discovery_finds_pages_and_each_url_once(nights: Nights, site: Site) -> None:
    url = "http://site.test/2025/03/01/a-long-headline-about-chips-123456"
    link = f'<html><body><h2><a href="{url}">A long headline about chips</a></h2></body></html>'
    sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{url}</loc></url>'
    sitemap += "<url><loc>http://site.test/only-in-map</loc></url></urlset>"
    index = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap>'
    index += "<loc>http://site.test/child.xml</loc></sitemap></sitemapindex>"
    site.web["site.test"] = {
        "/index.xml": Reply(body=index.encode(), content_type="application/xml"),
        "/child.xml": Reply(body=sitemap.encode(), content_type="application/xml"),
        "/tech/": Reply(body=link.encode()),
        url.removeprefix("http://site.test"): article(),
        "/only-in-map": article(),
    }
    nights.add_source("site", ("news_sitemap", "http://site.test/index.xml"), ("section", "http://site.test/tech/"))
    report = nights.crawl(now=START, source_ids=("site",))
    assert sorted(page.url for page in nights.pages()) == [url, "http://site.test/only-in-map"]
    assert {check.kind for check in report.feed_checks} == {"news_sitemap", "section"}
    assert sum(check.n_new for check in report.feed_checks) == 2


def test_a_url_that_two_sources_list_belongs_to_its_own_outlet_whoever_answers_first(
    nights: Nights, site: Site
) -> None:
    late = feed(A)
    site.web["news.test"] = {
        **site.web["news.test"],
        "/feed.xml": lambda request: replace(late(request), wait_seconds=1.0),
    }
    site.web["aggregator.test"] = {"/feed.xml": feed(A)}
    nights.add_source("aggregator", ("feed", "http://aggregator.test/feed.xml"), homepage="http://aggregator.test/")
    nights.add_source("news", ("feed", FEED), homepage="http://news.test/")
    nights.crawl(now=START)
    assert [(page.url, page.source_id) for page in nights.pages()] == [(A, "news")]


def test_one_kind_alone_leaves_the_others_unasked(nights: Nights, site: Site) -> None:
    nights.add_source("news", ("feed", FEED), ("section", "http://news.test/"))
    nights.crawl(now=START, spider="sections")
    assert site.hits_of(FEED) == []
    assert len(site.hits_of("http://news.test/")) == 1


def test_a_source_file_can_slow_its_hosts_down(nights: Nights, site: Site) -> None:
    nights.add_source("news", ("feed", FEED), crawl={"delay_seconds": 0.7})
    nights.crawl(now=START)
    first, second = (hit.at for hit in site.hits if hit.url in (A, B))
    assert second - first >= 0.65


def test_a_host_with_an_umlaut_is_paced_and_asked_in_ascii(nights: Nights, site: Site) -> None:
    site.web["news.test"] = {"/feed.xml": feed("http://m\u00fcnchen.test/\u00e4", "http://M\u00dcNCHEN.test/a b")}
    site.web["xn--mnchen-3ya.test"] = {"/%C3%A4": article(), "/a%20b": article()}
    nights.add_source("news", ("feed", FEED), crawl={"delay_seconds": 0.7})
    assert nights.crawl(now=START).pages == 2
    first, second = (hit.at for hit in site.hits if hit.path in ("/%C3%A4", "/a%20b"))
    assert second - first >= 0.65


def test_spellings_of_one_address_are_fetched_once(nights: Nights, site: Site) -> None:
    spellings = ("a%20b", "x/../a%20b", "./a%20b", "%2e/a b", "%61%20b", "a%20b#part", "a%20b?utm_source=feed")
    site.web["news.test"] = {
        "/feed.xml": feed(*(f"http://news.test/{name}" for name in spellings)),
        "/a%20b": article(),
    }
    assert nights.crawl(now=START).pages == 1
    assert site.page_hits() == ["http://news.test/a%20b"]


def test_state_that_was_lost_is_rebuilt_from_the_parts(nights: Nights, site: Site) -> None:
    nights.crawl(now=START)
    for path in (nights.job.data_dir / "crawl").glob("state.sqlite*"):
        path.unlink()
    site.forget()
    nights.crawl(now=START + timedelta(days=1))
    assert site.page_hits() == []
    assert len(site.hits_of(FEED)) == 1


def test_an_unknown_source_is_named(nights: Nights, site: Site) -> None:
    with pytest.raises(SourceError, match="no source 'nonesuch'"):
        nights.crawl(source_ids=("nonesuch",))
