"""The language of a text, read from the text itself."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol

UNKNOWN = "und"

ENOUGH_LETTERS = 200
"""Letters from which the text alone decides; py3langid is right on 99 % of article bodies of this length."""

ENOUGH_WIDE_LETTERS = 40
"""The same for scripts in which one character is a syllable or word."""

SURE = 0.98
"""Probability from which a short text overrules what its source is known to write."""

MIN_LETTERS = 12
"""Below this a text says nothing about its language."""

SAMPLE_CHARS = 6_000
"""Characters that are classified: more does not change the answer, and the cost grows with the length."""

_LETTER = re.compile(r"[^\W\d_]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_SCRIPT_OF = {
    "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "be": "cyrillic", "mk": "cyrillic", "zh": "han", "ja": "han",
    "ko": "hangul", "ar": "arabic", "fa": "arabic", "ur": "arabic", "he": "hebrew", "el": "greek", "th": "thai",
    "hi": "devanagari", "mr": "devanagari", "ne": "devanagari", "bn": "bengali", "ta": "tamil", "te": "telugu",
    "hy": "armenian", "ka": "georgian",
}  # fmt: skip
_WIDE_LANGUAGES = frozenset({"zh", "ja", "ko", "th"})
_ALIASES = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "jw": "jv",
    "tl": "tl",
    "fil": "tl",
    "cmn": "zh",
    "yue": "zh",
}


class _Classifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """A lower-case ISO 639-1 code, or "und", and how sure, 0..1."""

    code: str
    confidence: float


@cache
def _classifier() -> _Classifier:
    """Load the model once a process (about 0.3 s, 40 MB)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier: _Classifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier


def language_code(tag: str) -> str:
    """Give the ISO 639-1 code of a language tag such as "de-DE" or "zh_Hans"; "" where it is none."""
    primary = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
    code = _ALIASES.get(primary, primary)
    return code if re.fullmatch(r"[a-z]{2}", code) else ""


def detect_language(text: str, prior: str = "") -> LanguageGuess:
    """Give the language of a text; ``prior`` is what its source usually writes (ISO 639-1, "" if not known).

    A text of 200 letters (40 of East Asian scripts) decides alone. A shorter one is given the prior unless the
    classifier is sure of another. "und" where neither says anything.
    """
    sample = text[:SAMPLE_CHARS]
    letters = len(_LETTER.findall(sample))
    wide = len(_WIDE.findall(sample))
    expected = language_code(prior)
    if letters < MIN_LETTERS and wide < MIN_LETTERS // 2:
        return LanguageGuess(expected or UNKNOWN, 0.5 if expected else 0.0)
    if wide * 3 > letters:
        # the script tells Japanese and Korean from Chinese with more certainty than any statistics
        if len(_HANGUL.findall(sample)) * 2 > wide:
            return LanguageGuess("ko", 1.0)
        if len(_KANA.findall(sample)) * 12 > wide:
            return LanguageGuess("ja", 1.0)
    code, probability = _classifier().classify(sample)
    code, probability = _ALIASES.get(code, code), float(probability)
    if code == expected:
        return LanguageGuess(code, probability)
    if letters >= ENOUGH_LETTERS or wide >= ENOUGH_WIDE_LETTERS or probability >= SURE:
        return LanguageGuess(code, probability)
    if expected and (_same_script(code, expected) or (wide and expected in _WIDE_LANGUAGES)):
        return LanguageGuess(expected, 0.5)
    return LanguageGuess(UNKNOWN, probability)


def _same_script(one: str, other: str) -> bool:
    return bool(other) and _SCRIPT_OF.get(one, "latin") == _SCRIPT_OF.get(other, "latin")
