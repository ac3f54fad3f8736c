"""The matcher: which sentences of an article name a watched entity, with exact offsets."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from analysis.context import Rule, Surroundings
from analysis.inflection import right_end, starts_word, stem_end
from analysis.scripts import Folded, Script, fold, literal_pattern, name_key, script_of, word_pattern
from analysis.sentences import split_sentences
from analysis.watchlist import Entity, Watchlist
from pipelines.ids import stable_id
from pipelines.records import Mention, Where

_VERSION_NUMBER = re.compile(r"[ -]?(?:v|r|k|o)?\d{1,3}(?:\.\d+)?(?!\d|[°º%]|er\b|st\b|nd\b|rd\b|th\b)")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。、）」]+")
"""A name in a web address is no naming."""

_MIN_STEM_CHARS = 3
_MAX_PHRASE_CHARS = 60
"""How far an excluded phrase may reach beyond the name inside it."""


@dataclass(frozen=True, slots=True)
class _Name:
    entity: str
    key: str
    script: Script
    spelled: str | None  # None: any case
    numbered: bool  # a version number must follow
    stem: bool  # the last vowel is cut off: an ending must follow
    rule: Rule | None  # None: a sure name


@dataclass(frozen=True, slots=True)
class _Occurrence:
    name: _Name
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """The title or the text of an article with what was found in it."""

    text: str
    folded: Folded
    occurrences: tuple[_Occurrence, ...]
    sentences: tuple[tuple[int, int], ...]  # in folded offsets, only where something was found
    is_title: bool


class Matcher:
    """Finds the entities of one watchlist. Takes about a third of a second to build; safe to use in many processes."""

    __slots__ = ("_by_key", "_exclude", "_scan", "watchlist")

    def __init__(self, watchlist: Watchlist) -> None:
        self.watchlist = watchlist
        by_key: dict[str, list[_Name]] = defaultdict(list)
        self._exclude: dict[tuple[str, str], re.Pattern[str]] = {}
        for entity in watchlist.entities.values():
            for name in _names_of(entity):
                by_key[name.key].append(name)
            for of_language, phrases in (("", entity.exclude), *entity.exclude_in.items()):
                pattern = word_pattern([phrase.lower() for phrase in phrases])
                if pattern is not None:
                    self._exclude[entity.id, of_language] = pattern
        self._by_key = {key: _with_shorter(key, by_key) for key in by_key}
        self._scan = re.compile(literal_pattern((key, "") for key in by_key))

    def __reduce__(self) -> tuple[type["Matcher"], tuple[Watchlist]]:
        return Matcher, (self.watchlist,)

    def find(self, article_title: str, text: str, language: str, revision_id: str) -> list[Mention]:
        """Give one mention per entity and sentence: those of the title first, then of the text in order.

        ``language`` is an ISO 639-1 code or "und". Offsets count code points of ``article_title`` or ``text``.
        """
        parts = [
            self._part(article_title, language, is_title=True),
            self._part(text, language, is_title=False),
        ]
        lead_end = len(text.lstrip().split("\n", 1)[0]) + len(text) - len(text.lstrip()) if parts[1].occurrences else 0
        mentions = []
        for part, sentence, occurrence in self._decided(parts, language):
            start, end = part.folded.span(*sentence)
            surface_start, surface_end = part.folded.span(occurrence.start, occurrence.end)
            where = Where.TITLE if part.is_title else Where.LEAD if start < lead_end else Where.BODY
            version = self.watchlist.version
            entity = occurrence.name.entity
            mentions.append(
                Mention(
                    mention_id=stable_id(revision_id, entity, where.value, str(start), version),
                    revision_id=revision_id,
                    entity=entity,
                    where=where,
                    sentence=part.text[start:end],
                    sentence_start=start,
                    sentence_end=end,
                    surface=part.text[surface_start:surface_end],
                    start=surface_start - start,
                    end=surface_end - start,
                    language=language,
                    watchlist_version=version,
                )
            )
        return mentions

    def entities_in(self, text: str, language: str) -> frozenset[str]:
        """Give the ids of the entities that a free text names."""
        parts = [self._part(text, language, is_title=False)]
        return frozenset(occurrence.name.entity for _, _, occurrence in self._decided(parts, language))

    # -- what could be a naming

    def _part(self, text: str, language: str, *, is_title: bool) -> _Part:
        folded = fold(text)
        occurrences = tuple(self._occurrences(folded, language))
        sentences = _sentences_of(folded, occurrences, language) if occurrences else ()
        return _Part(text, folded, occurrences, sentences, is_title)

    def _occurrences(self, folded: Folded, language: str) -> Iterator[_Occurrence]:
        position = 0
        lower = _ADDRESS.sub(lambda match: " " * len(match.group()), folded.lower)
        while (match := self._scan.search(lower, position)) is not None:
            start = match.start()
            position = start + 1
            for name in self._by_key[match.group().replace("-", " ")]:
                end = _naming_end(name, folded, start, language)
                if end is None:
                    continue
                if any(
                    _covered(pattern, folded.lower, start, end)
                    for key in ("", language)
                    if (pattern := self._exclude.get((name.entity, key))) is not None
                ):
                    continue
                yield _Occurrence(name, start, end)
                position = end
                break

    # -- what is one

    def _decided(self, parts: Sequence[_Part], language: str) -> Iterator[tuple[_Part, tuple[int, int], _Occurrence]]:
        """Go over all sentences; yield the first naming of each entity in each."""
        located = [(part, _sentence_at(part, found.start), found) for part in parts for found in part.occurrences]
        sure_in = {found.name.entity for _, _, found in located if found.name.rule is None}
        sure_sentences = {(id(part), span, found.name.entity) for part, span, found in located if not found.name.rule}
        title = next((part.folded for part in parts if part.is_title), None)
        surroundings = {id(part): Surroundings(part.folded, title, language) for part in parts}
        settled: dict[int, bool] = {}
        proven: set[int] = set()
        for index, (part, span, found) in enumerate(located):
            rule = found.name.rule
            if rule is None:
                settled[index] = True
                continue
            around = surroundings[id(part)]
            beside_owner = (id(part), span, found.name.entity) in sure_sentences
            if not beside_owner and around.speak_against(rule, span, found.end):
                settled[index] = False
            elif beside_owner or found.name.entity in sure_in or around.speak_for(rule, span, found.start):
                settled[index] = True
                proven.add(id(rule))
        seen: set[tuple[int, tuple[int, int], str]] = set()
        for index, (part, span, found) in enumerate(located):
            # one sense per article: what context has settled once holds for the other places without a veto
            if not settled.get(index, id(found.name.rule) in proven):
                continue
            key = (id(part), span, found.name.entity)
            if key not in seen:
                seen.add(key)
                yield part, span, found


def _names_of(entity: Entity) -> Iterator[_Name]:
    for name in entity.names:
        yield from _forms(entity.id, name, None, None)
    for name in entity.exact:
        yield from _forms(entity.id, name, name, None)
    for group in entity.ambiguous:
        rule = Rule(group)
        for name in group.names:
            yield from _forms(entity.id, name, name if group.case == "exact" else None, rule)


def _forms(entity: str, name: str, spelled: str | None, rule: Rule | None) -> Iterator[_Name]:
    numbered = name.endswith("#")
    key = name_key(name.rstrip("#").rstrip())
    spelled = fold(spelled).cased.rstrip("#").rstrip() if spelled is not None else None
    script = script_of(key[0])
    yield _Name(entity, key, script, spelled, numbered, stem=False, rule=rule)
    vowels = "ae" if key.isascii() else "аяйь"
    if script is Script.ALPHABETIC and not numbered and key[-1] in vowels and len(key) > _MIN_STEM_CHARS:
        yield _Name(entity, key[:-1], script, spelled[:-1] if spelled else None, numbered=False, stem=True, rule=rule)


def _with_shorter(key: str, by_key: Mapping[str, Sequence[_Name]]) -> tuple[_Name, ...]:
    """The names to try where ``key`` was read: the longest first, sure ones before ambiguous ones."""
    keys = [key[:length] for length in range(len(key), 0, -1) if key[:length] in by_key]
    return tuple(name for each in keys for name in sorted(by_key[each], key=lambda n: (n.stem, n.rule is not None)))


def _naming_end(name: _Name, folded: Folded, start: int, language: str) -> int | None:
    end = start + len(name.key)
    strict = name.rule is not None
    if not starts_word(folded, start, name.script, strict=strict):
        return None
    if name.spelled is not None:
        surface = folded.cased[start:end].replace("-", " ")
        spelled = name.spelled.replace("-", " ")
        if surface not in (spelled, spelled.upper()):
            return None
    if name.numbered:
        match = _VERSION_NUMBER.match(folded.lower, end)
        return match.end() if match else None
    if name.stem:
        return stem_end(folded, end, language)
    return right_end(folded, end, language, name.script, strict=strict)


def _covered(phrases: re.Pattern[str], lower: str, start: int, end: int) -> bool:
    """Tell whether one of the phrases overlaps ``[start, end)``."""
    position = max(0, start - _MAX_PHRASE_CHARS)
    while (match := phrases.search(lower, position, end + _MAX_PHRASE_CHARS)) is not None and match.start() < end:
        if match.end() > start:
            return True
        position = match.start() + 1
    return False


def _sentences_of(folded: Folded, occurrences: Sequence[_Occurrence], language: str) -> tuple[tuple[int, int], ...]:
    """Split only the lines in which something was found; a sentence never ends inside a naming."""
    spans: list[tuple[int, int]] = []
    text = folded.cased
    done = 0
    for found in occurrences:
        if found.start < done:
            continue
        line_start = text.rfind("\n", 0, found.start) + 1
        line_end = text.find("\n", found.end)
        line_end = len(text) if line_end < 0 else line_end
        spans.extend((line_start + a, line_start + b) for a, b in split_sentences(text[line_start:line_end], language))
        done = line_end
    joined: list[tuple[int, int]] = []
    places = iter(occurrences)
    found_now = next(places, None)
    for span in spans:
        if joined and found_now is not None and found_now.start < joined[-1][1] < found_now.end:
            span = (joined.pop()[0], span[1])  # noqa: PLW2901 - the two are one sentence
        joined.append(span)
        while found_now is not None and found_now.end <= span[1]:
            found_now = next(places, None)
    return tuple(joined)


def _sentence_at(part: _Part, position: int) -> tuple[int, int]:
    index = bisect_right(part.sentences, position, key=itemgetter(0)) - 1
    span = part.sentences[index]
    assert span[0] <= position < span[1], "sentences cover all letters"
    return span
