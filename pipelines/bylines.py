"""Author names from what pages call authors."""

import re
from collections.abc import Iterable

from pipelines.credits import ELEMENT_BREAK, PIECE_BREAK
from pipelines.structured import PageFacts
from pipelines.titles import strip_site_name

MAX_NAME_CHARS = 80
"""A longer author is a sentence or a biography."""

MAX_NAME_WORDS = 4

MAX_SHOWN = 8
"""More names in one byline are a list of contributors."""

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
_ROLE_WORD = re.compile(
    r"reporter|editor|writer|correspond|korrespond|columnist|journalist|contributor|redak|redac|agentur|agency|staff|"
    r"autor(?:in|en)\b|photograph|fotograf|facebook|twitter|whatsapp|linkedin|e-?mail|newsletter|ressort",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"a[fp]p|apa|dpa|epd|kna|sid|(?:keystone-)?sda|ats|belga|anp|efe|ansa|lusa|pap|ritzau|ntb|stt|reuters|pti|ians|upi",
    re.IGNORECASE,
)
_FOR_OUTLET = re.compile(r"\s+for\s+(?:the\s+)?[A-Z].*$", re.IGNORECASE)
_AND = re.compile(r"\s*(?:;|\||\s/\s|//|\band\b|\bund\b|\bet\b|\bog\b|\boch\b|\bja\b|、|，|&)\s*", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*")
_SLASH = re.compile(r"/")
_IBERIAN_AND = re.compile(r"\s+(?:y|e)\s+")


def clean_name(raw: str) -> str:
    """Give an author's name without "By", roles and addresses; "" where the string is no name."""
    name = " ".join(raw.split()).strip(" ,;|·•–-")
    name = _GLUED_BY.sub("", _PREFIX.sub("", name)).strip()
    name = _FOR_OUTLET.sub("", _ROLE.sub("", name)).strip(" ,;|·•–-")
    if not name or len(name) > MAX_NAME_CHARS or _NOT_A_NAME.search(name) or not re.search(r"[^\W\d_]", name):
        return ""
    return name


def split_names(raw: str) -> list[str]:
    """Give the names in one author string: "A, B and C" gives three, "Smith, John" stays one."""
    parts = [part for part in _AND.split(raw) if part.strip(" ,")]
    found: list[str] = []
    for part in parts:
        # beside an "and" a comma parts names; alone it may stand between family and first name
        names = _COMMA.split(part) if len(parts) > 1 else _split_full(_COMMA, part)
        for pattern in (_SLASH, _IBERIAN_AND):
            names = [name for text in names for name in _split_full(pattern, text)]
        found += [name for name in names if name]
    return found


def _split_full(pattern: re.Pattern[str], text: str) -> list[str]:
    """Split where each piece has a first and a last name: not "Smith, John", "dpa/lby" or "Ortega y Gasset"."""
    pieces = [piece.strip() for piece in pattern.split(text)]
    return pieces if all(len(piece.split()) >= 2 or _AGENCY.fullmatch(piece) for piece in pieces) else [text.strip()]


def looks_like_name(text: str) -> bool:
    """Tell whether a shown text is a person's name: two to four capitalised words, or two to four Han or Kana."""
    if _EASTERN_NAME.fullmatch(text):
        return True
    words = text.split()
    if words and words[0].lower() in ("the", "der", "die", "das", "les", "los", "las"):
        return False
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


def _names_in(shown: str, own: set[str]) -> tuple[str, ...]:
    """Give the persons' names in neighbouring bylines, else the site's where one names it, else nothing.

    Of each byline the pieces are read, or its whole text where no piece is a name.
    """
    names: dict[str, str] = {}
    site = ""
    for line in shown.split(ELEMENT_BREAK):
        for text in dict.fromkeys([line, line.replace(PIECE_BREAK, " ")]):
            found, named = _persons(text, own)
            site = site or named
            for name in found:
                names.setdefault(_key(name), name)
            if found or named:
                break
    return tuple(names.values())[:MAX_SHOWN] or ((site,) if site else ())


def _persons(text: str, own: set[str]) -> tuple[list[str], str]:
    """Give the names up to that of the site, behind which places stand, and the site's as it is written."""
    found: list[str] = []
    for part in split_names(text):
        name = clean_name(_AFTER_NAME.split(_PREFIX.sub("", part))[0])
        if name and _is_own(name, own):
            return found, name
        if _AGENCY.fullmatch(name) or (looks_like_name(name) and not _ROLE_WORD.search(name)):
            found.append(name)
    return found, ""


def _is_own(name: str, own: set[str]) -> bool:
    return _key(name) in own or _key(name.split(maxsplit=1)[0]) in own


def author_names(facts: PageFacts, site_names: Iterable[str]) -> tuple[str, ...]:
    """Give the authors of a page, each once, in order.

    JSON-LD, then meta elements, then microdata: the first of these that names anybody but the site itself, else the
    byline that the page shows after its heading, else the site as it names itself.
    """
    sites = list(site_names)
    own = {_key(name) for name in sites}
    fallback: tuple[str, ...] = ()
    for source in (facts.linked_authors, *facts.meta_authors, facts.marked_authors[:4]):
        names: dict[str, str] = {}
        for raw in source:
            for part in [] if _NOT_A_NAME.search(raw.strip()) else split_names(raw):
                name = clean_name(strip_site_name(part, sites))
                if name:
                    names.setdefault(_key(name), name)
        found = tuple(names.values())
        if any(key not in own for key in names):
            return found
        fallback = fallback or found
    for raw in facts.shown_authors:
        shown = _names_in(raw, own)
        if shown:
            return fallback if fallback and _is_own(shown[0], own) else shown
    return fallback


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
