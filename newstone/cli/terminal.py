"""Text of strangers on a terminal: titles, sentences, addresses, errors that quote them.

A page may put escape sequences into a title that move the cursor, recolour, set the window's name or, in some
terminals, type commands; direction and zero-width characters make one text look like another.
"""

import unicodedata

_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset("\u200b\u2060\ufeff\u00ad\u2028\u2029")
_CONTROLS = frozenset({"Cc", "Cs", "Cn", "Co"})


def shown(text: str, *, lines: bool = False) -> str:
    """Give a text as it may stand on a terminal; what has no place there becomes a space.

    Gone are control characters (escape sequences begin with one), direction marks, zero-width spaces and characters
    that Unicode has not assigned. Joiners stay: Persian, Hindi and emoji need them. ``lines`` keeps line breaks, for
    messages of our own that hold several lines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if _is_unfit(sign) and not (lines and sign == "\n") else sign for sign in text)


def _is_unfit(sign: str) -> bool:
    if sign.isprintable():
        return sign in _DIRECTION or sign in _UNSEEN
    return sign in _DIRECTION or sign in _UNSEEN or unicodedata.category(sign) in _CONTROLS
