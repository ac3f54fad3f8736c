"""The source files that come with newstone."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from crawler.source import DiscoveryKind, Medium, Source, check_sources, load_sources, shipped_sources_dir
from crawler.source_files import source_text

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return load_sources(shipped_sources_dir())


def test_every_shipped_file_is_valid() -> None:
    assert check_sources(shipped_sources_dir()) == []


def test_every_shipped_file_is_written_as_the_program_would_write_it(sources: dict[str, Source]) -> None:
    for path in shipped_sources_dir().rglob("*.toml"):
        assert path.read_text(encoding="utf-8") == source_text(sources[path.stem]), path


def test_every_shipped_file_lies_in_the_folder_of_its_country(sources: dict[str, Source]) -> None:
    for path in shipped_sources_dir().rglob("*.toml"):
        assert path.parent.name == sources[path.stem].country.lower(), path


def test_the_shipped_sources_cover_the_languages_and_addresses_they_should(sources: dict[str, Source]) -> None:
    urls = Counter(entry.url for source in sources.values() for entry in source.discovery)
    assert len(sources) == 213
    assert urls.total() == len(urls) == 233
    assert len({(source.language, source.script) for source in sources.values()}) >= 28
    kinds = Counter(entry.kind for source in sources.values() for entry in source.discovery)
    assert kinds == {DiscoveryKind.FEED: 210, DiscoveryKind.NEWS_SITEMAP: 16, DiscoveryKind.SECTION: 7}


def test_company_newsrooms_are_marked_and_name_their_company(sources: dict[str, Source]) -> None:
    newsrooms = {s.id: s.company for s in sources.values() if s.medium is Medium.COMPANY_NEWSROOM}
    assert sorted(newsrooms.values()) == ["alibaba", "deepseek", "mistral", "moonshot", "nvidia", "openai", "tencent"]
    assert all(source.medium is Medium.COMPANY_NEWSROOM for source in sources.values() if source.company)


def test_aggregators_are_marked(sources: dict[str, Source]) -> None:
    marked = {source.id for source in sources.values() if source.medium is Medium.AGGREGATOR}
    assert marked == {"hacker_news", "readhub", "yahoo_news_jp"}


def test_names_are_those_of_outlets_and_not_of_feeds(sources: dict[str, Source]) -> None:
    for source in sources.values():
        assert not any(word in source.name.lower() for word in ("rss", "sitemap", "feed", "owned")), source.name
    assert sources["heise"].name == "heise online"
    assert len(sources["heise"].discovery) == 6


def test_section_pages_say_which_links_are_articles(sources: dict[str, Source]) -> None:
    sections = [e for s in sources.values() for e in s.discovery if e.kind is DiscoveryKind.SECTION]
    assert sections
    assert all(entry.link_pattern for entry in sections)


@pytest.mark.shared
def test_every_vetted_address_is_shipped_with_its_language(sources: dict[str, Source]) -> None:
    table = SHARED / "sources.csv"
    if not table.is_file():
        pytest.skip("the table of vetted sources is not beside this checkout")
    of_url = {entry.url: (source, entry.kind) for source in sources.values() for entry in source.discovery}
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["url"] for row in rows} == set(of_url)
    for row in rows:
        source, kind = of_url[row["url"]]
        assert kind.value == {"rss": "feed"}.get(row["kind"], row["kind"])
        assert row["language"] == (f"{source.language}-{source.script}" if source.script else source.language)
        assert source.country == (row["country"] or "INT")
        assert (source.medium is Medium.COMPANY_NEWSROOM) == row["name"].startswith("OWNED:")
