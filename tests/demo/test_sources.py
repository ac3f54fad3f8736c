import re
from pathlib import Path

import pytest

from crawler.source import check_sources, load_sources
from newstone.demo.articles import load_newsroom
from newstone.demo.sources import LINK_PATTERNS, write_demo_sources


def test_one_source_file_per_outlet_is_written_and_valid(tmp_path: Path) -> None:
    paths = write_demo_sources(tmp_path)
    assert check_sources(tmp_path) == []
    sources = load_sources(tmp_path)
    outlets = load_newsroom().outlets
    assert set(sources) == set(outlets)
    assert [path.stem for path in paths] == list(outlets)
    for source in sources.values():
        assert source.language == outlets[source.id].language
        assert [(entry.kind.value, entry.url) for entry in source.discovery] == list(outlets[source.id].discovery)


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_demo_sources(tmp_path / "a")]
    assert [path.read_bytes() for path in write_demo_sources(tmp_path / "b")] == first


@pytest.mark.parametrize("layout", sorted(LINK_PATTERNS))
def test_the_link_pattern_of_a_layout_finds_articles_and_nothing_else(layout: str) -> None:
    pattern = re.compile(LINK_PATTERNS[layout])
    articles = [article for article in load_newsroom().articles if article.outlet.layout == layout]
    assert articles
    for article in articles:
        assert pattern.search(article.url)
        assert not pattern.search(article.outlet.homepage)
        assert not pattern.search(f"{article.outlet.homepage}{article.section_path}/")
