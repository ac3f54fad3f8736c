"""Themes that are new in a week: hardly anybody wrote about them in the four weeks before."""

from collections.abc import Sequence

from analysis.digest.chance import chance_of_rise
from analysis.digest.records import NewTheme
from analysis.digest.weeks import Week
from analysis.themes import Theme
from db.snapshot import Snapshot
from db.week import ThemeVoices, read_stories

THEME_P_VALUE = 0.01
"""Probability by chance under which a theme rose or is new; of eight themes a week one is false every three months."""

NEW_THEME_VOICES = 3
"""Least voices of a new theme."""

NEW_THEME_RATIO = 4.0
"""A theme with voices before is new where its share of the voices is at least this many times what it was."""


def find_new_themes(
    snapshot: Snapshot, week: Week, entity: str, *, voices: Sequence[ThemeVoices], themes: Sequence[Theme], minimum: int
) -> tuple[NewTheme, ...]:
    """Find the themes of an entity that have voices in the week and none, or few, in the 28 days before.

    None where those days have fewer than ``minimum`` voices: then everything would be new.
    """
    names = {theme.id: tuple(sorted(theme.names.items())) for theme in themes}
    total = next((row for row in voices if row.theme is None), None)
    if total is None or total.n_before < minimum or not total.n_now:
        return ()
    found = []
    for row in voices:
        if row.theme is None or row.n_now < NEW_THEME_VOICES:
            continue
        is_rare = row.n_now / total.n_now >= NEW_THEME_RATIO * row.n_before / total.n_before
        if is_rare and chance_of_rise(row.n_now, total.n_now, row.n_before, total.n_before) < THEME_P_VALUE:
            span = week.span
            stories = read_stories(snapshot, entity, span.since, span.until, 1, theme=row.theme)
            found.append(
                NewTheme(
                    theme=row.theme,
                    names=names.get(row.theme, ()),
                    n_now=row.n_now,
                    n_all_now=total.n_now,
                    n_before=row.n_before,
                    n_all_before=total.n_before,
                    stories=stories,
                )
            )
    return tuple(sorted(found, key=lambda theme: (-theme.n_now, theme.theme)))
