"""Moves of a week: none that chance alone would bring, and behind each only what supports it."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from analysis.digest.build import build_digest
from analysis.digest.chance import FALSE_MOVES, distance_from_zero, moved, standing_out
from analysis.digest.records import Digest, Move, MoveKind
from analysis.digest.weeks import Week
from analysis.measures import Estimate
from db.read import open_snapshot
from tests.digest.press import Note, asked, days_of, publish_press

MONDAY = date(2025, 2, 3)
BEFORE = MONDAY - timedelta(weeks=4)
NOTHING = Estimate(None, None, None, 0, too_few=True)


def built(folder: Path, notes: Sequence[Note]) -> Digest:
    checks = [check for name in ("daily", "weekly") for check in asked(name, BEFORE, 35)]
    with open_snapshot(publish_press(folder, notes, checks=checks)) as snapshot:
        return build_digest(snapshot, Week(2025, 6), today=date(2025, 3, 1))


def only(digest: Digest, kind: MoveKind) -> Move:
    """Give the only move of Acme of that kind."""
    (move,) = [move for move in digest.moves if move.kind is kind and move.entity == "acme"]
    return move


def test_the_stories_of_a_fall_in_tone_are_those_below_what_was_usual(tmp_path: Path) -> None:
    usual = [Note(BEFORE + timedelta(days=n), 0.2 + 0.1 * (n % 2), title=f"Acme {n}") for n in range(28)]
    bad = [Note(MONDAY + timedelta(days=n), -0.6, title=f"Acme fails {n}", text=f"Acme fails {n}.") for n in range(7)]
    good = Note(MONDAY, 0.9, title="Acme praised", text="Acme praised.", source_id="weekly")
    digest = built(tmp_path, [*usual, good, *bad])
    move = only(digest, MoveKind.POLARITY_CHANGE)
    assert not move.upward
    assert digest.stories[0].title in {"Acme praised", "Acme fails 0"}
    assert [story.title.startswith("Acme fails") for story in move.stories] == [True, True]
    assert all(evidence.polarity is not None and evidence.polarity < 0 for evidence in move.sentences)


@pytest.mark.parametrize("is_same", [True, False], ids=["the same stories", "stories of their own"])
def test_companies_move_together_only_where_their_stories_are_the_same(tmp_path: Path, *, is_same: bool) -> None:
    usual = [*days_of(BEFORE, 35), *days_of(BEFORE, 35, entity="globex", source_id="weekly")]
    day = MONDAY + timedelta(days=1)
    if is_same:
        event = days_of(day, 1, 14, title="Both", others=("globex",))
    else:
        event = [*days_of(day, 1, 14, title="Acme"), *days_of(day, 1, 14, title="Globex", entity="globex")]
    spikes = [move for move in built(tmp_path, [*usual, *event]).moves if move.kind is MoveKind.VOLUME_SPIKE]
    assert [(move.entity, move.also) for move in spikes] == (
        [("acme", (("Globex", 14.0),))] if is_same else [("acme", ()), ("globex", ())]
    )


def test_a_share_that_others_moved_has_no_stories(tmp_path: Path) -> None:
    before = MONDAY - timedelta(weeks=1)
    busy = [*days_of(before, 7, 6, entity="globex"), *days_of(before, 7, title="Acme")]
    digest = built(tmp_path, [*busy, *days_of(MONDAY, 7, entity="globex"), *days_of(MONDAY, 7, title="Acme")])
    move = only(digest, MoveKind.SHARE_CHANGE)
    assert (move.upward, move.n_own, move.n_own_before) == (True, 7, 7)
    assert not move.is_its_own
    assert not any((move.stories, move.sentences, move.terms))


def test_a_sentence_that_several_stories_quote_or_that_is_the_title_of_one_comes_once(tmp_path: Path) -> None:
    usual = [Note(BEFORE + timedelta(days=n), 0.2 + 0.1 * (n % 2), title=f"Acme {n}") for n in range(28)]
    quote = "Acme is a scandal."
    bad = [Note(MONDAY + timedelta(days=n), -0.8, title=f"Quoted {n}", text=quote) for n in range(7)]
    worse = Note(MONDAY, -0.85, title="Acme burns", text="Acme burns")
    rest = [Note(MONDAY + timedelta(days=n), -0.5, title=f"Acme {n}", text=f"Acme slips {n}.") for n in range(1, 7)]
    move = only(built(tmp_path, [*usual, *bad, worse, *rest]), MoveKind.POLARITY_CHANGE)
    assert len(move.sentences) == 2
    assert len({evidence.sentence for evidence in move.sentences}) == 2
    assert not {evidence.sentence for evidence in move.sentences} & {story.title for story in move.stories}


def test_a_story_of_a_theme_has_the_reach_of_all_its_copies(tmp_path: Path) -> None:
    text = "Acme chips are banned, says the agency."
    copies = [
        Note(MONDAY, title="Wire", text=text, source_id=source_id, wire="agency", theme="chips" if is_whole else "")
        for source_id, is_whole in (("daily", True), ("weekly", False), ("herald", False))
    ]
    others = [Note(MONDAY + timedelta(days=n), title=f"Chips {n}", theme="chips") for n in range(1, 6)]
    (theme,) = built(tmp_path, [*days_of(BEFORE, 28), *copies, *others]).new_themes
    assert (theme.n_now, theme.n_all_now) == (6, 6)
    assert (theme.stories[0].title, theme.stories[0].n_articles, theme.stories[0].n_outlets) == ("Wire", 3, 3)


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 40, too_few=False)


def test_the_distance_from_zero_is_over_1_96_exactly_where_the_interval_excludes_zero() -> None:
    for low in (-0.2, -0.001, 0.001, 0.2):
        skewed = estimate(0.5, low, 0.6)
        assert (distance_from_zero(skewed) > 1.959964) is moved(skewed)
        mirrored = estimate(-0.5, -0.6, -low)
        assert (distance_from_zero(mirrored) > 1.959964) is moved(mirrored)
    assert distance_from_zero(NOTHING) == 0


def test_of_many_changes_those_that_chance_would_bring_do_not_stand_out() -> None:
    weak, strong = estimate(0.3, 0.01, 0.6), estimate(0.3, 0.2, 0.4)
    none = estimate(0.0, -0.3, 0.3)
    assert standing_out([weak]) == [True]
    assert standing_out([weak, *[none] * 19]) == [False] * 20
    assert standing_out([strong, weak, NOTHING, *[none] * 18]) == [True, *[False] * 20]
    assert standing_out([]) == []


def test_a_tenth_of_the_told_changes_is_chance_at_most() -> None:
    generator = np.random.default_rng(20250203)
    shares, none_told = [], 0
    for _ in range(2000):
        effects = np.where(np.arange(30) < 5, 4.0, 0.0)
        values = generator.normal(effects, 1)
        told = standing_out([estimate(value, value - 1.959964, value + 1.959964) for value in values])
        shares.append(sum(told[5:]) / max(sum(told), 1))
        noise = generator.normal(0, 1, 30)
        none_told += not any(standing_out([estimate(value, value - 1.959964, value + 1.959964) for value in noise]))
    assert np.mean(shares) < FALSE_MOVES
    assert none_told > 2000 * 0.88
