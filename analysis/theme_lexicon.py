"""The words of all themes, made ready for one language: what a text is scanned for, and what decides about a word."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from analysis.scripts import LETTER, Folded, Script, WordSet, fold, literal_pattern, script_of
from analysis.watchlist import DoubtfulWords, ThemeWords


@dataclass(frozen=True, slots=True)
class Doubt:
    """What decides about a doubtful word in one language."""

    needs: WordSet | None  # None: nothing is needed
    topic: WordSet | None
    veto: WordSet


@dataclass(frozen=True, slots=True)
class ThemeWord:
    """A word of a theme; the flags say whether case counts, and whether a letter may not stand before or behind it."""

    theme: str
    core: str  # folded, hyphens as spaces, in the case of the watchlist
    is_cased: bool
    starts_word: bool
    ends_word: bool
    doubt: Doubt | None


@dataclass(frozen=True, slots=True)
class ThemeLexicon:
    """The words of all themes for one language."""

    scan: re.Pattern[str]
    by_key: Mapping[str, tuple[ThemeWord, ...]]


def make_lexicon(themes: Sequence[ThemeWords], language: str) -> ThemeLexicon:
    """Make the words of themes ready for one language (ISO 639-1)."""
    by_key: dict[str, list[ThemeWord]] = defaultdict(list)
    for theme in themes:
        for text in (*theme.words, *theme.words_in.get(language, ())):
            _add(by_key, theme.id, text, None)
        for group in theme.doubtful:
            words = (*group.words, *group.words_in.get(language, ()))
            doubt = _doubt(group, language) if words else None
            for text in words:
                _add(by_key, theme.id, text, doubt)
    scan = re.compile(literal_pattern((key, "") for key in by_key))
    return ThemeLexicon(scan, {key: _with_shorter(key, by_key) for key in by_key})


def _doubt(group: DoubtfulWords, language: str) -> Doubt:
    needs = (*group.needs, *group.needs_in.get(language, ()))
    return Doubt(
        needs=_word_set(needs) if group.needs or group.needs_in else None,
        topic=_word_set(group.topic) if group.topic else None,
        veto=_word_set(group.veto),
    )


@cache
def _word_set(words: tuple[str, ...]) -> WordSet:
    """Lists that several groups name are one set, so that a text is asked for them once."""
    return WordSet(words)


def _add(by_key: Mapping[str, list[ThemeWord]], theme: str, text: str, doubt: Doubt | None) -> None:
    core = fold(text.strip("*")).cased.replace("-", " ")
    key = core.lower()
    by_key[key].append(
        ThemeWord(
            theme=theme,
            core=core,
            is_cased=core != key,
            starts_word=script_of(core[0]) is Script.ALPHABETIC and not text.startswith("*"),
            ends_word=script_of(core[-1]) is Script.ALPHABETIC and not text.endswith("*"),
            doubt=doubt,
        )
    )


def _with_shorter(key: str, by_key: Mapping[str, Sequence[ThemeWord]]) -> tuple[ThemeWord, ...]:
    """The words to try where ``key`` was read: itself, and what it begins with, as the scan gives the longest only."""
    return tuple(word for length in range(len(key), 0, -1) for word in by_key.get(key[:length], ()))


def find_words(known: ThemeLexicon, text: Folded) -> Iterator[tuple[ThemeWord, int, int]]:
    """Yield each word of each theme with its span in the folded text, in order of the start."""
    lower = text.lower
    position = 0
    while (match := known.scan.search(lower, position)) is not None:
        start = match.start()
        position = start + 1
        inside = start > 0 and LETTER.match(lower, start - 1) is not None
        for word in known.by_key[match.group().replace("-", " ")]:
            end = start + len(word.core)
            if inside and word.starts_word:
                continue
            if word.ends_word and LETTER.match(lower, end):
                continue
            if word.is_cased and text.cased[start:end].replace("-", " ") != word.core:
                continue
            yield word, start, end
