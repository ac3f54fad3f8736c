"""The match stage: article revisions in, mentions and themes out, each with a backlog of its own."""

from collections import Counter
from functools import partial

from analysis.mentions import Matcher
from analysis.themes import ThemeMatcher
from analysis.watchlist import Watchlist, load_watchlist
from db.backlog import (
    count_revisions_to_match,
    count_revisions_without_themes,
    in_batches,
    revisions_to_match,
    revisions_without_themes,
)
from db.carry_over import carry_mentions, carry_themes
from db.loader import load_mentions, record_watchlist
from db.rows import EntityRow, ThemeRow, ThemeSetRow, WatchlistRow
from db.themes import load_theme_hits, record_theme_set
from db.writer import Writer, open_writer
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now

STAGE = "match"
BATCH_REVISIONS = 200
"""Article revisions per transaction: about a second of work, which is what a kill may cost."""


def match_articles(context: StageContext) -> StageResult:
    """Seek the watched companies and the themes in every revision that this version of either has not seen.

    Raises:
        WatchlistError: the watchlist is wrong.
        StoreError: the database refused the rows.
    """
    clock = StageClock(STAGE)
    project = context.project
    watchlist = load_watchlist(project.watchlist_file)
    with open_writer(project.writer_file) as writer:
        content = project.watchlist_file.read_text(encoding="utf-8")
        record_watchlist(writer, _watchlist_row(watchlist, content), utc_now())
        record_theme_set(writer, _theme_set_row(watchlist), utc_now())
        carry_mentions(writer, watchlist.version, context.run_id)
        carry_themes(writer, watchlist.themes_version, context.run_id)
        n_matched, entities = _seek_entities(context, writer, watchlist)
        n_with_themes = _seek_themes(context, writer, watchlist) if watchlist.themes else 0
    # on most nights both went through the same revisions; a changed half of the watchlist makes one backlog longer
    return clock.result(n_in=max(n_matched, n_with_themes), n_out=entities.total(), counts=entities)


def _seek_entities(context: StageContext, writer: Writer, watchlist: Watchlist) -> tuple[int, Counter[str]]:
    """Give how many revisions were read, and the mentions of each entity."""
    matcher = Matcher(watchlist)
    entities: Counter[str] = Counter()
    done = 0
    read = partial(revisions_to_match, writer, watchlist.version)
    count = partial(count_revisions_to_match, writer, watchlist.version)
    for batch, total in in_batches(read, count, BATCH_REVISIONS):
        results = [
            (text.revision_id, matcher.find(text.title, text.text, text.language, text.revision_id)) for text in batch
        ]
        load_mentions(writer, watchlist.version, results, context.run_id)
        entities.update(mention.entity for _revision, mentions in results for mention in mentions)
        done += len(batch)
        context.on_progress(StageProgress(STAGE, done, total))
    return done, entities


def _seek_themes(context: StageContext, writer: Writer, watchlist: Watchlist) -> int:
    """Give how many revisions were read."""
    matcher = ThemeMatcher(watchlist.themes)
    done = 0
    read = partial(revisions_without_themes, writer, watchlist.themes_version)
    count = partial(count_revisions_without_themes, writer, watchlist.themes_version)
    for batch, total in in_batches(read, count, BATCH_REVISIONS):
        results = [(text.revision_id, matcher.find(text.title, text.text, text.language)) for text in batch]
        load_theme_hits(writer, watchlist.themes_version, results, context.run_id)
        done += len(batch)
        context.on_progress(StageProgress(STAGE, done, total, "themes"))
    return done


def _watchlist_row(watchlist: Watchlist, content: str) -> WatchlistRow:
    return WatchlistRow(
        version=watchlist.version,
        subject=watchlist.subject,
        content=content,
        entities=tuple(
            EntityRow(entity=entity.id, name=entity.name, role=entity.role) for entity in watchlist.entities.values()
        ),
    )


def _theme_set_row(watchlist: Watchlist) -> ThemeSetRow:
    return ThemeSetRow(
        version=watchlist.themes_version,
        themes=tuple(
            ThemeRow(theme=theme.id, name_en=theme.name.en, name_de=theme.name.de) for theme in watchlist.themes
        ),
    )
