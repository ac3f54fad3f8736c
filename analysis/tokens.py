"""The words of a text in any script, as the units that are counted.

Scripts with spaces give their words; Korean words lose a particle at their end, Arabic ones an article in front. Where
no spaces stand (Han, Thai, Lao, Khmer, Burmese) every run of some characters is a candidate, and whoever ranks them
keeps the longest of those that say the same. Katakana runs are words of their own; hiragana is grammar.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from analysis.scripts import ARABIC, HANGUL, KATAKANA, fold

GRAM_LENGTHS = {"han": (2, 6), "other": (4, 8)}
"""Shortest and longest candidate, in characters: Chinese words have mostly 2, names 3 to 6; Thai words 4 to 8."""

_HAN = "\u3005\u3400-\u9fff\uf900-\ufaff"
_OTHER = "\u0e01-\u0e4e\u0e81-\u0ecd\u1000-\u109f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
_UNSPACED = _HAN + _OTHER + KATAKANA + "\u3041-\u309f"
_LETTER = rf"[^\W_{_UNSPACED}]"
_PIECE = re.compile(
    rf"(?P<han>[{_HAN}]{{2,}})|(?P<katakana>[{KATAKANA}]{{2,}})|(?P<other>[{_OTHER}]{{4,}})"
    rf"|(?P<word>{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u0900-\u0dff])*(?:[-'’.&]{_LETTER}+)*)"
)
_MARKED = re.compile(rf"[{HANGUL}{ARABIC}]")
_HANGUL_WORD = re.compile(f"[{HANGUL}]")
_KOREAN_PARTICLE = re.compile(
    "(?<=..)(?:으로부터|에서는|에서도|이라는|이라며|으로서|으로써|에게서|까지|부터|에게|에서|으로|이나|라는|라며|보다|처럼|들이|들은|들의|들을|"
    "은|는|이|가|을|를|의|에|로|와|과|도|만)$"
)
_ARABIC_ARTICLE = re.compile("^(?:و|ف)?(?:ال|بال|كال|لل)(?=...)")
_CHINESE_STARTS = frozenset("的了着也是与與被把们們吗嗎呢吧啊很这這那它她该該此")
_CHINESE_ENDS = frozenset("的了也是被把很这這那它她该該越吗嗎呢")
"""Particles and pronouns at which no Chinese word worth a name begins or ends: a candidate with one is cut askew."""

_HAN_NUMBERS = frozenset("〇零一二三四五六七八九十百千万萬亿億兆两兩半第约約数數几幾多余餘年月日号號个個")

_KNOWN_WORDS = 1 << 16  # words whose form is kept: a month of one language has less
_STOPWORDS_FILE = Path(__file__).with_name("stopwords.toml")


def find_tokens(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Give the units of a text as pairs: the form that is counted, and the form to show.

    The form to show is that of the text, for Korean without the particle. Stop words of the language, bare numbers and
    single letters are left out; a unit may come several times.
    """
    stop = stop_words(language)
    for match in _PIECE.finditer(unicodedata.normalize("NFC", text)):
        written, kind = match[0], match.lastgroup
        if kind in GRAM_LENGTHS:
            shortest, longest = GRAM_LENGTHS[kind]
            for length in range(shortest, min(longest, len(written)) + 1):
                for start in range(len(written) - length + 1):
                    gram = written[start : start + length]
                    if gram not in stop and not unicodedata.combining(gram[0]) and not _is_askew(gram, language):
                        yield gram, gram
            continue
        key = word_key(written)
        if len(key) > 1 and key not in stop and any(char.isalpha() for char in key):
            yield key, _KOREAN_PARTICLE.sub("", written) if _HANGUL_WORD.search(key) else written


def _is_askew(gram: str, language: str) -> bool:
    """Tell whether a run of Han characters is a number, or cut beside a Chinese particle."""
    if _HAN_NUMBERS.issuperset(gram):
        return True
    return language.startswith("zh") and (gram[0] in _CHINESE_STARTS or gram[-1] in _CHINESE_ENDS)


@lru_cache(maxsize=_KNOWN_WORDS)
def word_key(word: str) -> str:
    """Give the form under which a word is counted: folded, lower case, without particle or article."""
    key = fold(word).lower.removesuffix("'s")
    if _MARKED.search(key):
        key = _ARABIC_ARTICLE.sub("", _KOREAN_PARTICLE.sub("", key))
    return key


def is_gram(key: str) -> bool:
    """Tell whether a unit is a candidate cut out of a script without spaces."""
    return re.fullmatch(f"[{_HAN}{_OTHER}]+", key) is not None


@lru_cache
def stop_words(language: str) -> frozenset[str]:
    """Give the words of a language that never count, in the form that is counted; none for an unknown language."""
    words = tomllib.loads(_STOPWORDS_FILE.read_text(encoding="utf-8")).get(language, "").split()
    return frozenset(form for word in words for form in (fold(word).lower, word_key(word)))
