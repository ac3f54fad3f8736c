"""The bytes decide what a page says; labels only help."""

import pytest

from pipelines.charset import MOJIBAKE_SHARE, decode_body, mojibake_share

RUSSIAN = "Министерство сообщило, что новый центр обработки данных откроется весной. " * 6
CHINESE = "市政府周一宣布，新的数据中心将于明年春天投入使用。" * 8
JAPANESE = "新しいデータセンターは来年の春に開業すると発表された。" * 8
KOREAN = "새 데이터 센터는 내년 봄에 문을 연다고 정부가 월요일 밝혔다. " * 8
GERMAN = "Größe und Übermaß prüfen für die Straße, sagte der Minister. " * 6


@pytest.mark.parametrize(
    "header", ["", "text/html; charset=iso-8859-1", "text/html; charset=utf-8"], ids=["no label", "latin-1", "utf-8"]
)
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        pytest.param(RUSSIAN, "utf-8", id="utf-8"),
        pytest.param(RUSSIAN, "cp1251", id="windows-1251"),
        pytest.param(RUSSIAN, "koi8-r", id="koi8-r"),
        pytest.param(CHINESE, "gb18030", id="gb18030"),
        pytest.param(JAPANESE, "shift_jis", id="shift_jis"),
        pytest.param(JAPANESE, "euc_jp", id="euc-jp"),
        pytest.param(JAPANESE, "iso2022_jp", id="iso-2022-jp"),
        pytest.param(KOREAN, "cp949", id="euc-kr"),
        pytest.param(GERMAN, "utf-8-sig", id="utf-8 with a byte order mark"),
        pytest.param(GERMAN, "utf-16", id="utf-16 with a byte order mark"),
    ],
)
def test_text_is_decoded_whatever_the_header_says(text: str, codec: str, header: str) -> None:
    assert decode_body(f"<p>{text}</p>".encode(codec), header).text == f"<p>{text}</p>"


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030"])
def test_the_old_chinese_labels_mean_gb18030(label: str) -> None:
    body = f'<meta charset="{label}"><p>{CHINESE}镕㐂</p>'.encode("gb18030")

    decoded = decode_body(body)

    assert decoded.charset == "gb18030"
    assert "镕㐂" in decoded.text
    assert decoded.notes == ()


def test_latin_1_means_windows_1252() -> None:
    decoded = decode_body("<p>„Schön“ – 5 €</p>".encode("cp1252"), "text/html; charset=ISO-8859-1")

    assert decoded.text == "<p>„Schön“ – 5 €</p>"


def test_a_label_that_contradicts_the_bytes_is_noted() -> None:
    body = f'<meta charset="windows-1251"><p>{GERMAN}'.encode()

    assert decode_body(body, "text/html; charset=big5").notes == (
        "charset header big5 contradicts the bytes: utf-8 used",
        "charset meta windows-1251 contradicts the bytes: utf-8 used",
    )


def test_plain_ascii_contradicts_no_label() -> None:
    assert decode_body(b"<p>plain</p>", "text/html; charset=shift_jis").notes == ()


def test_a_page_cut_inside_a_character_stays_utf_8() -> None:
    decoded = decode_body(RUSSIAN.encode()[:-2])

    assert decoded.charset == "utf-8"
    assert decoded.text.startswith("Министерство")


def test_an_unknown_label_is_passed_over() -> None:
    assert decode_body(RUSSIAN.encode("cp1251"), "text/html; charset=x-nonsense").text == RUSSIAN


@pytest.mark.parametrize("text", [RUSSIAN, CHINESE, JAPANESE, KOREAN, GERMAN], ids=["ru", "zh", "ja", "ko", "de"])
def test_text_read_with_the_wrong_codec_is_told_from_text(text: str) -> None:
    assert mojibake_share(text) == 0.0
    assert mojibake_share(text.encode().decode("cp1252", "replace")) > MOJIBAKE_SHARE
