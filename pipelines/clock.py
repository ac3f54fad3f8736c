"""The only place that reads the clock, so that tests and replays can set it."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the current time as an aware datetime in UTC, whole microseconds."""
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    """Give seconds since an arbitrary start; only differences mean something. Never goes back."""
    return time.monotonic()
