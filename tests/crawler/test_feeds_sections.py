"""Section pages and the look of article addresses."""

import pytest

from crawler.article_links import looks_like_article
from crawler.sections import feed_links, parse_section
from pipelines.outcomes import FeedOutcome

URL = "https://www.example.com/technik/"


def page(body: str, head: str = "") -> bytes:
    return (
        f"<!DOCTYPE html><html lang='de'><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>".encode()
    )


def urls(body: bytes, **options: str) -> list[str]:
    return [item.url for item in parse_section(body, **{"url": URL, **options}).items]


@pytest.mark.parametrize(
    "path",
    [
        "/technik/neuer-chip-fuer-rechenzentren",
        "/2025/01/20/chip",
        "/technik/article/4711234",
        "/a-1234567.html",
        "/news/chip-export",
        "/artikel/chip-export.html",
        "/view.php?idxno=20250120",
        "/?p=12345",
        "/technik/%E6%96%B0%E3%81%97%E3%81%84%E5%8D%8A%E5%B0%8E%E4%BD%93%E5%B7%A5%E5%A0%B4%E3%81%8C%E7%A8%BC%E5%83%8D",
        "/archive/2025/01/the-long-road-of-a-small-chip/",
        "/the-long-road-of-chips/I7QCHL6HAZCB/",
    ],
)
def test_an_article_address_is_known_by_its_form(path: str) -> None:
    assert looks_like_article(f"https://example.com{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/technik",
        "/technik/",
        "/tag/kuenstliche-intelligenz-und-mehr",
        "/autor/ruth-maria-van-der-berg",
        "/author/somebody-123456",
        "/login?next=/a-1234567.html",
        "/datenschutzbestimmungen-4541848.html",
        "/privacy-policy-for-all-our-readers",
        "/bilder/ein-langes-bild-vom-chip.jpg",
        "/archive/2025/01/",
        "/search?q=12345",
        "/?page=2",
    ],
)
def test_a_list_an_account_or_a_legal_page_is_no_article(path: str) -> None:
    assert not looks_like_article(f"https://example.com{path}", "Mehr")


def test_a_headline_speaks_for_an_address_that_says_nothing() -> None:
    assert looks_like_article("https://example.com/x/y", "The chip maker opens a second plant")
    assert looks_like_article("https://example.com/x/y", "新しい半導体工場が熊本で稼働を開始")
    assert not looks_like_article("https://example.com/x/y", "Read more")


def test_links_of_the_same_site_come_in_page_order_each_once() -> None:
    body = page(
        "<nav><a href='/'>Start</a><a href='/tag/ki'>KI</a></nav>"
        "<a href='/b-zweiter-artikel-von-heute'><img src='x.jpg' alt='Bild'></a>"
        "<h2><a href='https://example.com/a-erster-artikel-von-heute#top'>Erster   Artikel</a></h2>"
        "<a href='/b-zweiter-artikel-von-heute'><h3>Zweiter Artikel</h3><p>Anlauf</p></a>"
        "<a href='https://news.example.com/2025/01/20/chip'>Auf der anderen Adresse</a>"
        "<a href='https://other.example/2025/01/20/fremder-artikel'>Fremd</a>"
        "<a href='/b-zweiter-artikel-von-heute'>weiterlesen, es lohnt sich wirklich sehr</a>"
        "<a href='javascript:void(0)'>x</a><a href='mailto:a@b.example'>x</a><a>x</a><a href='http://['>x</a>"
    )
    parsed = parse_section(body, url=URL)
    assert parsed.outcome is FeedOutcome.OK
    assert parsed.feed_language == "de"
    assert [(item.url, item.title) for item in parsed.items] == [
        ("https://www.example.com/b-zweiter-artikel-von-heute", "Zweiter Artikel"),
        ("https://example.com/a-erster-artikel-von-heute", "Erster Artikel"),
        ("https://news.example.com/2025/01/20/chip", "Auf der anderen Adresse"),
    ]
    assert {(item.found_in, item.found_by) for item in parsed.items} == {(URL, "section")}


def test_a_link_pattern_alone_decides() -> None:
    body = page(
        "<a href='/blog?id=kurz'>K</a><a href='/2025/01/20/ein-langer-artikel-von-heute'>Lang</a>"
        "<a href='https://cdn.example/blog?id=b'>B</a>"
    )
    assert urls(body, link_pattern=r"/blog\?id=") == [
        "https://www.example.com/blog?id=kurz",
        "https://cdn.example/blog?id=b",
    ]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        pytest.param("<base href='https://www.example.com/wirtschaft/'>", "wirtschaft/", id="good"),
        pytest.param("<base href='/sport/'>", "sport/", id="relative"),
        pytest.param("<base href=''>", "technik/", id="empty"),
        pytest.param("<base target='_top'>", "technik/", id="without address"),
        pytest.param("<base href='http://['>", "technik/", id="malformed"),
        pytest.param("<base href='javascript:x'>", "technik/", id="script"),
        pytest.param("<base href='https://staging.example/'>", "technik/", id="another site"),
    ],
)
def test_a_bad_base_does_not_send_links_astray(base: str, expected: str) -> None:
    body = page("<a href='ein-artikel-von-heute-abend'>Ein Artikel</a>", head=base)
    assert urls(body) == [f"https://www.example.com/{expected}ein-artikel-von-heute-abend"]


def test_a_page_without_articles_is_empty_and_says_how_many_links_it_has() -> None:
    parsed = parse_section(page("<a href='/tag/a'>A</a><a href='/tag/b'>B</a>"), url=URL)
    assert parsed.outcome is FeedOutcome.EMPTY
    assert "2 links" in parsed.detail


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"<?xml version='1.0'?><rss><channel/></rss>", "kind = 'feed'", id="feed"),
        pytest.param(b"<!-- x --><urlset></urlset>", "kind = 'news_sitemap'", id="sitemap"),
        pytest.param(b'{"a": 1}', "JSON", id="JSON"),
        pytest.param(b"", "no content", id="nothing"),
        pytest.param(b"hello", "neither", id="text"),
    ],
)
def test_what_is_no_page_is_called_by_its_name(body: bytes, says: str) -> None:
    parsed = parse_section(body, url=URL)
    assert parsed.outcome is FeedOutcome.NOT_A_FEED
    assert says in parsed.detail


def test_titles_in_legacy_charsets_are_read() -> None:
    body = "<html><head><meta charset='gb2312'></head><body><a href='/2025/01/20/chip'>深度求索</a></body></html>"
    assert parse_section(body.encode("gbk"), url=URL).items[0].title == "深度求索"
    body = "<html><body><a href='/2025/01/20/chip'>Größe</a></body></html>"
    parsed = parse_section(body.encode("cp1252"), url=URL, content_type="text/html; charset=iso-8859-1")
    assert parsed.items[0].title == "Größe"


def test_the_feeds_that_a_page_announces_are_found() -> None:
    head = (
        "<link rel='alternate' type='application/rss+xml' href='/feed'>"
        "<link rel='alternate' type='application/atom+xml' href='https://feeds.example/a'>"
        "<link rel='alternate' hreflang='en' href='/en'><link rel='stylesheet' href='/x.css'>"
    )
    assert feed_links(page("", head), url=URL) == ("https://www.example.com/feed", "https://feeds.example/a")
    assert feed_links(b"", url=URL) == ()
