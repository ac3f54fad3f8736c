"""One night over a web in which every host behaves in its own way: each URL ends in exactly one outcome."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.run import CrawlReport
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, Page, SourceNight
from tests.crawler.conftest import make_nights, without_proxy
from tests.crawler.site import Answer, Reply, Site, article, feed, robots, running, zipped

pytestmark = pytest.mark.slow

REDIRECT_TO_METADATA = Reply(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
TO_DOTS = Reply(302, headers={"Location": "http://dots.test/x/../b"})
CLOSED_LATER = "http://closed.test/d"
BIG = b"<html>" + b"x" * 9_000_000

PAGES: dict[str, tuple[dict[str, Answer], Outcome | None]] = {
    "plain": ({"/a": article()}, None),
    "gzip": ({"/a": zipped(article().body)}, None),
    "deflate": ({"/a": Reply(body=zlib.compress(article().body), headers={"Content-Encoding": "deflate"})}, None),
    "no-length": ({"/a": Reply(body=article().body, chunked=True)}, None),
    "no-type": ({"/a": Reply(body=article().body, content_type=None)}, None),
    "as-text": ({"/a": Reply(body=article().body, content_type="text/plain")}, None),
    "busy-twice": ({"/a": [Reply(503), Reply(503), article()]}, None),
    "patient": ({"/a": [Reply(429, headers={"Retry-After": "1"}), article()]}, None),
    "moved": ({"/a": Reply(301, headers={"Location": "/b"}), "/b": article()}, None),
    "consent": ({"/a": Reply(302, headers={"Location": "/consent?x=1"}), "/consent?x=1": article("Accept")}, None),
    "robots-404": ({"/robots.txt": Reply(404), "/a": article()}, None),
    "robots-page": ({"/robots.txt": robots("User-agent: newstone\nDisallow: /a"), "/a": article()}, Outcome.ROBOTS),
    "robots-loop": ({"/robots.txt": Reply(302, headers={"Location": "/robots.txt"}), "/a": article()}, None),
    "gone": ({"/a": Reply(410)}, Outcome.GONE),
    "missing": ({}, Outcome.GONE),
    "forbidden": ({"/a": Reply(403)}, Outcome.HTTP_ERROR),
    "broken": ({"/a": Reply(500)}, Outcome.HTTP_ERROR),
    "busy": ({"/a": Reply(503)}, Outcome.RATE_LIMITED),
    "closed": ({"/a": Reply(429, headers={"Retry-After": "86400"})}, Outcome.RATE_LIMITED),
    "loop": ({"/a": Reply(302, headers={"Location": "/a"})}, Outcome.REDIRECT_LIMIT),
    "metadata": ({"/a": REDIRECT_TO_METADATA}, Outcome.BLOCKED_ADDRESS),
    "to-ftp": ({"/a": Reply(302, headers={"Location": "ftp://files.test/a"})}, Outcome.BLOCKED_ADDRESS),
    "to-nonsense": ({"/a": Reply(302, headers={"Location": "http://[::1"})}, Outcome.BLOCKED_ADDRESS),
    "bomb": ({"/a": zipped(b"\0" * 60_000_000)}, Outcome.TOO_LARGE),
    "big": ({"/a": Reply(body=BIG)}, Outcome.TOO_LARGE),
    "big-no-length": ({"/a": Reply(body=BIG, chunked=True)}, Outcome.TOO_LARGE),
    "truncated": ({"/a": Reply(body=article().body, promised_length=50_000)}, Outcome.TRUNCATED),
    "damaged": ({"/a": Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"})}, Outcome.TRUNCATED),
    "pdf": ({"/a": Reply(body=b"%PDF-1.7", content_type="application/pdf")}, Outcome.NOT_HTML),
    "json": ({"/a": Reply(body=b"{}", content_type=None)}, Outcome.NOT_HTML),
    "empty": ({"/a": Reply()}, Outcome.NOT_HTML),
    "damaged-br": ({"/a": Reply(body=b"no brotli", headers={"Content-Encoding": "br"})}, Outcome.TRUNCATED),
    "damaged-zstd": ({"/a": Reply(body=b"no zstd", headers={"Content-Encoding": "zstd"})}, Outcome.TRUNCATED),
    "no-encoding": ({"/a": Reply(body=article().body, headers={"Content-Encoding": "none"})}, None),
    "dots": ({"/robots.txt": robots("User-agent: *\nDisallow: /b"), "/a": TO_DOTS}, Outcome.ROBOTS),
    "to-closed": ({"/a": Reply(302, headers={"Location": CLOSED_LATER}, wait_seconds=2.5)}, Outcome.RATE_LIMITED),
    "compress": ({"/a": Reply(body=b"??", headers={"Content-Encoding": "x-own"})}, Outcome.NOT_HTML),
    "drip": ({"/a": Reply(body=b"<html>" + b"x" * 500, bytes_per_second=10)}, Outcome.TIMEOUT),
    "silent": ({"/a": Reply(wait_seconds=8)}, Outcome.TIMEOUT),
}
FEED_ONLY: dict[str, tuple[dict[str, Answer], FeedOutcome]] = {
    "feed-robots": ({"/robots.txt": robots("User-agent: *\nDisallow: /")}, FeedOutcome.ROBOTS),
    "feed-robots-500": ({"/robots.txt": Reply(500)}, FeedOutcome.ROBOTS),
    "feed-robots-429": ({"/robots.txt": Reply(429)}, FeedOutcome.ROBOTS),
    "feed-gone": ({"/feed.xml": Reply(410)}, FeedOutcome.GONE),
    "feed-missing": ({"/feed.xml": Reply(404)}, FeedOutcome.HTTP_ERROR),
    "feed-html": ({"/feed.xml": article()}, FeedOutcome.NOT_A_FEED),
    "feed-metadata": ({"/feed.xml": REDIRECT_TO_METADATA}, FeedOutcome.BLOCKED_ADDRESS),
    "feed-empty": ({"/feed.xml": feed()}, FeedOutcome.EMPTY),
    "feed-slow": ({"/feed.xml": Reply(body=b"x" * 500, bytes_per_second=10)}, FeedOutcome.TIMEOUT),
}
PRIVATE_ITEMS = ("http://2130706433/a", "http://[::ffff:10.0.0.1]/a", "http://localhost/a", "http://intranet/a")


@dataclass(frozen=True)
class Night:
    report: CrawlReport
    pages: tuple[Page, ...]
    site: Site

    def page(self, url: str) -> Page:
        (page,) = [page for page in self.pages if page.url == url]
        return page

    def check(self, source_id: str) -> FeedCheck:
        (check,) = [check for check in self.report.feed_checks if check.source_id == source_id]
        return check

    def figures(self, source_id: str) -> SourceNight:
        (night,) = [night for night in self.report.source_nights if night.source_id == source_id]
        return night


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    web: dict[str, dict[str, Answer]] = {}
    for name, (paths, _) in PAGES.items():
        web[f"{name}.test"] = {"/feed.xml": feed(f"http://{name}.test/a"), **paths}
    for name, (paths, _) in FEED_ONLY.items():
        web[f"{name}.test"] = dict(paths)
    web["lists-private.test"] = {"/feed.xml": feed(*PRIVATE_ITEMS)}
    web["twice.test"] = {"/feed.xml": feed("http://twice.test/a?utm_source=x"), "/a?utm_source=x": article()}
    web["twice.test"] |= {"/more.xml": feed("http://TWICE.test/a?utm_campaign=y"), "/a?utm_campaign=y": article()}
    web["unhurried.test"] = {
        "/robots.txt": robots("User-agent: *\nCrawl-delay: 1"),
        "/feed.xml": feed("http://unhurried.test/a", "http://unhurried.test/b"),
        "/a": article(),
        "/b": article(),
    }
    web["closed.test"]["/feed.xml"] = feed("http://closed.test/a", "http://closed.test/b", "http://closed.test/c")
    web["reserved.test"] = {
        "/feed.xml": feed("http://reserved.test/a"),
        "/.well-known/tdmrep.json": Reply(body=b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "/p.json"}]'),
        "/a": article(),
    }
    with pytest.MonkeyPatch.context() as environment, running(web) as site:
        without_proxy(environment)
        environment.setenv("http_proxy", site.proxy)
        nights = make_nights(Path(tmp_path_factory.mktemp("night")))
        for host in web:
            listings = [("feed", f"http://{host}/feed.xml")]
            if host == "twice.test":
                listings.append(("feed", f"http://{host}/more.xml"))
            nights.add_source(host.removesuffix(".test"), *listings)
        report = nights.crawl()
        yield Night(report, tuple(nights.pages()), site)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_ends_in_the_outcome_of_its_host(night: Night, name: str) -> None:
    page = night.page(f"http://{name}.test/a")
    assert page.outcome == PAGES[name][1]
    assert bool(page.body) == (page.outcome is None)
    assert bool(page.detail) == (page.outcome is not None)


@pytest.mark.parametrize("name", FEED_ONLY)
def test_a_listing_ends_in_the_outcome_of_its_host(night: Night, name: str) -> None:
    check = night.check(name)
    assert check.outcome == FEED_ONLY[name][1]
    assert check.n_new == 0


@pytest.mark.parametrize("url", PRIVATE_ITEMS)
def test_a_feed_that_lists_private_addresses_reaches_none(night: Night, url: str) -> None:
    assert night.page(url).outcome is Outcome.BLOCKED_ADDRESS


def test_no_private_address_was_asked_even_through_the_proxy(night: Night) -> None:
    assert {hit.host for hit in night.site.hits if not hit.host.endswith(".test")} == set()


def test_the_counts_add_up_from_request_to_page(night: Night) -> None:
    outcomes = Counter("fetched" if page.outcome is None else page.outcome.value for page in night.pages)
    assert len(night.pages) == len({page.url for page in night.pages})
    for figures in night.report.source_nights:
        assert figures.handed_over == sum(count for _, count in figures.outcomes)
    reported: Counter[str] = Counter()
    for figures in night.report.source_nights:
        reported.update(dict(figures.outcomes))
    assert reported == outcomes
    assert sum(figures.requests for figures in night.report.source_nights) == len(night.site.hits)


def test_a_forbidden_page_is_never_asked(night: Night) -> None:
    assert night.site.hits_of("http://robots-page.test/a") == []
    assert night.site.hits_of("http://feed-robots-500.test/feed.xml") == []


def test_robots_txt_is_asked_once_per_host(night: Night) -> None:
    counts = Counter(hit.host for hit in night.site.hits if hit.path == "/robots.txt")
    del counts["robots-loop.test"], counts["feed-robots-429.test"]
    assert set(counts.values()) == {1}


def test_a_page_found_twice_is_fetched_once_from_the_first_listing(night: Night) -> None:
    assert len([hit for hit in night.site.hits if hit.path.startswith("/a?utm")]) == 1
    assert night.figures("twice").handed_over == 1


def test_headers_are_kept_as_received_and_bodies_unpacked(night: Night) -> None:
    page = night.page("http://gzip.test/a")
    assert dict(page.headers)["content-encoding"] == "gzip"
    assert page.body == article().body
    assert dict(page.headers)["content-length"] == str(len(gzip.compress(article().body)))


def test_a_busy_host_is_asked_again_after_pauses(night: Night) -> None:
    assert night.page("http://busy-twice.test/a").retries == 2
    assert night.figures("busy-twice").n_503 == 2
    first, second, third = (hit.at for hit in night.site.hits_of("http://busy-twice.test/a"))
    assert second - first >= 1.9
    assert third - second >= 3.9


def test_retry_after_is_honoured(night: Night) -> None:
    first, second = (hit.at for hit in night.site.hits_of("http://patient.test/a"))
    assert second - first >= 0.95


def test_a_host_that_asks_to_wait_for_a_day_is_left_alone(night: Night) -> None:
    assert night.site.page_hits().count("http://closed.test/a") == 1
    assert night.site.hits_of("http://closed.test/b") == []
    assert night.site.hits_of(CLOSED_LATER) == []
    assert night.figures("closed").pending == 2
    assert night.figures("closed").n_429 == 1


def test_crawl_delay_keeps_requests_apart(night: Night) -> None:
    times = [hit.at for hit in night.site.hits if hit.host == "unhurried.test"][1:]  # the first asks for robots.txt
    assert len(times) == 4
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.95


def test_a_redirected_page_keeps_both_addresses_and_what_the_feed_said(night: Night) -> None:
    page = night.page("http://moved.test/a")
    assert page.final_url == "http://moved.test/b"
    assert page.item is not None
    assert page.item.title == "Title of http://moved.test/a"
    assert page.source_id == "moved"


def test_reservations_stand_on_the_page(night: Night) -> None:
    rights = night.page("http://reserved.test/a").rights
    assert rights.reserved is True
    assert rights.policy_url == "http://reserved.test/p.json"
    assert night.page("http://plain.test/a").rights.reserved is None


def test_requests_name_the_crawler_and_tell_nothing_else(night: Night) -> None:
    for hit in night.site.hits:
        assert hit.headers["User-Agent"].startswith("newstone/")
        assert hit.headers["User-Agent"].endswith("(+https://example.org/bot)")
        assert not {"Cookie", "Referer", "Authorization"} & set(hit.headers)


def test_the_feed_check_tells_how_many_items_are_new_and_how_old(night: Night) -> None:
    check = night.check("unhurried")
    assert (check.n_items, check.n_new, check.status) == (2, 2, 200)
    assert check.newest_item_at is not None
    assert check.newest_item_at.isoformat() == "2025-01-20T10:01:00+00:00"


def test_memory_stays_flat_in_the_face_of_bombs(night: Night) -> None:
    assert night.report.peak_memory_bytes < 400_000_000
