"""Sentences with exact offsets. The only importer of sentencex."""

import re
from itertools import pairwise

import sentencex

MAX_CHUNK_CHARS = 4_000
"""sentencex is quadratic in quotes per line (1.6 s for 100,000 opening quotes); a chunk of this size takes under
3 ms in the worst case measured, and no sentence of a news text is that long."""

_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x1c-\x1e\x85]+")
_CLOSED_QUOTE = re.compile(r"[」』]$")
_QUOTATIVE = re.compile(r"と|って|との|という|など|は|が|を|に|の|、")
_HEAD_CHARS = 12
"""Longer than anything the patterns below look for at the end of a sentence."""

_TITLE_OR_INITIAL = re.compile(r"(?:^|[\s(])(?:د|أ|م|Dr|Mr|Mrs|St|Prof|No|Nr|vs|[A-HJ-ZА-Я])\.$")
_ORDINAL = re.compile(r"(?:^|[\s(])\d{1,3}\.$")
_ORDINAL_LANGUAGES = frozenset(
    {
        "bs",
        "cs",
        "da",
        "de",
        "et",
        "fi",
        "fo",
        "hr",
        "hu",
        "is",
        "lb",
        "lv",
        "nb",
        "nn",
        "no",
        "pl",
        "sk",
        "sl",
        "sr",
        "tr",
    }
)
"""Languages that write "3rd" as "3."; a sentence that ends in a small number is rarer there than an ordinal."""

_SHORT_WORD = re.compile(r"(?:^|[\s(])[^\W\d_]{1,5}\.$")
_LOWER_WORD = re.compile(r"[^\W\d_]+")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Give the spans of the sentences of a text, in order, without surrounding white space.

    The spans never overlap, never cross a line break and cover every character that is not white space.
    ``language`` is an ISO 639-1 code; unknown ones are split by the rules of English. Linear in the length.
    """
    spans: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        spans.extend(_split_line(text, line.start(), line.end(), language))
    return spans


def _split_line(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    cuts: list[int] = []
    for chunk_start, chunk_end in _chunks(text, start, end):
        chunk = text[chunk_start:chunk_end]
        boundaries = sentencex.get_sentence_boundaries(language if language != "und" else "en", chunk)
        cuts.extend(chunk_start + boundary["start_index"] for boundary in boundaries)
        cuts.append(chunk_start)
    spans: list[tuple[int, int]] = []
    edges = [*sorted({cut for cut in cuts if start <= cut < end}), end]
    for left, right in pairwise(edges):
        span = _stripped(text, left, right)
        if span is None:
            continue
        if spans and _continues(text, spans[-1], span, language):
            span = (spans.pop()[0], span[1])
        spans.append(span)
    return spans


def _chunks(text: str, start: int, end: int) -> list[tuple[int, int]]:
    chunks = []
    while end - start > MAX_CHUNK_CHARS:
        window_end = start + MAX_CHUNK_CHARS
        cut = max(text.rfind(mark, start + MAX_CHUNK_CHARS // 2, window_end) for mark in (". ", "。", "! ", "? ", "！"))
        if cut < 0:
            cut = text.rfind(" ", start + MAX_CHUNK_CHARS // 2, window_end)
        cut = window_end if cut < 0 else cut + 1
        chunks.append((start, cut))
        start = cut
    chunks.append((start, end))
    return chunks


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _continues(text: str, before: tuple[int, int], after: tuple[int, int], language: str) -> bool:
    """A Japanese quotation goes on with its particle; a title, initial, ordinal or abbreviation ends no sentence."""
    if after[1] - before[0] > MAX_CHUNK_CHARS:
        return False
    head = text[max(before[0], before[1] - _HEAD_CHARS) : before[1]]
    if _CLOSED_QUOTE.search(head):
        return before[1] == after[0] and _QUOTATIVE.match(text, after[0]) is not None
    if _TITLE_OR_INITIAL.search(head) or (language in _ORDINAL_LANGUAGES and _ORDINAL.search(head)):
        return True
    following = _LOWER_WORD.match(text, after[0])
    # an abbreviation: no sentence begins with a small letter, except with names such as iPhone or xAI
    return following is not None and following.group().islower() and _SHORT_WORD.search(head) is not None
