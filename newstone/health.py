"""How a project stands: what the database says, what lies in the spool, who is working, which sources need a look."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.reader_labels import LanguagePrecision, live_precision
from analysis.source_rules import WELL, SourceState
from db.snapshot import open_snapshot
from db.source_states import SourceStateRow
from db.status import StoreStatus, read_status
from newstone.config import Project
from newstone.lock import lock_holder
from newstone.schedule.ledger import JobRun, last_job_runs
from pipelines.clock import utc_now
from pipelines.spool import list_new_parts

SPOKEN = {"remark": "read, with a remark", "slow": "slow"}
"""Kinds of page trouble that are no outcome, for a person."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One source of the last night and everything that was wrong with it, for a person."""

    source_id: str
    kinds: tuple[str, ...]  # such as "feed gone", "page consent_wall", "pace"
    reasons: tuple[str, ...]  # one a finding, for a person


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """All that ``newstone status`` shows; ``live_precision`` is as of the snapshot, ``jobs`` the last run of each."""

    snapshot_file: str
    holder: str | None
    n_parts_to_extract: int
    store: StoreStatus
    troubles: tuple[Trouble, ...]
    live_precision: tuple[LanguagePrecision, ...]
    jobs: tuple[JobRun, ...]


def read_project_status(project: Project) -> ProjectStatus:
    """Read how a project stands; works while a run is writing, then as of the last snapshot.

    Raises:
        StoreError: a database file is damaged or was written by a newer newstone.
    """
    store = read_status(project.writer_file, project.snapshot_file, now=utc_now())
    return ProjectStatus(
        snapshot_file=str(project.snapshot_file),
        holder=lock_holder(project.data_dir),
        n_parts_to_extract=len(list_new_parts(project.data_dir)),
        store=store,
        troubles=_troubles(store),
        live_precision=_live_precision(project),
        jobs=last_job_runs(project),
    )


def _live_precision(project: Project) -> tuple[LanguagePrecision, ...]:
    if not project.snapshot_file.is_file():
        return ()
    with open_snapshot(project.snapshot_file) as snapshot:
        return live_precision(snapshot)


def issues_of(states: Iterable[SourceStateRow]) -> tuple[SourceStateRow, ...]:
    """Give the sources that are not well, by state, the longest first."""
    order = list(SourceState)
    found = [row for row in states if row.state not in WELL]
    return tuple(sorted(found, key=lambda row: (order.index(SourceState(row.state)), row.since, row.source_id)))


def _troubles(store: StoreStatus) -> tuple[Trouble, ...]:
    """Collect what was wrong by source; the rarest kinds of trouble first, since common ones are soon understood."""
    reasons: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for feed in store.feed_troubles:
        since = f", last good {feed.last_good_at:%Y-%m-%d}" if feed.last_good_at else ""
        detail = f" ({feed.detail})" if feed.detail else ""
        reasons[feed.source_id].append((f"feed {feed.outcome}", f"{feed.url} {feed.outcome}{detail}{since}"))
    for page in store.page_troubles:
        pages = "1 page" if page.n == 1 else f"{page.n} pages"
        detail = f" ({page.detail})" if page.detail else ""
        reasons[page.source_id].append(
            (f"page {page.outcome}", f"{pages} {SPOKEN.get(page.outcome, page.outcome)}{detail}")
        )
    for source in store.source_troubles:
        parts = ((source.n_429, "answers 429"), (source.n_503, "answers 503"), (source.n_retries, "requests repeated"))
        said = [f"{count} {what}" for count, what in (*parts, (source.n_pending, "pages still to fetch")) if count]
        reasons[source.source_id].append(("pace", ", ".join(said)))
    troubles = [
        Trouble(source_id, tuple(dict.fromkeys(kind for kind, _ in found)), tuple(text for _, text in found))
        for source_id, found in reasons.items()
    ]
    frequency = kinds_of(troubles)
    return tuple(sorted(troubles, key=lambda trouble: (min(frequency[kind] for kind in trouble.kinds), trouble.kinds)))


def kinds_of(troubles: Iterable[Trouble]) -> Counter[str]:
    """Count the sources that have each kind of trouble."""
    return Counter(kind for trouble in troubles for kind in trouble.kinds)
