"""Bytes to text: the bytes decide, labels only help."""

import codecs
import re
from dataclasses import dataclass

SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso8859-1": "cp1252", "ascii": "cp1252",
    "us-ascii": "cp1252", "iso-8859-9": "cp1254", "iso8859-9": "cp1254", "shift_jis": "cp932", "shift-jis": "cp932",
    "x-sjis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949", "tis-620": "cp874", "iso-8859-11": "cp874", "windows-874": "cp874",
    "euc_jis_2004": "euc_jp", "euc_jisx0213": "euc_jp", "shift_jis_2004": "cp932", "shift_jisx0213": "cp932",
    "big5": "big5hkscs", "johab": "cp949", "cp950": "big5hkscs", "utf8": "utf-8", "unicode": "utf-8",
    "utf-8mb4": "utf-8",
}  # fmt: skip
"""What a label means to browsers (WHATWG Encoding Standard): each is a superset of what it says."""

WEB_CODECS = frozenset(
    {
        "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "cp866",
        "koi8-r", "koi8-u", "iso8859-2", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-15", "gb18030",
        "big5hkscs", "cp932", "euc_jp", "cp949", "utf-16", "utf_16",
    }
)  # fmt: skip
"""Codecs that pages are written in; the detector knows many more, which it guesses wrongly for short samples."""

CHARACTER_CODECS = re.compile(
    r"utf_?(8|8_sig|16|16_le|16_be|32|32_le|32_be)|ascii|iso8859_\d+|cp\d+|koi8_[rtu]|mac_\w+|gb2312|gbk|gb18030"
    r"|hz|big5|big5hkscs|euc_\w+|shift_jis\w*|iso2022_\w+|tis_620|johab|kz1048|ptcp154"
)
"""Names of Python's character codecs; it has others (rot13, zip, idna, unicode_escape) that no page may name."""

LABEL_TRUST = 0.5
"""A detected codec replaces a label that fits the bytes only where its text is at least this much less odd."""

HEAD_BYTES = 4096
"""Where a meta charset is looked for; browsers read 1024, some pages put it later."""

SAMPLE_BYTES = 20_000
"""Non-ASCII-rich bytes that the statistical detector sees; more costs time and changes nothing."""

DAMAGED_SHARE = 0.02
"""Share of broken sequences up to which bytes are still UTF-8: a cut page or one bad advertisement."""

MOJIBAKE_SHARE = 0.015
"""Share of mojibake traces among the letters from which a text is unreadable."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,30})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,30})", re.IGNORECASE)
_TAGS = re.compile(rb"<script\b.*?</script>|<style\b.*?</style>|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)

# traces of a wrong decoding: controls of C1, replacement and private characters, UTF-8 read as Latin-1 or cp1252
_TRACE = re.compile(
    r"[\u0080-\u0084\u0086-\u009f\ufffd\ue000-\uf8ff]"
    r"|[ÃÂ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œ]|â€[\u0080-\u00bf™œ˜“”¦]|[ÐÑ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œž]"
    r"|[à-ï][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}|[äåæçèé][¸¹º»¼½¾¿]|锟斤拷|ï¿½"
)
_LATIN_RUN = re.compile(r"[\u00a1-\u00ff]{4,}")
_CASE_BREAK = re.compile(r"[а-яё][А-ЯЁ]")
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """The text of a page, the codec that gave it, and remarks on labels that were wrong."""

    text: str
    charset: str
    notes: tuple[str, ...] = ()


def _codec(label: str) -> str:
    """Give the Python codec that a label means; "" for one that nobody knows."""
    name = SUPERSETS.get(label.strip().lower(), label.strip().lower())
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return SUPERSETS.get(found, found) if CHARACTER_CODECS.fullmatch(found.replace("-", "_")) else ""


def mojibake_share(text: str) -> float:
    """Give the share of traces of a wrong decoding among the letters of a text, 0..1."""
    letters = len(_LETTERS.findall(text))
    return min(1.0, len(_TRACE.findall(text)) / letters) if letters else 0.0


def _badness(text: str) -> float:
    """Give how unlikely it is that anybody wrote this text, per letter beyond ASCII."""
    foreign = sum(1 for character in text if ord(character) > 127)
    if not foreign:
        return 0.0
    traces = len(_TRACE.findall(text)) * 2 + len(_CASE_BREAK.findall(text))
    return (traces + sum(len(run) - 3 for run in _LATIN_RUN.findall(text))) / foreign


def _detected(body: bytes) -> list[str]:
    """Give the codecs that the statistics of the bytes suggest, best first."""
    from charset_normalizer import from_bytes

    words = [word for word in _TAGS.sub(b" ", body[: SAMPLE_BYTES * 10]).split() if not word.isascii()]
    sample = b" ".join(words)[:SAMPLE_BYTES]
    return [codec for match in from_bytes(sample) if (codec := _codec(match.encoding)) in WEB_CODECS] if sample else []


def _is_damaged_utf8(body: bytes) -> bool:
    """Tell whether the bytes are UTF-8 but for a few broken sequences."""
    text = body.decode("utf-8", "replace")
    good = sum(1 for character in text if ord(character) > 127 and character != "\ufffd")
    return text.count("\ufffd") <= max(1, DAMAGED_SHARE * good) and good > 0


def decode_body(body: bytes, content_type: str = "") -> DecodedBody:
    """Give the text of a page from its bytes and its Content-Type header.

    A byte order mark decides; then valid UTF-8; then the label (meta, header) or, where no label fits the bytes, the
    statistics. gb2312 and gbk are read as gb18030, iso-8859-1 as cp1252. Never raises: what fits nothing is decoded
    with replacement characters.
    """
    header_match = _HEADER.search(content_type)
    header_label = header_match[1] if header_match else ""
    meta_match = _META.search(body[:HEAD_BYTES])
    meta_label = meta_match[1].decode("ascii") if meta_match else ""
    text, charset = _decode(body, [label for label in (meta_label, header_label) if label])
    notes = tuple(
        f"charset {where} {label.lower()} contradicts the bytes: {charset} used"
        for where, label in (("header", header_label), ("meta", meta_label))
        if label and _codec(label) != charset and not body.isascii()
    )
    return DecodedBody(text, charset, notes)


def _decode(body: bytes, labels: list[str]) -> tuple[str, str]:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body.removeprefix(mark if codec == "utf-8" else b"").decode(codec, "replace"), codec
    if b"\x1b$" in body[:SAMPLE_BYTES] or b"\x1b(J" in body[:SAMPLE_BYTES]:
        return body.decode("iso2022_jp", "replace"), "iso2022_jp"
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        if _is_damaged_utf8(body):
            return body.decode("utf-8", "replace"), "utf-8"
    codecs_tried = [codec for label in labels if (codec := _codec(label)) and codec != "utf-8"]
    fitting = _strictly(body, codecs_tried)
    if not fitting or fitting[0][0] > MOJIBAKE_SHARE * 4:
        guessed = _strictly(body, [*_detected(body), "cp1252"])
        if guessed and (not fitting or guessed[0][0] < fitting[0][0] * LABEL_TRUST):
            fitting = guessed
    if fitting:
        return fitting[0][2], fitting[0][1]
    # a page cut in the middle of a character, or one that mixes charsets: the label with replacements
    codec = codecs_tried[0] if codecs_tried else "utf-8"
    return body.decode(codec, "replace"), codec


def _strictly(body: bytes, candidates: list[str]) -> list[tuple[float, str, str]]:
    """Give badness, codec and text of the codecs that decode the bytes, all of them or all but a few, best first."""
    found: list[tuple[float, str, str]] = []
    for codec in dict.fromkeys(candidates):
        try:
            text = body.decode(codec, "replace")
        except (LookupError, ValueError):
            continue
        wide = sum(1 for character in text if ord(character) > 127)
        if text.count("\ufffd") <= DAMAGED_SHARE * wide:
            found.append((_badness(text), codec, text))
    return sorted(found, key=lambda entry: entry[0])
