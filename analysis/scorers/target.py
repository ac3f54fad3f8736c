"""A sentence with its target hidden, so that the name itself cannot carry sentiment."""

import re

TARGET_MARK = "[TARGET]"
"""Stands in the place of the target; one piece of the vocabulary of a checkpoint that reads masked sentences."""


_SPACED = r"0-9A-Za-z\u00c0-\u024f\u0370-\u052f\u0590-\u06ff"
"""Digits and letters of scripts with spaces between words; elsewhere a neighbour does not say where a word ends."""


def mask_target(sentence: str, target: str) -> str | None:
    """The sentence with :data:`TARGET_MARK` in place of its target; None where the target does not occur in it.

    Every occurrence that stands on its own is replaced. Where none does, those that begin a word ("Huawei" in
    "Huaweis"), and where none does either, all; then the same without regard to case. A sentence that was masked
    already is given back when the mark itself is its target.
    """
    if target == TARGET_MARK:
        return sentence if TARGET_MARK in sentence else None
    if not target:
        return None
    name = re.escape(target)
    sentence = without_mark(sentence)
    before = f"(?<![{_SPACED}])" if re.match(f"[{_SPACED}]", target[0]) else ""
    after = f"(?![{_SPACED}])" if re.match(f"[{_SPACED}]", target[-1]) else ""
    for flags in (re.NOFLAG, re.IGNORECASE):
        for pattern in (before + name + after, before + name, name):
            masked, n = re.subn(pattern, TARGET_MARK, sentence, flags=flags)
            if n:
                return masked
    return None


def masked_input(sentence: str, target: str) -> tuple[str, str]:
    """The two segments that a checkpoint reads: the masked sentence and nothing.

    A target that cannot be masked, because it does not stand in the sentence, comes as the second segment.
    """
    masked = mask_target(sentence, target)
    return (without_mark(sentence), target) if masked is None else (masked, "")


def without_mark(sentence: str) -> str:
    """The sentence with a mark that somebody wrote made an ordinary word."""
    return sentence.replace(TARGET_MARK, TARGET_MARK.strip("[]"))
