"""A small real snapshot with everything that a report has to cope with."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.loader import record_feed_checks
from db.publish import publish
from db.rows import PageRow, ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import open_writer
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedCheck, Mention
from tests.db import build

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)
WEEKS = 8
QUIET_WEEK = 5
"""The week in which no source answered: a gap."""

BUSY_DAY = MONDAY + timedelta(days=44)
"""The day of the spike, in the week after the gap."""

BANS = "Bans and the regulation of artificial intelligence"
"""Name of a theme, longer than the room beside its chart."""

HOSTILE_TITLE = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
HOSTILE_TEXT = "\u202eAcme <b>sinks</b> & </script><!-- burns"
NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)


def build_newsroom(folder: Path) -> Path:
    """Write the snapshot and give its path."""
    rng = random.Random(4)
    pages: list[PageRow] = []
    polarities: list[float | None] = []

    def add(name: str, at: datetime, polarity: float | None, **more: object) -> None:
        number = len(pages)
        text = str(more.pop("text", f"Acme and Globex meet in {name} {number}."))
        more.setdefault("title", f"News {number}")
        pages.append(build.page(f"https://{name}.example/{number}", text, published_at=at, **more))  # type: ignore[arg-type]
        polarities.append(polarity)

    for week in range(WEEKS):
        if week == QUIET_WEEK:
            continue
        start = MONDAY + timedelta(weeks=week)
        for number in range(7):
            at = start + timedelta(days=number)
            add("daily", at, rng.uniform(-0.4, 0.9), source_id="daily")
            if number % 2:
                add("weekly", at, rng.uniform(-0.9, 0.3), source_id="weekly", language="de")
        add("blog", start, 0.25, source_id="blog")
    # a story of two outlets and two languages of outlets, one of two weeks, and one that is not scored
    for name, medium_language in (("daily", "en"), ("blog", "en"), ("weekly", "de")):
        add(name, MONDAY + timedelta(days=8), 0.5, source_id=name, language=medium_language, text="Acme is everywhere.")
    for days, tone in ((13, -0.6), (14, 0.2)):
        add("daily", MONDAY + timedelta(days=days), tone, source_id="daily", text="Acme runs on and on.")
    add("daily", MONDAY + timedelta(days=15), None, source_id="daily", text="Acme stays unscored.")
    for number in range(14):
        add("daily", BUSY_DAY, -0.7 - number / 100, source_id="daily", text=f"Acme falls {number}.")
    for number in range(3):
        add("house", MONDAY + timedelta(days=20 + number), 0.95, source_id="house")
    add("daily", BUSY_DAY + timedelta(hours=1), -0.99, source_id="daily", title=HOSTILE_TITLE, text=HOSTILE_TEXT)
    add(
        "daily",
        BUSY_DAY + timedelta(hours=2),
        -0.98,
        source_id="daily",
        text="Acme links badly.",
        canonical_url="javascript:alert(1)//https://x.example",
    )
    store = folder / "writer.duckdb"
    with open_writer(store) as writer:
        sources = [
            build.source(),
            build.source("weekly"),
            build.source("blog", medium="blog"),
            build.source("house", medium="company_newsroom"),
        ]
        revisions, found = [], list[Mention]()
        scores = []
        for page, polarity in zip(pages, polarities, strict=True):
            article = page.extraction.article
            assert article is not None
            mentions = [build.mention(page)]
            if "Globex" in article.text:
                mentions.append(build.mention(page, "globex", surface="Globex"))
            revisions.append(article.revision_id)
            found += mentions
            if polarity is not None:
                scores += [build.score(m, polarity if m.entity == "acme" else -polarity / 2) for m in mentions]
        build.load_press(writer, sources, pages, found, scores)
        themes = ThemeSetRow("t1", (ThemeRow("bans", BANS, "Verbote"), ThemeRow("chips", "Chips", "Chips")))
        record_theme_set(writer, themes, build.NOON)
        hit = ThemeHit("bans", 1, in_title=True, in_lead=False, is_about=True)
        load_theme_hits(writer, "t1", [(r, [hit] if i % 3 == 0 else []) for i, r in enumerate(revisions)], "run1")
        checks = [
            FeedCheck("daily", "https://daily.example/rss", "feed", MONDAY + timedelta(days=day), FeedOutcome.OK)
            for day in range(WEEKS * 7)
            if day // 7 != QUIET_WEEK
        ]
        record_feed_checks(writer, checks, "run1")
    snapshot = folder / "newstone.duckdb"
    publish(store, snapshot, now=NOW)
    return snapshot
