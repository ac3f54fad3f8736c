"""Themes in the database: which are in use, what was found, and what a snapshot says about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.rows import ThemeSetRow
from db.snapshot import Snapshot
from db.statements import fetch_records
from db.times import to_stored_after
from db.watched import check_span
from db.writer import Writer


@dataclass(frozen=True, slots=True)
class ThemeHit:
    """The words of one theme in one revision; ``n_sentences`` counts sentences of the text, title apart.

    ``is_about`` is False where they are too few for the length of the text.
    """

    theme: str
    n_sentences: int
    in_title: bool
    in_lead: bool
    is_about: bool


@dataclass(frozen=True, slots=True)
class ThemeName:
    """A theme of the current watchlist."""

    theme: str
    name_en: str
    name_de: str


@dataclass(frozen=True, slots=True)
class ThemeShare:
    """What one theme is of the coverage of an entity in a span, earned media.

    ``n_articles`` is reach, ``n_stories`` voices; ``share_stories`` is of all voices about the entity, None where there
    is none. ``mean_polarity`` (-1 to 1) is over scored voices; ``ci_low`` and ``ci_high`` are None where ``too_few``.
    """

    theme: str
    name_en: str
    name_de: str
    n_articles: int
    n_stories: int
    n_outlets: int
    share_stories: float | None
    n_scored_stories: int
    mean_polarity: float | None
    ci_low: float | None
    ci_high: float | None
    too_few: bool


def record_theme_set(writer: Writer, themes: ThemeSetRow, recorded_at: datetime) -> bool:
    """Make themes the current ones, also none at all; False where they already are."""
    rows = [
        (themes.version, theme.theme, theme.name_en, theme.name_de, place)
        for place, theme in enumerate(themes.themes, start=1)
    ]
    with writer.transaction():
        current = writer.fetch("SELECT version, recorded_at FROM current_theme_set")
        if current and current[0][0] == themes.version:
            return False
        moment = to_stored_after(recorded_at, current[0][1] if current else None)
        writer.insert_new(
            "theme_set", ("version", "recorded_at"), ("version", "recorded_at"), [(themes.version, moment)]
        )
        writer.insert_new(
            "theme", ("themes_version", "theme", "name_en", "name_de", "place"), ("themes_version", "theme"), rows
        )
        return True


def load_theme_hits(
    writer: Writer, themes_version: str, results: Sequence[tuple[str, Sequence[ThemeHit]]], run_id: str
) -> int:
    """Add what was found in revisions, also where nothing was, in one transaction; gives how many hits were added.

    ``results`` holds a revision_id and its hits. A revision that is in the ledger for these themes adds nothing.
    """
    with writer.transaction():
        known = {
            row[0]
            for row in writer.fetch(
                "SELECT revision_id FROM theme_done WHERE themes_version = ?"
                " AND revision_id IN (SELECT unnest(?::VARCHAR[]))",
                [themes_version, [revision_id for revision_id, _ in results]],
            )
        }
        fresh = {revision_id: hits for revision_id, hits in results if revision_id not in known}
        writer.insert_new(
            "theme_done",
            ("revision_id", "themes_version", "n_hits", "run_id"),
            ("revision_id", "themes_version"),
            [(revision_id, themes_version, len(hits), run_id) for revision_id, hits in fresh.items()],
        )
        return writer.insert_new(
            "theme_hit",
            ("revision_id", "theme", "n_sentences", "in_title", "in_lead", "is_about", "themes_version", "run_id"),
            ("revision_id", "theme", "themes_version"),
            [
                (
                    revision_id,
                    hit.theme,
                    hit.n_sentences,
                    hit.in_title,
                    hit.in_lead,
                    hit.is_about,
                    themes_version,
                    run_id,
                )
                for revision_id, hits in fresh.items()
                for hit in hits
            ],
        )


def theme_names(snapshot: Snapshot) -> list[ThemeName]:
    """Give the themes of the current watchlist in its order."""
    return fetch_records(snapshot, ThemeName, "SELECT {columns} FROM themes ORDER BY place")


def theme_shares(snapshot: Snapshot, entity: str, since: date, until: date) -> list[ThemeShare]:
    """Give one row per theme, most voices first; ``since`` and ``until`` are days (UTC), both inclusive.

    Raises:
        UsageError: ``since`` is after ``until``.
    """
    check_span(since, until)
    sql = "SELECT {columns} FROM theme_shares($1, $2, $3)"
    return fetch_records(snapshot, ThemeShare, sql, [entity, since, until])
