"""Overrides: what a person points at goes first, and what fits no longer never loses a page."""

import re
from dataclasses import replace

import pytest

from pipelines.extract import EXTRACTOR, SourceHints, extract_article, extractor_name
from pipelines.outcomes import Outcome
from pipelines.overrides import NO_OVERRIDE, PageOverride, check_selector
from pipelines.records import Article, BodyKind, DateBasis, Extraction, FeedItem, Page
from tests.pipelines.pages import ENGLISH, ENGLISH_PARAGRAPHS, html, linked, page

TEASERS = (
    "The operator of the valley's cable car has closed it for repairs until the autumn, a spokesman said last week.",
    "A reader writes that the old mill should become a museum, and that the council should have asked the residents.",
)
BOX = "<div class='mixed'>" + "".join(f"<p>{line}</p>" for line in TEASERS) + "</div>"
URL = "https://www.courier.example/news/data-centre"


def read(made: Page, override: PageOverride = NO_OVERRIDE, hints: SourceHints = ENGLISH) -> Extraction:
    return extract_article(made, replace(hints, override=override))


def article(made: Page, override: PageOverride = NO_OVERRIDE) -> Article:
    found = read(made, override).article
    assert found is not None
    return found


def fed(summary: str = "", body: str = "", title: str = "") -> FeedItem:
    return FeedItem(url=URL, title=title, summary=summary, body=body)


def test_a_body_selector_gives_the_text_of_what_it_selects_in_the_order_of_the_page() -> None:
    first, second, third, fourth = (f"<p>{line}</p>" for line in ENGLISH_PARAGRAPHS)
    made = page(
        "<html><head><title>Data centre opens later</title></head><body><h1>Data centre opens later</h1>"
        f"<div class=t>{first}{second}<nav><a href=/a>Home</a> <a href=/b>News</a></nav></div>{BOX}<div class=t>{third}"
        f"{fourth}<script>var x = 1</script></div><div class=comments>{first.replace('Monday', 'Tuesday')}</div></body>"
    )
    found = article(made, PageOverride(body_selector="div.t"))
    assert found.text == "\n".join(ENGLISH_PARAGRAPHS)
    assert found.notes == ()
    assert article(made, PageOverride(body_selector="//div[@class='t']")).text == found.text
    assert article(made, PageOverride(body_selector="xpath:descendant::div[@class='t']")).text == found.text


def test_a_selected_element_within_another_counts_once_and_lines_end_where_blocks_and_breaks_do() -> None:
    first, second, third, fourth = ENGLISH_PARAGRAPHS
    bold = first.replace(first[:60], f"<b class=t>{first[:60]}</b>")
    made = page(f"<html><body><div class=t>{bold}<div class=t>{second}</div>{third}<br>{fourth}</div></body></html>")
    assert article(made, PageOverride(body_selector=".t")).text == "\n".join(ENGLISH_PARAGRAPHS)


def test_title_and_date_come_from_where_the_selectors_point() -> None:
    made = page(
        html(
            ENGLISH_PARAGRAPHS,
            head="<meta property=og:title content='Share this'><meta name=real content='Built at last | The Courier'>",
            after="<span class=when>First published on 3 February 2025, 10:15 by our staff</span>",
        )
    )
    usual = article(made)
    assert usual.title == "Share this"
    found = article(made, PageOverride(title_selector="meta[name=real]", date_selector=".when"))
    assert found.title == "Built at last"
    assert f"{found.published_at:%Y-%m-%d %H:%M}" == "2025-02-03 10:15"
    assert found.published_basis is DateBasis.TEXT
    assert found.published_raw.startswith("3 February 2025, 10:15")


def test_a_zone_of_the_override_goes_before_that_of_the_source() -> None:
    made = page(html(ENGLISH_PARAGRAPHS, head="<meta name=date content='2025-02-03 10:15'>"))
    assert article(made).published_at.hour == 10
    assert article(made, PageOverride(zone="Asia/Tokyo")).published_at.hour == 1


def test_dropped_elements_leave_no_trace_and_the_page_itself_cannot_be_dropped() -> None:
    made = page(html(ENGLISH_PARAGRAPHS).replace("</article>", f"{BOX}</article>"))
    assert TEASERS[0] in article(made).text
    for drop in (("div.mixed",), ("//div[@class='mixed']", ".no-such-box"), ("body", "html", "div.mixed")):
        found = article(made, PageOverride(drop=drop))
        assert found.text == "\n".join(ENGLISH_PARAGRAPHS)
        assert found.notes == ()


@pytest.mark.parametrize("key", ["title_selector", "body_selector", "date_selector"])
@pytest.mark.parametrize("selector", ["div.gone", "//div[@class='gone']"])
def test_a_selector_that_finds_nothing_changes_nothing_but_leaves_a_remark(key: str, selector: str) -> None:
    selectors = {key: selector}
    override = PageOverride(
        title_selector=selectors.get("title_selector", ""),
        body_selector=selectors.get("body_selector", ""),
        date_selector=selectors.get("date_selector", ""),
    )
    made = page(html(ENGLISH_PARAGRAPHS))
    usual = article(made)
    found = article(made, override)
    assert found.notes == (f"override: {key} {selector!r} finds nothing; read the usual way",)
    assert replace(found, notes=(), extractor=EXTRACTOR) == usual


def test_a_body_selector_that_finds_only_a_caption_does_not_lose_the_page() -> None:
    made = page(html(ENGLISH_PARAGRAPHS, after="<div class=t>A picture of the valley.</div>"))
    override = PageOverride(body_selector="div.t")
    found = article(made, override)
    assert found.text == "\n".join(ENGLISH_PARAGRAPHS)
    assert found.notes == ("override: body_selector 'div.t' finds too little; read the usual way",)


def test_a_selected_text_is_still_judged() -> None:
    wall = "To continue reading this article, subscribe or log in."
    made = page(html((*ENGLISH_PARAGRAPHS[:2], wall)))
    assert read(made, PageOverride(body_selector="article")).outcome is Outcome.PAYWALL


def test_the_text_of_the_feed_stands_in_where_the_page_has_too_little() -> None:
    empty = html((), title="")
    whole = "\n".join(ENGLISH_PARAGRAPHS)
    override = PageOverride(feed_body=True)
    made = page(empty, item=fed(body=whole, title="From the feed"))
    assert read(made).outcome is Outcome.TOO_SHORT
    found = read(made, override)
    assert (found.outcome, found.detail) == (Outcome.OK, "text of the feed")
    assert found.article is not None
    assert (found.article.title, found.article.text) == ("From the feed", whole)
    assert found.article.body_kind is BodyKind.FULL
    nothing = read(page(b"", item=fed(body=whole, title="From the feed")), override)
    assert nothing.article is not None
    assert nothing.article.text == whole


def test_a_summary_of_the_feed_makes_a_teaser_and_a_short_one_nothing() -> None:
    override = PageOverride(feed_body=True)
    made = page(html(("Short.",)), item=fed(summary=" ".join(ENGLISH_PARAGRAPHS[:2])))
    found = read(made, override)
    assert (found.outcome, found.detail) == (Outcome.TEASER, "text of the feed's summary")
    assert found.article is not None
    assert found.article.body_kind is BodyKind.TEASER
    assert read(page(html(("Short.",)), item=fed(summary="Shorter.")), override).outcome is Outcome.TOO_SHORT
    assert read(page(html(("Short.",))), override).outcome is Outcome.TOO_SHORT


def test_the_feed_stands_in_only_with_more_than_the_page_has() -> None:
    override = PageOverride(feed_body=True)
    begun = (*ENGLISH_PARAGRAPHS[:2], "He added that … read more")
    less = page(html(begun), item=fed(body=TEASERS[0]))
    assert read(less).outcome is Outcome.TEASER
    assert read(less, override) == replace(
        read(less), article=replace(article(less), extractor=extractor_name(override))
    )
    more = page(html(begun), item=fed(body="\n".join(ENGLISH_PARAGRAPHS)))
    assert read(more, override).outcome is Outcome.OK
    too_short = page(html(("Short.",)), item=fed(body=TEASERS[0][:90]))
    assert read(too_short, override) == read(too_short)


def test_signs_that_hurt_come_neither_from_the_page_nor_from_the_feed() -> None:
    evil = "Owned\x1b]0;x\x07 \x9b31m by \ud800 nobody"
    override = PageOverride(feed_body=True)
    first, *others = ENGLISH_PARAGRAPHS
    item = fed(body="\n".join((f"{first} {evil}.", *others)), title=f"{evil} \u202egnp")
    item = replace(item, published_raw="2026-01-10T08:00:00Z \x1b[2J")
    told = article(page(html((), title=""), item=item), override)
    page_says = html((f"{first} Owned &#27;]0;x &#x9d;31m &#127; by nobody.", *others))
    shown = article(page(page_says, item=item), PageOverride(body_selector="article p"))
    for found in (told, shown):
        assert "Owned" in found.text
        line = f"{found.title}{found.published_raw}{''.join(found.authors)}{found.site_name}"
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", found.text + line)
        assert "\u202e" not in line
    assert "gnp" in told.title


def test_what_is_streamed_to_its_place_is_dropped_there_and_where_it_came_from() -> None:
    text = "".join(f"<p>{line}</p>" for line in ENGLISH_PARAGRAPHS)
    streamed = html(()).replace("</article>", '<main><template id="B:0"></template></main></article>')
    streamed = streamed.replace("</body>", f'<div hidden id="S:0">{text}{BOX}</div></body>')
    assert TEASERS[0] in article(page(streamed)).text
    for selector in ("main .mixed", "div[hidden] .mixed"):  # in its place, and as the source has it
        assert article(page(streamed), PageOverride(drop=(selector,))).text == "\n".join(ENGLISH_PARAGRAPHS)


def test_the_feed_never_stands_in_for_a_whole_page_or_a_wall() -> None:
    override = PageOverride(feed_body=True)
    other = "\n".join(TEASERS * 4)
    whole = page(html(ENGLISH_PARAGRAPHS), item=fed(body=other))
    assert article(whole, override).text == "\n".join(ENGLISH_PARAGRAPHS)
    not_free = linked('{"@type": "NewsArticle", "headline": "x", "isAccessibleForFree": false}')
    walled = read(page(html(ENGLISH_PARAGRAPHS[:1], head=not_free), item=fed(body=other)), override)
    assert walled.outcome is Outcome.PAYWALL
    assert walled.article is not None
    assert TEASERS[0] not in walled.article.text


def test_the_name_of_the_extractor_tells_the_override_by_its_content() -> None:
    assert extractor_name(NO_OVERRIDE) == EXTRACTOR
    assert extractor_name(PageOverride(feed_body=False)) == EXTRACTOR
    names = {
        extractor_name(override)
        for override in (PageOverride(drop=("a",)), PageOverride(drop=("b",)), PageOverride(body_selector="a"))
    }
    assert len(names) == 3
    assert all(name.startswith(f"{EXTRACTOR} override/") for name in names)
    made = page(html(ENGLISH_PARAGRAPHS))
    assert article(made, PageOverride(drop=("a",))).extractor == extractor_name(PageOverride(drop=("a",)))


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        pytest.param("div::text", "leave '::text'", id="scrapy's pseudo-element"),
        pytest.param("div >", "no CSS selector", id="unfinished"),
        pytest.param("p:foo", "not understood", id="unknown pseudo-class"),
        pytest.param("//div[", "no XPath", id="broken XPath"),
        pytest.param("xpath:$x", "Undefined variable", id="variable"),
        pytest.param("xpath:nope(//p)", "no XPath", id="unknown function"),
        pytest.param("xpath:count(//p)", "gives no elements", id="number"),
        pytest.param("xpath:string(//p)", "gives no elements", id="text"),
        pytest.param(" ", "1 to 1000 characters", id="empty"),
        pytest.param("a" * 1001, "1 to 1000 characters", id="long"),
    ],
)
def test_an_unusable_selector_is_refused_with_reason_and_remedy(selector: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"selector|XPath|CSS|elements") as caught:
        check_selector(selector, of_elements=True)
    assert says in str(caught.value)


@pytest.mark.parametrize("selector", ["div.a > p:nth-child(2)", "//p", "xpath:(//p)[1]", "p:has(a)", "a:contains('x')"])
def test_a_usable_selector_is_accepted(selector: str) -> None:
    check_selector(selector, of_elements=True)


def test_a_title_may_be_a_text_that_xpath_makes() -> None:
    check_selector("xpath:substring-before(//title, ' at')", of_elements=False)
    made = page(html(ENGLISH_PARAGRAPHS, title="Built at last"))
    assert article(made, PageOverride(title_selector="xpath:concat(//title, '!')")).title == "Built at last!"
