import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.mentions import Matcher
from analysis.watchlist import Watchlist, load_watchlist, shipped_watchlist_path
from pipelines.records import Where

NAMES = st.sampled_from(
    [
        "DeepSeek",
        "Ｑｗｅｎ３",
        "Claude",
        "Anthropic",
        "Meta",
        "Nvidii",
        "百度",
        "豆包",
        "ディープシーク",
        "구글은",
        "هواوي",
    ]
)
OTHERS = st.sampled_from(
    ["Deep\u00adSeek", "Kimi K2", "Moore Threads", "İ", "😀", "ß", "AI", "https://google.com", "x"]
)
GLUE = st.sampled_from([" ", "\n", "\r\n", "\t", "\u2028", "\u200b", ". ", "。", "! ", "„", "“", "'s", "-", "Dr. "])
TEXTS = st.lists(NAMES | OTHERS | GLUE | GLUE | st.text(max_size=6), max_size=25).map("".join)
LANGUAGES = st.sampled_from(["de", "en", "zh", "pl", "ru", "ja", "ko", "tr", "ar", "und"])
SHIPPED = Matcher(load_watchlist(shipped_watchlist_path()))


@settings(max_examples=300, deadline=None)
@given(title=TEXTS, text=TEXTS, language=LANGUAGES)
def test_offsets_are_exact_and_each_entity_stands_once_a_sentence(title: str, text: str, language: str) -> None:
    mentions = SHIPPED.find(title, text, language, "r")
    for mention in mentions:
        whole = title if mention.where is Where.TITLE else text
        assert whole[mention.sentence_start : mention.sentence_end] == mention.sentence
        assert mention.sentence[mention.start : mention.end] == mention.surface
        assert mention.surface
        assert "\n" not in mention.sentence
        assert mention.sentence.strip() == mention.sentence
    keys = [(m.where is Where.TITLE, m.sentence_start, m.entity) for m in mentions]
    assert len(set(keys)) == len(keys)
    assert len({m.mention_id for m in mentions}) == len(mentions)


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, language=LANGUAGES)
def test_a_free_text_and_the_same_text_as_an_article_name_the_same(text: str, language: str) -> None:
    found = {mention.entity for mention in SHIPPED.find("", text, language, "r")}
    assert found == SHIPPED.entities_in(text, language)


def test_title_lead_and_body_are_told_apart(matcher: Matcher) -> None:
    text = "DeepSeek ist da. Google schweigt.\nNvidia verliert.\nHuawei gewinnt."
    found = [(m.entity, m.where) for m in matcher.find("OpenAI antwortet", text, "de", "r")]
    assert found == [
        ("openai", Where.TITLE),
        ("deepseek", Where.LEAD),
        ("google", Where.LEAD),
        ("nvidia", Where.BODY),
        ("huawei", Where.BODY),
    ]


def test_two_namings_in_one_sentence_are_one_mention_of_the_first(matcher: Matcher) -> None:
    (mention,) = matcher.find("", "ChatGPT by OpenAI is down.", "en", "r")
    assert (mention.entity, mention.surface, mention.start) == ("openai", "ChatGPT", 0)


def test_ids_depend_on_revision_entity_place_and_watchlist(matcher: Matcher, watchlist: Watchlist) -> None:
    def ids(revision: str, text: str, by: Matcher = matcher) -> set[str]:
        return {mention.mention_id for mention in by.find("", text, "en", revision)}

    first = ids("r1", "Google and Huawei met.\nGoogle left.")
    assert len(first) == 3
    assert ids("r1", "Google and Huawei met.\nGoogle left.") == first
    assert not ids("r2", "Google and Huawei met.\nGoogle left.") & first
    other = Matcher(watchlist.model_copy(update={"version": "other"}))
    assert not ids("r1", "Google and Huawei met.\nGoogle left.", other) & first


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        pytest.param("", "Claude wrote the letter.", set(), id="a bare first name is nobody"),
        pytest.param(
            "", "Anthropic hired 50.\nThe office moved.\nClaude wrote the letter.", {0, 2}, id="owner far away"
        ),
        pytest.param("", "Claude wrote the letter.\nThe chatbot erred.", {0}, id="word in the next sentence"),
        pytest.param("A chatbot in court", "x. " * 200 + "Claude wrote the letter.", {0}, id="word in the title"),
        pytest.param("", "The chatbot erred.\n" + "x. " * 200 + "\nClaude wrote the letter.", set(), id="word too far"),
        pytest.param(
            "",
            "The chatbot Claude erred.\n" + "x. " * 200 + "\nClaude wrote it.",
            {0, 2},
            id="settled once in the article",
        ),
        pytest.param("", "Anthropic hired 50.\nClaude Monet painted it.", {0}, id="excluded in spite of the owner"),
        pytest.param("", "Anthropic hired 50.\nClaude Dupont baked it.", {0}, id="a family name in spite of the owner"),
    ],
)
def test_context_reaches_across_sentences(matcher: Matcher, title: str, text: str, expected: set[int]) -> None:
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:index]) for index in range(len(lines))]
    found = set()
    for mention in matcher.find(title, text, "en", "r"):
        assert mention.entity == "anthropic"
        found.add(max(index for index, start in enumerate(starts) if start <= mention.sentence_start))
    assert found == expected


def test_a_veto_does_not_hold_beside_the_owner(matcher: Matcher) -> None:
    assert matcher.entities_in("The Gemini zodiac app talks to its users.", "en") == frozenset()
    assert matcher.entities_in("Google taught Gemini to write horoscopes.", "en") == {"google"}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        pytest.param("es", "Meta de inflación: sin cambios.", set(), id="the goal in Spanish"),
        pytest.param(
            "nl", "Volgens hem moet Meta de regels volgen.", {"meta"}, id="the company before a Dutch article"
        ),
        pytest.param("pl", "Meta była już blisko.", set(), id="the finish at the start of a Polish sentence"),
        pytest.param("pl", "Sąd ukarał Meta grzywną.", {"meta"}, id="a capital inside a Polish sentence"),
        pytest.param("pl", "Sąd Ukarał Meta Wysoką Grzywną.", set(), id="a capital says nothing in title case"),
    ],
)
def test_the_language_decides_about_a_name_that_is_a_word(
    matcher: Matcher, language: str, text: str, expected: set[str]
) -> None:
    assert matcher.entities_in(text, language) == expected


def test_a_sentence_does_not_end_inside_a_name(matcher: Matcher) -> None:
    text = "Berichtet hat es Z.ai aus Peking. Mehr war nicht zu hören."
    (mention,) = matcher.find("", text, "de", "r")
    assert mention.surface == "Z.ai"
    assert "Z.ai" in mention.sentence


def test_a_matcher_can_be_sent_to_another_process(matcher: Matcher) -> None:
    copy = pickle.loads(pickle.dumps(matcher))
    text = "DeepSeeks Modell schlägt Claude von Anthropic."
    assert copy.find("", text, "de", "r") == matcher.find("", text, "de", "r")
