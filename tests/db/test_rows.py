"""Pages as rows, and the identifier of one fetch."""

from dataclasses import replace

import pytest

from db.rows import page_row
from pipelines.ids import body_hash, page_id
from pipelines.outcomes import Outcome
from pipelines.records import Extraction, Page
from tests.db import build

PAGE = Page(
    url="https://a.example/1",
    final_url="https://a.example/1?x",
    source_id="daily",
    fetched_at=build.NOON,
    headers=(("Content-Type", "text/html"),),
    body=b"x",
)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(PAGE, url="https://a.example/2"), id="url"),
        pytest.param(replace(PAGE, attempt=2), id="attempt"),
        pytest.param(replace(PAGE, body=b"y"), id="body"),
        pytest.param(replace(PAGE, body=b"", outcome=Outcome.TIMEOUT), id="outcome"),
    ],
)
def test_another_url_attempt_body_or_outcome_is_another_page(other: Page) -> None:
    assert page_id(other) != page_id(PAGE)


def test_the_same_fetch_has_the_same_identifier_whatever_its_time_and_headers() -> None:
    assert page_id(replace(PAGE, headers=(), elapsed_seconds=3.0)) == page_id(PAGE)


def test_a_row_has_size_and_hash_in_place_of_the_body() -> None:
    row = page_row(PAGE, Extraction(Outcome.NO_TEXT), record_offset=123)
    assert (row.body_bytes, row.body_sha256, row.content_type) == (1, body_hash(b"x"), "text/html")
    assert (row.record_offset, row.final_url) == (123, "https://a.example/1?x")
    failed = page_row(replace(PAGE, body=b"", outcome=Outcome.ROBOTS), Extraction(Outcome.ROBOTS), record_offset=0)
    assert (failed.body_bytes, failed.body_sha256, failed.fetch_outcome) == (0, "", Outcome.ROBOTS)
