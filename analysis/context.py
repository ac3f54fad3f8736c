"""Whether the surroundings of an ambiguous name say that the entity is meant."""

import re

from analysis.scripts import Folded, WordSet, name_key
from analysis.watchlist import Ambiguous

NEARBY_CHARS = 300
"""How far before and after a sentence a context word may stand: about two sentences of a news text."""

_FOLLOWING_WORD = re.compile(r" (\w+)|・(\w+)")
_INSIDE_SENTENCE = re.compile(r"\w[^.!?:\w\"“„«»]*$")
_WORD = re.compile(r"[^\W\d_]{4,}")
_TITLE_CASE_SHARE = 0.7
"""From this share of capitalised words on, a capital says nothing (headlines in title case)."""


class Rule:
    """An ambiguous group of the watchlist, ready to be asked."""

    __slots__ = ("group", "needs", "products", "veto")

    def __init__(self, group: Ambiguous) -> None:
        self.group = group
        self.needs = WordSet(group.needs)
        self.veto = WordSet(group.veto)
        self.products = frozenset(name_key(word) for word in group.products)


class Surroundings:
    """The context of the names in one title or text. Asks for the same words in the same place only once."""

    __slots__ = ("_answers", "_folded", "_language", "_title")

    def __init__(self, folded: Folded, title: Folded | None, language: str) -> None:
        self._folded = folded
        self._title = title
        self._language = language
        self._answers: dict[tuple[int, tuple[int, int]], bool] = {}

    def speak_against(self, rule: Rule, sentence: tuple[int, int], end: int) -> bool:
        """Tell whether a veto word stands in the sentence, or a family name follows the name that ends at ``end``."""
        return self._has(rule.veto, *sentence) or (rule.group.person and self._is_person(rule, sentence, end))

    def speak_for(self, rule: Rule, sentence: tuple[int, int], start: int) -> bool:
        """Tell whether something speaks for the entity: a word near or in the title, the language, a capital."""
        group = rule.group
        if group.counts == "unless_vetoed" or self._language in group.counts_in:
            return True
        nearby = max(0, sentence[0] - NEARBY_CHARS), min(len(self._folded.lower), sentence[1] + NEARBY_CHARS)
        if self._has(rule.needs, *nearby):
            return True
        if self._title is not None and rule.needs.found_in(self._title, 0, len(self._title.lower)):
            return True
        if self._language not in group.capital_counts_in:
            return False
        before = self._folded.cased[sentence[0] : start]
        return _INSIDE_SENTENCE.search(before) is not None and not self._in_title_case(sentence)

    def _has(self, words: WordSet, start: int, end: int) -> bool:
        key = (id(words), (start, end))
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = words.found_in(self._folded, start, end)
        return answer

    def _is_person(self, rule: Rule, sentence: tuple[int, int], end: int) -> bool:
        following = _FOLLOWING_WORD.match(self._folded.cased, end)
        if following is None:
            return False
        word = following.group(1) or following.group(2)
        if following.group(1) and (not word[0].isupper() or word.isupper() or any(map(str.isdigit, word))):
            return False
        if self._language == "de" and self._has(rule.needs, *sentence):
            return False  # every noun has a capital in German
        return name_key(word) not in rule.products

    def _in_title_case(self, sentence: tuple[int, int]) -> bool:
        words = _WORD.findall(self._folded.cased[sentence[0] : sentence[1]])  # small words stay small in titles
        return len(words) > 1 and sum(word[0].isupper() for word in words) / len(words) >= _TITLE_CASE_SHARE
