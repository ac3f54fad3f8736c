"""Author names from what pages call authors."""

import re
from collections.abc import Iterable

from pipelines.structured import PageFacts

MAX_NAME_CHARS = 80
"""A longer author is a sentence or a biography."""

MAX_NAME_WORDS = 4

_EASTERN_NAME = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff]{2,4}(?:[ \u3000][\u3040-\u30ff\u4e00-\u9fff]{1,4})?|[\uac00-\ud7af]{2,4}"
)
_PREFIX = re.compile(
    r"^(?:by|von|par|por|di|da|door|av|af|od|przez|text|texto|texte|testo|autor(?:in|es|i)?|author|written by|"
    r"reported by|interview|story by|words by|автор|текст|文|記者|作者|记者|编辑|責任編輯|责任编辑)\s*[:：]?\s+"
    r"|^(?:作者|记者|編輯|编辑|文)\s*[:：/／]\s*",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(r"\s*[,|·•]\s*|\s+[–-]\s+")
_GLUED_BY = re.compile(r"^(?:By|Von)(?=[A-ZÄÖÜ][a-zäöü])")
_NOT_A_NAME = re.compile(
    r"https?://|www\.|@|^(?:admin(?:istrator)?|editor|webmaster|unknown|none|null|undefined|anonymous|author|redaktion"
    r"|n/a|root|user\d*|\W*)$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\s*(?:[,(|–-]\s*)(?:(?:senior |staff |chief |deputy |associate |contributing )*"
    r"(?:reporter|editor|writer|correspondent|columnist|journalist|contributor|redakteur(?:in)?|korrespondent(?:in)?|autor(?:in)?|journaliste|"
    r"redactor[ae]?|giornalista)\b.*)$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:;|\||/|\band\b|\bund\b|\bet\b| y | e |\bog\b|\boch\b|\bja\b|、|，|&)\s*", re.IGNORECASE)


def clean_name(raw: str) -> str:
    """Give an author's name without "By", roles and addresses; "" where the string is no name."""
    name = " ".join(raw.split()).strip(" ,;|·•–-")
    name = _GLUED_BY.sub("", _PREFIX.sub("", name)).strip()
    name = _ROLE.sub("", name).strip(" ,;|·•–-")
    if not name or len(name) > MAX_NAME_CHARS or _NOT_A_NAME.search(name) or not re.search(r"[^\W\d_]", name):
        return ""
    return name


def split_names(raw: str) -> list[str]:
    """Give the names in one author string: "A, B and C" gives three, "Smith, John" stays one."""
    parts = [part for part in _AND.split(raw) if part.strip()]
    found: list[str] = []
    for part in parts:
        pieces = [piece.strip() for piece in part.split(",")]
        # a comma parts names only where each piece has a first and a last name
        found += pieces if len(pieces) > 1 and all(len(piece.split()) >= 2 for piece in pieces) else [part.strip()]
    return found


def looks_like_name(text: str) -> bool:
    """Tell whether a shown text is a person's name: two to four capitalised words, or two to four Han or Kana."""
    if _EASTERN_NAME.fullmatch(text):
        return True
    words = text.split()
    if not 2 <= len(words) <= MAX_NAME_WORDS or re.search(r"[\d:!?/@|()\[\]]", text):
        return False
    small = {
        "de",
        "van",
        "von",
        "der",
        "den",
        "da",
        "di",
        "del",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ten",
        "du",
        "dos",
        "zu",
    }
    return all(word[0].isupper() or word.lower() in small or not word[0].isascii() for word in words)


def author_names(facts: PageFacts, site_names: Iterable[str]) -> tuple[str, ...]:
    """Give the authors of a page, each once, in order.

    JSON-LD, then meta elements, then microdata: the first of these that names anybody but the site itself, else the
    site as it names itself. A link to an author's page goes before the site's own name, any other byline that the page
    shows counts only where nothing is declared.
    """
    own = {_key(name) for name in site_names}
    fallback: tuple[str, ...] = ()
    for source in (facts.linked_authors, *facts.meta_authors, facts.marked_authors[:4]):
        names: dict[str, str] = {}
        for raw in source:
            for part in [] if _NOT_A_NAME.search(raw.strip()) else split_names(raw):
                name = clean_name(part)
                if name:
                    names.setdefault(_key(name), name)
        found = tuple(names.values())
        if any(key not in own for key in names):
            return found
        fallback = fallback or found
    seen = facts.profile_links if fallback else (*facts.profile_links, *facts.shown_authors)
    shown = (
        name for raw in seen if looks_like_name(name := clean_name(_AFTER_NAME.split(raw)[0])) and _key(name) not in own
    )
    first = next(shown, "")
    return (first,) if first else fallback


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
