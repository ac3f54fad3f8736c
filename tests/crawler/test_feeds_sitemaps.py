"""News sitemaps, plain sitemaps, indexes."""

import gzip

import pytest

from crawler import sitemaps
from crawler.sitemaps import MAX_CHILDREN, parse_news_sitemap
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedItem

URL = "https://blatt.example/map.xml"
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def sitemap(*entries: str, root: str = "urlset") -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><{root} {NAMESPACES}>{''.join(entries)}</{root}>".encode()


NEWS = (
    "<url><image:image><image:loc>https://img.example/1.jpg</image:loc><image:title>Bild</image:title></image:image>"
    "<loc>\n https://blatt.example/a?x=1&amp;y=2 </loc><lastmod>2025-02-01</lastmod><news:news><news:publication>"
    "<news:name>Blatt</news:name><news:language>de</news:language></news:publication>"
    "<news:publication_date>2025-01-20T10:00+01:00</news:publication_date>"
    "<news:title>Chips &amp;amp; mehr</news:title></news:news></url>"
)


def test_a_news_sitemap_gives_title_language_and_raw_publication_date() -> None:
    parsed = parse_news_sitemap(sitemap(NEWS), url=URL)
    assert parsed.outcome is FeedOutcome.OK
    assert parsed.feed_language == "de"
    assert parsed.items == (
        FeedItem(
            url="https://blatt.example/a?x=1&y=2",
            title="Chips & mehr",
            published_raw="2025-01-20T10:00+01:00",
            language="de",
            found_in=URL,
            found_by="news_sitemap",
        ),
    )


def test_a_plain_sitemap_gives_lastmod_as_date() -> None:
    body = sitemap("<url><loc>https://blatt.example/a</loc><lastmod>2025-01-20</lastmod></url>")
    assert [(i.url, i.published_raw) for i in parse_news_sitemap(body, url=URL).items] == [
        ("https://blatt.example/a", "2025-01-20")
    ]


def test_namespaces_do_not_matter() -> None:
    body = b"<urlset><url><loc>/a</loc><title>t</title><publication_date>2025</publication_date></url></urlset>"
    item = parse_news_sitemap(body, url=URL).items[0]
    assert (item.url, item.title, item.published_raw) == ("https://blatt.example/a", "t", "2025")


def test_a_gzip_body_is_unpacked() -> None:
    assert len(parse_news_sitemap(gzip.compress(sitemap(NEWS)), url=URL).items) == 1


def test_a_cut_gzip_body_gives_what_was_there() -> None:
    entries = [f"<url><loc>https://blatt.example/{n * 7919 % 99_991}</loc></url>" for n in range(5_000)]
    packed = gzip.compress(sitemap(*entries))
    parsed = parse_news_sitemap(packed[: len(packed) // 2], url=URL)
    assert parsed.outcome is FeedOutcome.MALFORMED
    assert "gzip" in parsed.detail
    assert 0 < len(parsed.items) < 5_000


def test_broken_gzip_is_no_sitemap() -> None:
    parsed = parse_news_sitemap(b"\x1f\x8b\x08\x00nonsense", url=URL)
    assert parsed.outcome is FeedOutcome.NOT_A_FEED
    assert "gzip" in parsed.detail


def test_an_index_names_its_children_newest_first() -> None:
    stamps = ["2025-01-01", "2025-03-01T00:00:00Z", "", "2025-03-01T00:30:00+02:00", "soon"]
    entries = [
        f"<sitemap><loc>https://blatt.example/{n}.xml</loc><lastmod>{s}</lastmod></sitemap>"
        for n, s in enumerate(stamps)
    ]
    parsed = parse_news_sitemap(sitemap(*entries, root="sitemapindex"), url=URL)
    assert parsed.outcome is FeedOutcome.OK
    assert parsed.items == ()
    names = [url.rpartition("/")[2] for url in parsed.child_urls]
    assert names == ["1.xml", "3.xml", "0.xml", "2.xml", "4.xml"]


def test_an_index_never_names_itself_nor_too_many() -> None:
    entries = [f"<sitemap><loc>https://blatt.example/{n}.xml</loc></sitemap>" for n in range(MAX_CHILDREN + 20)]
    parsed = parse_news_sitemap(sitemap(f"<sitemap><loc>{URL}</loc></sitemap>", *entries, root="sitemapindex"), url=URL)
    assert len(parsed.child_urls) == MAX_CHILDREN
    assert URL not in parsed.child_urls


def test_of_a_sitemap_that_is_too_long_the_newest_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_ITEMS", 3)
    entries = [
        f"<url><loc>https://b.example/{day}</loc><lastmod>2025-01-{day:02}</lastmod></url>" for day in range(1, 9)
    ]
    parsed = parse_news_sitemap(sitemap(*entries), url=URL)
    assert [item.url for item in parsed.items] == [f"https://b.example/{day}" for day in (8, 7, 6)]
    assert "newest 3 of 8" in parsed.detail


def test_a_cut_sitemap_gives_the_whole_entries_before_the_break() -> None:
    whole = sitemap(*(f"<url><loc>https://b.example/article-{n}</loc></url>" for n in range(5)))
    for end in range(whole.index(b"<url>") + 1, len(whole) - len("</urlset>"), 5):
        parsed = parse_news_sitemap(whole[:end], url=URL)
        assert parsed.outcome is FeedOutcome.MALFORMED
        urls = [item.url for item in parsed.items]
        assert urls == [f"https://b.example/article-{n}" for n in range(len(urls))]
        assert len(urls) >= whole[:end].count(b"</url>") - 1


@pytest.mark.parametrize(
    ("body", "outcome", "says"),
    [
        pytest.param(b"<html><body>x</body></html>", FeedOutcome.NOT_A_FEED, "HTML", id="HTML"),
        pytest.param(b"<rss><channel/></rss>", FeedOutcome.NOT_A_FEED, "kind = 'feed'", id="feed"),
        pytest.param(b"<urlset/>", FeedOutcome.EMPTY, "", id="empty"),
        pytest.param(b"<sitemapindex></sitemapindex>", FeedOutcome.EMPTY, "index", id="empty index"),
        pytest.param(b"<urlset><url><loc>x:y</loc></url></urlset>", FeedOutcome.MALFORMED, "usable", id="no address"),
    ],
)
def test_other_answers_are_told_apart(body: bytes, outcome: FeedOutcome, says: str) -> None:
    parsed = parse_news_sitemap(body, url=URL)
    assert parsed.outcome is outcome
    assert says in parsed.detail
