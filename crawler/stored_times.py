"""How the crawl's state writes moments: as text that sorts by time."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """Give a moment (aware) as ISO 8601 in UTC, always with microseconds, so that texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
