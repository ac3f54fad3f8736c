"""Writes the report page of a project."""

from datetime import date
from pathlib import Path

from db.read import Grain
from newstone.analytics import spike_settings
from newstone.config import Project
from pipelines.clock import utc_now
from pipelines.files import write_whole


def write_report(
    project: Project, file: Path, *, since: date | None = None, until: date | None = None, grain: Grain | None = None
) -> int:
    """Write the report page and give its size in bytes; a page that was there is replaced as a whole.

    Days are in UTC, inclusive; what is not named comes from the configuration.

    Raises:
        StoreError: there is no snapshot.
        UsageError: no watched company was in the press in the span, or it ends before it begins.
        OSError: the file cannot be written.
    """
    from analysis.report import build_report
    from db.snapshot import open_snapshot

    analytics = project.settings.analytics
    with open_snapshot(project.snapshot_file) as snapshot:
        page = build_report(
            snapshot,
            now=utc_now(),
            since=since,
            until=until,
            days=project.settings.report.days,
            grain=grain,
            minimum_voices=analytics.minimum_voices,
            spikes=spike_settings(analytics),
        )
    content = page.encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, content)
    return len(content)
