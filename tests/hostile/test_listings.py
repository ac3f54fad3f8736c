"""Feeds, sitemaps and section pages that mean harm give items with web addresses only, or none."""

import time

import pytest

from crawler.feeds import ParsedFeed, parse_feed
from crawler.sections import parse_section
from crawler.sitemaps import parse_news_sitemap
from pipelines.outcomes import FeedOutcome
from tests.hostile.cases import Case
from tests.hostile.listings import FEEDS, SECTIONS, SITEMAPS, URL

SECONDS = 30.0
"""Of processor time; no case takes more than 2 s, and each would take minutes unguarded."""


def check(case: Case, parsed: ParsedFeed) -> None:
    assert parsed.outcome is FeedOutcome(case.outcome), parsed.detail
    kept = "\n".join(f"{item.url}\0{item.title}\0{item.author}\0{item.summary}" for item in parsed.items)
    texts = kept.split("\n") if "\n" not in case.never else [item.url + item.title for item in parsed.items]
    assert not [each for each in case.never for text in texts if each in text]
    assert all(item.url.startswith(("http://", "https://")) for item in parsed.items)
    found = {
        "urls": tuple(item.url for item in parsed.items),
        "n_urls": len(parsed.items),
        "children": parsed.child_urls,
        "n_children": len(parsed.child_urls),
    }
    assert {key: found[key] for key in case.facts} == case.facts


@pytest.mark.parametrize("name", FEEDS)
def test_a_hostile_feed_ends_in_its_outcome(name: str) -> None:
    body, begin = FEEDS[name].make(), time.process_time()
    parsed = parse_feed(body, url=URL)
    assert time.process_time() - begin < SECONDS
    check(FEEDS[name], parsed)


@pytest.mark.parametrize("name", SITEMAPS)
def test_a_hostile_sitemap_ends_in_its_outcome(name: str) -> None:
    body, begin = SITEMAPS[name].make(), time.process_time()
    parsed = parse_news_sitemap(body, url=URL)
    assert time.process_time() - begin < SECONDS
    check(SITEMAPS[name], parsed)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_hostile_section_page_ends_in_its_outcome(name: str) -> None:
    body, begin = SECTIONS[name].make(), time.process_time()
    parsed = parse_section(body, url="https://paper.example/tech")
    assert time.process_time() - begin < SECONDS
    check(SECTIONS[name], parsed)


@pytest.mark.parametrize("pattern", [r"(?:a|aa)+$", r"^https?://[^/]+/(\w|\d|a)+z$", r"(.*)*;"])
def test_a_link_pattern_that_never_ends_is_given_up(pattern: str) -> None:
    page = b"<html>" + b"".join(b"<a href='/%s%d!'>x</a>" % (b"a" * 4_000, n) for n in range(50)) + b"</html>"
    begin = time.process_time()
    parsed = parse_section(page, url="https://paper.example/tech", link_pattern=pattern)
    assert time.process_time() - begin < SECONDS
    assert parsed.outcome in {FeedOutcome.MALFORMED, FeedOutcome.EMPTY}
    assert not parsed.items


def test_a_link_pattern_that_is_given_up_is_named_with_its_remedy() -> None:
    page = b"<html><a href='/%s!'>x</a></html>" % (b"a" * 4_000)
    parsed = parse_section(page, url="https://paper.example/tech", link_pattern=r"(?:a|aa)+$")
    assert parsed.outcome is FeedOutcome.MALFORMED
    assert "link_pattern takes more than" in parsed.detail
