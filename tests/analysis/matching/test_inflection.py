import pytest

from analysis.mentions import Matcher

FORMS = [
    ("de", "DeepSeeks Modell", "deepseek", "DeepSeeks"),
    ("de", "Das DeepSeek-Modell", "deepseek", "DeepSeek"),
    ("de", "Anti-Huawei-Kurs", "huawei", "Huawei"),
    ("de", "Die Nvidiaaktie fällt", "nvidia", "Nvidia"),
    ("de", "eine Googletochter", "google", "Google"),
    ("nl", "het Nvidiaaandeel", "nvidia", "Nvidia"),
    ("sv", "Microsoftaktien föll", "microsoft", "Microsoft"),
    ("en", "DeepSeek's model", "deepseek", "DeepSeek"),
    ("en", "Nvidia’s chips", "nvidia", "Nvidia"),
    ("nl", "Microsofts omzet", "microsoft", "Microsofts"),
    ("fr", "l’offre d’OpenAI", "openai", "OpenAI"),
    ("sv", "Nvidias aktie", "nvidia", "Nvidias"),
    ("pl", "twórcy DeepSeeka", "deepseek", "DeepSeeka"),
    ("pl", "akcje Nvidii", "nvidia", "Nvidii"),
    ("pl", "razem z Googlem", "google", "Googlem"),
    ("pl", "papiery Google'a", "google", "Google"),
    ("cs", "akcie Googlu", "google", "Googlu"),
    ("hr", "dionice Nvidije", "nvidia", "Nvidije"),
    ("fi", "DeepSeekin malli", "deepseek", "DeepSeekin"),
    ("fi", "Microsoftissa tutkitaan", "microsoft", "Microsoftissa"),
    ("hu", "az Nvidiát figyelik", "nvidia", "Nvidiát"),
    ("hu", "a DeepSeeknek kell", "deepseek", "DeepSeeknek"),
    ("tr", "DeepSeek'in modeli", "deepseek", "DeepSeek"),
    ("tr", "Googleın yeni aracı", "google", "Googleın"),
    ("ro", "directorul Microsoftului", "microsoft", "Microsoftului"),
    ("ru", "выручка ДипСика", "deepseek", "ДипСика"),
    ("ru", "договор с Алибабой", "alibaba", "Алибабой"),
    ("ru", "чипы Хуавея", "huawei", "Хуавея"),
    ("uk", "позов до Гугла", "google", "Гугла"),
    ("ko", "딥시크가 공개했다", "deepseek", "딥시크"),
    ("ko", "구글코리아는", "google", "구글"),
    ("ko", "Qwen3를 쓴다", "alibaba", "Qwen"),
    ("ja", "DeepSeekが公開した", "deepseek", "DeepSeek"),
    ("zh", "DeepSeek发布", "deepseek", "DeepSeek"),
    ("zh", "与ＯｐｅｎＡＩ合作", "openai", "ＯｐｅｎＡＩ"),
    ("ar", "وغوغل ترفض", "google", "غوغل"),
    ("ar", "لمايكروسوفت", "microsoft", "مايكروسوفت"),
    ("he", "ובגוגל", "google", "גוגל"),
    ("th", "ห้ามใช้ดีปซีกใน", "deepseek", "ดีปซีก"),
    ("en", "Qwen2.5-Max is out", "alibaba", "Qwen"),
    ("en", "DeepSeekV3 is out", "deepseek", "DeepSeek"),
    ("en", "DeepSeekMath is out", "deepseek", "DeepSeek"),
    ("en", "GPT-4o is out", "openai", "GPT-4"),
    ("de", "Deep\u00adSeek ist da", "deepseek", "Deep\u00adSeek"),
    ("de", "Moore\u00a0Threads wächst", "moore_threads", "Moore\u00a0Threads"),
]


@pytest.mark.parametrize(("language", "text", "entity", "surface"), FORMS, ids=[f"{f[0]} {f[1]}" for f in FORMS])
def test_an_inflected_name_is_found_with_its_ending(
    matcher: Matcher, language: str, text: str, entity: str, surface: str
) -> None:
    (mention,) = matcher.find("", text, language, "r")
    assert (mention.entity, mention.surface) == (entity, surface)


PARTS_OF_WORDS = [
    ("en", "The Openair and the OpenAIR festival"),
    ("de", "Die Googlebarkeit des Namens"),
    ("de", "Nvidianer und Lenovolution"),
    ("fr", "Googles frites"),
    ("ru", "Гуглить умеют все"),
    ("ko", "드라마와 파노라마"),
    ("ja", "メタルとメタボとドラマ"),
    ("ar", "المغوغلون"),
    ("en", "See https://www.google.com/search?q=nvidia for more"),
]


@pytest.mark.parametrize(("language", "text"), PARTS_OF_WORDS, ids=[text for _, text in PARTS_OF_WORDS])
def test_a_part_of_another_word_is_no_name(matcher: Matcher, language: str, text: str) -> None:
    assert matcher.entities_in(text, language) == frozenset()
