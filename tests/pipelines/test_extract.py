"""Every page ends in exactly one outcome, and an article holds what the page says."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract import EXTRACTOR, MAX_DEPTH, MAX_ELEMENTS, extract_article
from pipelines.outcomes import ARTICLE_OUTCOMES, Outcome
from pipelines.records import BodyKind, DateBasis, FeedItem, Page
from tests.pipelines.pages import (
    CHINESE,
    CHINESE_PARAGRAPHS,
    ENGLISH,
    ENGLISH_PARAGRAPHS,
    FETCHED_AT,
    GERMAN,
    html,
    linked,
    page,
)

WHOLE = html(ENGLISH_PARAGRAPHS)
BODY = "\n".join(ENGLISH_PARAGRAPHS)
NOT_FREE = linked('{"@type": "NewsArticle", "headline": "Data centre opens later", "isAccessibleForFree": "False"}')
PART_NOT_FREE = linked(
    '{"@type": "NewsArticle", "headline": "x", "hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": false}]}'
)
DECLARED = json.dumps(
    {"@type": "NewsArticle", "headline": "Data centre", "articleBody": " ".join(ENGLISH_PARAGRAPHS * 6)}
)
CONSENT = (
    "We and our 142 partners store and access information on your device, such as cookies.",
    "With your consent we use personalised advertising. You can withdraw your consent in the privacy policy.",
    "Accept all and continue, or take out an ad-free subscription.",
)
NOTICE = "To continue reading this article, subscribe or log in."
MOJIBAKE = " ".join(ENGLISH_PARAGRAPHS).replace("e", "é").encode().decode("latin-1")


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        pytest.param(page(WHOLE), Outcome.OK, id="a whole article"),
        pytest.param(page(html(ENGLISH_PARAGRAPHS, head=NOT_FREE)), Outcome.PAYWALL, id="declared as not free"),
        pytest.param(page(html(ENGLISH_PARAGRAPHS, head=PART_NOT_FREE)), Outcome.PAYWALL, id="a part that is not free"),
        pytest.param(page(html((*ENGLISH_PARAGRAPHS[:2], NOTICE))), Outcome.PAYWALL, id="breaks off at a notice"),
        pytest.param(
            page(
                html(
                    ENGLISH_PARAGRAPHS[:2],
                    head=linked(DECLARED.replace('"articleBody": "', '"articleBody": "Other words. ')),
                )
            ),
            Outcome.OK,
            id="declared body takes the place of the beginning",
        ),
        pytest.param(
            page(html((*ENGLISH_PARAGRAPHS[:2], "He added that … read more"))), Outcome.TEASER, id="ends with read more"
        ),
        pytest.param(page(html(CONSENT, title="Your privacy")), Outcome.CONSENT_WALL, id="text of a consent dialogue"),
        pytest.param(
            page(WHOLE, url="https://consent.courier.example/?to=x"),
            Outcome.CONSENT_WALL,
            id="host of a consent dialogue",
        ),
        pytest.param(
            page(WHOLE, url="https://www.courier.example/privacywall?x"),
            Outcome.CONSENT_WALL,
            id="path of a consent dialogue",
        ),
        pytest.param(page(html(("Too little.",))), Outcome.TOO_SHORT, id="a single short sentence"),
        pytest.param(page("<html><body><script>var a = 1;</script></body></html>"), Outcome.NO_TEXT, id="scripts only"),
        pytest.param(page(b""), Outcome.NO_TEXT, id="no bytes"),
        pytest.param(page(html((MOJIBAKE,))), Outcome.MOJIBAKE, id="decoded wrongly and saved again"),
        pytest.param(
            page("<html><body>" + "<b>x</b>" * (MAX_ELEMENTS + 1)), Outcome.TOO_COMPLEX, id="too many elements"
        ),
        pytest.param(
            page("<html><body>" + "<div>" * (MAX_DEPTH + 9) + BODY), Outcome.TOO_COMPLEX, id="nested too deep"
        ),
    ],
)
def test_a_page_ends_in_the_outcome_that_its_content_calls_for(made: Page, outcome: Outcome) -> None:
    extraction = extract_article(made, ENGLISH)

    assert extraction.outcome is outcome, extraction.detail
    assert (extraction.article is not None) == (outcome in ARTICLE_OUTCOMES)


def test_an_article_carries_everything_that_is_stored() -> None:
    head = linked(
        '{"@type": "NewsArticle", "headline": "Data centre opens later", "datePublished": "2025-02-03T08:30:00+01:00",'
        ' "author": [{"@type": "Person", "name": "Ada Byron"}, "Carl Gauss"]}'
    )
    head += '<link rel="canonical" href="https://www.courier.example/news/data-centre-delay?utm_source=x">'
    head += '<meta property="og:site_name" content="The Courier">'

    extraction = extract_article(
        page(html(ENGLISH_PARAGRAPHS, head=head, title="Data centre opens later | The Courier")), ENGLISH
    )

    article = extraction.article
    assert article is not None
    assert article.title == "Data centre opens later"
    assert article.text == BODY
    assert article.canonical_url == "https://www.courier.example/news/data-centre-delay"
    assert article.published_at == datetime(2025, 2, 3, 7, 30, tzinfo=UTC)
    assert article.published_basis is DateBasis.JSON_LD
    assert article.published_has_time
    assert article.authors == ("Ada Byron", "Carl Gauss")
    assert article.language == "en"
    assert article.body_kind is BodyKind.FULL
    assert article.site_name == "The Courier"
    assert article.extractor == EXTRACTOR
    assert len(article.signature) == 64


def test_a_page_that_failed_while_fetching_keeps_its_outcome() -> None:
    failed = Page("https://a.example/", "https://a.example/", "a", FETCHED_AT, outcome=Outcome.TIMEOUT, detail="20 s")

    extraction = extract_article(failed, ENGLISH)

    assert (extraction.outcome, extraction.detail, extraction.article) == (Outcome.TIMEOUT, "20 s", None)


def test_an_exception_becomes_an_outcome_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr("pipelines.extract.read_facts", broken)

    extraction = extract_article(page(WHOLE), ENGLISH)

    assert extraction.outcome is Outcome.EXTRACT_ERROR
    assert extraction.detail == "ZeroDivisionError: seven"


def test_the_same_bytes_give_the_same_extraction() -> None:
    assert extract_article(page(WHOLE), ENGLISH) == extract_article(page(WHOLE), ENGLISH)


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=400), marked=st.booleans())
def test_no_bytes_make_extraction_raise(body: bytes, marked: bool) -> None:
    content = b"<html><body><article><p>" + body if marked else body

    assert extract_article(page(content), ENGLISH).outcome is not Outcome.EXTRACT_ERROR


def test_a_chinese_article_is_long_enough_without_spaces() -> None:
    extraction = extract_article(page(html(CHINESE_PARAGRAPHS, title="数据中心推迟启用")), CHINESE)

    assert extraction.outcome is Outcome.OK
    assert extraction.article is not None
    assert extraction.article.text == "\n".join(CHINESE_PARAGRAPHS)
    assert extraction.article.language == "zh"


def test_a_wechat_article_is_read_though_its_container_is_hidden() -> None:
    sections = "".join(f"<section><span>{text}</span></section>" for text in CHINESE_PARAGRAPHS)
    body = (
        f'<h1 id="activity-name">数据中心推迟启用</h1><div id="js_content" style="visibility: hidden">{sections}</div>'
    )

    extraction = extract_article(page(f"<html><body>{body}</body></html>"), CHINESE)

    assert extraction.article is not None
    assert extraction.article.text == "\n".join(CHINESE_PARAGRAPHS)


def test_zero_width_joiners_survive() -> None:
    paragraphs = (
        "می\u200cخواهم این گزارش را درباره\u200cی مرکز داده بنویسم و آن را منتشر کنم.",
        "دولت گفت که ساختمان\u200cهای تازه تا بهار آماده می\u200cشوند و هزینه\u200cها افزایش یافته است.",
        "مهندسان ماه\u200cها هشدار داده بودند که سامانه\u200cی خنک\u200cکننده کافی نیست و باید عوض شود.",
    )

    extraction = extract_article(page(html(paragraphs, title="گزارش")), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.text == "\n".join(paragraphs)


def test_lists_of_links_and_invitations_are_no_text() -> None:
    related = "".join(f'<li><a href="/{n}">Another headline about something else {n}</a></li>' for n in range(6))
    after = f"<div class='more'><h3>Read more</h3><ul>{related}</ul></div><p>Sign up for our newsletter.</p>"
    paragraphs = (*ENGLISH_PARAGRAPHS[:2], "<a href='/x'>Read also: What the river needs</a>", *ENGLISH_PARAGRAPHS[2:])

    extraction = extract_article(page(html(paragraphs, after=after)), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.text == BODY


def test_parts_that_a_script_would_move_are_put_in_their_place() -> None:
    first, *rest = ENGLISH_PARAGRAPHS
    late = "".join(f"<p>{text}</p>" for text in rest)
    body = f"<article><h1>Data centre</h1><p>{first}</p><template id='P:1'></template></article>"
    body += f"<div hidden id='S:1'>{late}</div>"

    extraction = extract_article(page(f"<html><body>{body}</body></html>"), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.text == BODY


def test_a_second_article_below_the_first_is_not_part_of_it() -> None:
    other = "".join(
        f"<p>Quite another matter was discussed in the town hall, item {n} of the long agenda.</p>" for n in range(12)
    )

    more = "The valley has waited for work of this kind since the last mine closed, and the school hopes for pupils."
    second = f"<article><h2>Town hall</h2>{other}</article>"

    extraction = extract_article(page(html((*ENGLISH_PARAGRAPHS, more), after=second)), ENGLISH)

    assert extraction.article is not None
    assert "town hall" not in extraction.article.text


def test_a_repeated_headline_is_not_part_of_the_text() -> None:
    extraction = extract_article(page(html(("Data centre opens later", *ENGLISH_PARAGRAPHS))), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.text == BODY


def test_a_wrong_charset_header_is_noted_and_the_bytes_win() -> None:
    body = html(
        tuple(
            f"Größe und Übermaß: Die Prüfer müssen Straße für Straße zählen, sagte er zum {n}. Mal." for n in range(5)
        )
    )

    extraction = extract_article(page(body, content_type="text/html; charset=iso-8859-1"), GERMAN)

    assert extraction.article is not None
    assert "Größe und Übermaß" in extraction.article.text
    assert extraction.article.notes == ("charset header iso-8859-1 contradicts the bytes: utf-8 used",)


def test_the_date_of_the_feed_gives_the_time_where_the_page_has_only_the_day() -> None:
    head = '<meta property="article:published_time" content="2025-02-03">'
    item = FeedItem(url="https://www.courier.example/", published_raw="Mon, 03 Feb 2025 09:15:00 GMT")

    extraction = extract_article(page(html(ENGLISH_PARAGRAPHS, head=head), item=item), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.published_at == datetime(2025, 2, 3, 9, 15, tzinfo=UTC)
    assert extraction.article.published_basis is DateBasis.FEED


def test_a_page_without_a_date_is_dated_by_its_first_fetch() -> None:
    extraction = extract_article(page(WHOLE), ENGLISH)

    assert extraction.article is not None
    assert (extraction.article.published_at, extraction.article.published_basis) == (FETCHED_AT, DateBasis.FIRST_SEEN)


def test_a_date_in_the_future_is_clamped_and_noted() -> None:
    head = '<meta property="article:published_time" content="2031-01-01T00:00:00Z">'

    extraction = extract_article(page(html(ENGLISH_PARAGRAPHS, head=head)), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.published_at == FETCHED_AT
    assert any("clamped" in note for note in extraction.article.notes)


def test_unseen_characters_do_not_hide_a_name_inside_a_word() -> None:
    paragraphs = tuple(
        text.replace("cooling", "coo\u00adling").replace("river", "ri&shy;ver") for text in ENGLISH_PARAGRAPHS
    )

    extraction = extract_article(page(html(paragraphs, title="Deep\u200bSeek data\u00adcentre")), ENGLISH)

    assert extraction.article is not None
    assert extraction.article.text == BODY
    assert extraction.article.title == "DeepSeek datacentre"
