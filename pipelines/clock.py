"""The only place that reads the clock, so that tests and replays can set it."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the current time as an aware datetime in UTC, whole microseconds."""
    return datetime.now(UTC)


STAMP = "%Y%m%dT%H%M%SZ"
"""How moments stand in names of runs and files; names that begin with one sort by time."""


def stamp(moment: datetime) -> str:
    """Give a moment (aware) for a name: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(STAMP)


def monotonic_seconds() -> float:
    """Give seconds since an arbitrary start; only differences mean something. Never goes back."""
    return time.monotonic()
