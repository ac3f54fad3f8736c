import pytest

from analysis.scorers.target import TARGET_MARK, mask_target, masked_input


@pytest.mark.parametrize(
    ("sentence", "target", "expected"),
    [
        pytest.param("Shares of Meta fell.", "Meta", "Shares of [TARGET] fell.", id="a-word"),
        pytest.param(
            "Meta bets on the Metaverse.", "Meta", "[TARGET] bets on the Metaverse.", id="not-in-a-longer-word"
        ),
        pytest.param("Meta said Meta's chips lag.", "Meta", "[TARGET] said [TARGET]'s chips lag.", id="all-of-them"),
        pytest.param("Huaweis Umsatz sank.", "Huawei", "[TARGET]s Umsatz sank.", id="with-an-ending"),
        pytest.param("Akcje Huaweiem rosną.", "Huaweiem", "Akcje [TARGET] rosną.", id="as-it-stands"),
        pytest.param("딥시크가 챗GPT를 눌렀다.", "챗GPT", "딥시크가 [TARGET]를 눌렀다.", id="korean-particle"),
        pytest.param("Kimi与Qwen3落后", "Qwen", "Kimi与[TARGET]3落后", id="number-attached"),
        pytest.param("文心一言落后于通义千问。", "通义千问", "文心一言落后于[TARGET]。", id="chinese"),
        pytest.param("أشاد الخبراء بشركة «كوين».", "كوين", "أشاد الخبراء بشركة «[TARGET]».", id="arabic"),
        pytest.param("华为发布，分析师看好华为。", "华为", "[TARGET]发布，分析师看好[TARGET]。", id="repeated"),
        pytest.param(
            "네이버는 웃고 네이버 주주도", "네이버", "[TARGET]는 웃고 [TARGET] 주주도", id="particle-and-bare"
        ),
        pytest.param("Qwen领先，但Qwen贵", "Qwen", "[TARGET]领先，但[TARGET]贵", id="latin-in-chinese"),
        pytest.param("DEEPSEEK TUMBLES", "DeepSeek", "[TARGET] TUMBLES", id="other-case"),
        pytest.param("C++ beat Yahoo!", "Yahoo!", "C++ beat [TARGET]", id="ends-in-a-sign"),
        pytest.param("The [TARGET] of Meta", "Meta", "The TARGET of [TARGET]", id="the-mark-itself-in-the-text"),
        pytest.param("a.b (x)", "(x)", "a.b [TARGET]", id="no-pattern"),
    ],
)
def test_the_mark_takes_the_place_of_the_target(sentence: str, target: str, expected: str) -> None:
    assert mask_target(sentence, target) == expected


def test_a_masked_sentence_stays_when_the_mark_is_its_target() -> None:
    assert mask_target("Shares of [TARGET] fell.", TARGET_MARK) == "Shares of [TARGET] fell."
    assert mask_target("Shares of Meta fell.", TARGET_MARK) is None


@pytest.mark.parametrize("target", ["", "Nvidia"])
def test_a_target_that_is_not_there_is_not_masked(target: str) -> None:
    assert mask_target("Shares of Meta fell.", target) is None


def test_the_masked_sentence_is_the_same_for_every_name() -> None:
    masked = {mask_target(f"Users left {name} in May.", name) for name in ("Orvane", "Meta", "小米", "Яндекс")}
    assert masked == {f"Users left {TARGET_MARK} in May."}


@pytest.mark.parametrize(
    ("sentence", "target", "segments"),
    [
        pytest.param("Meta fell.", "Meta", ("[TARGET] fell.", ""), id="masked"),
        pytest.param("It fell.", "Meta", ("It fell.", "Meta"), id="not-there"),
        pytest.param("The [TARGET] fell.", "Meta", ("The TARGET fell.", "Meta"), id="not-there-but-a-mark-is"),
        pytest.param("It fell.", "", ("It fell.", ""), id="no-target"),
    ],
)
def test_a_target_that_cannot_be_masked_is_the_second_segment(
    sentence: str, target: str, segments: tuple[str, str]
) -> None:
    assert masked_input(sentence, target) == segments
