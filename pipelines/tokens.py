"""Tokens that mean the same amount of text in every script."""

import re

# one token is a word, or one character of a script that is written without spaces
_TOKEN = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]+"
)

SHINGLE = 4


def word_tokens(text: str) -> list[str]:
    """Give the words of a text, and single characters of scripts without spaces, in order."""
    return _TOKEN.findall(text)


def shingles(text: str) -> set[tuple[str, ...]]:
    """Give the distinct 4-grams of the tokens, case folded; a shorter text is one shingle."""
    tokens = word_tokens(text.casefold())
    if len(tokens) < SHINGLE:
        return {tuple(tokens)} if tokens else set()
    return set(zip(*(tokens[place:] for place in range(SHINGLE)), strict=False))


def covered(text: str, known: set[tuple[str, ...]]) -> float:
    """Give the share of a text's shingles that are among ``known``, 0..1."""
    own = shingles(text)
    return len(own & known) / len(own) if own else 0.0
