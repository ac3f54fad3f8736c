"""Where on a page a publication date is found."""

import pytest
from lxml.html import document_fromstring

from pipelines.records import DateBasis
from pipelines.structured import read_facts
from tests.pipelines.pages import linked

HEADING = "<h1>Rain falls in the valley</h1>"


def shown(body: str, head: str = "") -> list[str]:
    page = f"<html><head><title>Rain falls in the valley</title>{head}</head><body>{body}</body></html>"
    found = read_facts(document_fromstring(page), "https://www.courier.example/news/a")
    return [date.raw for date in found.dates if date.basis is DateBasis.TEXT]


def test_the_date_of_the_day_above_the_heading_comes_last() -> None:
    banner = "<div class='date'>28 January 2025</div>" + "<p></p>" * 20

    assert shown(banner + HEADING + "<p class='date'>27 January 2025</p>") == ["27 January 2025", "28 January 2025"]


def test_a_dateline_shortly_before_the_heading_comes_first() -> None:
    assert (
        shown(f"<p class='date'>27 January 2025</p>{HEADING}<p class='date'>2 January 2025</p>")[0] == "27 January 2025"
    )


def test_the_heading_is_the_one_that_the_title_repeats() -> None:
    logo = "<h1>The Courier of Wednesday</h1><span class='date'>28 January 2025</span>" + "<p></p>" * 20

    assert shown(logo + HEADING + "<p class='date'>27 January 2025</p>")[0] == "27 January 2025"


@pytest.mark.parametrize(
    "update",
    [
        "<p class='date'>Updated: 2 February 2025</p>",
        "<p class='date updated'>2 February 2025</p>",
        "<p class='date'>Aktualisiert am 2.2.2025</p>",
        "<div class='modified'><time datetime='2025-02-02T10:00Z'>2 February</time></div>",
    ],
    ids=["label", "class", "German label", "class around a time element"],
)
def test_an_update_comes_after_the_publication(update: str) -> None:
    assert shown(f"{HEADING}{update}<p class='date'>27 January 2025</p>")[0] == "27 January 2025"


def test_an_unmarked_dateline_is_read_where_no_clock_time_is_declared() -> None:
    head = '<meta property="article:published_time" content="2025-01-27">'

    assert shown(f"{HEADING}<b>27.01.2025, 10:15</b>", head) == ["27.01.2025, 10:15"]


def test_the_modification_of_an_article_is_not_its_publication() -> None:
    head = '<meta property="article:published_time" content="2025-01-27">' + linked(
        '{"@type":"NewsArticle","headline":"Rain","dateModified":"2025-01-28"}'
    )
    page = f"<html><head>{head}</head><body>{HEADING}</body></html>"
    found = read_facts(document_fromstring(page), "https://www.courier.example/news/a")

    assert [date.raw for date in found.dates] == ["2025-01-27"]
