import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sentences import MAX_CHUNK_CHARS, split_sentences

CASES = [
    ("de", "Dr. Müller kam am 3. Mai. Er blieb z. B. bis Juni.", 2),
    ("de", "Sie feiert ihren 102. Geburtstag. Im 3. Quartal zieht sie um.", 2),
    ("cs", "Koná se 5. ročník soutěže. Začíná dnes.", 2),
    ("en", "Mr. Smith paid $3.5 million. “Too much!” said his wife.", 2),
    ("zh", "新模型今天发布。价格是多少？没有人知道！", 3),
    ("fr", "M. Dupont est arrivé hier. Il repart demain.", 2),
    ("es", "¿Quién lo dijo? El Sr. López no fue.", 2),
    ("it", "Il dott. Rossi tace. La borsa sale.", 2),
    ("pt", "O Sr. Silva saiu. A bolsa caiu.", 2),
    ("nl", "De heer Jansen vertrok. De beurs daalde.", 2),
    ("pl", "Kurs spadł o 3,5 proc. w piątek. Inwestorzy czekają.", 2),
    ("ru", "Курс упал на 3,5 процента. Инвесторы ждут.", 2),
    ("ja", "「すごい。」と彼は言った。次の文です。", 2),
    ("ko", "새 모델이 나왔다. 가격은 얼마인가? 아무도 모른다!", 3),
    ("tr", "Prof. Dr. Kaya geldi. Toplantı bitti.", 2),
    ("ar", "أعلنت الشركة عن نموذجها. هل هو أرخص؟ قال د. أحمد نعم.", 3),
    ("und", "One sentence. Another one.", 2),
]


@pytest.mark.parametrize(("language", "text", "count"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_sentences_are_split_by_the_rules_of_the_language(language: str, text: str, count: int) -> None:
    sentences = [text[start:end] for start, end in split_sentences(text, language)]
    assert len(sentences) == count, sentences


LINES = st.text(alphabet=st.sampled_from("aB1 .!?。！？\n\r\t\"“”„«»「」'()é中あ가ب؟\u2028\u200b😀"), max_size=80)


@settings(max_examples=300, deadline=None)
@given(text=LINES | st.text(max_size=40), language=st.sampled_from([case[0] for case in CASES]))
def test_spans_cover_all_but_white_space_in_order_and_within_lines(text: str, language: str) -> None:
    spans = split_sentences(text, language)
    covered = [False] * len(text)
    last = 0
    for start, end in spans:
        assert last <= start < end
        last = end
        assert len(text[start:end].splitlines()) == 1
        assert text[start:end] == text[start:end].strip()
        covered[start:end] = [True] * (end - start)
    assert all(is_covered or char.isspace() for is_covered, char in zip(covered, text, strict=True))


@pytest.mark.parametrize("piece", ["“", "。", "word ", "「あ", "x", "5. ", "proc. "])
def test_a_line_of_any_length_is_cut_into_chunks_without_loss(piece: str) -> None:
    text = piece * (3 * MAX_CHUNK_CHARS)
    spans = split_sentences(text, "de")
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(" ", "")
    assert max(end - start for start, end in spans) <= MAX_CHUNK_CHARS
