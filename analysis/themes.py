"""Themes: what an article is about, by the words of the watchlist, whoever it names."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter

from analysis.scripts import Folded, WordSet, fold, word_pattern
from analysis.sentences import split_sentences
from analysis.theme_lexicon import Doubt, ThemeLexicon, ThemeWord, find_words, make_lexicon
from analysis.watchlist import ThemeWords
from db.snapshot import Snapshot
from db.themes import ThemeHit, theme_names

_DENSE = re.compile("[\u3041-\u30fe\u3400-\u9fff\uac00-\ud7a3]")

LEAD_SENTENCES = 2
"""Sentences of the first line that are its lead: some pages have their whole text in one line."""

POINTS_NEEDED = 4
"""A sentence with a word of the theme gives 2 points (1 where the word is doubtful and only the title speaks for it),
in the lead twice that: an article is about what stands in its title, in its lead or in two sentences. One sentence
anywhere would be too little: on 81 articles read for it, two of three themes that it adds were wrong."""

CHARS_PER_POINT = 1_200
"""Beyond 4,800 characters of text more points are needed: a list of a hundred products has a word of every theme
somewhere."""

DENSE_SCRIPT = 2.5
"""Characters that one of Han, kana or Hangul stands for."""

TOP_CHARS = 300
"""How far into the text its lead reaches for doubtful words: what they need may stand there, or in the title."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the current watchlist; ``names`` by language, "en" and "de"."""

    id: str
    names: Mapping[str, str]


def list_themes(snapshot: Snapshot) -> tuple[Theme, ...]:
    """Give the themes of the current watchlist in its order; none where it has none."""
    return tuple(Theme(row.theme, {"en": row.name_en, "de": row.name_de}) for row in theme_names(snapshot))


class _Points(IntEnum):
    """What one sentence is worth for a theme; in the lead twice that, in the title all that is needed."""

    NONE = 0
    HALF = 1  # a doubtful word: what it needs stands in the title or the lead only
    FULL = 2


_Part = tuple[Folded, tuple[int, int]]
"""A title, a sentence or a lead: a text with start and end in it."""


class ThemeMatcher:
    """Finds the themes of one watchlist. Words of a language are made ready when its first text comes (about 0.1 s)."""

    __slots__ = ("_exclude", "_languages", "_themes")

    def __init__(self, themes: Sequence[ThemeWords]) -> None:
        self._themes = tuple(themes)
        self._languages: dict[str, ThemeLexicon] = {}
        self._exclude = {
            theme.id: pattern
            for theme in themes
            if (pattern := word_pattern([phrase.lower() for phrase in theme.exclude])) is not None
        }

    def __reduce__(self) -> tuple[type["ThemeMatcher"], tuple[tuple[ThemeWords, ...]]]:
        return ThemeMatcher, (self._themes,)

    def find(self, title: str, text: str, language: str) -> tuple[ThemeHit, ...]:
        """Give one hit per theme of which a word stands in title or text, in the order of the watchlist.

        ``language`` is an ISO 639-1 code; for "und" and languages without words of their own the shared words count.
        """
        known = self._languages.get(language)
        if known is None:
            known = self._languages[language] = make_lexicon(self._themes, language)
        heading, body = fold(title), fold(text)
        whole, top = (0, len(heading.lower)), (0, TOP_CHARS)
        around_title = _Around(heading, ((body, top),))
        in_title = {
            word.theme
            for word, start, end in find_words(known, heading)
            if around_title.points(word, whole) and not self._is_excluded(word, heading, whole, start, end)
        }
        found = list(find_words(known, body))
        sentences, lead_end = _sentences_of(body.cased, [start for _word, start, _end in found], language)
        around_text = _Around(body, ((heading, whole), (body, (0, lead_end or TOP_CHARS))), vetoing=(heading, whole))
        best: dict[str, dict[int, _Points]] = defaultdict(dict)  # by theme and start of sentence
        for word, start, end in found:
            sentence = sentences[bisect_right(sentences, start, key=itemgetter(0)) - 1]
            so_far = best[word.theme].get(sentence[0], _Points.NONE)
            if so_far is _Points.FULL:
                continue
            # the lead is one thought: what a word needs may stand in its other sentence
            within = (0, lead_end) if sentence[0] < lead_end else sentence
            points = around_text.points(word, within)
            if points > so_far and not self._is_excluded(word, body, sentence, start, end):
                best[word.theme][sentence[0]] = points
        needed = max(POINTS_NEEDED, _weighed_chars(text) // CHARS_PER_POINT)
        return tuple(
            _hit(theme.id, best[theme.id], lead_end, needed, in_title=theme.id in in_title)
            for theme in self._themes
            if best[theme.id] or theme.id in in_title
        )

    def _is_excluded(self, word: ThemeWord, text: Folded, sentence: tuple[int, int], start: int, end: int) -> bool:
        phrases = self._exclude.get(word.theme)
        return phrases is not None and any(
            match.start() < end and match.end() > start for match in phrases.finditer(text.lower, *sentence)
        )


class _Around:
    """What stands around the words of a title or a text. Asks for the same words in the same place only once."""

    __slots__ = ("_answers", "_beside", "_points", "_text", "_vetoing")

    def __init__(self, text: Folded, beside: Sequence[_Part], vetoing: _Part | None = None) -> None:
        """``beside`` (title and lead for a text, lead for a title) may speak for a word, ``vetoing`` against it."""
        self._text = text
        self._beside = beside
        self._vetoing = vetoing
        self._answers: dict[tuple[int, int, int, int], bool] = {}
        self._points: dict[tuple[int, int], _Points] = {}

    def points(self, word: ThemeWord, sentence: tuple[int, int]) -> _Points:
        """Give what a word in this sentence is worth."""
        doubt = word.doubt
        if doubt is None:
            return _Points.FULL
        key = (id(doubt), sentence[0])
        points = self._points.get(key)
        if points is None:
            points = self._points[key] = self._decide(doubt, sentence)
        return points

    def _decide(self, doubt: Doubt, sentence: tuple[int, int]) -> _Points:
        here = (self._text, sentence)
        if doubt.topic is not None and not (self._has(doubt.topic, here) or self._has_beside(doubt.topic)):
            return _Points.NONE
        if doubt.needs is None or self._has(doubt.needs, here):
            points = _Points.FULL
        elif self._has_beside(doubt.needs):
            points = _Points.HALF
        else:
            return _Points.NONE
        is_vetoed = self._has(doubt.veto, here) or (self._vetoing is not None and self._has(doubt.veto, self._vetoing))
        return _Points.NONE if is_vetoed else points

    def _has_beside(self, words: WordSet) -> bool:
        return any(self._has(words, part) for part in self._beside)

    def _has(self, words: WordSet, part: _Part) -> bool:
        text, (start, end) = part
        key = (id(words), id(text), start, end)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = words.found_in(text, start, end)
        return answer


def find_themes(title: str, text: str, language: str, themes: ThemeMatcher) -> frozenset[str]:
    """Give the ids of what an article is about: title, lead, or enough sentences have a word of the theme."""
    return frozenset(hit.theme for hit in themes.find(title, text, language) if hit.is_about)


def _hit(theme: str, found: Mapping[int, _Points], lead_end: int, needed: int, *, in_title: bool) -> ThemeHit:
    in_lead = [points for start, points in found.items() if start < lead_end]
    # title and lead say what a text is about however long it is
    at_top = in_title or 2 * sum(in_lead) >= POINTS_NEEDED
    return ThemeHit(
        theme=theme,
        n_sentences=len(found),
        in_title=in_title,
        in_lead=bool(in_lead),
        is_about=at_top or sum(found.values()) + sum(in_lead) >= needed,
    )


def _weighed_chars(text: str) -> int:
    """Give the length of a text in letters of an alphabet."""
    n_dense = len(_DENSE.findall(text))
    return int(len(text) + n_dense * (DENSE_SCRIPT - 1))


def _sentences_of(text: str, starts: Sequence[int], language: str) -> tuple[list[tuple[int, int]], int]:
    """Give the sentences of the lines with something in them, and the end of the lead (0: nothing in it)."""
    spans: list[tuple[int, int]] = []
    lead_end = done = 0
    first_line = len(text) - len(text.lstrip())
    for start in starts:
        if start < done:
            continue
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", start)
        line_end = len(text) if line_end < 0 else line_end
        of_line = [(line_start + a, line_start + b) for a, b in split_sentences(text[line_start:line_end], language)]
        if line_start <= first_line < line_end:
            lead_end = of_line[: LEAD_SENTENCES + 1][-1][0] if len(of_line) > LEAD_SENTENCES else line_end
        spans.extend(of_line)
        done = line_end
    return spans, lead_end
