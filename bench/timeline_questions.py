"""What bench/timeline.py asks, of whom it asks it too, and how two answers are compared."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bench.synthetic_press import SUBJECT

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
QUARTER_BEFORE, QUARTER = (date(2025, 1, 1), date(2025, 3, 31)), (date(2025, 4, 1), date(2025, 6, 30))
WEEK = (date(2025, 5, 5), date(2025, 5, 11))
DAY = date(2025, 5, 7)
TOP = 10
TOLERANCE = 1e-9
"""Numbers of two systems may differ by this: they add in another order."""

Rows = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as an analyst types it; ``compared`` where SQLite and pandas are asked as well."""

    name: str
    sql: str
    compared: bool = False


def _span(days: tuple[date, date]) -> str:
    return f"'{days[0]}', '{days[1]}'"


QUESTIONS: tuple[Question, ...] = (
    Question(
        "timeline, a year by week",
        "SELECT bucket, n_articles, n_stories, n_outlets, n_scored_stories, share_positive, share_neutral,"
        " share_negative, mean_polarity, ci_low, ci_high, n_sources_up"
        f" FROM timeline('{SUBJECT}', {_span(YEAR)}, 'week')",
        compared=True,
    ),
    Question("timeline, two years by day", f"FROM timeline('{SUBJECT}', NULL, NULL, 'day')"),
    Question("timeline_by_medium, a year by week", f"FROM timeline_by_medium('{SUBJECT}', {_span(YEAR)}, 'week')"),
    Question("timeline_by_theme, a year by week", f"FROM timeline_by_theme('{SUBJECT}', {_span(YEAR)}, 'week')"),
    Question("theme_shares, a quarter", f"FROM theme_shares('{SUBJECT}', {_span(QUARTER)})"),
    Question(
        "share_of_voice, a quarter",
        "SELECT entity, n_articles, n_stories, n_outlets, share_articles, share_stories, mean_polarity, ci_low, ci_high"
        f" FROM share_of_voice({_span(QUARTER)})",
        compared=True,
    ),
    Question("share_of_voice, a year", f"FROM share_of_voice({_span(YEAR)})"),
    Question(
        "share_of_voice_change, two quarters",
        "SELECT entity, n_stories_before, n_stories, share_before, share_stories, change, n_sources"
        f" FROM share_of_voice_change({_span(QUARTER_BEFORE)}, {_span(QUARTER)})",
        compared=True,
    ),
    Question(
        "top_stories, a week",
        "SELECT story_id, title, published_at, n_articles, n_outlets, n_scored, mean_polarity"
        f" FROM top_stories('{SUBJECT}', {_span(WEEK)})"
        f" ORDER BY n_outlets DESC, n_articles DESC, published_at, story_id LIMIT {TOP}",
        compared=True,
    ),
    Question(
        "evidence, a day",
        "SELECT mention_id, sentence, url, polarity, score_outcome, page_id, part, record_offset"
        f" FROM evidence('{SUBJECT}', '{DAY}')",
        compared=True,
    ),
    Question("evidence_between, a week", f"FROM evidence_between('{SUBJECT}', {_span(WEEK)})"),
    Question(
        "sources_up, a year by week",
        f"SELECT bucket, n_sources_asked, n_sources_up, n_items, n_articles FROM sources_up({_span(YEAR)}, 'week')",
        compared=True,
    ),
    Question(
        "coverage by country and medium, a year",
        "SELECT country, medium, count(*), count(DISTINCT story_id), avg(polarity) FROM coverage"
        f" WHERE entity = '{SUBJECT}' AND published_on BETWEEN '{YEAR[0]}' AND '{YEAR[1]}' GROUP BY country, medium",
        compared=True,
    ),
    Question(
        "two entities in one sentence, a month",
        "SELECT count(*) FROM sentences a JOIN sentences b ON a.sentence_id = b.sentence_id"
        f" WHERE a.entity = '{SUBJECT}' AND b.entity = 'nvidia'"
        " AND a.published_on BETWEEN '2025-05-01' AND '2025-05-31'"
        " AND b.published_on BETWEEN '2025-05-01' AND '2025-05-31'",
    ),
    Question(
        "coverage, the newest 20", f"FROM coverage WHERE entity = '{SUBJECT}' ORDER BY published_at DESC LIMIT 20"
    ),
    Question("article, the titles of a day", f"SELECT title FROM article WHERE is_current AND published_on = '{DAY}'"),
    Question("page_fate, all", "SELECT fate, count(*) FROM page_fate GROUP BY fate"),
    Question("outlets", "FROM outlets"),
    Question("funnel", "FROM funnel"),
    Question("entities", "FROM entities"),
)


def normal_rows(rows: Iterable[Sequence[object]]) -> Rows:
    """Give rows in one form: days and moments as text, missing as None, sorted by what is exact."""
    plain = [tuple(_plain(value) for value in row) for row in rows]
    return sorted(plain, key=lambda row: repr([value for value in row if not isinstance(value, float)]))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def first_difference(ours: Rows, theirs: Rows) -> str:
    """Give the first difference of two normal answers in words, "" where they agree."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows against {len(theirs)}"
    for one, other in zip(ours, theirs, strict=True):
        for a, b in zip(one, other, strict=True):
            number = isinstance(a, int | float) and isinstance(b, int | float)
            if not (abs(float(a) - float(b)) <= TOLERANCE if number else a == b):  # type: ignore[arg-type]
                return f"{a!r} against {b!r} in {one!r} against {other!r}"
    return ""
