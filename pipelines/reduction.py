"""A text cut down to some of its sentences, each at its old place."""

from collections.abc import Iterable

CUT = "\u2028"
"""Stands where something was cut out beside a sentence: a line break for whatever splits sentences, not a paragraph."""

FIRST_PARAGRAPH = "…"
"""Stands for a first paragraph of which nothing is kept, so that no later one is taken for it."""


def keep_sentences(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Give a text with blanks for everything outside of some spans; what lies behind the last of them is gone.

    ``spans`` are (start, end) in code points, in any order; they may overlap. Offsets of what is kept stay right, so do
    line breaks up to there. Without spans the result is empty.
    """
    kept = sorted((start, end) for start, end in spans if start < end)
    pieces: list[str] = []
    position = 0
    for start, end in kept:
        if end <= position:
            continue
        if start > position:
            pieces.append(_blank(text[position:start], is_first=position == 0))
        pieces.append(text[max(start, position) : end])
        position = end
    return "".join(pieces)


def _blank(cut: str, *, is_first: bool) -> str:
    """Give as many characters as were cut out; white space alone stays as it is."""
    if not cut.strip():
        return cut
    blanks = ["\n" if sign == "\n" else " " for sign in cut]
    if is_first and "\n" in cut.lstrip():
        blanks[len(cut) - len(cut.lstrip())] = FIRST_PARAGRAPH  # in front of the first line break, as it is no space
    for edge in (0, -1) if not is_first else (-1,):
        if blanks[edge] == " ":
            blanks[edge] = CUT
    return "".join(blanks)
