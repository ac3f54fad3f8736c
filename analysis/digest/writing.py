"""The whole letter of a digest, in its language."""

from dataclasses import replace

from analysis.digest.figures import Figures, shortened
from analysis.digest.headline import Headline
from analysis.digest.letter import Letter, Section
from analysis.digest.records import Digest
from analysis.digest.sections import PressSections
from analysis.digest.service import ServiceSections
from analysis.digest.wording import Wording

PREHEADER_CHARS = 140
"""What lists of mails show beside the subject, at most."""

SUBJECT_CHARS = 78
"""Longest subject: a line of RFC 5322 without folding."""


def write_letter(digest: Digest, *, unsubscribe: str = "") -> Letter:
    """Tell a digest in its language; ``unsubscribe`` is an address for the last line, "" without one."""
    wording = Wording(digest.language)
    figures = Figures(wording)
    headline = Headline(digest, wording, figures)
    press = PressSections(digest, wording, figures, headline)
    service = ServiceSections(digest, wording, figures, headline)
    of_press = (press.moves(), press.others(), press.stories(), press.new_themes()) if digest.has_coverage else ()
    asked = (service.uncertain(),) if digest.has_coverage else ()
    sections = (*of_press, service.health(), service.precision(), *asked)
    summary = headline.summary()
    first = [press.move_title(move) for move in digest.moves[:2]] or list(summary)
    return Letter(
        language=digest.language,
        subject=shortened(headline.subject(), SUBJECT_CHARS),
        preheader=shortened(" · ".join(first), PREHEADER_CHARS),
        kicker=headline.kicker(),
        title=headline.title(),
        period=headline.period(),
        summary=summary,
        tiles=headline.tiles(),
        picture=headline.picture(),
        sections=tuple(section for section in sections if section is not None),
        footer=headline.footer(),
        unsubscribe=unsubscribe,
    )


def cut_letter(letter: Letter, most: int) -> Letter:
    """Give a letter with at most ``most`` entries in each list and twice as many rows in each table, and say so."""
    note = Wording(letter.language).say("footer.cut")
    sections = tuple(_cut_section(section, most) for section in letter.sections)
    return replace(letter, sections=sections, footer=(*letter.footer, note))


def _cut_section(section: Section, most: int) -> Section:
    items = tuple(
        replace(item, groups=tuple(replace(group, entries=group.entries[:most]) for group in item.groups))
        for item in section.items[: 2 * most]
    )
    table = section.table and replace(section.table, rows=section.table.rows[: 2 * most])
    return replace(section, items=items, table=table, entries=section.entries[:most])
