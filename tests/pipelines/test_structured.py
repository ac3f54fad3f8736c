"""Declarations of pages, as oddly as they are written."""

import pytest
from lxml.html import document_fromstring

from pipelines.bylines import author_names, clean_name, split_names
from pipelines.jsonld import read_linked_articles
from pipelines.structured import PageFacts, read_facts
from pipelines.titles import choose_title, section_names, strip_site_name
from tests.pipelines.pages import html, linked

URL = "https://www.courier.example/news/1"


def facts(head: str, body: str = "<h1>Shown headline here</h1>", title: str = "Title") -> PageFacts:
    return read_facts(
        document_fromstring(f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"), URL
    )


@pytest.mark.parametrize(
    ("script", "headline", "authors"),
    [
        pytest.param(
            '{"@type":"NewsArticle","headline":"A","author":"Ada Byron"}', "A", ("Ada Byron",), id="author as a string"
        ),
        pytest.param(
            '{"@type":"NewsArticle","headline":"A","author":{"name":"Ada Byron"}}',
            "A",
            ("Ada Byron",),
            id="author as an object",
        ),
        pytest.param(
            '{"@type":"NewsArticle","headline":"A","author":[{"name":"Ada"},"Carl"]}',
            "A",
            ("Ada", "Carl"),
            id="author as a mixed list",
        ),
        pytest.param(
            '{"@type":"NewsArticle","headline":"A","author":{"name":["Ada","Carl"]}}',
            "A",
            ("Ada", "Carl"),
            id="list of names in one author",
        ),
        pytest.param(
            '{"@type":"NewsArticle","headline":"A","author":{"givenName":"Ada","familyName":"Byron"}}',
            "A",
            ("Ada Byron",),
            id="given and family name",
        ),
        pytest.param('{"@type":"NewsArticle","headline":"A","author":null}', "A", (), id="author is null"),
        pytest.param('{"@type":"NewsArticle","headline":"A","author":7}', "A", (), id="author is a number"),
        pytest.param('{"@type":["Thing","Article"],"headline":["A","B"]}', "A", (), id="lists of types and headlines"),
        pytest.param('{"@type":"NewsArticle","headline":{"@value":"A"}}', "A", (), id="headline as a value object"),
        pytest.param('{"@type":"http://schema.org/NewsArticle","headline":"A"}', "A", (), id="type as a URL"),
        pytest.param(
            '{"@graph":[{"@type":"WebSite","name":"S"},{"@type":"Article","headline":"A","author":{"@id":"#p"}},{"@type":"Person","@id":"#p","name":"Ada"}]}',
            "A",
            ("Ada",),
            id="graph with a reference",
        ),
        pytest.param('[{"@type":"BreadcrumbList"},{"@type":"Article","headline":"A"}]', "A", (), id="list at the top"),
        pytest.param(
            '{"@type":"NewsArticle","headline":"Fish &amp;amp; chips &quot;now&quot;"}',
            'Fish & chips "now"',
            (),
            id="entities escaped twice",
        ),
        pytest.param('{"@type":"NewsArticle","headline":"<b>A</b> b"}', "A b", (), id="tags in the headline"),
        pytest.param('{"@type":"NewsArticle","headline":"A",}', "A", (), id="comma at the end"),
        pytest.param('{"@type":"NewsArticle","headline":"A\nB"}', "A B", (), id="line break in a string"),
        pytest.param('<!-- {"@type":"NewsArticle","headline":"A"} -->', "A", (), id="inside an HTML comment"),
        pytest.param('//<![CDATA[\n{"@type":"NewsArticle","headline":"A"}\n//]]>', "A", (), id="inside CDATA"),
        pytest.param('{"@type":"NewsArticle","headline":"A"};', "A", (), id="semicolon at the end"),
        pytest.param(
            '{"@type":"WebPage","mainEntity":{"@type":"Article","headline":"A"}}', "A", (), id="main entity of a page"
        ),
    ],
)
def test_an_article_is_read_from_json_ld(script: str, headline: str, authors: tuple[str, ...]) -> None:
    articles = [article for article in read_linked_articles([script]) if article.is_article]

    assert [(article.headline, article.authors) for article in articles] == [(headline, authors)]


@pytest.mark.parametrize("script", ["", "{", "null", "7", '"text"', "[[[[]]]]", "[" * 5000], ids=repr)
def test_what_is_no_article_is_passed_over(script: str) -> None:
    assert read_linked_articles([script]) == ()


@pytest.mark.parametrize(
    ("value", "is_free"),
    [
        ("false", False),
        ('"False"', False),
        ('"http://schema.org/False"', False),
        ("true", True),
        ('"true"', True),
        ("[]", None),
        ('"maybe"', None),
    ],
    ids=["false", "string", "URL", "true", "true as a string", "list", "word"],
)
def test_free_access_is_read_in_every_spelling(value: str, is_free: bool | None) -> None:
    (article,) = read_linked_articles([f'{{"@type":"NewsArticle","headline":"A","isAccessibleForFree":{value}}}'])

    assert article.is_free is is_free


def test_the_node_of_this_page_goes_before_teasers_of_others() -> None:
    head = linked('{"@type":"NewsArticle","headline":"Something else","url":"https://www.courier.example/news/2"}')
    head += linked(f'{{"@type":"NewsArticle","headline":"Shown headline","url":"{URL}"}}')

    found = facts(head).linked

    assert found is not None
    assert found.headline == "Shown headline"


def test_items_of_a_list_are_not_the_article() -> None:
    script = '{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Other"}]}'

    assert facts(linked(script)).linked is None


@pytest.mark.parametrize(
    ("head", "body", "title", "expected"),
    [
        pytest.param(
            "",
            "<h1>Rain in the valley</h1>",
            "Rain in the valley | The Courier",
            "Rain in the valley",
            id="heading and title",
        ),
        pytest.param(
            '<meta property="og:title" content="Rain in the valley - The Courier">',
            "",
            "x",
            "Rain in the valley",
            id="site name behind",
        ),
        pytest.param(
            '<meta property="og:title" content="Rain in the valley">',
            "<h1>Weather: Rain in the valley</h1>",
            "x",
            "Rain in the valley",
            id="shared without the kicker",
        ),
        pytest.param(
            linked('{"@type":"Article","headline":"Rain in the val…"}'),
            "<h1>Rain in the valley</h1>",
            "x",
            "Rain in the valley",
            id="headline cut short",
        ),
        pytest.param(
            "",
            "<h1>The Courier</h1>",
            "Rain in the valley – The Courier",
            "Rain in the valley",
            id="heading is the site",
        ),
        pytest.param(
            linked('{"@type":"Article","headline":7}'),
            "",
            "Rain in the valley",
            "Rain in the valley",
            id="headline is a number",
        ),
    ],
)
def test_the_headline_is_chosen_without_the_site_name(head: str, body: str, title: str, expected: str) -> None:
    assert choose_title(facts(head, body, title), ["The Courier", "courier.example"]) == expected


@pytest.mark.parametrize(
    "title",
    ["Rain falls in the valley--晨报", "晨报 :: Rain falls in the valley", "Rain falls in the valley › Bote"],
    ids=["dashes behind", "colons before", "angle behind"],
)
def test_a_heading_shows_what_of_the_title_is_the_site_of_unknown_name(title: str) -> None:
    found = facts(f'<meta property="og:title" content="{title}">', "<h3>Rain falls in the valley</h3>", title)

    assert choose_title(found, []) == "Rain falls in the valley"


def test_the_section_of_the_address_is_taken_off_the_title() -> None:
    found = facts('<meta property="og:title" content="Rain in the valley | Local News">', "", "x")

    assert choose_title(found, [], section_names("https://a.example/local-news/17")) == "Rain in the valley"


def test_a_headline_that_its_address_repeats_stays() -> None:
    url = "https://a.example/rain-in-the-valley/17"

    assert choose_title(facts("", "<h1>Rain in the valley</h1>", "x"), [], section_names(url)) == "Rain in the valley"


def test_a_dash_that_belongs_to_the_headline_stays() -> None:
    assert strip_site_name("Rain – at last", ["The Courier"]) == "Rain – at last"


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("Ada Byron and Carl Gauss", ["Ada Byron", "Carl Gauss"]),
        ("Ada Byron, Carl Gauss", ["Ada Byron", "Carl Gauss"]),
        ("Byron, Ada", ["Byron, Ada"]),
        ("Ada Byron und Carl Gauss", ["Ada Byron", "Carl Gauss"]),
        ("王小明、李大华", ["王小明", "李大华"]),
    ],
    ids=["and", "comma", "family name first", "und", "Chinese comma"],
)
def test_names_in_one_string_are_parted(raw: str, names: list[str]) -> None:
    assert split_names(raw) == names


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("By Ada Byron", "Ada Byron"),
        ("Von Ada Byron", "Ada Byron"),
        ("记者：王小明", "王小明"),
        ("Ada Byron, senior reporter", "Ada Byron"),
        ("https://a.example/ada", ""),
        ("ada@a.example", ""),
        ("admin", ""),
        ("  ", ""),
    ],
    ids=["By", "Von", "Chinese", "role", "URL", "address", "admin", "blank"],
)
def test_a_name_is_freed_of_what_is_no_name(raw: str, name: str) -> None:
    assert clean_name(raw) == name


def test_the_site_as_author_gives_way_to_a_person() -> None:
    head = (
        linked('{"@type":"Article","headline":"A","author":"The Courier"}') + '<meta name="author" content="Ada Byron">'
    )

    assert author_names(facts(head), ["The Courier"]) == ("Ada Byron",)


def test_a_shown_byline_counts_where_nothing_is_declared() -> None:
    assert author_names(facts("", "<h1>x</h1><p class='byline'>By Ada Byron</p>"), []) == ("Ada Byron",)


def test_a_page_without_any_declaration_has_its_heading() -> None:
    found = read_facts(document_fromstring(html(("Text.",), title="Rain")), URL)

    assert (found.headings, found.linked, found.is_free, found.meta_authors) == (("Rain",), None, None, ())
