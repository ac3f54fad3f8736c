"""Series of points over real small databases, computed by hand."""

import statistics
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analysis.bootstrap import estimate_mean
from analysis.measures import Series, Span
from analysis.timeline import build_series
from db.gaps import buckets_of
from db.read import Grain, open_snapshot, timeline
from pipelines.errors import UsageError
from pipelines.outcomes import FeedOutcome
from tests.analysis.statistics.newsroom import Asked, Item, january, publish_items

JANUARY = Span(january(1), january(31))


def series_of(
    path: Path, entity: str = "acme", span: Span = JANUARY, grain: Grain = Grain.DAY, theme: str | None = None
) -> Series:
    with open_snapshot(path) as snapshot:
        (series,) = build_series(snapshot, [entity], span, grain, theme=theme)
    return series


def test_a_point_counts_articles_voices_and_outlets_and_averages_over_voices(tmp_path: Path) -> None:
    """Three copies of one text (0.8, 0.8, -0.4), five texts of their own, one of them not scored."""
    copies = [Item(january(3), p, source, "copy") for p, source in ((0.8, "daily"), (0.8, "weekly"), (-0.4, "third"))]
    own = [Item(january(3), polarity) for polarity in (0.1, -0.5, 0.3, 0.6, None)]
    (point,) = series_of(publish_items(tmp_path, [*copies, *own])).points
    voices = [0.4, 0.1, -0.5, 0.3, 0.6]
    assert (point.bucket, point.n_articles, point.n_voices, point.n_outlets) == (january(3), 8, 6, 3)
    assert point.polarity.n == 5
    assert point.polarity.value == pytest.approx(statistics.mean(voices), abs=1e-6)
    expected = estimate_mean(np.array(voices))
    assert point.polarity.low == pytest.approx(expected.low, abs=1e-6)
    assert point.polarity.high == pytest.approx(expected.high, abs=1e-6)
    shares = (point.share_positive, point.share_neutral, point.share_negative)
    assert shares == pytest.approx(((2 / 3 + 3) / 5, 0, (1 / 3 + 1) / 5))


def test_copies_do_not_narrow_the_interval(tmp_path: Path) -> None:
    polarities = (0.8, -0.2, 0.1, 0.4, -0.6, 0.3)
    sources = ("daily", "weekly", "third", "fourth")
    once = [Item(january(3), polarity, story=f"s{i}") for i, polarity in enumerate(polarities)]
    often = [Item(january(3), p, source, f"s{i}") for i, p in enumerate(polarities) for source in sources]
    (single,) = series_of(publish_items(tmp_path / "once", once)).points
    (copied,) = series_of(publish_items(tmp_path / "often", often)).points
    assert copied.polarity == single.polarity
    assert (single.n_articles, copied.n_articles, copied.n_voices) == (6, 24, 6)


def test_under_the_minimum_a_point_is_too_few_and_the_minimum_can_be_set(tmp_path: Path) -> None:
    items = [Item(january(3), 0.2), Item(january(3), 0.4), Item(january(3)), Item(january(4))]
    path = publish_items(tmp_path, items)
    third, fourth = series_of(path).points
    assert third.polarity.value == pytest.approx(0.3, abs=1e-6)
    assert (third.polarity.n, third.polarity.low, third.polarity.too_few) == (2, None, True)
    assert (fourth.polarity.value, fourth.polarity.n, fourth.share_neutral) == (None, 0, None)
    with open_snapshot(path) as snapshot:
        (series,) = build_series(snapshot, ["acme"], JANUARY, Grain.DAY, minimum_voices=2)
    assert series.points[0].polarity.low is not None


@pytest.mark.parametrize("grain", list(Grain))
def test_counts_and_means_are_those_of_the_sql_macro(tmp_path: Path, grain: Grain) -> None:
    generator = np.random.default_rng(1)
    items = [
        Item(
            january(int(generator.integers(1, 31))),
            float(np.round(generator.uniform(-1, 1), 3)),
            str(generator.choice(["daily", "weekly"])),
            entities=("acme", "globex") if generator.random() < 0.5 else ("globex",),
        )
        for _ in range(60)
    ]
    path = publish_items(tmp_path, items)
    with open_snapshot(path) as snapshot:
        both = build_series(snapshot, None, Span(january(5), january(28)), grain)
    assert [series.entity for series in both] == ["acme", "globex"]
    for series in both:
        rows = timeline(path, series.entity, january(5), january(28), grain)
        assert [(p.bucket, p.n_articles, p.n_voices, p.n_outlets, p.polarity.n) for p in series.points] == [
            (row.bucket, row.n_articles, row.n_stories, row.n_outlets, row.n_scored_stories) for row in rows
        ]
        assert [p.polarity.value for p in series.points] == pytest.approx([row.mean_polarity for row in rows])
        assert [p.share_negative for p in series.points] == pytest.approx([row.share_negative for row in rows])


def test_own_and_state_media_do_not_count(tmp_path: Path) -> None:
    items = [Item(january(3), 0.1), Item(january(3), 0.9, "own"), Item(january(4), 0.9, "state")]
    path = publish_items(tmp_path, items, media={"own": "company_newsroom", "state": "state_media"})
    (point,) = series_of(path).points
    assert point.n_articles == 1
    assert point.polarity.value == pytest.approx(0.1, abs=1e-6)


def test_a_day_without_an_answer_between_two_crawls_is_a_gap_and_the_back_catalogue_is_none(tmp_path: Path) -> None:
    asked = [
        Asked(january(10)),
        Asked(january(10), source="weekly"),
        Asked(january(11), FeedOutcome.UNCHANGED),
        Asked(january(12), FeedOutcome.TIMEOUT),
        Asked(january(14), FeedOutcome.EMPTY),
        Asked(january(15), FeedOutcome.HTTP_ERROR),
    ]
    items = [Item(january(day), 0.1) for day in (5, 10, 13)]
    path = publish_items(tmp_path, items, asked)
    series = series_of(path)
    assert series.gaps == (january(12), january(13), january(15))
    assert [(point.bucket.day, point.n_sources_up) for point in series.points] == [(5, None), (10, 2), (13, None)]
    assert series_of(path, span=Span(january(13), january(14))).gaps == (january(13),)
    assert series_of(path, span=Span(january(1), january(9))).gaps == ()
    assert series_of(path, span=Span(january(16), january(31))).gaps == ()
    # every week and month of the crawls had an answer
    assert series_of(path, grain=Grain.WEEK).gaps == ()
    assert series_of(path, grain=Grain.MONTH).gaps == ()


def test_a_week_in_which_nobody_was_asked_is_a_gap(tmp_path: Path) -> None:
    path = publish_items(tmp_path, [Item(january(2), 0.1)], [Asked(january(8)), Asked(january(29))])
    assert series_of(path, grain=Grain.WEEK).gaps == (january(13), january(20))
    assert series_of(path, grain=Grain.WEEK, span=Span(january(15), january(17))).gaps == (january(13),)


def test_without_any_crawl_there_are_no_gaps_and_without_articles_no_points(tmp_path: Path) -> None:
    path = publish_items(tmp_path, [Item(january(2), 0.1)])
    assert series_of(path).gaps == ()
    quiet = series_of(path, "globex")
    assert (quiet.points, quiet.name) == ((), "Globex")


def test_a_theme_keeps_the_articles_about_it(tmp_path: Path) -> None:
    items = [
        Item(january(3), 0.8, themes=("chips",)),
        Item(january(3), -0.4, themes=("privacy", "chips")),
        Item(january(3), -0.9),
    ]
    path = publish_items(tmp_path, items)
    chips, privacy, all_articles = (series_of(path, theme=theme) for theme in ("chips", "privacy", None))
    assert [(s.points[0].n_articles, s.points[0].n_voices) for s in (chips, privacy, all_articles)] == [
        (2, 2),
        (1, 1),
        (3, 3),
    ]
    assert chips.points[0].polarity.value == pytest.approx(0.2, abs=1e-6)
    assert (chips.theme, all_articles.theme) == ("chips", None)


def test_what_is_not_watched_or_turned_around_is_named(tmp_path: Path) -> None:
    path = publish_items(tmp_path, [Item(january(2), 0.1)])
    with pytest.raises(UsageError, match="no entity 'initech'; it has acme, globex"):
        series_of(path, "initech")
    with pytest.raises(UsageError, match="no theme 'weather'; it has chips, privacy"):
        series_of(path, theme="weather")
    with pytest.raises(UsageError, match="after until"):
        series_of(path, span=Span(january(3), january(2)))


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        pytest.param(Grain.DAY, [date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 2)], id="day"),
        pytest.param(Grain.WEEK, [date(2024, 12, 30)], id="week"),
        pytest.param(Grain.MONTH, [date(2024, 12, 1), date(2025, 1, 1)], id="month"),
    ],
)
def test_buckets_are_all_that_a_span_touches(grain: Grain, expected: list[date]) -> None:
    assert buckets_of(date(2024, 12, 31), date(2025, 1, 2), grain) == expected
    assert buckets_of(date(2025, 1, 2), date(2025, 1, 1), grain) == []
