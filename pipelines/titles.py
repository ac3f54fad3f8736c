"""The headline of an article, without the name of the site."""

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from pipelines.structured import PageFacts
from pipelines.tokens import word_tokens

MIN_TITLE_CHARS, MAX_TITLE_CHARS = 4, 500
"""Outside these a text is an initial or a whole paragraph, not a headline."""

MIN_WITHOUT_KICKER_TOKENS = 4

MIN_SHOWN_TOKENS = 4
"""A shorter heading may be a word of the title, e.g. that of a section."""

CUT_TITLE_CHARS = 100
"""Search engines advise at most 110 characters for a JSON-LD headline; longer ones are often cut there."""

_SEPARATOR = re.compile(r"\s+[|\-–—·•⋅⋆:»«›‹/]+\s+|\s+[*~]\s+|\s*(?:[|｜_]|--)\s*|\s+[|\-–—·•]+$|：：")

_SET_OFF = re.compile(r"\s*(?:[|｜_\-–—·•»«›/]+|::)\s*\S")


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def strip_site_name(title: str, names: Iterable[str], known: Iterable[str] = ()) -> str:
    """Give the title without a leading or trailing part that names the site.

    A part between separators goes when it is one of ``names`` (compared by letters only), or when what remains is one
    of ``known``, headings that the page shows.
    """
    sites = {key for name in names if (key := _key(name))}
    headings = {key for text in known if (key := _key(text))}
    current = title.strip()
    while True:
        cuts = list(_SEPARATOR.finditer(current))
        for cut in cuts:
            head, tail = current[: cut.start()].strip(), current[cut.end() :].strip()
            if len(head) >= MIN_TITLE_CHARS and (_key(tail) in sites or _key(head) in headings):
                current = head
                break
            if len(tail) >= MIN_TITLE_CHARS and _key(head) in sites:
                current = tail
                break
        else:
            return current


def _as_shown(title: str, headings: Iterable[str]) -> str:
    """Give the heading that is all of the title but a part set off before or behind it, which is the site's name."""
    for heading in headings:
        if len(heading) < len(title) and len(word_tokens(heading)) >= MIN_SHOWN_TOKENS:
            behind, before = title.removeprefix(heading), title.removesuffix(heading)
            if (behind != title and _SET_OFF.match(behind)) or (before != title and _SET_OFF.match(before[::-1])):
                return heading
    return title


def section_names(url: str) -> list[str]:
    """Give the folders of an address, under which its section may stand behind a title ("… | Economy")."""
    folders = urlsplit(url).path.strip("/").split("/")[:-1]
    return [folder for folder in folders if len(_key(folder)) >= MIN_TITLE_CHARS and not folder.isdecimal()]


def site_names(facts: PageFacts, host: str, source_name: str) -> list[str]:
    """Give the names under which the site may stand in its titles."""
    labels = [label for label in host.split(".")[:-1] if label not in ("www", "m", "amp", "news", "com", "co")]
    domain = host.removeprefix("www.")
    return [*facts.site_names, source_name, domain, *labels, *(labels[:1] and [f"{labels[0]}.com"])]


def choose_title(facts: PageFacts, names: list[str], sections: Iterable[str] = ()) -> str:
    """Give the headline, without the site's name (``names``, from :func:`site_names`) or that of its section.

    The text that most of JSON-LD, og:title and the first heading agree on (case and punctuation aside); where all
    differ, the first of them in that order, then other meta titles and <title>. A headline that was cut short gives
    way to a longer one that begins with it.
    """
    shown = facts.headings[:2]
    removable = [*names, *sections]

    def clean(text: str) -> str:
        if len(text) > MAX_TITLE_CHARS:
            return ""
        stripped = strip_site_name(text, removable, shown)
        return stripped if len(stripped) >= MIN_TITLE_CHARS and _key(stripped) not in sites else ""

    sites = {_key(name) for name in names if len(_key(name)) >= MIN_TITLE_CHARS}
    linked = facts.linked.headline or facts.linked.name if facts.linked is not None else ""
    strong = [text for raw in (linked, facts.og_title, *facts.headings[:1]) if (text := clean(raw))]
    weak = [text for raw in (*facts.meta_titles, *facts.headings[1:2], facts.html_title) if (text := clean(raw))]
    if not strong and not weak:
        return next((text[:MAX_TITLE_CHARS] for text in (facts.og_title, *shown, facts.html_title) if text), "")
    votes = Counter(_key(text) for text in strong)
    best = max(strong, key=lambda text: votes[_key(text)]) if strong else weak[0]
    # a kicker before the headline ("Space: Rocket …") goes where og:title, made for sharing, leaves it out
    shared = clean(facts.og_title)
    if len(word_tokens(shared)) >= MIN_WITHOUT_KICKER_TOKENS and _key(best).endswith(_key(shared)):
        best = shared
    if best.endswith(("…", "...")) or len(best) >= CUT_TITLE_CHARS:
        stem = _key(best.rstrip(".… "))
        best = next((text for text in [*strong, *weak] if len(text) > len(best) and _key(text).startswith(stem)), best)
    return _as_shown(best, [*shown, *facts.subheadings])
