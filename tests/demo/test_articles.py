import difflib
import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from newstone.demo.articles import (
    DemoArticle,
    Feature,
    expected_feed_outcomes,
    expected_outcomes,
    load_newsroom,
    load_outlets,
    parse_article,
)
from pipelines.errors import DataFileError
from pipelines.outcomes import FeedOutcome, Outcome

LANGUAGES = {"de", "en", "zh", "fr", "es", "it", "ja", "ko", "pt"}
ARTICLES = load_newsroom().articles
GOOD = '+++\noutlet = "x"\ntitle = "T"\npublished = "2025-01-06T07:30:00+01:00"\nauthor = "A"\nsection = "S"\n+++\n'


def test_the_newsroom_has_the_promised_size() -> None:
    room = load_newsroom()
    printing = {article.outlet.id for article in room.articles}
    assert len(printing) >= 12
    assert printing == set(room.outlets), "every outlet prints something"
    assert {article.outlet.language for article in room.articles} == LANGUAGES
    assert len(room.articles) >= 80


def test_article_folders_are_named_after_the_language_of_the_outlet() -> None:
    assert [a.key for a in ARTICLES if a.key.partition("/")[0] != a.outlet.language] == []


def test_addresses_are_unique() -> None:
    assert [url for url, n in Counter(article.url for article in ARTICLES).items() if n > 1] == []
    assert len({outlet.host for outlet in load_outlets().values()}) == len(load_outlets())
    assert all(outlet.host.endswith(".example") for outlet in load_outlets().values())


def test_titles_are_unique_within_an_outlet() -> None:
    titles = Counter((article.outlet.id, article.front.title) for article in ARTICLES)
    assert [title for title, n in titles.items() if n > 1] == []


def test_twelve_weeks_are_covered_without_a_gap_of_more_than_three_days() -> None:
    days = sorted({article.front.published.date() for article in ARTICLES})
    assert days[0] == date(2025, 1, 6)
    assert days[-1] == date(2025, 3, 30)
    assert max(later - earlier for earlier, later in pairwise(days)) <= timedelta(days=3)


def test_articles_stand_newest_first() -> None:
    moments = [article.front.published for article in ARTICLES]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.key)
def test_dates_carry_the_offset_of_the_outlets_zone(article: DemoArticle) -> None:
    published = article.front.published
    assert published.utcoffset() == published.astimezone(ZoneInfo(article.outlet.zone)).utcoffset()


def test_syndicated_copies_are_near_identical_and_later_than_their_original() -> None:
    by_key = {article.key: article for article in ARTICLES}
    copies = [article for article in ARTICLES if article.front.copy_of]
    assert len({copy.front.copy_of for copy in copies}) >= 4
    for copy in copies:
        original = by_key[copy.front.copy_of]
        assert copy.outlet != original.outlet, copy.key
        assert copy.front.title != original.front.title, copy.key
        ratio = difflib.SequenceMatcher(None, text_of(copy), text_of(original), autojunk=False).ratio()
        assert ratio > 0.9, f"{copy.key}: {ratio:.2f}"


def test_at_least_four_agency_texts_are_reprinted_twice() -> None:
    reprints = Counter(article.front.copy_of for article in ARTICLES)
    agency = {article.key for article in ARTICLES if article.outlet.medium == "agency"}
    assert sum(reprints[key] >= 2 for key in agency) >= 4


def test_some_articles_name_neither_the_subject_nor_its_rivals() -> None:
    watched = re.compile(
        r"deepseek|딥시크|openai|chatgpt|nvidia|huawei|anthropic|英伟达|エヌビディア|엔비디아", re.IGNORECASE
    )
    silent = [a.key for a in ARTICLES if not watched.search(a.front.title + text_of(a))]
    assert len(silent) >= 4


@pytest.mark.parametrize("trap", ["Claude Monet", "Mistral", "Gemini", "豆包", "ジェミニ"])
def test_ambiguous_words_stand_in_articles_that_do_not_mean_the_product(trap: str) -> None:
    innocent = [a for a in ARTICLES if "DeepSeek" not in text_of(a)]
    assert any(trap.lower() in text_of(article).lower() for article in innocent)


def test_expected_outcomes_count_every_page_once() -> None:
    expected = expected_outcomes()
    assert sum(expected.values()) == len(ARTICLES)
    assert {Outcome.OK, Outcome.PAYWALL, Outcome.CONSENT_WALL, Outcome.GONE, Outcome.ROBOTS} == set(expected)


def test_expected_feed_outcomes_count_every_way_of_discovery_once() -> None:
    expected = expected_feed_outcomes()
    assert sum(expected.values()) == sum(len(outlet.discovery) for outlet in load_outlets().values())
    assert expected[FeedOutcome.MALFORMED] == 1
    assert expected[FeedOutcome.NOT_A_FEED] == 1


def test_every_feature_and_encoding_occurs() -> None:
    assert {article.front.feature for article in ARTICLES} == set(Feature)
    assert {article.front.encoding for article in ARTICLES} == {"utf-8", "gb18030", "shift_jis", "euc_kr"}


def test_a_well_formed_file_gives_its_paragraphs() -> None:
    front, paragraphs = parse_article(GOOD + "\nOne\nline.\n\n\nTwo.\n", "de/x")
    assert front.title == "T"
    assert paragraphs == ("One line.", "Two.")


@pytest.mark.parametrize("space", ["\u00a0", "\u202f"], ids=["no-break space", "narrow no-break space"])
def test_no_break_spaces_stay_as_they_are_written(space: str) -> None:
    _, paragraphs = parse_article(f"{GOOD}\n17{space}%,  vraiment\t{space}?\n", "fr/x")
    assert paragraphs == (f"17{space}%, vraiment {space}?",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("no fences", "front matter between two lines", id="no fences"),
        pytest.param("+++\ntitle = \n+++\nbody", "front matter is wrong", id="broken TOML"),
        pytest.param(GOOD.replace("author", "writer"), "writer", id="unknown key"),
        pytest.param(GOOD.replace("+01:00", ""), "has no offset", id="no offset"),
        pytest.param(GOOD.replace("section", 'feature = "sparkles"\nsection'), "sparkles", id="unknown feature"),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(DataFileError, match=message) as caught:
        parse_article(text, "de/x")
    assert "de/x" in str(caught.value)


def text_of(article: DemoArticle) -> str:
    return "\n".join(article.paragraphs)
