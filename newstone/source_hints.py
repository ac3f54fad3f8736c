"""What extraction is told of a source, as it holds for a page fetched at a certain time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from crawler.overrides import override_on
from crawler.source import Source
from db.extractors import NO_FILE, SourceTerms
from pipelines.extract import SourceHints

UNKNOWN_SOURCE = SourceHints(NO_FILE.language, NO_FILE.zone, NO_FILE.name)
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

    def is_as_then(self, source_id: str, day: date, then: SourceTerms | None) -> bool:
        """Tell whether pages that were fetched on a day (UTC) would be read as under the terms of an earlier reading.

        Those of the override do not count here: the name of the extractor tells them. Where the file is gone or the
        earlier terms are not known (None) nothing says that they changed.
        """
        if then is None or source_id not in self._sources:
            return True
        now = self.on(source_id, day)
        same_zone = bool(now.override.zone) or now.zone == then.zone  # that of an override goes before that of the file
        return same_zone and (now.language, now.name) == (then.language, then.name)
