"""The text part: the whole letter as lines that read well in any font."""

import textwrap
from collections.abc import Iterable, Iterator

from analysis.digest.figures import isolated
from analysis.digest.html import safe_url
from analysis.digest.letter import Item, Letter, Linked, Section, Table
from analysis.digest.wording import Wording

WIDTH = 76
"""Characters of a line, so that a reply with its marks still fits into 80; CJK characters take two."""


def render_text(letter: Letter) -> str:
    """Lay a letter out as plain text: no table that a proportional font could bend, every figure with its name."""
    return "\n".join(_lines(letter)).rstrip() + "\n"


def _lines(letter: Letter) -> Iterator[str]:
    wording = Wording(letter.language)
    yield letter.kicker
    yield letter.title
    yield letter.period
    yield ""
    for line in letter.summary:
        yield from _wrapped(line)
    if letter.summary:
        yield ""
    for tile in letter.tiles:
        yield from _wrapped(f"{tile.label}: {tile.value}")
        yield from _wrapped("; ".join(tile.notes), "    ")
    if letter.picture is not None:
        yield from _heading(letter.picture.heading)
        for point in letter.picture.points:
            yield from _wrapped(point, "    ", "  ")
    for section in letter.sections:
        yield from _section(section)
    yield ""
    yield "-" * 24
    for line in letter.footer:
        yield from _wrapped(line)
    if letter.unsubscribe:
        yield f"{wording.say('footer.unsubscribe')}: {letter.unsubscribe}"


def _section(section: Section) -> Iterator[str]:
    yield from _heading(section.heading)
    for line in section.intro:
        yield from _wrapped(line)
    if section.command:
        yield f"    {section.command}"
    if section.table is not None:
        yield from _table(section.table)
    for number, item in enumerate(section.items, start=1):
        if number > 1:
            yield ""
        yield from _item(number, item)
    for line in section.lines:
        yield from _wrapped(line, "  ", "- ")
    for number, entry in enumerate(section.entries, start=1):
        yield from _entry(entry, f"{number}. ", "")
    for line in section.closing:
        yield from _wrapped(line)


def _heading(heading: str) -> Iterator[str]:
    yield ""
    yield ""
    yield heading.upper()
    yield ""


def _table(table: Table) -> Iterator[str]:
    """Write each row as lines "column: figure (notes)"; the first column names the row."""
    for row in table.rows:
        yield row.name
        for name, cell in zip(table.columns[1:], row.cells, strict=True):
            notes = f" ({'; '.join(cell.notes)})" if cell.notes else ""
            yield from _wrapped(f"{name}: {cell.main}{notes}", "    ", "  ")


def _item(number: int, item: Item) -> Iterator[str]:
    mark = f"{number}. "
    indent = " " * len(mark)
    yield from _wrapped(item.title, indent, mark)
    for line in item.lines:
        yield from _wrapped(line, indent, indent)
    for group in item.groups:
        if group.heading:
            yield f"{indent}{group.heading}"
        for entry in group.entries:
            yield from _entry(entry, "- ", indent)


def _entry(entry: Linked, mark: str, indent: str) -> Iterator[str]:
    deeper = indent + " " * len(mark)
    # isolated, so that a right-to-left title does not pull the mark to the other side
    yield from _wrapped(isolated(entry.text), deeper, indent + mark)
    yield from _wrapped(entry.note, deeper, deeper)
    if url := safe_url(entry.url):
        yield f"{deeper}{url}"


def _wrapped(text: str, indent: str = "", first: str = "") -> Iterable[str]:
    """Break a text into lines; links and words are never broken, text without spaces only where it must be."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
