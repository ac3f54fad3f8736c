"""The span of days that a question is about."""

from datetime import date
from pathlib import Path

from db.read import covered_days
from pipelines.clock import utc_now


def span_of(snapshot: Path, since: date | None, until: date | None) -> tuple[date, date]:
    """Fill a missing end of a span with the first or last day (UTC) on which a watched company was in the press.

    Raises:
        StoreError: there is no snapshot.
    """
    if since is not None and until is not None:
        return since, until
    today = utc_now().date()
    first, last = covered_days(snapshot) or (today, today)
    return since or min(first, until or first), until or max(last, since or last)
