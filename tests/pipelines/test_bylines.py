"""Names of authors, from what a page declares and from what it shows."""

import pytest
from lxml.html import document_fromstring

from pipelines.bylines import author_names, clean_name, looks_like_name, split_names
from pipelines.structured import PageFacts, read_facts
from tests.pipelines.pages import linked

SITES = ["The Courier", "courier.example"]
HEADING = "<h1>Rain falls in the valley</h1>"


def facts(body: str, head: str = "") -> PageFacts:
    page = f"<html><head><title>Rain falls in the valley</title>{head}</head><body>{body}</body></html>"
    return read_facts(document_fromstring(page), "https://www.courier.example/news/1")


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("Ada Byron/Carl Gauss", ["Ada Byron", "Carl Gauss"]),
        ("dpa/abc", ["dpa/abc"]),
        ("Ada Byron, dpa", ["Ada Byron", "dpa"]),
        ("Ada Byron, Carl Gauss und dpa", ["Ada Byron", "Carl Gauss", "dpa"]),
        ("Ada Byron, Carl Gauss, and Emmy Noether", ["Ada Byron", "Carl Gauss", "Emmy Noether"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Ana Gómez y Luis Pérez", ["Ana Gómez", "Luis Pérez"]),
        ("Ada Byron, PhD", ["Ada Byron, PhD"]),
    ],
    ids=["slash", "codes of one desk", "agency", "list with und", "list with and", "name with y", "y", "title"],
)
def test_only_what_stands_between_whole_names_parts_them(raw: str, names: list[str]) -> None:
    assert split_names(raw) == names


@pytest.mark.parametrize(
    "raw", ["Ada Byron for The Courier", "Ada Byron For Mailonline"], ids=["with article", "without"]
)
def test_the_outlet_that_somebody_writes_for_is_no_part_of_the_name(raw: str) -> None:
    assert clean_name(raw) == "Ada Byron"


@pytest.mark.parametrize("text", ["The Ministry", "Die Anleger", "Ada", "By 2025", "a name"])
def test_a_text_that_is_no_name_does_not_look_like_one(text: str) -> None:
    assert not looks_like_name(text)


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("<p class='author'>By Ada Byron, Carl Gauss</p>", ("Ada Byron", "Carl Gauss")),
        (
            "<a href='/author/a'>Ada Byron</a> <a href='/author/c'>Carl Gauss</a>",
            ("Ada Byron", "Carl Gauss"),
        ),
        ("<p class='author'><a>Ada Byron</a><span>Science Editor</span></p>", ("Ada Byron",)),
        ("<p class='author'><b>Ada</b> <b>Byron</b></p>", ("Ada Byron",)),
        ("<div><span>By</span><span>Ada Byron</span></div>", ("Ada Byron",)),
        ("<p class='byline'>By Ada Byron, The Courier, Rome</p>", ("Ada Byron",)),
        ("<p class='byline'>Von AFP</p>", ("AFP",)),
    ],
    ids=["list", "neighbouring links", "role apart", "name in pieces", "By apart", "outlet and place", "agency"],
)
def test_a_shown_byline_gives_all_its_names(byline: str, expected: tuple[str, ...]) -> None:
    assert author_names(facts(HEADING + byline), SITES) == expected


@pytest.mark.parametrize(
    "shown",
    [
        "<p>Disk activity rises in spring</p>",
        "<p class='byline'>Twitter Facebook</p>",
        "<div class='comments'><span class='author'>Ada Byron</span></div>",
        "<p>By subject</p>",
    ],
    ids=["word that begins like a mark", "share buttons", "comment", "list of topics"],
)
def test_what_only_resembles_a_byline_names_nobody(shown: str) -> None:
    assert author_names(facts(HEADING + shown), SITES) == ()


def test_columnists_above_the_heading_are_not_the_authors() -> None:
    above = "<ul>" + "".join(f"<li><a href='/author/{i}'>Ina Other</a></li>" for i in range(12)) + "</ul>"

    assert author_names(facts(above + HEADING + "<p class='author'>Ada Byron</p>"), SITES) == ("Ada Byron",)


def test_a_shown_person_goes_before_the_site_that_is_declared() -> None:
    head = linked('{"@type":"NewsArticle","headline":"Rain falls in the valley","author":"The Courier"}')

    found = facts(
        HEADING + "<p class='author'>von Ada Byron</p>", head + '<meta property="og:site_name" content="The Courier">'
    )

    assert author_names(found, SITES) == ("Ada Byron",)


def test_the_site_stays_where_the_byline_names_nobody_else() -> None:
    head = '<meta name="author" content="The Courier"><meta property="og:site_name" content="The Courier">'

    assert author_names(facts(HEADING + "<p class='author'>By The Courier</p>", head), SITES) == ("The Courier",)


def test_the_label_of_a_sharing_card_names_the_author() -> None:
    head = '<meta name="twitter:label1" content="Verfasst von"><meta name="twitter:data1" content="Ada Byron">'
    head += '<meta name="twitter:label2" content="Lesezeit"><meta name="twitter:data2" content="Drei Minuten">'

    assert author_names(facts(HEADING, head), SITES) == ("Ada Byron",)


def test_the_site_is_taken_off_a_declared_name() -> None:
    assert author_names(facts(HEADING, '<meta name="author" content="The Courier - Ada Byron">'), SITES) == (
        "Ada Byron",
    )
