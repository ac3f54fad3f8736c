"""The language comes from the text; the source only helps with short ones."""

import pytest

from pipelines.language import UNKNOWN, detect_language, language_code
from tests.pipelines.pages import CHINESE_PARAGRAPHS, ENGLISH_PARAGRAPHS


@pytest.mark.parametrize(
    ("text", "prior", "code"),
    [
        pytest.param(" ".join(ENGLISH_PARAGRAPHS), "de", "en", id="a long text overrules its source"),
        pytest.param("".join(CHINESE_PARAGRAPHS), "", "zh", id="Chinese"),
        pytest.param("新しいデータセンターは来年の春に開業する。", "zh", "ja", id="kana make it Japanese"),
        pytest.param("새 데이터 센터는 내년 봄에 문을 연다.", "", "ko", id="Korean"),
        pytest.param("OpenAI", "de", "de", id="a name alone is in the source's language"),
        pytest.param("DeepSeek发布新模型", "zh", "zh", id="a mixed headline"),
        pytest.param("123 456", "", UNKNOWN, id="numbers"),
        pytest.param("", "", UNKNOWN, id="nothing"),
    ],
)
def test_the_language_is_told(text: str, prior: str, code: str) -> None:
    guess = detect_language(text, prior)

    assert guess.code == code
    assert 0.0 <= guess.confidence <= 1.0


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de-DE", "de"), ("zh_Hans", "zh"), ("nb", "no"), ("EN", "en"), ("", ""), ("deutsch", "")],
    ids=repr,
)
def test_a_tag_gives_its_language(tag: str, code: str) -> None:
    assert language_code(tag) == code
