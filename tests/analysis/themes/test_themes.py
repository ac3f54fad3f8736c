"""When an article is about a theme: title, lead, two sentences, more in a long text; doubtful words; versions."""

import pickle
from collections.abc import Callable

import pytest

from analysis.themes import ThemeMatcher, find_themes
from analysis.watchlist import Watchlist
from pipelines.errors import WatchlistError

Load = Callable[[str], Watchlist]
TRADE = """
[[theme]]
id = "trade"
name = { en = "Trade", de = "Handel" }
words = ["GATT"]
exclude = ["tariff zone*"]
words_in.en = ["tariff*"]
words_in.de = ["*zoll"]
words_in.zh = ["关税"]
[[theme.doubtful]]
words_in.en = ["deal", "deals"]
needs = ["export*", "@nets"]
veto = ["card game*"]
[[theme.doubtful]]
words_in.en = ["haggles"]
needs = ["minister*"]
topic = ["@nets"]
"""
QUIET = "It rained in the morning. Nobody was out. The sun came later."


@pytest.fixture
def themes(watchlist_with: Load) -> ThemeMatcher:
    return ThemeMatcher(watchlist_with(TRADE).themes)


CASES = {
    "title": ("New tariffs", QUIET, True),
    "first-sentence": ("A day", f"Tariffs rise. {QUIET}", True),
    "second-sentence": ("A day", f"It rained. Tariffs rise. {QUIET}", True),
    "one-sentence-below": ("A day", f"{QUIET}\nTariffs rise. {QUIET}", False),
    "third-sentence-of-the-first-line": ("A day", f"It rained. Nobody came. Tariffs rise. {QUIET}", False),
    "two-sentences-below": ("A day", f"{QUIET}\nTariffs rise. {QUIET} Tariffs fall.", True),
    "twice-in-one-sentence": ("A day", f"{QUIET}\nTariffs and tariffs rise. {QUIET}", False),
    "inside-a-phrase-that-is-excluded": ("The tariff zones of the bus", QUIET, False),
    "inside-another-word": ("A day with antitariffs", QUIET, False),
    "capitals-only": ("The gatt rose", QUIET, False),
    "capitals": ("The GATT rose", QUIET, True),
    "doubtful-alone": ("A deal", f"Deals. {QUIET}", False),
    "doubtful-with-what-it-needs": ("A deal on exports", QUIET, True),
    "doubtful-with-a-word-of-a-shared-list": ("A deal on neural networks", QUIET, True),
    "doubtful-in-the-title-with-what-it-needs-in-the-lead": ("A deal", f"Exports will grow. {QUIET}", True),
    "doubtful-in-the-lead-with-what-it-needs-in-its-other-sentence": ("A day", f"Exports grew. A deal. {QUIET}", True),
    "doubtful-below-with-the-lead-alone-for-it": ("A day", f"Exports grew.\n{QUIET}\nA deal. It rained.", False),
    "doubtful-without-its-topic": ("A minister haggles", QUIET, False),
    "doubtful-with-its-topic-alone": ("A neural network haggles", QUIET, False),
    "doubtful-with-what-it-needs-and-its-topic": ("A minister haggles over neural networks", QUIET, True),
    "doubtful-with-its-topic-in-the-title": ("Neural networks", f"It rained. The minister haggles. {QUIET}", True),
    "doubtful-with-veto": ("A deal on exports in a card game", QUIET, False),
    "doubtful-twice-with-the-title-alone-for-it": ("Exports", f"{QUIET}\nA deal. {QUIET} A deal.", False),
    "doubtful-four-times-with-the-title-alone-for-it": ("Exports", f"{QUIET}\nA deal. A deal! A deal. A deal.", True),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_an_article_is_about_a_theme(case: str, themes: ThemeMatcher) -> None:
    title, text, expected = CASES[case]
    assert (find_themes(title, text, "en", themes) == {"trade"}) is expected


def test_a_long_text_needs_more_sentences_but_not_in_its_title_or_lead(themes: ThemeMatcher) -> None:
    long = "\n".join([QUIET] * 400)  # some 25,000 characters
    assert find_themes("A day", f"{long}\nTariffs rise. {QUIET} Tariffs fall.", "en", themes) == frozenset()
    assert find_themes("A day", long + "\nTariffs rise. It rained." * 20, "en", themes) == {"trade"}
    assert find_themes("Tariffs", long, "en", themes) == {"trade"}
    assert find_themes("A day", f"Tariffs rise.\n{long}", "en", themes) == {"trade"}


def test_words_of_one_language_count_only_in_it(themes: ThemeMatcher) -> None:
    assert find_themes("Der Strafzoll", "", "de", themes) == {"trade"}
    assert find_themes("Der Strafzoll", "", "en", themes) == frozenset()
    assert find_themes("美国提高关税", "", "zh", themes) == {"trade"}
    assert find_themes("New tariffs", "", "und", themes) == frozenset()
    assert find_themes("GATT", "", "und", themes) == {"trade"}


def test_a_hit_says_where_the_words_stand(themes: ThemeMatcher) -> None:
    (hit,) = themes.find("A day", f"{QUIET}\nTariffs rise. {QUIET}", "en")
    assert (hit.theme, hit.n_sentences, hit.in_title, hit.in_lead, hit.is_about) == ("trade", 1, False, False, False)
    (hit,) = themes.find("Tariffs", f"Tariffs rise. {QUIET} Tariffs fall.", "en")
    assert (hit.n_sentences, hit.in_title, hit.in_lead, hit.is_about) == (2, True, True, True)
    assert themes.find("", "", "en") == ()


def test_a_matcher_survives_the_way_to_another_process(themes: ThemeMatcher) -> None:
    again = pickle.loads(pickle.dumps(themes))
    assert find_themes("New tariffs", "", "en", again) == {"trade"}


def test_a_watchlist_without_themes_finds_none(watchlist_with: Load) -> None:
    watchlist = watchlist_with("")
    assert watchlist.themes == ()
    assert watchlist.themes_version
    assert ThemeMatcher(watchlist.themes).find("New tariffs", QUIET, "en") == ()


def test_each_half_of_a_watchlist_has_a_version_of_its_own(watchlist_with: Load) -> None:
    first = watchlist_with(TRADE)
    other_words = watchlist_with(TRADE.replace('"GATT"', '"GATT", "WTO"'))
    other_order = watchlist_with(TRADE.replace('["deal", "deals"]', '["deals", "deal"]'))
    other_name = watchlist_with(
        TRADE + '[[entity]]\nid = "globex"\nname = "G"\nrole = "competitor"\nnames = ["Globex"]\n'
    )
    assert (other_words.version, other_words.themes_version == first.themes_version) == (first.version, False)
    assert (other_order.version, other_order.themes_version) == (first.version, first.themes_version)
    assert (other_name.version == first.version, other_name.themes_version) == (False, first.themes_version)


WRONG = {
    "unknown-key": ('words = ["GATT"]', 'word = ["GATT"]', r"theme 'trade', key word: unknown key"),
    "no-german-name": (', de = "Handel"', "", r"theme 'trade', key name\.de: missing"),
    "list-that-is-not-there": ("@nets", "@lets", r"theme 'trade', key doubtful\.needs: '@lets' is no list"),
    "word-without-letters": ('"GATT"', '"*"', r"theme 'trade': the word '\*' has no letters"),
    "wrong-language": ("words_in.de", "words_in.german", r"theme 'trade', key words_in\.german"),
    "nothing-decides": (
        'needs = ["export*", "@nets"]\nveto = ["card game*"]',
        "",
        r"doubtful words need needs or veto",
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_theme_is_named_with_its_remedy(case: str, watchlist_with: Load) -> None:
    old, new, message = WRONG[case]
    assert old in TRADE
    with pytest.raises(WatchlistError, match=message):
        watchlist_with(TRADE.replace(old, new))


def test_a_theme_that_stands_twice_or_has_no_words_is_refused(watchlist_with: Load) -> None:
    with pytest.raises(WatchlistError, match="theme 'trade' stands twice"):
        watchlist_with(TRADE + TRADE)
    with pytest.raises(WatchlistError, match="theme 'empty' has no words"):
        watchlist_with('[[theme]]\nid = "empty"\nname = { en = "E", de = "L" }\n')
