"""The publish stage: checks, then a new snapshot in place of the old one."""

from db.publish import publish
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now

STAGE = "publish"


def publish_snapshot(context: StageContext) -> StageResult:
    """Check the database and publish it for analysts.

    Raises:
        ChecksFailedError: a check failed; the last good snapshot stays.
        StoreError: the database could not be copied.
    """
    clock = StageClock(STAGE)
    project = context.project
    context.on_progress(StageProgress(STAGE, 0, 1))
    report = publish(project.writer_file, project.snapshot_file, now=utc_now(), run_id=context.run_id)
    context.on_progress(StageProgress(STAGE, 1, 1))
    counts = {
        "pages": report.n_pages,
        "revisions": report.n_revisions,
        "stories": report.n_stories,
        "mentions": report.n_mentions,
        "scores": report.n_scores,
        "warnings": len(report.warnings),
    }
    return clock.result(n_in=report.n_pages, n_out=report.n_revisions, counts=counts)
