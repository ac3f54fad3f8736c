"""Pages that mean harm end in one outcome, in little time, and leave nothing behind that hurts those who read it."""

import time
from dataclasses import astuple
from datetime import UTC, datetime

import pytest

from pipelines.extract import SourceHints, extract_article
from pipelines.outcomes import Outcome
from pipelines.records import Page
from tests.hostile.pages import PAGES, URL

FETCHED = datetime(2025, 1, 28, 12, tzinfo=UTC)

SECONDS = 60.0
"""Of processor time: far above what any case takes (some seconds), far below what each would take unguarded."""


def value_of(record: object, path: str) -> object:
    for name in path.split("."):
        record = getattr(record, name)
    return record


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_ends_in_its_outcome(name: str) -> None:
    case = PAGES[name]
    headers = (("content-type", "text/html; charset=utf-7" if name == "utf-7" else "text/html"),)
    page = Page(URL, URL, "paper", FETCHED, status=200, headers=headers, body=case.make())
    begin = time.process_time()
    found = extract_article(page, SourceHints("en", "UTC", "The Paper"))
    assert time.process_time() - begin < SECONDS
    assert found.outcome == Outcome(case.outcome), found.detail
    kept = "\n".join(map(str, astuple(found.article))) if found.article is not None else found.detail
    assert not [each for each in case.never if each in kept]
    for path, value in case.facts.items():
        assert value_of(found if hasattr(found, path) else found.article, path) == value
    if found.article is not None:
        assert found.article.published_at <= FETCHED
        assert "\n" not in found.article.title
        kept.encode("utf-8")  # as the database will
