"""From a feed as it came to one with only what its items need, safe and cheap for feedparser to read."""

import re
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from crawler.xml_text import local_name

if TYPE_CHECKING:
    from lxml import etree

MAX_ITEMS = 5_000
"""Ten times the largest honest feed that is known to us; the rest of a longer one is not looked at."""

MAX_NODE_CHARS = 20_000
"""The most of any one text or attribute that is looked at, before the caps below."""

MAX_AUTHOR_CHARS = 300
MAX_DATE_CHARS = 100

MAX_CHILDREN = 60
"""Children looked at of one item, or of the feed itself beside its items; honest ones have about ten."""

MAX_NESTED = 500
"""Elements within one text (XHTML); of a longer one only the beginning is kept, as text."""

ITEM_NAMES = frozenset(("item", "entry"))
_CHANNEL_CHILDREN = frozenset(("title", "link", "language", "id", "author"))
_ITEM_CHILDREN = frozenset(
    (
        *("title", "link", "origlink", "guid", "id", "author", "creator", "description", "summary", "content"),
        *("encoded", "pubdate", "date", "published", "updated", "issued", "modified", "created", "language"),
    )
)
_USUAL_PREFIXES = MappingProxyType(
    {
        "atom": "http://www.w3.org/2005/Atom",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
)
"""Prefixes that feeds use without declaring them."""

_SHORT = MappingProxyType(
    {
        **dict.fromkeys(("author", "creator"), MAX_AUTHOR_CHARS),
        **dict.fromkeys(("pubdate", "date", "published", "updated", "issued", "modified", "created"), MAX_DATE_CHARS),
    }
)
"""Texts that feedparser searches with expressions of quadratic cost, and how much of them it gets to see."""

_PLAIN_ATTRIBUTES = frozenset(("href", "rel", "type", "isPermaLink", "version"))
_AUTHOR_PARTS = frozenset(("name", "email"))
_BREAKING = frozenset("p br div li ul ol h1 h2 h3 h4 h5 h6 tr td th blockquote pre img".split())  # noqa: SIM905
_ABOUT_MEDIA = ("{http://search.yahoo.com/mrss", "{http://www.itunes.com/", "media:", "itunes:")
"""Beginnings of tags whose titles, links and descriptions are those of pictures and sounds."""


def reduced_feed(root: "etree._Element", *, with_bodies: bool = False) -> tuple["etree._Element", int]:
    """Give a feed with only what its items need, over-long texts cut, and how many items were left out.

    feedparser costs some 20 µs per element, and categories, media and full texts are most of a feed. The tree is
    built anew, because taking children out of an lxml element costs the square of their number. ``root`` is used up.
    ``with_bodies`` True keeps full texts beside descriptions.
    """
    room, n_left_out = MAX_ITEMS, 0
    small = _shell(root)
    channels = list(islice((child for child in root if local_name(child) == "channel"), MAX_CHILDREN))
    containers = [(root, small), *((channel, _shell(channel, small)) for channel in channels)]
    for container, target in containers:
        for child in list(islice((c for c in container if local_name(c) in _CHANNEL_CHILDREN), MAX_CHILDREN)):
            target.append(_trimmed(child))
        for item in [child for child in container if local_name(child) in ITEM_NAMES]:
            if room == 0:
                n_left_out += 1
                continue
            room -= 1
            entry = _shell(item, target)
            for child in _wanted_children(item, with_bodies=with_bodies):
                entry.append(_trimmed(child))
    return small, n_left_out


def _shell(element: "etree._Element", parent: "etree._Element | None" = None) -> "etree._Element":
    """Give a new element with the name, attributes and namespaces of another, without content."""
    _bind_prefixes(element)
    attributes = {str(name): str(value) for name, value in element.attrib.items() if len(value) <= MAX_NODE_CHARS}
    namespaces = cast("dict[str, str]", element.nsmap)  # the stubs forget the default namespace, whose prefix is None
    try:
        return _element(str(element.tag), attributes, namespaces, parent)
    except ValueError:  # names and namespaces that libxml2 read leniently and lxml does not make again
        plain = {name: value for name, value in attributes.items() if name in _PLAIN_ATTRIBUTES}
        return _element(re.sub(r"[^a-z]", "", local_name(element)) or "x", plain, {}, parent)


def _element(
    tag: str, attributes: dict[str, str], namespaces: dict[str, str], parent: "etree._Element | None"
) -> "etree._Element":
    """Make an element, below ``parent`` where there is one.

    Raises:
        ValueError: a name or namespace that XML does not allow.
    """
    from lxml import etree

    if parent is None:
        return etree.Element(tag, attributes, nsmap=namespaces)
    return etree.SubElement(parent, tag, attributes, nsmap=namespaces)


def _bind_prefixes(element: "etree._Element") -> None:
    """Give an element with an undeclared prefix the namespace that everybody means; attributes with one are dropped."""
    prefix, colon, name = str(element.tag).partition(":")
    if colon and not prefix.startswith("{"):
        namespace = _USUAL_PREFIXES.get(prefix.lower(), "")
        element.tag = f"{{{namespace}}}{name}" if namespace else name
    for attribute in [str(key) for key in element.attrib if ":" in str(key) and not str(key).startswith("{")]:
        del element.attrib[attribute]


def _trimmed(element: "etree._Element") -> "etree._Element":
    """Give a copy without inner elements, its text cut; an author keeps name and address."""
    limit = _SHORT.get(local_name(element), MAX_NODE_CHARS)
    flat = _shell(element)
    parts = [child for child in islice(element, MAX_CHILDREN) if local_name(child) in _AUTHOR_PARTS]
    if local_name(element) == "author" and parts:
        for part in parts:
            _shell(part, flat).text = _flat_text(part)[:limit]
    else:
        flat.text = _flat_text(element)[:limit]
    return flat


def _flat_text(element: "etree._Element") -> str:
    """Give the text of an element, with a space where a paragraph, line or cell ends; the beginning of a huge one."""
    from lxml import etree

    pieces: list[str] = []
    for event, part in islice(etree.iterwalk(element, events=("start", "end")), 2 * MAX_NESTED):
        if part is element:
            text = part.text if event == "start" else None
        else:
            text = part.text if event == "start" else part.tail
            if local_name(part) in _BREAKING:
                pieces.append(" ")
        pieces.append((text or "")[:MAX_NODE_CHARS])
    return "".join(pieces)


def _wanted_children(item: "etree._Element", *, with_bodies: bool) -> list["etree._Element"]:
    wanted = (
        child for child in item if local_name(child) in _ITEM_CHILDREN and not str(child.tag).startswith(_ABOUT_MEDIA)
    )
    children = list(islice(wanted, MAX_CHILDREN))
    if not with_bodies and any(local_name(child) in {"description", "summary"} for child in children):
        return [child for child in children if local_name(child) not in {"content", "encoded"}]
    return children
