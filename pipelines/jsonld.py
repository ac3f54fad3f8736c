"""Articles in JSON-LD as publishers really write it: broken commas, wrong types, lists, graphs, entities."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

MAX_SCRIPT_CHARS = 2_000_000
"""A longer script is a product catalogue, not an article."""

MAX_DEPTH = 12
"""Nesting that is followed; articles stand within four levels."""

ARTICLE_TYPES = frozenset(
    {
        "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
        "backgroundnewsarticle", "reviewnewsarticle", "askpublicnewsarticle", "advertisercontentarticle", "blogposting",
        "liveblogposting", "socialmediaposting", "discussionforumposting", "techarticle", "scholarlyarticle", "report",
        "satiricalarticle", "medicalwebpage", "review", "recipe", "claimreview",
    }
)  # fmt: skip
"""schema.org types of an article, lower case."""

PAGE_TYPES = frozenset({"webpage", "itempage", "creativework", "videoobject", "podcastepisode", "aboutpage"})
"""Types whose dates and authors are taken where no article is declared."""

LISTING_KEYS = frozenset({"itemlistelement", "relatedlink", "mentions", "citation", "comment", "review", "about"})
"""Properties that lead to other things than the page's article."""

_CONTROL = re.compile(r"[\x00-\x1f]+")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_WRAPPERS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|\]\]>)\s*$"
)
_TAG = re.compile(r"<[^>]{1,300}>")
_BREAK = re.compile(r"</(?:p|div|h\d|li|blockquote)>|<br\s*/?>", re.IGNORECASE)
_FALSE = frozenset({"false", "0", "no", "http://schema.org/false", "https://schema.org/false"})
_TRUE = frozenset({"true", "1", "yes", "http://schema.org/true", "https://schema.org/true"})


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """What one JSON-LD node says about an article. Texts are unescaped and stripped; "" and () where missing."""

    kind: str  # the schema.org type, lower case
    headline: str = ""
    name: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    created: str = ""
    modified: str = ""
    description: str = ""
    body: str = ""  # paragraphs in lines where the node has them
    is_free: bool | None = None
    site_name: str = ""
    language: str = ""
    url: str = ""

    @property
    def is_article(self) -> bool:
        """Whether the type is one of :data:`ARTICLE_TYPES`, rather than of a page that may hold one."""
        return self.kind in ARTICLE_TYPES


def plain_text(value: Json) -> str:
    """Give a JSON value as one line of text: strings unescaped (twice where needed), the first of a list, else ""."""
    if isinstance(value, list):
        return next((text for entry in value if (text := plain_text(entry))), "")
    if isinstance(value, dict):
        return plain_text(value.get("@value"))
    if not isinstance(value, str):
        return ""
    text = unescape(unescape(value)) if "&" in value else value
    return " ".join(_TAG.sub(" ", text).split())


def _body_text(value: Json) -> str:
    """Give an articleBody with its paragraphs as lines."""
    if isinstance(value, list):
        return "\n".join(text for entry in value if (text := _body_text(entry)))
    if not isinstance(value, str):
        return ""
    text = unescape(unescape(value)) if "&" in value else value
    text = _TAG.sub("", _BREAK.sub("\n", text))
    return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))


def parse_script(script: str) -> Json:
    """Give the JSON of one ld+json script, mended where the usual mistakes are made; None where it cannot be read."""
    if len(script) > MAX_SCRIPT_CHARS:
        return None
    text = _WRAPPERS.sub("", script.strip()).strip().rstrip(";").strip()
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", _CONTROL.sub(" ", text)), unescape(text)):
        try:
            found: Json = json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
        return found
    try:
        first: Json = json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None
    return first


def _types(node: dict[str, Json]) -> list[str]:
    declared = node.get("@type") or node.get("type")
    names = declared if isinstance(declared, list) else [declared]
    return [name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in names if isinstance(name, str)]


def _nodes(value: Json, depth: int = 0) -> Iterator[dict[str, Json]]:
    """Walk all objects that may describe the page, outer before inner."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for entry in value:
            yield from _nodes(entry, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if isinstance(inner, dict | list) and key.lower() not in LISTING_KEYS:
                yield from _nodes(inner, depth + 1)


def _people(value: Json, by_id: dict[str, dict[str, Json]], depth: int = 0) -> Iterator[str]:
    """Give the names in an author property: strings, objects, references by @id, and lists of them."""
    if depth > 3:
        return
    if isinstance(value, list):
        for entry in value:
            yield from _people(entry, by_id, depth + 1)
    elif isinstance(value, dict):
        node = by_id.get(str(value.get("@id", "")), value) if "name" not in value else value
        name = node.get("name")
        if isinstance(name, list | dict):
            yield from _people(name, by_id, depth + 1)
        elif isinstance(name, str):
            yield plain_text(name)
        else:
            parts = [plain_text(node.get("givenName")), plain_text(node.get("familyName"))]
            yield " ".join(part for part in parts if part)
    elif isinstance(value, str):
        yield plain_text(value)


def _is_free(node: dict[str, Json], depth: int = 0) -> bool | None:
    """Read isAccessibleForFree of a node and of the parts that it names."""
    if depth > 3:
        return None
    said: bool | None = None
    value = node.get("isAccessibleForFree", node.get("isAccesibleForFree"))
    if isinstance(value, bool):
        said = value
    elif isinstance(value, str):
        said = False if value.strip().lower() in _FALSE else (True if value.strip().lower() in _TRUE else None)
    if said is False:
        return False
    parts = node.get("hasPart")
    for part in parts if isinstance(parts, list) else [parts]:
        if isinstance(part, dict) and said is None and _is_free(part, depth + 1) is False:
            return False
    return said


def _url_of(node: dict[str, Json]) -> str:
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value:
            return value.strip()
    return ""


def read_linked_articles(scripts: Iterable[str]) -> tuple[LinkedArticle, ...]:
    """Give what the ld+json scripts of a page say about articles and pages, in document order. Never raises."""
    nodes = [node for script in scripts for node in _nodes(parse_script(script))]
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    found: list[LinkedArticle] = []
    for node in nodes:
        kinds = _types(node)
        kind = next((k for k in kinds if k in ARTICLE_TYPES), next((k for k in kinds if k in PAGE_TYPES), ""))
        if not kind:
            continue
        publisher = next(_people(node.get("publisher"), by_id), "")
        found.append(
            LinkedArticle(
                kind=kind,
                headline=plain_text(node.get("headline")),
                name=plain_text(node.get("name")),
                authors=tuple(dict.fromkeys(name for name in _people(node.get("author"), by_id) if name))
                or tuple(dict.fromkeys(name for name in _people(node.get("creator"), by_id) if name)),
                published=plain_text(node.get("datePublished")),
                created=plain_text(node.get("dateCreated")) or plain_text(node.get("uploadDate")),
                modified=plain_text(node.get("dateModified")),
                description=plain_text(node.get("description")),
                body=_body_text(node.get("articleBody")) or _body_text(node.get("text")),
                is_free=_is_free(node),
                site_name=publisher,
                language=plain_text(node.get("inLanguage")),
                url=_url_of(node),
            )
        )
    return tuple(found)
