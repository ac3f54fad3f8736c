"""Texts cut down to sentences: what stays, stays in its place; nothing else can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.mentions import Matcher
from analysis.watchlist import load_watchlist, shipped_watchlist_path
from pipelines.records import Where
from pipelines.reduction import CUT, FIRST_PARAGRAPH, keep_sentences

texts = st.text(st.sampled_from("ab. \n\u2028発é😀"), max_size=60)
spans_in = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5)


def clipped(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(start, min(end, len(text))) for start, end in spans if start < min(end, len(text))]


@given(texts, spans_in)
def test_kept_spans_are_unchanged_and_the_rest_is_blank(text: str, given_spans: list[tuple[int, int]]) -> None:
    spans = clipped(text, given_spans)
    short = keep_sentences(text, spans)
    inside = {place for start, end in spans for place in range(start, end)}
    assert len(short) == max((end for _start, end in spans), default=0)
    for place, sign in enumerate(short):
        if place in inside:
            assert sign == text[place]
        else:
            assert sign.isspace() or (sign == FIRST_PARAGRAPH and not short[:place].strip())


@given(texts, spans_in)
def test_cutting_twice_is_cutting_once(text: str, given_spans: list[tuple[int, int]]) -> None:
    spans = clipped(text, given_spans)
    short = keep_sentences(text, spans)
    assert keep_sentences(short, spans) == short


def test_what_is_cut_out_leaves_its_paragraphs() -> None:
    text = "One. Two is kept. Three.\nFour.\nFive is kept. Six."
    short = f"    {CUT}Two is kept.{CUT}      \n     \nFive is kept."
    assert keep_sentences(text, [(31, 44), (5, 17)]) == short


def test_a_first_paragraph_of_which_nothing_is_kept_stays_the_first() -> None:
    assert keep_sentences("One.\nTwo is kept.", [(5, 17)]) == f"{FIRST_PARAGRAPH}   \nTwo is kept."


TEXTS = {
    "en": "The quay was quiet. Nobody spoke.\nDeepSeek delighted its users after months. Prices held.\nNothing else."
    " Nvidia suffered a painful blow, said Dr. Smith of Acme Inc. yesterday. The end.",
    "de": "Am Kai war es still.\nDeepSeek begeisterte am 3. Februar seine Nutzer. Die Preise hielten.\nFür Nvidia war"
    " es ein bitterer Tag, z. B. an der Börse. Ende.",
    "zh": "码头很安静。没有人说话。\n深度求索让用户非常满意。价格没有变化。英伟达遭受重创！结束。",
    "ja": "港は静かだった。\nDeepSeekは利用者を喜ばせた。「すごい」と言った。エヌビディアは損失を出した。終わり。",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_same_watchlist_finds_the_same_in_what_is_left(language: str) -> None:
    matcher = Matcher(load_watchlist(shipped_watchlist_path()))
    text = TEXTS[language]
    found = matcher.find("Notes", text, language, "r")
    assert len(found) >= 2
    short = keep_sentences(text, [(m.sentence_start, m.sentence_end) for m in found if m.where is not Where.TITLE])
    assert len("".join(short.split())) < len("".join(text.split()))
    assert matcher.find("Notes", short, language, "r") == found
