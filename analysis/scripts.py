"""Letters: folding that keeps offsets, word boundaries by script, and patterns built from word lists."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

ALPHABETIC = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff"
"""Letters of scripts that put spaces between words (Latin, Greek, Cyrillic), as the inside of a character class."""

LETTER = re.compile(f"[{ALPHABETIC}]")
ARABIC = "\u0620-\u065f\u066e-\u06d3\u06fa-\u06ff"
HEBREW = "\u05d0-\u05ea"
HANGUL = "\uac00-\ud7a3"
KATAKANA = "\u30a1-\u30fa\u30fc-\u30fe"


class Script(StrEnum):
    """How the boundaries of a name are found."""

    ALPHABETIC = "alphabetic"
    HAN = "han"  # no spaces between words: any place
    KATAKANA = "katakana"
    HANGUL = "hangul"
    ARABIC = "arabic"
    HEBREW = "hebrew"
    OTHER = "other"  # Devanagari, Bengali, Tamil, Thai …: endings are glued to the name


_SCRIPT_PATTERNS: tuple[tuple[Script, re.Pattern[str]], ...] = (
    (Script.ALPHABETIC, re.compile(f"[{ALPHABETIC}0-9]")),
    (Script.KATAKANA, re.compile(f"[{KATAKANA}]")),
    (Script.HAN, re.compile("[\u3041-\u309f\u3400-\u9fff\uf900-\ufaff]")),
    (Script.HANGUL, re.compile(f"[{HANGUL}]")),
    (Script.ARABIC, re.compile(f"[{ARABIC}]")),
    (Script.HEBREW, re.compile(f"[{HEBREW}]")),
)


def script_of(char: str) -> Script:
    """Give the script of one character; OTHER for anything that has no rule of its own."""
    for script, pattern in _SCRIPT_PATTERNS:
        if pattern.match(char):
            return script
    return Script.OTHER


_REMOVED = "\u00ad\u200b-\u200f\u2060\ufeff\u0640\u064b-\u0652\u0591-\u05bd"
_HAS_REMOVED = re.compile(f"[{_REMOVED}]")


def _translation() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms
    table |= dict.fromkeys((0x00A0, 0x2007, 0x2009, 0x202F, 0x3000, 0x0009), " ")
    table |= dict.fromkeys((0x2018, 0x2019, 0x02BC, 0x00B4, 0x0060, 0x2032), "'")
    table |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013), "-")
    # Arabic letters that writers exchange freely, and the Persian forms of two
    table |= {0x0623: "ا", 0x0625: "ا", 0x0622: "ا", 0x0649: "ي", 0x06CC: "ي", 0x06A9: "ك", 0x0629: "ه"}
    table |= {0x0401: "Е", 0x0451: "е"}
    return table


_TRANSLATION = _translation()


@dataclass(frozen=True, slots=True)
class Folded:
    """A text made comparable: ``cased`` with one form per letter, ``lower`` the same in lower case, same length.

    ``offsets`` gives for each of their characters (and for the end) the offset in the original text; None where the
    offsets are the same.
    """

    cased: str
    lower: str
    offsets: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the span of the original text that became ``[start, end)``; not empty where the input is not."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """Give the comparable form of a text, in time linear in its length.

    Full-width, apostrophe, hyphen and Arabic variants become one; invisible characters and the vowel signs of Arabic
    and Hebrew are dropped.
    """
    offsets: tuple[int, ...] | None = None
    kept = text
    if _HAS_REMOVED.search(text):
        places = [i for i, char in enumerate(text) if not _HAS_REMOVED.match(char)]
        kept = "".join(text[i] for i in places)
        offsets = (*places, len(text))
    cased = kept if kept.isascii() and "`" not in kept and "\t" not in kept else kept.translate(_TRANSLATION)
    lower = cased.lower()
    if len(lower) != len(cased):  # "İ" becomes two characters
        lower = "".join(char.lower()[0] for char in cased)
    return Folded(cased, lower, offsets)


def name_key(name: str) -> str:
    """Give the form under which a name is looked up: folded, lower case, a hyphen counted as a space."""
    return fold(name).lower.replace("-", " ")


class _Trie:
    """Literals by their letters, so that the pattern looks at each letter of the text once."""

    __slots__ = ("children", "tail")

    def __init__(self) -> None:
        self.children: dict[str, _Trie] = {}
        self.tail: str | None = None

    def add(self, literal: str, tail: str) -> None:
        node = self
        for char in literal:
            node = node.children.setdefault(char, _Trie())
        # of two tails for one literal the freer one stays
        node.tail = tail if node.tail is None or not tail else node.tail

    def pattern(self) -> str:
        parts = [_letter(char) + child.pattern() for char, child in self.children.items()]
        if self.tail is not None:
            parts.append(self.tail)
        return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _letter(char: str) -> str:
    return "[ -]" if char == " " else re.escape(char)


def literal_pattern(literals: Iterable[tuple[str, str]]) -> str:
    """Give a pattern that finds the longest of the literals at a place.

    Each literal comes with a tail, a pattern that must match after it ("" for none). A space in a literal also
    matches a hyphen. Without literals the pattern never matches.
    """
    trie = _Trie()
    empty = True
    for literal, tail in literals:
        empty = False
        trie.add(literal, tail)
    return "(?!)" if empty else trie.pattern()


class WordSet:
    """Words to look for in a context.

    ``chip*`` matches the beginning of a word, ``*modell*`` any part of one, ``chip`` the whole word. A word with a
    capital letter is matched in that case only ("AI", but not the Italian "ai"). Scripts without spaces, and
    Arabic and Hebrew with their prefixes, match anywhere.
    """

    __slots__ = ("_cased", "_lower")

    def __init__(self, words: Sequence[str]) -> None:
        self._cased = word_pattern([w for w in words if w != w.lower()])
        self._lower = word_pattern([w for w in words if w == w.lower()])

    def found_in(self, text: Folded, start: int, end: int) -> bool:
        """Tell whether any of the words stands in ``[start, end)`` of the folded text."""
        if self._cased is not None and self._cased.search(text.cased, start, end):
            return True
        return self._lower is not None and self._lower.search(text.lower, start, end) is not None


def word_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Give the pattern of words or phrases with the stars of :class:`WordSet`, in the case given; None for none."""
    bounded: list[tuple[str, str]] = []
    free: list[tuple[str, str]] = []
    for word in words:
        core = fold(word.strip("*")).cased.replace("-", " ")
        if not core:
            continue
        spaced = script_of(core[-1]) is Script.ALPHABETIC
        tail = f"(?![{ALPHABETIC}])" if spaced and not word.endswith("*") else ""
        starts_free = word.startswith("*") or script_of(core[0]) is not Script.ALPHABETIC
        (free if starts_free else bounded).append((core, tail))
    if not bounded and not free:
        return None
    parts = [f"(?<![{ALPHABETIC}]){literal_pattern(bounded)}"] if bounded else []
    if free:
        parts.append(literal_pattern(free))
    return re.compile("|".join(parts))
