"""Distinctive terms: what sets a day apart, in scripts with and without spaces."""

import pytest

from analysis.measures import Term
from analysis.terms import distinctive_terms
from analysis.tokens import find_tokens, stop_words
from db.daily import StoryText


def texts(language: str, *lines: str, prefix: str = "s") -> list[StoryText]:
    """One story a line."""
    return [StoryText(f"{prefix}{i}", language, line) for i, line in enumerate(lines)]


def words(terms: tuple[Term, ...]) -> list[str]:
    return [term.text for term in terms]


USUAL_EN = texts(
    "en",
    *(f"DeepSeek said the new model number {i} is good at mathematics and code in the market" for i in range(30)),
    prefix="b",
)


def test_a_term_is_what_many_voices_of_the_day_and_few_before_say() -> None:
    now = texts("en", *("Italy blocks DeepSeek over privacy, the Garante said in the market" for _ in range(4)))
    terms = distinctive_terms(now, USUAL_EN, names=("deepseek", "DeepSeek"))
    assert set(words(terms)) == {"Italy", "blocks", "privacy", "Garante"}
    assert {term.n for term in terms} == {4}
    assert all(term.language == "en" and term.z >= 1.645 for term in terms)


def test_copies_and_repetitions_do_not_multiply_a_word() -> None:
    once = [StoryText("s1", "en", "The chatbot was blocked. Blocked, blocked, blocked!") for _ in range(50)]
    assert distinctive_terms(once, USUAL_EN) == ()  # one voice is a turn of phrase
    more = [*once, *texts("en", "Regulators blocked it", "Blocked in Rome", prefix="t")]
    assert [(term.text.lower(), term.n) for term in distinctive_terms(more, USUAL_EN)] == [("blocked", 3)]


def test_the_form_that_most_voices_write_is_shown() -> None:
    now = texts("en", "The Garante acts", "the Garante again", "GARANTE", "Nothing")
    assert words(distinctive_terms(now, USUAL_EN))[0] == "Garante"


def test_numbers_alone_and_stop_words_are_no_terms_but_names_with_digits_are() -> None:
    now = texts("en", *("And 600 billion, 17 and 2025, after R1 and o3-mini were told" for _ in range(6)))
    assert set(words(distinctive_terms(now, USUAL_EN))) == {"billion", "R1", "o3-mini"}


def test_each_language_is_compared_with_itself() -> None:
    german = texts("de", *("Die Behörde sperrt die App wegen Datenschutz" for _ in range(3)))
    usual = texts("de", *(f"Die App Nummer {i} läuft gut" for i in range(20)), prefix="b")
    english = texts("en", *("Garante blocks app" for _ in range(5)), prefix="e")
    terms = distinctive_terms([*german, *english], [*usual, *USUAL_EN])
    assert [term.language for term in terms] == ["en"] * 3 + ["de"] * 3  # most voices first
    assert set(words(terms)[3:]) == {"Behörde", "sperrt", "Datenschutz"}


def test_without_a_background_in_the_language_nothing_is_claimed() -> None:
    assert distinctive_terms(texts("fr", *("le Garante bloque" for _ in range(9))), USUAL_EN) == ()
    assert distinctive_terms([], USUAL_EN) == ()


def test_the_limit_holds_for_each_language() -> None:
    now = texts("en", *("alpha bravo charlie delta echo foxtrot" for _ in range(4)))
    assert len(distinctive_terms(now, USUAL_EN, limit=2)) == 2


@pytest.mark.parametrize(
    ("language", "now", "usual", "expected"),
    [
        pytest.param(
            "zh",
            ["数据保护机构封禁了这款应用", "意大利数据保护机构下令", "据数据保护机构消息", "因为数据保护机构担心隐私"],
            [f"模型第{i}版在数学测试中表现良好" for i in range(20)],
            "数据保护机构",
            id="chinese",
        ),
        pytest.param(
            "ja",
            ["データ保護当局がアプリを停止した", "イタリアのデータ保護当局は発表した", "個人データ保護当局の判断"],
            [f"モデル第{i}版は数学の試験で良い成績だった" for i in range(20)],
            "保護当局",
            id="japanese",
        ),
        pytest.param(
            "ko",
            ["정부가 앱을 차단했다", "정부는 차단을 결정", "정부의 차단"],
            [f"모델 {i} 버전의 성능이 좋다" for i in range(20)],
            "정부",
            id="korean",
        ),
        pytest.param(
            "ar",
            ["حظرت إيطاليا التطبيق بسبب الخصوصية", "الخصوصية أولا", "قلق على الخصوصية في إيطاليا"],
            [f"النموذج رقم {i} جيد في الرياضيات" for i in range(20)],
            "الخصوصية",
            id="arabic",
        ),
        pytest.param(
            "ru",
            ["Италия заблокировала приложение", "Италия против", "Власти: Италия права"],
            [f"Модель номер {i} хорошо решает задачи" for i in range(20)],
            "Италия",
            id="russian",
        ),
        pytest.param(
            "th",
            ["อิตาลีสั่งห้ามแอป", "ข่าวอิตาลีวันนี้", "ที่อิตาลีมีปัญหา"],
            [f"โมเดลรุ่น {i} ทำงานได้ดี" for i in range(20)],
            "อิตาลี",
            id="thai",
        ),
        pytest.param(
            "hi",
            ["इटली ने प्रतिबंध लगाया", "इटली का निर्णय", "इटली में प्रतिबंध"],
            [f"मॉडल {i} अच्छा है" for i in range(20)],
            "इटली",
            id="hindi",
        ),
    ],
)
def test_words_are_found_in_every_script(language: str, now: list[str], usual: list[str], expected: str) -> None:
    terms = distinctive_terms(texts(language, *now), texts(language, *usual, prefix="b"))
    found = words(terms)
    assert expected in found
    assert len(set(found)) == len(found)
    if language in {"zh", "ja", "th"}:  # never a word and its parts
        assert not [(one, other) for one in found for other in found if one != other and one in other]


def test_a_chinese_term_is_not_cut_beside_a_particle() -> None:
    now = texts("zh", *(f"{one}的论文引发关注" for one in ("他们", "研究院", "实验室", "高校")))
    usual = texts("zh", *(f"模型第{i}版在数学测试中表现良好" for i in range(20)), prefix="b")
    assert words(distinctive_terms(now, usual)) == ["论文引发关注"]
    assert not {"的论", "的论文", "院的"} & {key for key, _ in find_tokens("研究院的论文", "zh")}
    assert "終了" in {
        key for key, _ in find_tokens("計画終了", "ja")
    }  # the same character ends words of other languages


def test_numbers_in_han_characters_are_no_terms() -> None:
    for text, language in (("约一七、六百万美元", "zh"), ("約一七、六百万ドル", "ja")):
        found = {key for key, _ in find_tokens(text, language)}
        assert not found & {"约一七", "約一七", "六百", "百万", "六百万"}
    assert "美元" in {key for key, _ in find_tokens("六百万美元", "zh")}


def test_names_by_which_the_texts_call_the_entity_are_no_terms_but_numbered_models_are() -> None:
    lines = [f"深度求索发布V3，第{i}家媒体报道开源" for i in range(5)]
    now = [StoryText(f"s{i}", "zh", line, name) for i, line in enumerate(lines) for name in ("深度求索", "V3")]
    usual = texts("zh", *(f"DeepSeek模型第{i}版在数学测试中表现良好" for i in range(30)), prefix="b")
    found = words(distinctive_terms(now, usual, names=("deepseek", "DeepSeek")))
    assert "V3" in found
    assert not [term for term in found if term in "深度求索"]
    assert "深度求索" in "".join(words(distinctive_terms(texts("zh", *lines), usual)))


def test_a_korean_word_is_shown_without_its_particle_and_in_its_case() -> None:
    assert next(iter(find_tokens("챗GPT를 끊었다", "ko"))) == ("챗gpt", "챗GPT")


def test_every_language_of_the_model_has_stop_words() -> None:
    for language in ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh"):
        assert len(stop_words(language)) >= 20, language
    assert stop_words("xx") == frozenset()


def test_apostrophes_hyphens_and_points_inside_a_word_keep_it_whole() -> None:
    found = [
        written for _key, written in find_tokens("Google’s o3-mini, the U.S. and the Garante's GPT-4o (v2.5)", "en")
    ]
    assert found == ["Google’s", "o3-mini", "U.S", "Garante's", "GPT-4o", "v2.5"]
    assert [key for key, _written in find_tokens("Google’s", "en")] == ["google"]
