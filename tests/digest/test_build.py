"""A digest from a real snapshot: what moved is found with its reason, and nothing is said that no row supports."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from analysis.digest.build import build_digest
from analysis.digest.chance import chance_of_rise
from analysis.digest.records import Digest, MoveKind
from analysis.digest.text import render_text
from analysis.digest.weeks import Week
from analysis.digest.writing import write_letter
from db.read import open_snapshot, timeline, top_stories
from pipelines.errors import UsageError
from pipelines.outcomes import FeedOutcome, Outcome
from pipelines.records import ScoreOutcome
from tests.digest.press import Note, asked, days_of, publish_press

MONDAY = date(2025, 2, 3)
WEEK = Week(2025, 6)
BEFORE = MONDAY - timedelta(weeks=4)


def built(snapshot: Path, week: Week = WEEK, *, language: str = "en", today: date = date(2025, 3, 1)) -> Digest:
    with open_snapshot(snapshot) as opened:
        return build_digest(opened, week, today=today, language=language)  # type: ignore[arg-type]


def told(digest: Digest) -> str:
    return " ".join(render_text(write_letter(digest)).split()).replace("\u00a0", " ")


def ordinary_weeks() -> list[Note]:
    """Four weeks in which both companies are in the news every day, Acme kindly."""
    kind = [
        Note(BEFORE + timedelta(days=n), (0.3, 0.5, 0.1)[n % 3], title=f"Acme sells {n}", theme="prices")
        for n in range(28)
    ]
    return [*kind, *days_of(BEFORE, 35, entity="globex", polarity=0.1, title="Globex", source_id="weekly")]


@pytest.fixture(scope="module")
def shock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four ordinary weeks, then one in which Acme is in trouble on Tuesday, in three languages."""
    trouble = [
        Note(
            MONDAY + timedelta(days=1), -0.8 + n * 0.02, title=f"Acme leak {n}", text=f"Acme leaks secrets {n}.",
            source_id=("daily", "weekly", "herald")[n % 3], theme="chips", language=("en", "de", "en")[n % 3],
        )
        for n in range(14)
    ]  # fmt: skip
    rest = days_of(MONDAY, 7, polarity=-0.4, title="Acme again", source_id="daily")
    unscored = [
        Note(MONDAY, None, language="uk", score_outcome=ScoreOutcome.UNSUPPORTED_LANGUAGE),
        Note(MONDAY, None, outcome=Outcome.PAYWALL),
    ]
    checks = [check for name in ("daily", "weekly", "herald") for check in asked(name, BEFORE, 35)]
    notes = [*ordinary_weeks(), *trouble, *rest, *unscored]
    return publish_press(tmp_path_factory.mktemp("shock"), notes, checks=checks)


def test_the_headline_agrees_with_the_timeline_of_analysts(shock: Path) -> None:
    digest = built(shock)
    (point,) = timeline(shock, "acme", WEEK.span.since, WEEK.span.until, digest.trend.grain)
    change = digest.subject.change
    assert (change.n_articles_now, change.n_voices_now) == (point.n_articles, point.n_stories) == (23, 23)
    assert change.polarity_now.n == point.n_scored_stories == 21
    assert change.polarity_now.value == pytest.approx(point.mean_polarity)
    assert digest.subject.now is not None
    assert digest.subject.now.n_outlets == point.n_outlets == 3
    assert digest.trend.points[-1].n_articles == 23
    assert len(digest.trend.points) == 5
    assert digest.is_over


def test_the_moves_name_size_reason_words_and_sentences(shock: Path) -> None:
    digest = built(shock)
    kinds = [(move.entity, move.kind) for move in digest.moves]
    assert ("acme", MoveKind.VOLUME_SPIKE) in kinds
    polarity = next(move for move in digest.moves if move.kind in {MoveKind.POLARITY_CHANGE, MoveKind.POLARITY_SPIKE})
    assert (polarity.entity, polarity.upward) == ("acme", False)
    assert polarity.sentences
    assert all(evidence.polarity is not None and evidence.polarity < 0 for evidence in polarity.sentences)
    assert {term.text for term in polarity.terms} & {"leaks", "secrets", "leak"}
    spike = next(move for move in digest.moves if move.kind is MoveKind.VOLUME_SPIKE)
    assert (spike.day, spike.value) == (MONDAY + timedelta(days=1), 15)
    assert spike.stories
    text = told(digest)
    assert "Acme: 15 voices on Tue 4 Feb, usually 1" in text
    assert "The polarity fell by" in text


def test_an_entity_and_a_figure_move_once(shock: Path) -> None:
    moves = built(shock).moves
    figures = [(move.entity, "polarity" if "polarity" in move.kind else move.kind, move.theme) for move in moves]
    assert len(figures) == len(set(figures))
    assert [move.entity for move in moves] == sorted((move.entity for move in moves), key=lambda name: name != "acme")


def test_a_theme_that_nobody_wrote_about_before_is_new(shock: Path) -> None:
    digest = built(shock, language="de")
    (theme,) = digest.new_themes
    assert (theme.theme, theme.n_now, theme.n_before, theme.n_all_now, theme.n_all_before) == ("chips", 14, 0, 23, 28)
    assert theme.stories[0].title.startswith("Acme leak")
    assert "Chips auf Deutsch: 14 von 23 Stimmen; in den vier Wochen davor 0 von 28" in told(digest)


def test_unscored_articles_are_counted_with_their_reason(shock: Path) -> None:
    digest = built(shock)
    assert {(row.language, row.reason, row.n_articles) for row in digest.unscored} == {
        ("uk", "unsupported_language", 1),
        ("en", "paywall", 1),
    }
    assert "2 articles count but have no polarity" in told(digest)


def test_the_stories_are_those_with_the_widest_reach(shock: Path) -> None:
    digest = built(shock)
    expected = top_stories(shock, "acme", WEEK.span.since, WEEK.span.until, limit=5)
    assert list(digest.stories) == expected
    assert digest.n_stories == 23


def test_uncertain_sentences_are_of_that_week_and_their_command_names_its_days(shock: Path) -> None:
    digest = built(shock)
    assert 0 < len(digest.uncertain) <= 5
    days = {evidence.published_at.date() for evidence in digest.uncertain}
    assert all(WEEK.span.since <= day <= WEEK.span.until for day in days)
    assert "newstone label export labels-2025-W06.csv --since 2025-02-03 --until 2025-02-09" in told(digest)


def test_every_sentence_of_the_press_in_the_letter_is_a_row_of_the_snapshot(shock: Path) -> None:
    digest = built(shock)
    quoted = [evidence for move in digest.moves for evidence in move.sentences] + list(digest.uncertain)
    with open_snapshot(shock) as snapshot:
        known = {row[0] for row in snapshot.fetch("SELECT mention_id FROM sentences")}
    assert quoted
    assert {evidence.mention_id for evidence in quoted} <= known


def test_an_ordinary_week_has_no_move(tmp_path: Path) -> None:
    week = [Note(MONDAY + timedelta(days=n), (0.3, 0.5, 0.1)[n % 3], title=f"Acme {n}") for n in range(7)]
    checks = [check for name in ("daily", "weekly") for check in asked(name, BEFORE, 35)]
    digest = built(publish_press(tmp_path, [*ordinary_weeks(), *week], checks=checks))
    assert digest.moves == ()
    assert digest.n_compared > 0
    assert "Nothing left its usual range" in told(digest)
    assert "did not move measurably" in told(digest)


def test_a_week_without_articles_that_was_read_is_quiet(tmp_path: Path) -> None:
    notes = days_of(BEFORE, 28)
    digest = built(publish_press(tmp_path, notes, checks=asked("daily", BEFORE, 35)))
    assert digest.subject.change.n_articles_now == 0
    assert digest.subject.now is None
    assert "so the press was quiet" in told(digest)
    assert "Silent, though they published three articles a week or more in the four weeks before: Daily." in told(
        digest
    )


def test_a_week_that_nobody_read_shows_the_newest_crawl(tmp_path: Path) -> None:
    notes = days_of(MONDAY, 6, polarity=0.2)
    checks = [*asked("daily", date(2025, 3, 1), 1), *asked("weekly", date(2025, 3, 1), 1, outcome=FeedOutcome.TIMEOUT)]
    digest = built(publish_press(tmp_path, notes, checks=checks))
    assert digest.health.days == ()
    assert digest.newest_health is not None
    text = told(digest)
    assert "what stands here was found later, on 1 March 2025" in text
    assert "In the newest reading, on 1 March 2025, 1 of 2 answered." in text
    assert "New themes cannot be told: there are too few voices in the four weeks before (0; 5 are needed)." in text


def test_three_voices_have_a_figure_and_no_interval(tmp_path: Path) -> None:
    digest = built(publish_press(tmp_path, days_of(MONDAY, 3, polarity=0.5), checks=asked("daily", BEFORE, 35)))
    change = digest.subject.change
    assert (change.polarity_now.n, change.polarity_now.too_few, change.polarity_now.low) == (3, True, None)
    assert "3 scored voices are too few for an interval" in told(digest)
    assert digest.moves == ()


def test_a_week_of_unscored_languages_has_no_polarity(tmp_path: Path) -> None:
    notes = days_of(MONDAY, 4, polarity=None, language="hi", score_outcome=ScoreOutcome.UNSUPPORTED_LANGUAGE)
    digest = built(publish_press(tmp_path, notes, checks=asked("daily", BEFORE, 35)))
    text = told(digest)
    assert "None of the 4 articles has a polarity. The reasons: Hindi 4 (the model was not validated on it)." in text
    assert "No scored sentence in this week." in text


def test_a_week_that_runs_is_not_over(shock: Path) -> None:
    assert not built(shock, today=date(2025, 2, 9)).is_over


def test_a_snapshot_without_a_watchlist_says_what_to_do(tmp_path: Path) -> None:
    from db.publish import publish
    from db.writer import open_writer
    from tests.digest.press import NOW

    with open_writer(tmp_path / "writer.duckdb"):
        pass
    publish(tmp_path / "writer.duckdb", tmp_path / "empty.duckdb", now=NOW)
    with pytest.raises(UsageError, match="run `newstone nightly` with a watchlist"):
        built(tmp_path / "empty.duckdb")


@pytest.mark.parametrize(
    ("k_now", "n_now", "k_before", "n_before", "expected"),
    [
        pytest.param(3, 19, 0, 31, 969 / 19600, id="all three fall into the week: C(19,3) / C(50,3)"),
        pytest.param(0, 5, 2, 5, 1.0, id="none at all is certain to be reached"),
        pytest.param(1, 2, 1, 2, 5 / 6, id="by hand: 1 - C(2,2) / C(4,2)"),
    ],
)
def test_the_chance_of_a_rise_is_the_exact_one(
    k_now: int, n_now: int, k_before: int, n_before: int, expected: float
) -> None:
    assert chance_of_rise(k_now, n_now, k_before, n_before) == pytest.approx(expected)
