"""The course of one source over nights: figures in, the states of the judge out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from analysis.source_states import HISTORY_DAYS, judge_source
from db.source_states import SourceExpectRow, SourceFigures, SourceStateRow

FIRST = date(2025, 1, 6)
"""A Monday."""

EXPECT = SourceExpectRow("daily", "v1", 0.0, 500.0, 0.9, 0.8)

Change = Callable[[SourceFigures], SourceFigures]


def figures(night: date, n_new: int = 5, **changes: object) -> SourceFigures:
    """A good night: one feed that answered, all new pages articles with title, date, author and a text."""
    good = SourceFigures(
        source_id="daily",
        night=night,
        asked_at=datetime.combine(night, datetime.min.time(), UTC) + timedelta(hours=2, minutes=30),
        n_listings=1,
        n_up=1,
        n_new=n_new,
        n_pages=n_new,
        n_articles=n_new,
        title_fill=1.0 if n_new else None,
        date_fill=1.0 if n_new else None,
        author_fill=1.0 if n_new else None,
        median_text_chars=3000.0 + 100 * night.day if n_new else None,
    )
    return replace(good, **changes)  # type: ignore[arg-type]


@dataclass
class Course:
    """One source; each night is the next day, unless ``skip`` lets days pass."""

    expect: SourceExpectRow | None = EXPECT
    rows: list[SourceStateRow] = field(default_factory=list)
    next_night: date = FIRST

    def night(self, n_new: int = 5, **changes: object) -> SourceStateRow:
        since = self.next_night - timedelta(days=HISTORY_DAYS)
        past = [row for row in self.rows if row.night >= since]
        row = judge_source(figures(self.next_night, n_new, **changes), past, self.expect)
        self.rows.append(row)
        self.next_night += timedelta(days=1)
        return row

    def nights(self, counts: Sequence[int], **changes: object) -> list[SourceStateRow]:
        return [self.night(n_new, **changes) for n_new in counts]

    def skip(self, days: int) -> None:
        self.next_night += timedelta(days=days)


def known(n_new: int = 5, nights: int = 28, **changes: object) -> Course:
    """A source that was well for four weeks."""
    course = Course()
    course.nights([n_new] * nights, **changes)
    assert course.rows[-1].state == "ok"
    return course
