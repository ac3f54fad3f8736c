"""What of a page's or feed's markup would cost libxml2 more than it is worth, told before it is parsed."""

import re

MAX_ATTRIBUTES = 1_000
"""Attributes of one element that are parsed. libxml2 compares each with all others (ten minutes for a million in HTML,
twenty seconds for forty thousand in XML; both fit into one answer); the fullest honest elements have about a hundred.
"""

_MAX_OVERLAP = 8
"""Tags may seem to stand within each other's values, so that text is read more than once: honest text hardly twice,
an attack thousands of times."""

_MIN_BUDGET_CHARS = 1_000_000

# A tag as browsers and libxml2 from 2.14 on read it (WHATWG HTML, 13.2.5); all quantifiers are possessive, so that
# reading one is linear. Longer names and values without quotes count as several.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]{0,200}+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]{0,20000}+)?+)?+"""
_FULL_TAG = re.compile(rf"[^\s/><]{{0,200}}+(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE})?+")
_BEGIN = re.compile(r"<[^\s/>!?<]")


def overfull_tag(text: str) -> int | None:
    """Give where a tag with more than MAX_ATTRIBUTES attributes begins, however it is disguised; None for no such tag.

    Every "<" is tried, within scripts and values too: an attacker decides what is a script. Text in which that takes
    too long counts as such a tag, from the place where it did. About 1 ms for a usual page.
    """
    budget = max(_MIN_BUDGET_CHARS, _MAX_OVERLAP * len(text))
    for begin in _BEGIN.finditer(text):
        tag = _FULL_TAG.match(text, begin.end())
        if tag is None:
            continue
        budget -= tag.end() - begin.start()
        if tag["more"] is not None or budget < 0:
            return begin.start()
    return None
