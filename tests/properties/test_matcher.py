"""What holds for the matcher and every text."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from analysis.mentions import Matcher
from analysis.watchlist import load_watchlist, shipped_watchlist_path
from pipelines.records import Mention, Where
from tests.properties.examples import FEW, FIXED

LANGUAGES = st.sampled_from(["en", "de", "zh", "ja", "ko", "tr", "ru", "ar", "und", "xx"])
PIECES = st.sampled_from(
    [
        *(
            "DeepSeek",
            "deepseek's",
            "深度求索",
            "Deep Seek",
            "ChatGPT",
            "Claude",
            "Opus 4",
            "Gemini",
            "Meta",
            "Llama",
            "xAI",
            "Grok",
        ),
        *(
            "Nvidia-Chips",
            "NVIDIA",
            "英伟达",
            "엔비디아는",
            "Алибаба",
            "阿里巴巴",
            "Kimi",
            "R1",
            "o1",
            "华为",
            "Moore Threads",
            "AMD",
        ),
        *(
            ". ",
            "。",
            "! ",
            "\n",
            "\n\n",
            " ",
            ", ",
            "„",
            "“",
            "(",
            ")",
            "https://deepseek.example/x ",
            "model ",
            "KI ",
            "the ",
            "İ",
            "ß",
        ),
        *("\u200d", "\u0301", "\ufb01", "𝔻", "\x00", "Dr. ", "U.S. ", "3.5 ", "-", "#", "'s "),
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200)
UNRELATED = "It rained in the valley all day long.\n"
"""Names nobody, and is context for no name."""


@cache
def matcher() -> Matcher:
    return Matcher(load_watchlist(shipped_watchlist_path()))


def check(found: list[Mention], title: str, text: str) -> None:
    for each in found:
        whole = title if each.where is Where.TITLE else text
        assert whole[each.sentence_start : each.sentence_end] == each.sentence
        assert each.sentence[each.start : each.end] == each.surface
        assert each.surface.strip()
        assert each.entity in matcher().watchlist.entities
    assert len({(each.where is Where.TITLE, each.sentence_start, each.entity) for each in found}) == len(found)
    assert len({each.mention_id for each in found}) == len(found)


@FIXED
@given(TEXTS, TEXTS, LANGUAGES)
def test_every_offset_is_right_for_any_text(title: str, text: str, language: str) -> None:
    check(matcher().find(title, text, language, "r1"), title, text)


@FEW
@given(TEXTS, LANGUAGES)
def test_the_same_text_gives_the_same_mentions(text: str, language: str) -> None:
    assert matcher().find("", text, language, "r1") == matcher().find("", text, language, "r1")


@FEW
@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from(["en", "de", "zh"]))
def test_unrelated_text_on_lines_of_its_own_takes_no_mention_away(text: str, language: str) -> None:
    def named(body: str) -> list[tuple[str, str]]:
        return [(each.entity, each.surface) for each in matcher().find("", body, language, "r1")]

    alone = named(text)
    assert named(f"{text}\n\n{UNRELATED}") == alone
    assert named(f"{UNRELATED}\n{text}") == alone


@FEW
@given(TEXTS)
def test_the_entities_of_a_text_are_those_of_its_mentions(text: str) -> None:
    assert matcher().entities_in(text, "en") == {each.entity for each in matcher().find("", text, "en", "r1")}
