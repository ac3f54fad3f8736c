"""Every golden page is read as expected; ``newstone sources verify --shipped --update`` renews the expectations."""

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.source import load_sources
from newstone.golden import GoldenPage, compare_golden, load_golden, shipped_golden_folder
from newstone.source_hints import hints_on
from pipelines.extract import extract_article
from pipelines.outcomes import ARTICLE_OUTCOMES

FOLDER = shipped_golden_folder()
SOURCES = load_sources(FOLDER)
PAGES = list(load_golden(FOLDER))

MAX_FILE_BYTES = 8_000
"""Pages of our own, as small as shows the layout."""


@pytest.mark.parametrize("golden", PAGES, ids=[f"{golden.page.source_id} {golden.file.stem}" for golden in PAGES])
def test_a_golden_page_is_read_as_expected(golden: GoldenPage) -> None:
    difference = compare_golden(golden, SOURCES[golden.page.source_id])
    assert difference is None, "\n".join(difference.lines)


def test_every_source_has_golden_pages_every_page_both_files_and_all_are_small_and_invented() -> None:
    assert set(SOURCES) == {golden.page.source_id for golden in PAGES}
    files = [file for file in FOLDER.rglob("*") if file.suffix in {".gz", ".json"}]
    assert len(files) == 2 * len(PAGES)
    for file in files:
        assert file.stat().st_size <= MAX_FILE_BYTES, file
    for golden in PAGES:
        assert ".example/" in golden.page.url
        assert golden.expected["text"], "an expectation without text checks nothing"


def test_the_golden_pages_cover_languages_outcomes_date_bases_and_overrides() -> None:
    def seen(field: str) -> set[str]:
        return {str(golden.expected[field]) for golden in PAGES}

    assert len(seen("language")) >= 8
    assert seen("outcome") >= {"ok", "paywall"}
    assert seen("published_basis") >= {"json-ld", "meta", "text", "feed"}
    assert seen("outcome") <= {outcome.value for outcome in ARTICLE_OUTCOMES}
    overridden = {key for source in SOURCES.values() for block in source.override for key in block.overridden()}
    assert overridden == {"title_selector", "body_selector", "date_selector", "zone", "feed_body", "drop"}


def test_each_override_is_needed_a_page_is_read_otherwise_without_it() -> None:
    for golden in PAGES:
        source = SOURCES[golden.page.source_id]
        day = golden.page.fetched_at.date()
        if any(block.covers(day) for block in source.override):
            without = source.model_copy(update={"override": ()})
            assert compare_golden(golden, without) is not None, golden.file


def test_a_kept_page_of_the_old_layout_does_not_change_when_a_later_override_comes() -> None:
    for golden in PAGES:
        source = SOURCES[golden.page.source_id]
        day = golden.page.fetched_at.date()
        past = tuple(block for block in source.override if block.since is None or block.since <= day)
        before = source.model_copy(update={"override": past})
        read_before = extract_article(golden.page, hints_on(before, day))
        assert extract_article(golden.page, hints_on(source, day)) == read_before
        later = [block for block in source.override if block not in past]
        if later:
            wrong_day = later[0].since
            assert wrong_day is not None
            assert extract_article(golden.page, hints_on(source, wrong_day + timedelta(days=1))) != read_before


def test_the_old_and_the_new_layout_of_one_outlet_stand_side_by_side() -> None:
    by_source: dict[str, set[Path]] = {}
    for golden in PAGES:
        by_source.setdefault(golden.page.source_id, set()).add(golden.file)
    assert len(by_source["brackwater_mail"]) == 2
