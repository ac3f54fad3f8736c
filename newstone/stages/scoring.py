"""The score stage: mentions in, one score row per mention out."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.watchlist import load_watchlist
from db.backlog import count_mentions_to_score, in_batches, mentions_to_score
from db.loader import load_scores, record_model
from db.rows import ModelRow
from db.writer import open_writer
from newstone.config import model_folder
from newstone.settings import ScoreSettings
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now

if TYPE_CHECKING:
    from analysis.scorers import Scorer, ScorerIdentity

STAGE = "score"
BATCH_MENTIONS = 1000
"""Mentions per transaction: some seconds of work, which is what a kill may cost; enough for batches of one length."""


def identify_model(settings: ScoreSettings, root: Path) -> "ScorerIdentity":
    """Say which model is configured, without loading it; a relative folder counts from ``root``.

    Raises:
        ModelError: there is no such checkpoint, or its labels are not understood.
    """
    from analysis.scorers import InputForm, identify_scorer

    folder = model_folder(settings.model, root)
    return identify_scorer(
        settings.model if folder is None else str(folder),
        revision=settings.revision or None,
        offline=settings.offline,
        labels=settings.labels or None,
        input_form=InputForm(settings.input_form) if settings.input_form else None,
        all_languages=settings.all_languages,
    )


def open_scorer(settings: ScoreSettings, root: Path) -> "Scorer":
    """Give the configured model; its weights, and torch, are loaded when the first sentence is scored.

    Raises:
        ModelError: see :func:`identify_model`; scoring raises it where the weights cannot be read.
    """
    from analysis.scorers import DeferredScorer

    return DeferredScorer(identify_model(settings, root))


def score_backlog(context: StageContext) -> StageResult:
    """Score every mention of the current watchlist that the configured model has not judged yet.

    Raises:
        ModelError: the checkpoint cannot be found, understood or, where there is something to score, loaded.
        WatchlistError: the watchlist is wrong.
        StoreError: the database refused the rows.
    """
    from analysis.scorers.cache import CachedScorer
    from analysis.scoring import score_mentions

    clock = StageClock(STAGE)
    project = context.project
    settings = project.settings.score
    version = load_watchlist(project.watchlist_file).version
    scorer = open_scorer(settings, project.root)
    if settings.cache_rows:
        scorer = CachedScorer(scorer, project.score_cache_file, max_rows=settings.cache_rows)
    outcomes: Counter[str] = Counter()
    with open_writer(project.writer_file) as writer:
        record_model(writer, _model_row(scorer), utc_now())
        read = partial(mentions_to_score, writer, scorer.model_id, scorer.revision, version)
        count = partial(count_mentions_to_score, writer, scorer.model_id, scorer.revision, version)
        for batch, total in in_batches(read, count, BATCH_MENTIONS):
            scores = score_mentions(batch, scorer)
            load_scores(writer, scores, context.run_id)
            outcomes.update(score.outcome.value for score in scores)
            context.on_progress(StageProgress(STAGE, outcomes.total(), total, note=scorer.model_id))
    return clock.result(n_in=outcomes.total(), n_out=outcomes["ok"], counts=outcomes)


def _model_row(scorer: "Scorer") -> ModelRow:
    return ModelRow(
        model_id=scorer.model_id,
        model_revision=scorer.revision,
        languages=tuple(sorted(scorer.languages or ())),
        input_form=str(scorer.input_form),
    )
