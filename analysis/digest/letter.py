"""The digest as words: what the text part and the HTML part both say, in the same order, before either is laid out.

So a figure cannot stand in one part and be missing in the other.
"""

from dataclasses import dataclass

from analysis.digest.figures import direction_of


@dataclass(frozen=True, slots=True)
class Linked:
    """A title or a sentence of the press in its own language, with the line below it.

    ``url`` is "" without a link. Of a sentence (``is_quote``) the line below is the link, of a title the title itself.
    """

    text: str
    language: str
    url: str
    note: str
    is_quote: bool = False

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``."""
        return direction_of(self.language)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and the small lines below it."""

    main: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, the first one for the names of the rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Titles or sentences under a small heading, "" without one."""

    heading: str
    entries: tuple[Linked, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a section: a line, further lines, and what stands behind it."""

    title: str
    lines: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the letter under its heading; ``command`` is something to type."""

    heading: str
    intro: tuple[str, ...] = ()
    table: Table | None = None
    items: tuple[Item, ...] = ()
    entries: tuple[Linked, ...] = ()
    lines: tuple[str, ...] = ()
    command: str = ""
    closing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure with what belongs to it."""

    label: str
    value: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The words around the chart; ``alt`` says what it shows, ``points`` are its figures, one line a week."""

    heading: str
    alt: str
    caption: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole e-mail in words; ``preheader`` is what a list of mails shows beside the subject."""

    language: str
    subject: str
    preheader: str
    kicker: str
    title: str
    period: str
    summary: tuple[str, ...]
    tiles: tuple[Tile, ...]
    picture: Picture | None
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    unsubscribe: str
