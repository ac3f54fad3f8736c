"""Small real databases with some weeks of press, built from tests/db/build.py and published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from db.loader import record_feed_checks
from db.publish import publish
from db.rows import SourceRow, ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import open_writer
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import FeedCheck, Mention, Score, ScoreOutcome
from tests.db import build

NOW = datetime(2025, 3, 1, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Note:
    """One article about one company; ``polarity`` None: not scored, for the reason ``score_outcome``.

    ``others`` are companies that it names too, in the same sentence and tone. Articles with the same ``wire`` are
    copies of one story.
    """

    day: date
    polarity: float | None = 0.0
    entity: str = "acme"
    title: str = "News"
    text: str = ""
    language: str = "en"
    source_id: str = "daily"
    theme: str = ""
    others: tuple[str, ...] = ()
    wire: str = ""
    outcome: Outcome = Outcome.OK
    score_outcome: ScoreOutcome | None = None


def publish_press(
    folder: Path, notes: Sequence[Note], *, checks: Sequence[FeedCheck] = (), sources: Sequence[SourceRow] = ()
) -> Path:
    """Publish a snapshot with those articles; gives its path."""
    store, snapshot = folder / "writer.duckdb", folder / "newstone.duckdb"
    names = {"acme": "Acme", "globex": "Globex"}
    pages, mentions, scores, hits = [], list[Mention](), list[Score](), []
    for number, note in enumerate(notes):
        named = (note.entity, *note.others)
        page = build.page(
            f"https://{note.source_id}.example/{number}",
            note.text or f"{' and '.join(names[one] for one in named)} in the news, number {number}.",
            title=note.title,
            published_at=datetime(note.day.year, note.day.month, note.day.day, 12, tzinfo=UTC),
            language=note.language,
            source_id=note.source_id,
            outcome=note.outcome,
            signature=build.signature_of(note.wire) if note.wire else (),
        )
        pages.append(page)
        if page.extraction.article is None:
            continue
        for mention in (build.mention(page, one, surface=names[one]) for one in named):
            mentions.append(mention)
            if note.polarity is not None:
                scores.append(build.score(mention, note.polarity, neutral=0.1))
            elif note.score_outcome is not None:
                unscored = {"outcome": note.score_outcome, "p_negative": None, "p_neutral": None, "p_positive": None}
                scores.append(replace(build.score(mention, 0.0), **unscored))  # type: ignore[arg-type]
        if note.theme:
            hits.append(
                (
                    page.extraction.article.revision_id,
                    (ThemeHit(note.theme, 2, in_title=True, in_lead=True, is_about=True),),
                )
            )
    with open_writer(store) as writer:
        known = sources or [build.source(name) for name in ("daily", "weekly", "herald")]
        build.load_press(writer, known, pages, mentions, scores)
        themes = (ThemeRow("chips", "Chips", "Chips auf Deutsch"), ThemeRow("prices", "Prices", "Preise"))
        record_theme_set(writer, ThemeSetRow("t1", themes), NOW)
        load_theme_hits(writer, "t1", hits, "run1")
        record_feed_checks(writer, checks, "run1")
    publish(store, snapshot, now=NOW)
    return snapshot


def asked(
    source_id: str, since: date, n_days: int, *, outcome: FeedOutcome = FeedOutcome.OK, status: int | None = 200
) -> list[FeedCheck]:
    """One request a day for the feed of a source."""
    start = datetime(since.year, since.month, since.day, 3, tzinfo=UTC)
    return [
        FeedCheck(source_id, f"https://{source_id}.example/rss", "feed", start + timedelta(days=n), outcome, status)
        for n in range(n_days)
    ]


def days_of(since: date, n: int, per_day: int = 1, **fields: object) -> list[Note]:
    """Articles on consecutive days."""
    return [
        Note(day=since + timedelta(days=number), **fields)  # type: ignore[arg-type]
        for number in range(n)
        for _ in range(per_day)
    ]
