"""The blind spots as tables of text."""

from dataclasses import dataclass

from analysis.blind_spots import BlindSpots, LanguageReason, UnreachedReason
from analysis.report.buckets import day_text
from analysis.report.safe_text import count, language_name, medium_name, percent

MOST_ROWS = 25
"""Rows of each table; the rest is counted."""

_LANGUAGE_REASONS = {
    LanguageReason.NOTHING_PUBLISHED: "no article came",
    LanguageReason.NEVER_NAMED: "never named",
    LanguageReason.NOT_SCORED: "not scored by this model",
    LanguageReason.FEW_VOICES: "too few voices",
}

_UNREACHED_REASONS = {
    UnreachedReason.NEVER_ASKED: "never asked",
    UnreachedReason.NEVER_ANSWERED: "never answered well",
    UnreachedReason.NO_ARTICLE: "answers, but gave no article",
}


@dataclass(frozen=True, slots=True)
class BlindTable:
    """One kind of blind spot; ``rows`` start with the name, ``n_more`` are left out."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n: int

    @property
    def n_more(self) -> int:
        """Rows that the table leaves out."""
        return self.n - len(self.rows)


def blind_tables(spots: BlindSpots, name: str) -> list[BlindTable]:
    """Give the tables that have rows, the worst first."""
    never = [
        (s.outlet, language_name(s.language), medium_name(s.medium), f"{s.n_articles:,}") for s in spots.never_naming
    ]
    languages = [
        (
            language_name(s.language),
            _LANGUAGE_REASONS[s.reason],
            f"{s.n_published:,}",
            f"{s.n_articles:,}",
            f"{s.n_scored_voices:,}",
        )
        for s in spots.languages
    ]
    feeds = [
        (
            s.outlet,
            s.outcome.replace("_", " ") + (f" ({s.status})" if s.status else ""),
            day_text(s.last_good_on) if s.last_good_on else "never",
            s.url,
        )
        for s in spots.failing_feeds
    ]
    silent = [
        (s.outlet, day_text(s.last_published_on), count(s.n_days, "day"), f"every {s.usual_days:.1f} days")
        for s in spots.silent_sources
    ]
    walled = [
        (s.outlet, s.reason.value.replace("_", " "), f"{s.n_walled:,} of {s.n_pages:,} pages", percent(s.share))
        for s in spots.walled
    ]
    not_well = [
        (s.outlet, s.state.replace("_", " "), day_text(s.since), count(s.n_nights, "night"), s.reason)
        for s in spots.not_well
    ]
    unreached = [(s.outlet, language_name(s.language), _UNREACHED_REASONS[s.reason]) for s in spots.unreached]
    return [
        BlindTable(title, columns, tuple(rows[:MOST_ROWS]), len(rows))
        for title, columns, rows in (
            (
                "Languages that say little",
                ("language", "why", "articles in all", f"about {name}", "scored voices"),
                languages,
            ),
            (f"Sources that published and never named {name}", ("source", "language", "medium", "articles"), never),
            ("Sources that fell silent", ("source", "last article", "silent", "usually"), silent),
            ("Sources that are not well", ("source", "state", "since", "nights", "why"), not_well),
            ("Feeds that fail", ("source", "outcome", "last good", "feed"), feeds),
            ("Outlets behind a wall", ("outlet", "wall", "walled", "share"), walled),
            ("Sources that never gave an article", ("source", "language", "why"), unreached),
        )
        if rows
    ]
