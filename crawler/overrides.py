"""The ``[[override]]`` blocks of a source file: how pages of one period are to be read.

::

    [[override]]
    until = 2026-02-28                       # the old layout, for pages that were fetched until that day
    body_selector = "div.story > div.text"

    [[override]]
    since = 2026-03-01
    title_selector = "header h1"
    drop = ["aside.more", "//div[@data-kind='teaser']"]

The day is that on which a page was fetched (UTC), never that of its article: kept pages are read as they were laid out
when they were fetched, however much later.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pipelines.overrides import NO_OVERRIDE, PageOverride, check_selector

STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)
"""How every table of a source file is read."""

MAX_OVERRIDES = 100
"""Layouts change once or twice a year."""

MAX_DROPPED = 50
"""Selectors of one block; each is sought on every page."""


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; odd paths give the others
        raise ValueError(f"{value!r} is no time zone; write an IANA name such as 'Europe/Berlin'") from None
    return value


def _selector(value: str) -> str:
    check_selector(value, of_elements=False)
    return value


def _element_selector(value: str) -> str:
    check_selector(value, of_elements=True)
    return value


ZoneName = Annotated[str, AfterValidator(_zone)]
Selector = Annotated[str, AfterValidator(_selector)]
ElementSelector = Annotated[str, AfterValidator(_element_selector)]


class Override(BaseModel):
    """How pages of one period are to be read; selectors are CSS, or XPath where they begin with / or ``xpath:``."""

    model_config = STRICT

    since: date | None = None
    """First day (UTC) on which pages were fetched that this is for; None: from the beginning."""
    until: date | None = None
    """Last such day, inclusive; None: until further notice."""
    title_selector: Selector | None = None
    """Where the headline stands: the first match with text counts; of a meta element its content."""
    body_selector: ElementSelector | None = None
    """Where the text stands: all matches in document order, cleaned of navigation, boxes and notices."""
    date_selector: Selector | None = None
    """Where the publication date stands: of a time element its datetime, of a meta element its content."""
    zone: ZoneName | None = None
    """IANA time zone in which dates without an offset were meant; goes before that of the source."""
    feed_body: bool | None = None
    """True: where the page has too little text, that of the feed stands in (its summary gives a teaser)."""
    drop: Annotated[tuple[ElementSelector, ...], Field(min_length=1, max_length=MAX_DROPPED)] | None = None
    """Elements that are taken away before anything is read, such as teasers of other articles."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until}; swap them")
        if not self.overridden():
            raise ValueError("nothing is overridden; add a key such as body_selector, or remove the block")
        return self

    def overridden(self) -> frozenset[str]:
        """Give the names of what this block overrides."""
        return frozenset(self.model_dump(exclude={"since", "until"}, exclude_none=True))

    def covers(self, day: date) -> bool:
        """Tell whether the block is for pages that were fetched on a day (UTC)."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def period(self) -> str:
        """Give the days of the block for a person."""
        if self.since is None and self.until is None:
            return "all days"
        return " ".join(f"{word} {day}" for word, day in (("since", self.since), ("until", self.until)) if day)


def overlaps(blocks: Sequence[Override]) -> Iterator[str]:
    """Say for each two blocks that override the same key on the same day what is wrong and how to mend it."""
    for (one, first), (two, second) in combinations(enumerate(blocks), 2):
        shared = sorted(first.overridden() & second.overridden())
        begin = max((block.since for block in (first, second) if block.since is not None), default=date.min)
        if shared and first.covers(begin) and second.covers(begin):
            yield (
                f"override.{one} ({first.period()}) and override.{two} ({second.period()}) both set"
                f" {', '.join(shared)}; end one before the other begins (until = the day before since)"
            )


def override_on(blocks: Sequence[Override], day: date) -> PageOverride:
    """Give what is in force for a page fetched on a day (UTC); blocks that set different keys hold side by side."""
    fields = {}
    for block in blocks:
        if block.covers(day):
            fields.update(block.model_dump(exclude={"since", "until"}, exclude_none=True))
    return PageOverride(**fields) if fields else NO_OVERRIDE
