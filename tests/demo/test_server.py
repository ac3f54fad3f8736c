import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest

from newstone.demo.articles import DemoArticle, Feature, Outlet, load_newsroom
from newstone.demo.server import DemoNewsroom

ROOM = load_newsroom()
Fetch = Callable[..., Any]
FEEDS = [
    pytest.param(outlet, url, id=f"{outlet.id}-{kind}")
    for outlet in ROOM.outlets.values()
    for kind, url in outlet.discovery
    if kind != "section" and not url.endswith("/feed/old")
]


def with_feature(feature: Feature) -> DemoArticle:
    return next(article for article in ROOM.articles if article.front.feature is feature)


def outlet_with(fault: str) -> Outlet:
    return next(outlet for outlet in ROOM.outlets.values() if fault in outlet.faults)


@pytest.mark.parametrize("article", ROOM.articles, ids=lambda article: article.key)
def test_every_page_decodes_in_its_encoding_and_shows_its_text(article: DemoArticle, fetch: Fetch) -> None:
    reply = fetch(article.url)
    if article.front.feature is Feature.CONSENT:
        assert reply.status == 302
        return
    if article.front.feature is Feature.MISSING:
        assert reply.status == 404
        return
    assert reply.status == 200
    text = reply.body.decode(article.front.encoding)
    assert f'<link rel="canonical" href="{article.url}">' in text
    assert "$" not in re.sub(r"\$\d", "", text), "a placeholder of the layout was not filled"
    shown = re.findall(r"^<p>(.*)</p>$", text, flags=re.MULTILINE)
    assert len(shown) == (1 if article.front.feature is Feature.PAYWALL else len(article.paragraphs))


@pytest.mark.parametrize(("outlet", "url"), FEEDS)
def test_feeds_list_all_articles_newest_first_and_answer_304(outlet: Outlet, url: str, fetch: Fetch) -> None:
    reply = fetch(url)
    assert reply.status == 200
    if not ("broken_feed" in outlet.faults and url.endswith("/feed.xml")):
        tree = ET.fromstring(reply.body)
        listed = [
            (element.text or element.get("href") or "").strip()
            for element in tree.iter()
            if element.tag.rpartition("}")[2] in {"link", "loc"}
        ]
        assert [u for u in listed if u != outlet.homepage] == [a.url for a in ROOM.of_outlet(outlet.id)]
    tag, modified = reply.headers["ETag"], reply.headers["Last-Modified"]
    assert fetch(url, If_None_Match=tag).status == 304
    assert fetch(url, If_None_Match=f"W/{tag}").status == 304
    assert fetch(url, If_Modified_Since=modified).status == 304
    assert fetch(url, If_None_Match='"other"', If_Modified_Since=modified).status == 200


def test_the_broken_feed_breaks_in_its_middle_and_its_sitemap_does_not(fetch: Fetch) -> None:
    outlet = outlet_with("broken_feed")
    body = fetch(f"http://{outlet.host}/feed.xml").body
    with pytest.raises(ET.ParseError):
        ET.fromstring(body)
    assert 0 < body.count(b"</item>") < len(ROOM.of_outlet(outlet.id))
    sitemap = fetch(f"http://{outlet.host}/news-sitemap.xml").body.decode()
    assert all(article.url in sitemap for article in ROOM.of_outlet(outlet.id))


def test_the_old_feed_address_answers_with_an_html_page(fetch: Fetch) -> None:
    reply = fetch(f"http://{outlet_with('html_feed').host}/feed/old")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")


def test_a_section_page_links_to_all_articles(fetch: Fetch) -> None:
    for outlet in ROOM.outlets.values():
        text = fetch(outlet.homepage).body.decode()
        assert all(f'href="{article.url}"' in text for article in ROOM.of_outlet(outlet.id))


def test_the_paywalled_page_says_so_and_holds_back_its_text(fetch: Fetch) -> None:
    article = with_feature(Feature.PAYWALL)
    text = fetch(article.url).body.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert found
    assert json.loads(found.group(1))["isAccessibleForFree"] is False
    assert 'class="paywall"' in text
    assert article.paragraphs[0][:40] in text
    assert article.paragraphs[-1][:40] not in text


def test_the_consent_wall_redirects_to_a_page_without_the_article(fetch: Fetch) -> None:
    article = with_feature(Feature.CONSENT)
    target = fetch(article.url).headers["Location"]
    assert target.startswith(f"http://{article.outlet.host}/consent?target=http%3A%2F%2F")
    reply = fetch(target)
    assert reply.status == 200
    assert article.paragraphs[0][:40] not in reply.body.decode()


def test_the_charset_header_of_one_page_lies(fetch: Fetch) -> None:
    article = with_feature(Feature.WRONG_CHARSET)
    reply = fetch(article.url)
    assert reply.headers.get_content_charset() == "iso-8859-1"
    right, wrong = reply.body.decode("utf-8"), reply.body.decode("iso-8859-1")
    assert article.paragraphs[0][:40] in right
    assert wrong != right


def test_the_gb18030_page_calls_itself_gb2312_and_is_more_than_that(fetch: Fetch) -> None:
    article = next(article for article in ROOM.articles if article.front.encoding == "gb18030")
    reply = fetch(article.url)
    assert reply.headers.get_content_charset() == "gb2312"
    assert article.front.title in reply.body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("gb2312")


def test_the_page_with_a_date_in_its_text_only_has_no_other(fetch: Fetch) -> None:
    article = with_feature(Feature.DATE_TEXT_ONLY)
    text = fetch(article.url).body.decode()
    assert f"{article.front.published:%Y-%m-%d}" not in text
    assert str(article.front.published.year) in text
    assert f"{article.front.published:%Y/%m}" not in article.url


def test_robots_txt_forbids_the_section_of_an_article_that_the_feed_lists(fetch: Fetch) -> None:
    forbidden = [article for article in ROOM.articles if article.expected.value == "robots"]
    assert forbidden
    for article in ROOM.articles:
        rules = RobotFileParser()
        rules.parse(fetch(f"http://{article.outlet.host}/robots.txt").body.decode().splitlines())
        assert rules.can_fetch("newstone", article.url) is (article not in forbidden)


def test_the_reserved_outlet_says_so_in_header_file_and_page(fetch: Fetch) -> None:
    outlet = next(outlet for outlet in ROOM.outlets.values() if outlet.tdm_reserved)
    article = ROOM.of_outlet(outlet.id)[0]
    reply = fetch(article.url)
    assert reply.headers["tdm-reservation"] == "1"
    assert '<meta name="tdm-reservation" content="1">' in reply.body.decode()
    rules = json.loads(fetch(f"http://{outlet.host}/.well-known/tdmrep.json").body)
    assert rules[0]["tdm-reservation"] == 1


def test_pages_speak_the_script_of_their_outlet(fetch: Fetch) -> None:
    outlet = next(outlet for outlet in ROOM.outlets.values() if outlet.script == "Hant")
    text = fetch(ROOM.of_outlet(outlet.id)[0].url).body.decode()
    assert '<html lang="zh-Hant">' in text
    assert "延伸閱讀" in text
    assert "相关阅读" not in text


def test_no_break_spaces_reach_the_page(fetch: Fetch) -> None:
    written = {
        space: next(article for article in ROOM.articles if space in "".join(article.paragraphs))
        for space in ("\u00a0", "\u202f")
    }
    for space, article in written.items():
        assert space in fetch(article.url).body.decode(article.front.encoding)


def test_naive_feed_dates_carry_no_offset(fetch: Fetch) -> None:
    outlet = next(outlet for outlet in ROOM.outlets.values() if outlet.feed_dates == "naive")
    text = fetch(f"http://{outlet.host}/feed.xml").body.decode()
    newest = ROOM.of_outlet(outlet.id)[0].front.published
    assert f"<pubDate>{newest:%Y-%m-%d %H:%M:%S}</pubDate>" in text


def test_head_answers_without_a_body(fetch: Fetch) -> None:
    reply = fetch(ROOM.articles[0].url, method="HEAD")
    assert reply.status == 200
    assert reply.body == b""
    assert int(reply.headers["Content-Length"]) > 1000


@pytest.mark.parametrize(
    "url", ["http://unknown.example/", "http://10.0.0.1/"], ids=["unknown name", "private address"]
)
def test_hosts_outside_the_newsroom_answer_502(url: str, fetch: Fetch) -> None:
    assert fetch(url).status == 502


def test_two_starts_serve_the_same_bytes(fetch: Fetch) -> None:
    urls = [article.url for article in ROOM.articles[::9]] + [
        outlet.discovery[0][1] for outlet in ROOM.outlets.values()
    ]
    with DemoNewsroom() as other:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": other.url}))
        for url in urls:
            reply = fetch(url)
            if reply.status != 200:
                continue
            with opener.open(url, timeout=10) as again:
                assert again.read() == reply.body
                assert again.headers.items() == reply.headers.items()


def test_a_browser_without_a_proxy_can_look_at_every_outlet(newsroom: DemoNewsroom) -> None:
    with urllib.request.urlopen(f"{newsroom.url}/", timeout=10) as reply:
        index = reply.read().decode()
    for outlet in ROOM.outlets.values():
        assert f'href="/{outlet.host}/"' in index
        with urllib.request.urlopen(f"{newsroom.url}/{outlet.host}/", timeout=10) as reply:
            text = reply.read().decode()
        assert f'href="/{outlet.host}{ROOM.of_outlet(outlet.id)[0].path}"' in text


def test_an_outlet_is_also_found_by_its_host_header(newsroom: DemoNewsroom) -> None:
    article = ROOM.articles[0]
    request = urllib.request.Request(f"{newsroom.url}{article.path}", headers={"Host": article.outlet.host})
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert article.paragraphs[0][:40] in reply.read().decode()


def test_requests_are_counted_by_absolute_url() -> None:
    url = f"http://{ROOM.articles[0].outlet.host}/robots.txt"
    with DemoNewsroom() as room:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": room.url}))
        for _ in range(2):
            with opener.open(url, timeout=10) as reply:
                reply.read()
    assert room.hits() == {url: 2}
    assert {request.status for request in room.requests} == {200}


def test_the_module_runs_as_a_program_and_prints_its_address() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "newstone.demo.server", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        try:
            with urllib.request.urlopen(f"{address}/", timeout=10) as reply:
                assert reply.status == 200
        finally:
            process.terminate()
            process.wait(timeout=10)
