"""What extraction is told of a source, as it holds for a page fetched at a certain time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from crawler.overrides import override_on
from crawler.source import Source
from pipelines.extract import SourceHints

UNKNOWN_SOURCE = SourceHints(language="und", zone="UTC")
"""For pages of a source whose file is no longer there."""


def hints_on(source: Source | None, day: date) -> SourceHints:
    """Give the hints for pages of a source that were fetched on a day (UTC); None is a source that is not known."""
    if source is None:
        return UNKNOWN_SOURCE
    return SourceHints(source.language, source.zone, source.name, override_on(source.override, day))


class HintsByDay:
    """The hints of all sources by the time of the fetch; each day is worked out once."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._known: dict[tuple[str, date], SourceHints] = {}

    def on(self, source_id: str, day: date) -> SourceHints:
        """Give the hints for pages of a source that were fetched on a day (UTC)."""
        key = (source_id, day)
        if key not in self._known:
            self._known[key] = hints_on(self._sources.get(source_id), day)
        return self._known[key]

    def at(self, source_id: str, fetched_at: datetime) -> SourceHints:
        """Give the hints for a page of a source that was fetched at a time (aware)."""
        return self.on(source_id, fetched_at.astimezone(UTC).date())
