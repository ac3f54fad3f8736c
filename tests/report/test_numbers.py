"""The numbers under a filter, as read from the page in Chromium, equal those computed from the rows of the snapshot."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from scipy.stats import t

from db.read import Grain, open_snapshot, timeline
from db.snapshot import Snapshot
from tests.report.browser import BARS, POINTS, choose, marks, opened, redrawn, table_rows
from tests.report.newsroom import BANS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Row(NamedTuple):
    """One article of acme."""

    week: str
    story: str
    language: str
    medium: str
    polarity: float | None
    is_banned: bool


def articles(snapshot: Snapshot, *, earned: bool = True) -> list[Row]:
    rows = snapshot.fetch(
        "SELECT strftime(date_trunc('week', c.published_on), '%-d %B %Y'), c.story_id, c.language, c.medium,"
        " c.polarity,"
        " EXISTS (FROM article_theme h WHERE h.revision_id = c.revision_id AND h.theme = 'bans')"
        " FROM coverage c WHERE c.entity = 'acme' AND c.earned = $1",
        [earned],
    )
    return [Row(*row) for row in rows]  # type: ignore[arg-type]


def summary(rows: list[Row], meets: Callable[[Row], bool]) -> tuple[str, str, str, str]:
    """Voices, mean, interval and scored voices of the stories of which an article meets the filter."""
    stories: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        stories[row.story].append(row)
    kept = [story for story in stories.values() if any(meets(row) for row in story)]
    scored = [[row.polarity for row in story if row.polarity is not None] for story in kept]
    means = [statistics.fmean(values) for values in scored if values]
    if not means:
        return f"{len(kept)}", "–", "not scored", "0"
    mean = statistics.fmean(means)
    if len(means) < 5:
        interval = f"too few (n = {len(means)})"
    else:
        half = float(t.ppf(0.975, len(means) - 1)) * statistics.stdev(means) / math.sqrt(len(means))
        interval = f"{signed(max(-1, mean - half))} to {signed(min(1, mean + half))}"
    return f"{len(kept)}", signed(mean), interval, f"{len(means)}"


def signed(value: float) -> str:
    text = f"{value:+.2f}".replace("-", "−")
    return text[1:] if float(text.replace("−", "-")) == 0 else text


def weeks(rows: list[Row], meets: Callable[[Row], bool]) -> list[tuple[str, ...]]:
    """One row for each week in which a voice meets the filter."""
    by_week: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_week[row.week].append(row)
    found = [(f"week of {week}", *summary(of, meets)) for week, of in by_week.items()]
    return sorted(row for row in found if row[1] != "0")


def shown_weeks(page: "Page") -> list[tuple[str, ...]]:
    """Week, voices, polarity, interval and scored voices in the table of the first company."""
    return sorted((row[0], row[2], row[6], row[7], row[8]) for row in table_rows(page, "#panels .panel:nth-child(1)"))


@pytest.fixture
def rows(newsroom: Path) -> list[Row]:
    with open_snapshot(newsroom) as snapshot:
        return articles(snapshot)


def test_without_a_filter_the_points_are_those_of_the_timeline(page: "Page", newsroom: Path) -> None:
    from datetime import date

    points = timeline(newsroom, "acme", date(2025, 1, 6), date(2025, 3, 2), Grain.WEEK)
    shown = table_rows(page, "#panels .panel:nth-child(1)")
    assert [(row[1], row[2], row[3], row[6], row[8]) for row in shown] == [
        (f"{p.n_articles}", f"{p.n_stories}", f"{p.n_outlets}", signed(p.mean_polarity or 0), f"{p.n_scored_stories}")
        for p in points
    ]


def test_a_language_counts_the_voices_with_a_copy_in_it(page: "Page", rows: list[Row]) -> None:
    choose(page, "languages", "English")
    assert shown_weeks(page) == weeks(rows, lambda row: row.language == "de")
    choose(page, "languages", "English")
    choose(page, "languages", "German")
    assert shown_weeks(page) == weeks(rows, lambda row: row.language == "en")


def test_language_and_medium_must_meet_in_one_copy(page: "Page", rows: list[Row]) -> None:
    choose(page, "media", "press")
    assert shown_weeks(page) == weeks(rows, lambda row: row.medium == "blog")
    choose(page, "languages", "English")
    both = weeks(rows, lambda row: row.medium == "blog" and row.language == "de")
    assert both == []
    assert shown_weeks(page) == both


def test_company_newsrooms_stand_apart(page: "Page", newsroom: Path) -> None:
    with open_snapshot(newsroom) as snapshot:
        own = articles(snapshot, earned=False)
    choose(page, "media", "company newsroom alone")
    assert shown_weeks(page) == weeks(own, lambda _: True)
    assert "not earned media" in page.locator("#apart").inner_text()


def test_a_theme_changes_points_bars_tables_and_headline_alike(page: "Page", rows: list[Row]) -> None:
    with redrawn(page):
        page.locator("#theme").select_option(label=BANS)
    about = [row for row in rows if row.is_banned]
    wanted = weeks(about, lambda _: True)
    assert shown_weeks(page) == wanted
    points = {label.split(": ")[0]: label for label in marks(page, POINTS.format(1))}
    bars = {label.split(": ")[0]: label for label in marks(page, BARS.format(1))}
    assert len(points) == len(bars) == len(wanted)
    for week, n, mean, interval, n_scored in wanted:
        assert f"polarity {mean}" in points[f"Acme, {week}"]
        assert f"n = {n_scored}" in points[f"Acme, {week}"]
        assert interval.startswith("too few") or f"95 % interval {interval}" in points[f"Acme, {week}"]
        assert f": {n} voice" in bars[f"Acme, {week}"]
    n, mean, interval, n_scored = summary(about, lambda _: True)
    glance = table_rows(page, "#filtered-glance")
    assert (glance[0][2], glance[0][4], glance[0][5], glance[0][6]) == (n, mean, interval, n_scored)
    values = page.locator("#filtered-tiles .value").all_text_contents()
    all_voices = sum(int(row[2]) for row in glance)
    assert values[:3] == [mean, n, f"{int(n) / all_voices * 100:.0f} %"]
    assert page.locator("#filtered-choice").inner_text() == BANS


def test_in_a_period_a_story_of_two_weeks_counts_once(page: "Page", rows: list[Row]) -> None:
    for since, until in ((1, 2), (0, 2)):
        with redrawn(page):
            page.locator("#to").select_option(str(until))
        with redrawn(page):
            page.locator("#from").select_option(str(since))
        inside = {"6 January 2025": 0, "13 January 2025": 1, "20 January 2025": 2}
        wanted = summary([row for row in rows if since <= inside.get(row.week, 9) <= until], lambda _: True)
        glance = table_rows(page, "#filtered-glance")[0]
        assert (glance[2], glance[4], glance[5], glance[6]) == wanted


def test_languages_outlets_and_themes_are_ranked_with_their_numbers(page: "Page", rows: list[Row]) -> None:
    languages = {row[0]: tuple(row[1:5]) for row in table_rows(page, "#languages-table")}
    wanted = {
        "English": summary(rows, lambda row: row.language == "en"),
        "German": summary(rows, lambda row: row.language == "de"),
    }
    assert languages == wanted
    themes = {row[0]: tuple(row[1:5]) for row in table_rows(page, "#themes-table")}
    assert themes == {BANS: summary([row for row in rows if row.is_banned], lambda _: True)}
    blog = next(row for row in table_rows(page, "#outlets-table") if row[0] == "Blog")
    assert blog[1] == str(sum(1 for row in rows if row.medium == "blog"))


def test_the_tables_without_a_script_hold_the_same_numbers(chromium: "Browser", report_file: Path) -> None:
    with opened(chromium, report_file) as (page, _):
        scripted = [table_rows(page, f"#{kind}-table") for kind in ("languages", "outlets", "themes")]
    with opened(chromium, report_file, java_script_enabled=False) as (page, _):
        cells = "rows => rows.map(row => [...row.children].map(cell => cell.textContent.trim()))"
        plain = [
            page.locator(f"#{kind}-table tbody tr").evaluate_all(cells) for kind in ("languages", "outlets", "themes")
        ]
    assert [[row[:5] for row in table] for table in plain] == [[row[:5] for row in table] for table in scripted]
