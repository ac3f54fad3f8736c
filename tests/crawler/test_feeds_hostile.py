"""Feeds that mean harm, and bytes that mean nothing."""

import gzip
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import feed_reduction, feeds
from crawler.feeds import ParsedFeed, parse_feed
from crawler.sections import parse_section
from crawler.sitemaps import parse_news_sitemap
from crawler.xml_text import MAX_TAGS, clean_xml, decode_xml
from pipelines.outcomes import FeedOutcome

URL = "https://blatt.example/feed.xml"
ITEM = "<item><title>{}</title><link>https://b.example/1</link></item>"
NINE_LEVELS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))

SECONDS = 20.0
"""Of processor time: far above what any case takes (below 1 s), far below what an expansion would take."""


def feed(title: str, dtd: str = "") -> str:
    return f"<?xml version='1.0'?>{dtd}<rss><channel><title>x</title>{ITEM.format(title)}</channel></rss>"


BOMBS = {
    "billion laughs": feed("&l9;", f"<!DOCTYPE r [<!ENTITY l0 'lol'>{NINE_LEVELS}]>"),
    "quadratic blow-up": feed("&a;" * 50_000, f"<!DOCTYPE r [<!ENTITY a '{'A' * 50_000}'>]>"),
    "external entity": feed("&x;", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    "external DTD": feed("t", "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/evil.dtd'>"),
    "parameter entity": feed("&x;", "<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;<!ENTITY x '%p;'>]>"),
    "brackets in quotes": feed("&x;", "<!DOCTYPE r [<!ENTITY x \"]><y>'\"><!-- ]> ' --><?p ]> ?>]>"),
    "DTD behind a comment": feed("&x;", "<!-- <rss> --><?p <rss>?><!DOCTYPE r [<!ENTITY x 'expanded'>]>"),
    "lower-case doctype": feed("&x;", "<!doctype r [<!ENTITY x 'expanded'>]>"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", BOMBS)
def test_no_entity_of_a_dtd_is_ever_expanded(name: str, encoding: str) -> None:
    begin = time.process_time()
    parsed = parse_feed(BOMBS[name].encode(encoding), url=URL)
    assert time.process_time() - begin < SECONDS
    assert parsed.outcome is FeedOutcome.OK, parsed.detail
    assert "DOCTYPE dropped" in parsed.detail
    title = parsed.items[0].title
    assert len(title) <= feeds.MAX_TITLE_CHARS
    assert not any(word in title for word in ("lol", "AAAA", "root:", "expanded"))


@pytest.mark.parametrize("name", BOMBS)
def test_no_entity_of_a_dtd_is_expanded_in_a_sitemap(name: str) -> None:
    body = BOMBS[name]
    for old, new in (("<channel><title>x</title>", ""), ("</channel>", ""), ("item>", "url>"), ("link>", "loc>")):
        body = body.replace(old, new)
    parsed = parse_news_sitemap(body.replace("rss", "urlset").encode(), url=URL)
    assert [item.url for item in parsed.items] == ["https://b.example/1"]
    assert not any(word in parsed.items[0].title for word in ("lol", "AAAA", "root:", "expanded"))


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://b.example/1",
        "mailto:a@b.example",
        "http://",
        "http://[::1",
        "http://b.example:99999/",
        "https://user:secret@b.example/",
        "https://b.example/" + "a" * 9_000,
        "",
    ],
)
def test_an_unusable_link_gives_no_item(link: str) -> None:
    bad = f"<item><title>bad</title><link>{link}</link></item>"
    body = feed("good").replace("</channel>", f"{bad}</channel>")
    parsed = parse_feed(body.encode(), url=URL)
    assert [item.title for item in parsed.items] == ["good"]


def test_an_item_inside_a_link_does_not_spoil_the_feed() -> None:
    body = feed("good").replace("</channel>", "<item><link><item>x</item></link></item></channel>")
    assert [item.title for item in parse_feed(body.encode(), url=URL).items if item.title] == ["good"]


def test_a_feed_of_unusable_links_only_is_malformed() -> None:
    body = feed("t").replace("https://b.example/1", "javascript:x")
    assert parse_feed(body.encode(), url=URL).outcome is FeedOutcome.MALFORMED


def test_control_and_direction_characters_do_not_reach_a_title() -> None:
    parsed = parse_feed(feed("a\x00b\x08c\u202ed\x1be\u2066f&#8238;g").encode(), url=URL)
    assert parsed.items[0].title == "abcdefg"


MEGA = 1_000_000
HEAD, TAIL = b"<rss><channel>", b"</channel></rss>"
FLOODS = {
    "a title of 9 MB": HEAD + ITEM.format("A" * 9 * MEGA).encode() + TAIL,
    "nothing but <": HEAD + b"<" * 8 * MEGA,
    "nothing but &": HEAD + b"&" * 8 * MEGA + TAIL,
    "a million elements": HEAD + b"<a/>" * 2 * MEGA + TAIL,
    "a million levels": HEAD + b"<a>" * 2 * MEGA + TAIL,
    "half a million attributes": HEAD + b"<item " + b"".join(b'a%d="" ' % n for n in range(500_000)) + b"/>" + TAIL,
    "an open doctype": b"<!DOCTYPE a [" + b"'" * 8 * MEGA,
    "open comments": b"<!--" * 2 * MEGA,
    "open CDATA": HEAD + b"<![CDATA[" * MEGA,
    "authors without end": HEAD + b"<item>" + b"<author><name>a.</name></author>" * 200_000 + b"</item>" + TAIL,
    "an author of one megabyte": HEAD + b"<item><author>" + b"a.@" * 330_000 + b"</author></item>" + TAIL,
}


@pytest.mark.parametrize("name", FLOODS)
def test_eight_megabytes_of_nonsense_take_no_long_time(name: str) -> None:
    begin = time.process_time()
    parse_feed(FLOODS[name], url=URL)
    parse_news_sitemap(FLOODS[name].replace(b"rss>", b"urlset>"), url=URL)
    parse_section(FLOODS[name], url=URL)
    assert time.process_time() - begin < SECONDS


def test_items_beyond_the_limit_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_reduction, "MAX_ITEMS", 10)
    items = "".join(f"<item><link>https://b.example/{n}</link></item>" for n in range(25))
    parsed = parse_feed(HEAD + items.encode() + TAIL, url=URL)
    assert [item.url for item in parsed.items] == [f"https://b.example/{n}" for n in range(10)]
    assert "15 left out" in parsed.detail


def test_a_document_of_too_many_tags_is_cut_and_says_so() -> None:
    cleaned = clean_xml("<a/>" * (MAX_TAGS + 5))
    assert len(cleaned.text) == 4 * MAX_TAGS
    assert "cut at character" in cleaned.notes[0]


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    parsed = parse_news_sitemap(gzip.compress(b"\0" * 80 * MEGA), url=URL)
    assert parsed.outcome is FeedOutcome.NOT_A_FEED


def check(parsed: ParsedFeed) -> None:
    assert parsed.outcome in {FeedOutcome.OK, FeedOutcome.EMPTY, FeedOutcome.MALFORMED, FeedOutcome.NOT_A_FEED}
    if parsed.outcome in {FeedOutcome.EMPTY, FeedOutcome.NOT_A_FEED}:
        assert not parsed.items
    for item in parsed.items:
        assert item.url.startswith(("http://", "https://"))
        assert "\n" not in item.title


# hypothesis's own deadline is off below: the first example loads the libraries
PIECES = (
    *("<rss>", "</rss>", "<channel>", "</channel>", "<item>", "</item>", "<link>", "</link>", "<feed>", "<entry/>"),
    *(
        "<title>",
        "</title>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE x [",
        "]>",
        "&",
        "&#x41;",
        "&lol;",
        "<?xml ",
    ),
    *(
        "<urlset>",
        "<url>",
        "<loc>",
        "</loc>",
        "</url>",
        "</urlset>",
        "<a href='/2025/01/02/x-y-z'>",
        "<base href='//'>",
    ),
    *("http://a.example/", "x:y", ' xmlns="u"', "<p:q>", "\0", "\u202e", "ü", "深", "<author>a@b.c</author>", " ", ">"),
    *("<?xml ", "<base href='//'>", "<br>", "<p>"),
)


@settings(deadline=None)
@given(st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=40).map(lambda p: "".join(p).encode()))
def test_no_bytes_make_the_parsers_raise(body: bytes) -> None:
    check(parse_feed(body, url=URL))
    check(parse_news_sitemap(body, url=URL))
    check(parse_section(body, url=URL))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "iso-8859-15"]),
)
def test_no_feed_around_any_pieces_makes_the_parser_raise(inner: str, encoding: str) -> None:
    check(parse_feed(f"<rss><channel><item>{inner}</item></channel></rss>".encode(encoding, "replace"), url=URL))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_title_comes_back_on_one_line_and_as_it_was(title: str) -> None:
    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>{escaped}</title><link href='/1'/></entry></feed>"
    items = parse_feed(body.encode("utf-8", "replace"), url=URL).items
    assert len(items) == 1
    plain = title.isalnum() and title.isascii()
    assert items[0].title == (title if plain else items[0].title)
    assert len(items[0].title.splitlines()) <= 1


@settings(deadline=None)
@given(st.binary(max_size=200), st.text(max_size=40))
def test_decoding_never_raises(body: bytes, content_type: str) -> None:
    assert isinstance(decode_xml(body, content_type), str)
