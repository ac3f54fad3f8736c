"""The match stage: article revisions in, mentions out."""

from collections import Counter

from analysis.mentions import Matcher
from analysis.watchlist import Watchlist, load_watchlist
from db.backlog import count_backlog, revisions_to_match
from db.loader import load_mentions, record_watchlist
from db.rows import EntityRow, WatchlistRow
from db.writer import open_writer
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now

STAGE = "match"
BATCH_REVISIONS = 200
"""Article revisions per transaction: about a second of work, which is what a kill may cost."""


def match_articles(context: StageContext) -> StageResult:
    """Seek the watched companies in every revision that this version of the watchlist has not seen.

    Raises:
        WatchlistError: the watchlist is wrong.
        StoreError: the database refused the rows.
    """
    clock = StageClock(STAGE)
    project = context.project
    watchlist = load_watchlist(project.watchlist_file)
    matcher = Matcher(watchlist)
    entities: Counter[str] = Counter()
    done = 0
    with open_writer(project.writer_file) as writer:
        content = project.watchlist_file.read_text(encoding="utf-8")
        record_watchlist(writer, _watchlist_row(watchlist, content), utc_now())
        total = count_backlog(writer, "", "", watchlist.version).n_revisions_to_match
        while batch := revisions_to_match(writer, watchlist.version, BATCH_REVISIONS):
            results = [
                (text.revision_id, matcher.find(text.title, text.text, text.language, text.revision_id))
                for text in batch
            ]
            load_mentions(writer, watchlist.version, results, context.run_id)
            entities.update(mention.entity for _revision, mentions in results for mention in mentions)
            done += len(batch)
            context.on_progress(StageProgress(STAGE, done, total))
    return clock.result(n_in=done, n_out=entities.total(), counts=entities)


def _watchlist_row(watchlist: Watchlist, content: str) -> WatchlistRow:
    return WatchlistRow(
        version=watchlist.version,
        subject=watchlist.subject,
        content=content,
        entities=tuple(
            EntityRow(entity=entity.id, name=entity.name, role=entity.role) for entity in watchlist.entities.values()
        ),
    )
