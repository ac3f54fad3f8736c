"""The seam between aware UTC datetimes in Python and naive UTC timestamps in the file."""

from datetime import UTC, datetime, timedelta

_TICK = timedelta(microseconds=1)  # resolution of a stored timestamp


def to_stored(moment: datetime) -> datetime:
    """Give the naive UTC timestamp to store.

    Raises:
        ValueError: the datetime has no zone, so that nobody knows which moment it is.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; give an aware datetime in UTC")
    return moment.astimezone(UTC).replace(tzinfo=None)


def to_stored_after(moment: datetime, newest: object) -> datetime:
    """Give the timestamp to store, later than the newest stored one, so that a clock set back hides nothing new.

    Raises:
        ValueError: the datetime has no zone.
    """
    stored = to_stored(moment)
    return max(stored, newest + _TICK) if isinstance(newest, datetime) else stored


def from_stored(moment: datetime) -> datetime:
    """Give the aware UTC datetime of a stored timestamp."""
    return moment.replace(tzinfo=UTC)
