"""The seam between aware UTC datetimes in Python and naive UTC timestamps in the file."""

from datetime import UTC, datetime


def to_stored(moment: datetime) -> datetime:
    """Give the naive UTC timestamp to store.

    Raises:
        ValueError: the datetime has no zone, so that nobody knows which moment it is.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; give an aware datetime in UTC")
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_stored(moment: datetime) -> datetime:
    """Give the aware UTC datetime of a stored timestamp."""
    return moment.replace(tzinfo=UTC)
