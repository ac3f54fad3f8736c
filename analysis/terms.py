"""Distinctive terms: the words that set the texts of a day apart from those of the days before.

Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words", section 3.5), by
language. What is counted is voices: a word counts once for a story, however often and in how many copies it stands.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from analysis.measures import Term
from analysis.tokens import find_tokens, is_gram, word_key
from db.daily import StoryText

MINIMUM_TERM_VOICES = 2
"""Voices of the day that must use a term: a word of one voice is a turn of phrase."""

MINIMUM_Z = 1.645
"""Least z-score of a term: 5 % on the one side that is looked at."""

_NEARLY_ALWAYS = 0.75
"""Share of a gram's voices that use a longer one around it, from which on the longer one is the word."""

_DRAWN = 40  # ranked candidates that are looked at for each one wanted: many are parts of one word


def distinctive_terms(
    texts: Iterable[StoryText],
    background: Iterable[StoryText],
    *,
    names: Sequence[str] = (),
    limit: int = 10,
) -> tuple[Term, ...]:
    """Give the terms of ``texts`` that ``background`` lacks, at most ``limit`` of each language.

    Languages with most voices come first, within a language the largest ``z``. ``n`` counts voices of ``texts``. The
    prior of a word is its share of both sets of texts, with the weight of the smaller set, so that a rare word needs
    more than one lucky voice. The names of the entity are left out, those of ``names`` and those by which the texts
    call it, but for models with a number: "V3" says what happened, "深度求索" does not.
    """
    texts, background = list(texts), list(background)
    called = {one.name for one in (*texts, *background) if not any(char.isdigit() for char in one.name)}
    left_out = {word_key(word) for name in (*names, *called) for word in (name, *name.split())}
    now, before = _by_language(texts), _by_language(background)
    terms: list[Term] = []
    for language in sorted(now, key=lambda one: (-len(now[one]), one)):
        counts, written = _count(now[language], language)
        usual, _ = _count(before.get(language, {}), language)
        scores = {
            unit: score
            for unit, score in _score(counts, usual).items()
            if unit not in left_out and not (is_gram(unit) and any(unit in name for name in left_out))
        }
        terms.extend(
            Term(written[key], language, round(scores[key], 2), counts[key]) for key in _rank(scores, counts, limit)
        )
    return tuple(terms)


def _by_language(texts: Iterable[StoryText]) -> dict[str, dict[str, list[str]]]:
    """Give the texts by language and story."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in texts:
        found[one.language][one.story_id].append(one.text)
    return found


def _count(stories: Mapping[str, Sequence[str]], language: str) -> tuple[Counter[str], dict[str, str]]:
    """Give for each unit the number of stories that use it, and the form in which most of them write it."""
    counts: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for texts in stories.values():
        used = {unit: written for text in texts for unit, written in find_tokens(text, language)}
        counts.update(used.keys())
        for unit, written in used.items():
            forms[unit][written] += 1
    return counts, {unit: min(written, key=lambda form: (-written[form], form)) for unit, written in forms.items()}


def _score(counts: Counter[str], usual: Counter[str]) -> dict[str, float]:
    """Give the z-scores of the log-odds ratios; empty where there is nothing to compare with."""
    n_now, n_before = counts.total(), usual.total()
    if not n_now or not n_before:
        return {}
    weight = min(n_now, n_before)
    scores = {}
    for unit, n in counts.items():
        if n < MINIMUM_TERM_VOICES:
            continue
        prior = weight * (n + usual[unit]) / (n_now + n_before)
        now, before = n + prior, usual[unit] + prior
        odds = math.log(now / (n_now + weight - now)) - math.log(before / (n_before + weight - before))
        scores[unit] = odds / math.sqrt(1 / now + 1 / before)
    return scores


def _rank(scores: Mapping[str, float], counts: Counter[str], limit: int) -> list[str]:
    """Give the best units; of grams that are cut out of one word only the word."""
    ranked = sorted((unit for unit in scores if scores[unit] >= MINIMUM_Z), key=lambda unit: (-scores[unit], unit))
    grams = sorted((unit for unit in ranked if is_gram(unit)), key=len, reverse=True)
    kept: list[str] = []
    for unit in ranked[: limit * _DRAWN]:
        if len(kept) == limit:
            break
        best = unit
        if is_gram(unit):
            best = next((g for g in grams if unit in g and counts[g] >= _NEARLY_ALWAYS * counts[unit]), unit)
        if not any(_says_the_same(best, other) for other in kept):
            kept.append(best)
    return sorted(kept, key=lambda unit: (-scores[unit], unit))


def _says_the_same(unit: str, other: str) -> bool:
    """Tell whether two grams are parts of one another, or run into one another by half of the shorter or more."""
    if unit == other:
        return True
    if not is_gram(unit) or not is_gram(other):
        return False
    if unit in other or other in unit:
        return True
    least = max(min(len(unit), len(other)) // 2, 1)
    return any(
        one.endswith(two[:length])
        for one, two in ((unit, other), (other, unit))
        for length in range(least, min(len(unit), len(other)))
    )
