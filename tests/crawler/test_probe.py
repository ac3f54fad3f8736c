"""Verdicts on feeds, from a real server on loopback through the crawl's own rules."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from crawler.probe import Fetch, Fetched, Verdict, probe, spoken_age
from crawler.probe_fetch import open_probe_fetch
from crawler.source import Discovery, DiscoveryKind, Medium, Source
from pipelines.errors import SourceError
from pipelines.outcomes import FeedOutcome

NOW = datetime(2025, 1, 20, 12, 0, tzinfo=UTC)


def rss(*items: str) -> str:
    return f"<rss><channel><title>x</title>{''.join(items)}</channel></rss>"


def item(number: int, date: str) -> str:
    return f"<item><title>t</title><link>http://b.example/{number}</link><pubDate>{date}</pubDate></item>"


FRESH = rss(item(1, "Mon, 20 Jan 2025 10:00:00 +0000"), item(2, "Sun, 19 Jan 2025 10:00:00 +0000"))
HTML = (
    "<html><head><link rel='alternate' type='application/rss+xml' href='/feed'></head>"
    "<body><a href='/2025/01/20/one'>One</a></body></html>"
)
MAP = "<urlset><url><loc>http://b.example/1</loc><lastmod>2025-01-20T11:59:30Z</lastmod></url></urlset>"

ANSWERS: dict[str, tuple[int, str, dict[str, str]]] = {
    "/robots.txt": (200, "User-agent: *\nDisallow: /closed/\n", {}),
    "/feed": (200, FRESH, {}),
    "/stale": (200, rss(item(1, "2023-01-20")), {}),
    "/undated": (200, rss(item(1, "soon")), {}),
    "/empty": (200, rss(), {}),
    "/cut": (200, FRESH[:-60], {}),
    "/page": (200, HTML, {"Content-Type": "text/html"}),
    "/bare": (200, "<html><body>We moved.</body></html>", {"Content-Type": "text/html"}),
    "/map": (200, MAP, {}),
    "/index": (200, "<sitemapindex><sitemap><loc>/map</loc></sitemap></sitemapindex>", {}),
    "/badindex": (200, "<sitemapindex><sitemap><loc>/gone</loc></sitemap></sitemapindex>", {}),
    "/gone": (410, "", {}),
    "/missing": (404, "", {}),
    "/forbidden": (403, "", {}),
    "/broken": (500, "", {}),
    "/moved": (301, "", {"Location": "/feed"}),
    "/lent": (302, "", {"Location": "/feed"}),
    "/loop": (302, "", {"Location": "/loop"}),
    "/private": (302, "", {"Location": "http://169.254.169.254/latest/"}),
    "/closed/feed": (200, FRESH, {}),
}


class Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, text, headers = ANSWERS.get(self.path, (404, "", {}))
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def fetch(server: str) -> Iterator[Fetch]:
    quick = {"DOWNLOAD_DELAY": 0.0, "RETRY_TIMES": 0}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        with open_probe_fetch(allowed_addresses=[server, "127.0.0.1:9"], settings=quick) as function:
            yield function


def source(*entries: Discovery) -> Source:
    return Source(
        id="blatt",
        name="Blatt",
        language="de",
        country="DE",
        medium=Medium.PRESS,
        zone="Europe/Berlin",
        homepage="http://blatt.example/",
        discovery=entries,
    )


def verdict_on(path: str, server: str, fetch: Fetch) -> Verdict:
    verdicts = probe(f"http://{server}{path}", fetch=fetch, now=NOW)
    assert len(verdicts) == 1
    return verdicts[0]


@pytest.mark.parametrize(
    ("path", "works", "summary"),
    [
        ("/feed", True, "works: 2 items, newest 2 h ago"),
        ("/stale", True, "works: 1 item, newest 731 d ago: stale, look for the address that replaced it"),
        ("/undated", True, "works: 1 item, dates cannot be read, for example 'soon'"),
        ("/empty", True, "empty: well-formed, but no items"),
        ("/cut", True, "malformed after 1 item"),
        ("/page", False, "answers an HTML page, not a feed; the page links to these feeds: http://SERVER/feed"),
        ("/bare", False, "answers an HTML page, not a feed"),
        ("/map", True, "works: 1 item, newest just now"),
        ("/index", True, "works: 1 item, newest just now (an index of 1 sitemap; this is the newest)"),
        (
            "/badindex",
            False,
            "an index of 1 sitemap, but the newest, http://SERVER/gone: gone (410): remove it or find the new address",
        ),
        ("/gone", False, "gone (410): remove it or find the new address"),
        ("/missing", False, "not found (404): find the new address"),
        ("/forbidden", False, "refused (403): the host does not let this crawler in"),
        ("/broken", False, "the host fails (500): try again later"),
        ("/moved", True, "works: 2 items, newest 2 h ago; redirects to http://SERVER/feed: update the file"),
        ("/lent", True, "works: 2 items, newest 2 h ago; redirects to http://SERVER/feed for now"),
        ("/loop", False, "redirects without end"),
        ("/closed/feed", False, "blocked by robots.txt: this address may not be crawled"),
    ],
)
def test_an_address_gets_a_verdict_that_a_person_understands(
    server: str, fetch: Fetch, path: str, works: bool, summary: str
) -> None:
    verdict = verdict_on(path, server, fetch)
    assert verdict.summary == summary.replace("SERVER", server)
    assert verdict.works is works


def test_the_figures_stand_in_the_verdict(server: str, fetch: Fetch) -> None:
    verdict = verdict_on("/feed", server, fetch)
    assert (verdict.n_items, verdict.http_status, verdict.kind) == (2, 200, "feed")
    assert verdict.newest_at == datetime(2025, 1, 20, 10, tzinfo=UTC)


def test_a_forbidden_page_is_not_asked_for(server: str, fetch: Fetch) -> None:
    verdict_on("/closed/feed", server, fetch)
    assert "/closed/feed" not in Handler.asked


def test_a_redirect_to_a_private_address_is_refused(server: str, fetch: Fetch) -> None:
    verdict = verdict_on("/private", server, fetch)
    assert verdict.summary.startswith("private address refused: 169.254.169.254")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://10.0.0.1/", "http://2130706433/", "http://[::1]/"])
def test_a_private_address_is_refused(fetch: Fetch, url: str) -> None:
    assert probe(url, fetch=fetch)[0].summary.startswith("private address refused")


def test_a_closed_port_is_not_reachable(fetch: Fetch) -> None:
    verdict = probe("http://127.0.0.1:9/feed", fetch=fetch)[0]
    assert verdict.summary == "not reachable: the connection is refused"


def test_every_entry_of_a_source_gets_its_verdict_as_the_kind_that_it_claims(server: str, fetch: Fetch) -> None:
    root = f"http://{server}"
    verdicts = probe(
        source(
            Discovery(kind=DiscoveryKind.FEED, url=f"{root}/feed"),
            Discovery(kind=DiscoveryKind.NEWS_SITEMAP, url=f"{root}/feed?x"),
            Discovery(kind=DiscoveryKind.FEED, url=f"{root}/map"),
            Discovery(kind=DiscoveryKind.FEED, url=f"{root}/page"),
            Discovery(kind=DiscoveryKind.SECTION, url=f"{root}/page?x"),
            Discovery(kind=DiscoveryKind.SECTION, url=f"{root}/page?y", link_pattern="/none/"),
        ),
        fetch=lambda url: fetch(url.partition("?")[0]),
        now=NOW,
    )
    assert [verdict.summary.partition("; redirects")[0] for verdict in verdicts] == [
        "works: 2 items, newest 2 h ago",
        "answers a feed, not a sitemap: use kind = 'feed'",
        "answers a sitemap, not a feed: use kind = 'news_sitemap'",
        f"answers an HTML page, not a feed; the page links to these feeds: {root}/feed",
        "works: 1 article link",
        "empty: no article links on this page; set or mend link_pattern",
    ]
    assert [verdict.works for verdict in verdicts] == [True, False, False, False, True, False]


def test_dates_are_read_in_the_zone_and_language_of_the_source() -> None:
    body = rss(item(1, "20. Januar 2025 13:00")).encode()
    verdict = probe(
        source(Discovery(kind=DiscoveryKind.FEED, url="http://b.example/f")),
        fetch=lambda url: Fetched(url, url, status=200, body=body),
        now=NOW,
    )[0]
    assert verdict.newest_at == datetime(2025, 1, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("outcome", [FeedOutcome.TIMEOUT, FeedOutcome.TRUNCATED, FeedOutcome.TOO_LARGE])
def test_answers_that_never_came_whole_have_a_verdict(outcome: FeedOutcome) -> None:
    verdict = probe("http://b.example/", fetch=lambda url: Fetched(url, url, outcome=outcome))[0]
    assert not verdict.works
    assert len(verdict.summary) > 20


def test_a_text_that_is_no_address_is_refused_with_a_remedy() -> None:
    with pytest.raises(SourceError, match="write https:// in front"):
        probe("heise", fetch=lambda url: Fetched(url, url))


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=-60), "just now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 d ago"),
        (timedelta(hours=-3), "in the future"),
    ],
    ids=str,
)
def test_ages_are_said_in_their_largest_fitting_unit(age: timedelta, text: str) -> None:
    assert spoken_age(age) == text
