"""The part of a long sentence that a model with limited input gets to see."""

import re


def window_around(sentence: str, target: str, max_chars: int) -> str:
    """At most ``max_chars`` characters of ``sentence`` with its first ``target`` near the middle.

    Cuts at white space where that leaves the target whole. The beginning of the sentence where the target does not
    occur in it (compared without regard to case if need be).
    """
    if len(sentence) <= max_chars:
        return sentence
    found = re.search(re.escape(target), sentence) or re.search(re.escape(target), sentence, re.IGNORECASE)
    if found is None or not target:
        return sentence[:max_chars]
    start_of_target = found.start()
    end_of_target = start_of_target + len(target)
    if len(target) >= max_chars:
        return sentence[start_of_target : start_of_target + max_chars]
    middle = (start_of_target + end_of_target) // 2
    start = min(max(0, middle - max_chars // 2), len(sentence) - max_chars)
    end = start + max_chars
    if start > 0 and not sentence[start - 1].isspace():
        gap = _next_space(sentence, start, start_of_target)
        start = start if gap is None else gap + 1
    if end < len(sentence) and not sentence[end].isspace():
        last_gap = max((sentence.rfind(space, end_of_target, end) for space in (" ", "\n", "\u00a0")), default=-1)
        end = end if last_gap < 0 else last_gap
    return sentence[start:end]


def _next_space(text: str, start: int, end: int) -> int | None:
    return next((i for i in range(start, end) if text[i].isspace()), None)
