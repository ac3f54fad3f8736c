"""The crawl stage: sources in, WARC parts and a journal out; the crawl itself is a child process."""

from collections import Counter
from collections.abc import Sequence

from crawler.run import CrawlJob, Progress, run_crawl
from crawler.source import load_sources
from db.loader import record_feed_checks, record_source_nights, record_sources
from db.writer import open_writer
from newstone.config import Project
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from newstone.stages.extracting import source_row
from pipelines.clock import utc_now
from pipelines.errors import SourceError
from pipelines.journal import list_new_journals, read_journal
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck
from pipelines.spool import mark_done

STAGE = "crawl"
GOOD_FEED_OUTCOMES = frozenset({FeedOutcome.OK, FeedOutcome.UNCHANGED, FeedOutcome.EMPTY})
READ_FEED_OUTCOMES = GOOD_FEED_OUTCOMES | {FeedOutcome.MALFORMED}
"""Outcomes of a feed that answered and of which something was read."""


def crawl_sources(
    context: StageContext, source_ids: Sequence[str] | None = None, *, due_only: bool = False
) -> StageResult:
    """Crawl all enabled sources, or those named; also loads the journals that killed crawls left.

    ``due_only`` asks only the feeds whose next poll is due (:mod:`crawler.polling`). ``n_in`` counts the page URLs that
    were requested, ``n_out`` those that came with a body.

    Raises:
        CrawlError: the crawl process ended badly; what it had fetched by then is kept.
        SourceError: a source file is wrong, or a named source does not exist.
        StoreError: the database refused the rows.
    """
    clock = StageClock(STAGE)
    project = context.project
    sources = load_sources(project.sources_dir)
    unknown = sorted(set(source_ids or ()) - set(sources))
    if unknown:
        raise SourceError(f"no source {', '.join(unknown)} in {project.sources_dir}; see `newstone sources list`")
    with open_writer(project.writer_file) as writer:
        record_sources(writer, [source_row(source) for source in sources.values()], utc_now())

    def tell(progress: Progress) -> None:
        if context.is_ending():
            raise KeyboardInterrupt  # asked before the crawl could take signals itself; this ends it gracefully
        done = progress.pages + progress.errors
        note = (
            f"hosts {progress.hosts_done}/{progress.hosts_total}, {progress.rate_per_second:.1f} pages/s, "
            f"{progress.errors} errors"
        )
        context.on_progress(StageProgress(STAGE, done, done + progress.pending, note))

    try:
        report = run_crawl(_job(project, source_ids, due_only), tell)
    finally:
        checks = _load_journals(context)
    if report.ended == "stopped":
        raise KeyboardInterrupt  # a signal to this process, which the crawl took in order to end gracefully
    problems = [] if report.ended == "finished" else [f"the crawl ended early ({report.ended}); the rest stays pending"]
    if not any(source.enabled for source in sources.values()):
        problems.append(f"no enabled source in {project.sources_dir}; `newstone sources import FILE.opml` adds some")
    outcomes: Counter[str] = Counter()
    for night in report.source_nights:
        outcomes.update(dict(night.outcomes))
    n_bad = sum(check.outcome not in GOOD_FEED_OUTCOMES for check in checks)
    if not due_only and checks and not any(check.outcome in READ_FEED_OUTCOMES for check in checks):
        problems.append(f"none of {len(checks)} feeds could be read; is there a network? see `newstone status`")
    counts = {**outcomes, "pending": report.pending, "feeds": len(checks), "feeds_failing": n_bad}
    if report.listings_not_asked:
        counts["feeds_not_asked"] = report.listings_not_asked
    return clock.result(
        n_in=outcomes.total(),
        n_out=report.pages,
        counts=counts,
        problems=tuple(problems),
        child_peak_bytes=report.peak_memory_bytes,
    )


def _job(project: Project, source_ids: Sequence[str] | None, due_only: bool) -> CrawlJob:
    settings = project.settings.crawl
    return CrawlJob(
        data_dir=project.data_dir,
        sources_dir=project.sources_dir,
        source_ids=tuple(source_ids or ()),
        contact_url=settings.contact_url,
        allowed_addresses=settings.allow_addresses,
        delay_seconds=settings.delay_seconds,
        concurrency=settings.concurrency_per_host,
        timeout_seconds=settings.timeout_seconds,
        max_body_bytes=settings.max_page_bytes,
        host_seconds=settings.host_time_limit_seconds,
        time_limit_seconds=settings.time_limit_seconds,
        revisit_days=settings.revisit_days,
        max_pages_per_source=settings.max_pages_per_source,
        canaries=settings.canaries,
        due_only=due_only,
        settings={"CONCURRENT_REQUESTS": settings.concurrency, "REDIRECT_MAX_TIMES": settings.max_redirects},
    )


def _load_journals(context: StageContext) -> list[FeedCheck]:
    """Load every journal that waits in the spool; give the feed checks of all of them."""
    checks: list[FeedCheck] = []
    with open_writer(context.project.writer_file) as writer:
        for path in list_new_journals(context.project.data_dir):
            journal = read_journal(path)
            record_feed_checks(writer, journal.feed_checks, context.run_id)
            record_source_nights(writer, journal.source_nights, context.run_id)
            checks.extend(journal.feed_checks)
            mark_done(path)
    return checks
