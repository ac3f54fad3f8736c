"""Other names in the same sentence, so that a model learns what is said and not about whom."""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from analysis.training.data import Sentence

_INVENTED_SHARE = 0.35  # of new Latin names; about a quarter of the authored names are invented as well
_SWAPPED_SENTENCES = 0.5
_SWAPPED_NAMES = 0.8  # of the safe names of a sentence that is changed
_DENSE_SCRIPTS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
_ONSETS = ("b", "br", "c", "d", "dr", "f", "g", "h", "k", "kl", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "io")
_ENDINGS = ("", "n", "r", "x", "l", "s", "th")
_ADDITIONS = ("", "", "", "", "", " AI", " Labs", "-7")

Pool = Mapping[tuple[str, str], tuple[str, ...]]
"""Names by language code and script."""


def collect_names(sentences: Iterable[Sentence]) -> Pool:
    """The names of ``sentences`` that can stand in for another, sorted."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sentence in sentences:
        for aim in sentence.aims:
            if can_be_swapped(sentence, aim.target):
                found[sentence.language, script_of(aim.target)].add(aim.target)
    return {key: tuple(sorted(names)) for key, names in sorted(found.items())}


def script_of(name: str) -> str:
    """First word of the Unicode name of the first letter ("LATIN", "CYRILLIC", "CJK", …); "" without a letter."""
    return next((unicodedata.name(char, "").split(" ")[0] for char in name if char.isalpha()), "")


def can_be_swapped(sentence: Sentence, target: str) -> bool:
    """Whether another name can take the place of ``target`` and the sentence stays a sentence.

    It must look like a name, stand once, on its own (not inside a longer word or product name), and share no
    characters with another target.
    """
    script = script_of(target)
    if not script or sentence.text.count(target) != 1:
        return False
    if script in {"LATIN", "CYRILLIC"} and not target[0].isupper():
        return False
    if any(aim.target != target and (aim.target in target or target in aim.target) for aim in sentence.aims):
        return False
    start = sentence.text.index(target)
    before, after = sentence.text[:start], sentence.text[start + len(target) :]
    return not (_continues(before[-1:], script) or _continues(after[:1], script) or _is_model_number(after))


def _continues(neighbour: str, script: str) -> bool:
    if not neighbour or not neighbour.isalnum():
        return False
    if script in _DENSE_SCRIPTS:  # written without spaces: what stands beside a name is another word
        return script == "KATAKANA" and script_of(neighbour) == script
    return not neighbour.isalpha() or script_of(neighbour) == script


def _is_model_number(after: str) -> bool:
    return after[:1] in {"-", "‑", "–", "."} and after[1:2].isalnum()


def swap_names(sentence: Sentence, pool: Pool, rng: random.Random) -> Sentence:
    """The sentence with some of its names replaced in the text and in the targets; the labels stay.

    Half of the sentences come back as they are.
    """
    if rng.random() >= _SWAPPED_SENTENCES:
        return sentence
    for aim in sentence.aims:
        if rng.random() < _SWAPPED_NAMES:
            sentence = swap_one(sentence, aim.target, pool, rng)
    return sentence


def swap_one(sentence: Sentence, target: str, pool: Pool, rng: random.Random) -> Sentence:
    """The sentence with another name in place of ``target``; unchanged where that is not safe or no name fits."""
    if not can_be_swapped(sentence, target):
        return sentence
    new = _new_name(target, sentence.language, pool, rng)
    if new is None or new.lower() in sentence.text.lower() or any(aim.target in new for aim in sentence.aims):
        return sentence
    aims = tuple(replace(aim, target=new) if aim.target == target else aim for aim in sentence.aims)
    return replace(sentence, text=sentence.text.replace(target, new), aims=aims)


def exchange(sentence: Sentence, first: str, second: str) -> Sentence | None:
    """The sentence with two of its names in each other's place, in the text and in the targets; None if not safe.

    The labels stay with the places: what was said of the first name is now said of the second.
    """
    if not (can_be_swapped(sentence, first) and can_be_swapped(sentence, second)):
        return None
    if script_of(first) != script_of(second):
        return None
    names = {first: second, second: first}
    text = re.sub(f"{re.escape(first)}|{re.escape(second)}", lambda found: names[found.group()], sentence.text)
    aims = tuple(replace(aim, target=names.get(aim.target, aim.target)) for aim in sentence.aims)
    return replace(sentence, text=text, aims=aims)


def _new_name(target: str, language: str, pool: Pool, rng: random.Random) -> str | None:
    script = script_of(target)
    if script == "LATIN" and rng.random() < _INVENTED_SHARE:
        return invent_name(rng)
    names = [name for name in pool.get((language, script), ()) if name != target]
    if script == "CYRILLIC":  # the ending carries the case
        names = [name for name in names if name[-1] == target[-1]]
    return rng.choice(names) if names else None


def invent_name(rng: random.Random) -> str:
    """A name in Latin script that means nothing, such as "Travio" or "Kelorn Labs"."""
    syllables = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.choice((2, 2, 3))))
    return (syllables + rng.choice(_ENDINGS)).capitalize() + rng.choice(_ADDITIONS)
