"""XML from strangers: decoded, without DTD or entities of its own, and mended as far as that loses nothing.

Nothing here expands an entity, opens a file or asks the network. Cost is linear in the size of the input.
"""

import codecs
import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.charset import CHARACTER_CODECS
from pipelines.markup import MAX_ATTRIBUTES, overfull_tag

if TYPE_CHECKING:
    from lxml import etree

MAX_XML_BYTES = 20_000_000
"""The most that is read, after unpacking: a tree takes some ten times its text in memory, and news is never so long."""

MAX_TAGS = 1_000_000
"""A sitemap of the largest allowed size (50,000 addresses) has about half as many; behind this a document is cut."""

MAX_TAG_CHARS = 65_536
"""Longer tags are attacks: libxml2 compares every attribute of a tag with every other."""

MAX_DTD_MARKS = 200_000
"""Quotes, brackets and comments in a DTD; behind this all of the text is taken for the DTD."""

_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859_1": "cp1252", "ascii": "cp1252"}
"""What a charset name means in practice (WHATWG Encoding Standard): GB 18030 holds both, Windows-1252 holds both."""

_BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)
_UNMARKED = (
    (b"<\0\0\0", "utf_32_le"),
    (b"\0\0\0<", "utf_32_be"),
    (b"<\0", "utf_16_le"),
    (b"\0<", "utf_16_be"),
)
_SEVEN_BIT = ("iso2022", "hz")
"""Charsets whose bytes are also valid UTF-8, so that only the declaration tells them."""

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CDATA_COMMENT_OR_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
    r"|&+(?=&)|&(?:(#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{0,31});)?",
    re.DOTALL,
)
_CDATA_OR_TAG = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<[^<>]*", re.DOTALL)
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NOT_SPACE = re.compile(r"[^\s\ufeff]")
_SUBSET_TOKEN = re.compile(r"""<!--|<\?|["'\[\]>]""")


@dataclass(frozen=True, slots=True)
class XmlText:
    """XML text without declaration and DTD. ``notes`` says what was mended, for people."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class XmlTree:
    """A parsed document; ``error`` is "" or the first thing that is not well-formed, as "line 3: …"."""

    root: "etree._Element | None"
    error: str = ""


def decode_xml(body: bytes, content_type: str = "") -> str:
    """Give the text of an XML document, undecodable bytes as U+FFFD; never raises on any bytes.

    The byte order mark decides, then valid UTF-8, then the declaration, then ``content_type``: headers and
    declarations lie more often than bytes do. A character cut in two at the very end is dropped.
    """
    body = body[:MAX_XML_BYTES]
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    head = body[:64].lstrip(b" \t\r\n")
    for start, codec in _UNMARKED:
        if head.startswith(start):
            return body.decode(codec, "replace")
    declared = _DECLARED.match(body[:1_024])
    names = [declared.group(1).decode("ascii")] if declared else []
    names += _CHARSET.findall(content_type)
    codecs_named = [codec for codec in map(_codec, names) if codec]
    if not (codecs_named and codecs_named[0].startswith(_SEVEN_BIT)):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start >= len(body) - 3:
                return body[: error.start].decode("utf-8")
    for codec in codecs_named:
        if not codec.startswith("utf"):
            return body.decode(codec, "replace")
    return body.decode("utf-8", "replace")


def clean_xml(text: str) -> XmlText:
    """Give the text without XML declaration, DTD and forbidden characters, and with every ``&`` meaning something.

    HTML's named entities become characters; entities that only a DTD could have defined stay as visible text.
    """
    notes: list[str] = []
    text, n_forbidden = _NOT_XML.subn("", text)
    if n_forbidden:
        notes.append(f"{n_forbidden} forbidden control characters dropped")
    prolog_end, had_dtd = _skip_prolog(text)
    if had_dtd:
        notes.append("DOCTYPE dropped")
    text = text[prolog_end:]
    end = _end_of_bearable(text)
    full = overfull_tag(text[:end])
    end = end if full is None else full
    if end < len(text):
        notes.append(
            f"cut at character {end}: more than {MAX_TAGS} tags, or one of more than {MAX_TAG_CHARS} characters"
            f" or {MAX_ATTRIBUTES} attributes"
        )
    text = _CDATA_COMMENT_OR_AMPERSAND.sub(_mended, text[:end])
    return XmlText(text, tuple(notes))


def parse_tree(text: str) -> XmlTree:
    """Give the element tree of a text from :func:`clean_xml`, leniently: what can be read is there.

    Depth over 256 elements and text nodes over 10 MB end the reading (limits of libxml2).
    """
    from lxml import etree

    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return XmlTree(None, str(error).partition("\n")[0])
    first = next(iter(parser.error_log), None)
    return XmlTree(root, f"line {first.line}: {first.message.strip().partition(chr(10))[0]}" if first else "")


def local_name(element: "etree._Element") -> str:
    """Give the tag of an element without namespace and undeclared prefix, in lower case; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name.replace("-", "_")
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(codec, codec) if CHARACTER_CODECS.fullmatch(codec) else None


def _skip_prolog(text: str) -> tuple[int, bool]:
    """Give where the root element begins, and whether a DOCTYPE stood before it."""
    position, had_dtd = 0, False
    while True:
        begins = _NOT_SPACE.search(text, position)
        position = begins.start() if begins else len(text)
        if text.startswith("<?", position):
            position = _after(text, "?>", position)
        elif text.startswith("<!--", position):
            position = _after(text, "-->", position)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            position, had_dtd = _after_doctype(text, position + 9), True
        else:
            return position, had_dtd


def _after(text: str, end: str, position: int) -> int:
    found = text.find(end, position)
    return len(text) if found < 0 else found + len(end)


def _after_doctype(text: str, position: int) -> int:
    depth, n_marks = 0, 0
    while n_marks < MAX_DTD_MARKS and (match := _SUBSET_TOKEN.search(text, position)):
        n_marks += 1
        mark, position = match.group(), match.end()
        if mark == "<!--":
            position = _after(text, "-->", position)
        elif mark == "<?":
            position = _after(text, "?>", position)
        elif mark in {'"', "'"}:
            position = _after(text, mark, position)
        elif mark == "[":
            depth += 1
        elif mark == "]":
            depth -= 1
        elif depth <= 0:
            return position
    return len(text)


def _end_of_bearable(text: str) -> int:
    """Give where the first tag begins that is too long or one too many; the length of the text if there is none."""
    for number, match in enumerate(_CDATA_OR_TAG.finditer(text), start=1):
        is_tag = not match.group().startswith("<![CDATA[")
        if number > MAX_TAGS or (is_tag and match.end() - match.start() > MAX_TAG_CHARS):
            return match.start()
    return len(text)


def _mended(match: re.Match[str]) -> str:
    name = match.group(1)
    if name is None:
        whole = match.group()
        return "&amp;" * len(whole) if whole.startswith("&") else whole
    if name in _XML_ENTITIES:
        return match.group()
    if name.startswith("#"):
        digits, base = (name[2:], 16) if name[1] in "xX" else (name[1:], 10)
        number = int(digits, base)
        allowed = number in {0x9, 0xA, 0xD} or 0x20 <= number <= 0x10FFFF
        if not allowed or 0xD800 <= number <= 0xDFFF or number in {0xFFFE, 0xFFFF}:
            return ""
        # 0x80..0x9F are Windows-1252 bytes written as numbers; html.unescape knows what they mean
        return html.unescape(match.group()) if 0x80 <= number <= 0x9F else match.group()
    meant = html.unescape(match.group())
    return match.group().replace("&", "&amp;") if meant.startswith("&") and len(meant) > 1 else meant
