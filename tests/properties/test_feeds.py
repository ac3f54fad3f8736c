"""What holds for every feed, sitemap and section page, beyond tests/crawler/test_feeds_hostile.py."""

import time
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from crawler.feeds import MAX_TITLE_CHARS, ParsedFeed, parse_feed
from crawler.sections import parse_section
from crawler.sitemaps import parse_news_sitemap
from pipelines.markup import MAX_ATTRIBUTES, overfull_tag
from pipelines.outcomes import FeedOutcome
from tests.properties.examples import FEW, FIXED

URL = "https://paper.example/feed.xml"
NAMESPACES = st.sampled_from(
    ["http://www.w3.org/2005/Atom", "http://www.]w3.org/", "http://<?x", "\ufffd", "a b", "", "urn:x{y}z"]
)
NAMES = st.sampled_from(
    ["feed", "entry", "item", "rss", "channel", "atom:feed", "ü:entry", "a}b", "x:y:z", "_", "Item"]
)
TITLES = st.text(st.characters(codec="utf-8"), max_size=80)


def check(parsed: ParsedFeed) -> None:
    assert isinstance(parsed.outcome, FeedOutcome)
    for item in parsed.items:
        assert item.url.startswith(("http://", "https://"))
        assert len(item.title) <= MAX_TITLE_CHARS
        assert len(item.title.splitlines()) <= 1


@FIXED
@given(st.lists(NAMES, min_size=1, max_size=5), NAMESPACES, NAMESPACES, st.text(max_size=10))
def test_odd_names_and_namespaces_raise_nothing(names: list[str], default: str, other: str, text: str) -> None:
    opened = "".join(f"<{name} xmlns='{default}' xmlns:atom='{other}' {text}='1'>" for name in names)
    closed = "".join(f"</{name}>" for name in reversed(names))
    for root in ("rss", "feed"):
        body = f"<{root} xmlns='{default}' xmlns:a='{other}'>{opened}<link>https://a.example/1</link>{closed}</{root}>"
        check(parse_feed(body.encode("utf-8", "replace"), url=URL))
        check(parse_news_sitemap(body.replace(root, "urlset").encode("utf-8", "replace"), url=URL))


@FIXED
@given(
    st.binary(max_size=300),
    st.sampled_from([b"<html>", b"<rss>", b"<urlset>", b"<?xml version='1.0'?>", b"\x1f\x8b", b"\xff\xfe", b""]),
)
def test_any_bytes_end_in_an_outcome(body: bytes, begin: bytes) -> None:
    for parsed in (
        parse_feed(begin + body, url=URL),
        parse_news_sitemap(begin + body, url=URL),
        parse_section(begin + body, url=URL),
    ):
        check(parsed)


@FEW
@given(st.lists(st.tuples(TITLES, st.integers(0, 10**9)), min_size=1, max_size=8, unique_by=lambda pair: pair[1]))
def test_an_honest_feed_gives_each_item_once_and_in_order(items: list[tuple[str, int]]) -> None:
    rows = "".join(
        f"<item><title>{escape(title)}</title><link>https://a.example/{number}</link></item>" for title, number in items
    )
    parsed = parse_feed(f"<rss><channel>{rows}</channel></rss>".encode(), url=URL)
    assert [item.url for item in parsed.items] == [f"https://a.example/{number}" for _, number in items]


@FEW
@given(
    st.lists(st.sampled_from(["<a", "<b ", " x", "='", '="', "'", '"', ">", "/", "=", "y", "<", " "]), max_size=60),
    st.integers(1, 300),
)
def test_tags_are_counted_in_little_time_however_they_are_written(pieces: list[str], times: int) -> None:
    begin = time.process_time()
    overfull_tag("".join(pieces) * times)
    assert time.process_time() - begin < 5.0


@FEW
@given(
    st.text(st.sampled_from("<>'\"= ab/"), max_size=40),
    st.sampled_from(["a{}", "a{}=''", 'a{}=">"', "a{}='x'"]),
    st.sampled_from([" ", "/", "\n"]),
)
def test_a_tag_with_too_many_attributes_is_found_behind_anything(before: str, form: str, blank: str) -> None:
    tag = "<p " + blank.join(form.format(n) for n in range(MAX_ATTRIBUTES + 50)) + ">"
    assert overfull_tag(f"{before}{tag}") is not None
