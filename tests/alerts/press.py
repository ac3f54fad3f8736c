"""A small press for alerts: so many voices of such a tone about acme on each day, published as a snapshot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from db.loader import record_feed_checks
from db.publish import publish
from db.rows import ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import open_writer
from newstone.config import Project, parse_settings
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck
from tests.db import build

JANUARY = date(2025, 1, 1)


def day(number: int) -> date:
    """A day of January 2025; 32 is 1 February."""
    return JANUARY + timedelta(days=number - 1)


def at(number: int, clock: str = "12:00") -> datetime:
    return datetime.combine(day(number), time.fromisoformat(clock), tzinfo=UTC)


@dataclass
class Press:
    """What the writer database of a project is given; days are numbers from 1 January 2025 on."""

    project: Project
    n_parts: int = 0
    checked: set[int] = field(default_factory=set)

    def write(
        self,
        voices: Mapping[int, Sequence[float | None]],
        *,
        language: str = "en",
        theme: str | None = None,
        title: str = "News",
        url: str = "https://daily.example/{}",
    ) -> None:
        """Add one article per polarity (None: not scored), each a voice of its own, and publish."""
        self.n_parts += 1
        texts = [(number, n, value) for number, values in voices.items() for n, value in enumerate(values)]
        pages = [
            build.page(
                url.format(f"{self.n_parts}/{number}/{n}"),
                f"Acme does {self.n_parts} {number} {n}.",
                title=title,
                published_at=at(number),
                language=language,
            )
            for number, n, _value in texts
        ]
        with open_writer(self.project.writer_file) as writer:
            build.fill(writer, pages, [value for _number, _n, value in texts], name=f"part{self.n_parts}")
            record_theme_set(writer, ThemeSetRow("t1", (ThemeRow("bans", "bans", "Verbote"),)), build.NOON)
            hits = [ThemeHit("bans", 3, in_title=True, in_lead=True, is_about=True)] if theme else []
            articles = [page.extraction.article for page in pages]
            load_theme_hits(writer, "t1", [(one.revision_id, hits) for one in articles if one is not None], "run1")
        self.publish()

    def crawl(self, numbers: Iterable[int], *, failed: Iterable[int] = ()) -> None:
        """Record that sources were asked on these days, and that none answered on the failed ones; publish."""
        broken = set(failed)
        checks = [
            FeedCheck(
                "daily",
                "https://daily.example/rss",
                "feed",
                at(number, "03:00"),
                FeedOutcome.HTTP_ERROR if number in broken else FeedOutcome.OK,
                503 if number in broken else 200,
            )
            for number in sorted(set(numbers) | broken)
        ]
        with open_writer(self.project.writer_file) as writer:
            record_feed_checks(writer, checks, "run1")
        self.publish()

    def publish(self) -> None:
        publish(self.project.writer_file, self.project.snapshot_file, now=build.NOON)


def make_press(folder: Path, config: str = "") -> Press:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "newstone.toml").write_text(config, encoding="utf-8")
    project = Project(file=folder / "newstone.toml", settings=parse_settings(config))
    project.data_dir.mkdir(parents=True, exist_ok=True)
    return Press(project)
