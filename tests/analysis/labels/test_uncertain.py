"""Which sentences a reader is asked about."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis.measures import Span
from analysis.reader_labels import live_precision
from analysis.uncertain import draw_questions, margin_of, most_uncertain
from db.migrate import load_migrations
from db.read import Evidence, open_snapshot
from db.reader_labels import Drawn, random_sentences
from db.writer import open_writer
from pipelines.errors import StoreError, UsageError
from tests.analysis.labels.conftest import Press, Said
from tests.db import build

JANUARY = Span(date(2025, 1, 1), date(2025, 1, 31))


def close(margin: float) -> tuple[float, float, float]:
    """Probabilities of which the two largest are so far apart."""
    return (0.1, 0.45 - margin / 2, 0.45 + margin / 2)


def said(number: int, margin: float, language: str = "en") -> Said:
    return Said(f"Acme opens plant number {number} in {language}.", close(margin), language)


def sentences(found: Sequence[Evidence]) -> list[str]:
    return [each.sentence for each in found]


def test_the_smallest_margin_comes_first_whatever_the_third_label_has(press: Press) -> None:
    press.load(
        [
            Said("Acme is sure.", (0.9, 0.08, 0.02)),
            Said("Acme splits two ways.", (0.0, 0.495, 0.505)),
            Said("Acme splits three ways.", (0.36, 0.34, 0.30)),
            Said("Acme leans.", (0.3, 0.2, 0.5)),
        ]
    )
    with press.published() as snapshot:
        found = most_uncertain(snapshot, JANUARY, 3)
    assert sentences(found) == ["Acme splits two ways.", "Acme splits three ways.", "Acme leans."]
    assert [margin_of(each) for each in found] == pytest.approx([0.01, 0.02, 0.2])


def test_only_scored_sentences_of_earned_media_in_the_span_are_asked_about(press: Press) -> None:
    press.load(
        [
            Said("Acme counts.", close(0.3)),
            Said("Acme was not scored.", None),
            Said("Acme is praised by its ministry.", close(0.1), source_id="agitprop"),
            Said("Acme was here in December.", close(0.1), published_at=build.day(-3)),
            Said("Globex counts too.", close(0.2), entity="globex"),
        ]
    )
    with press.opened() as snapshot:
        assert sentences(most_uncertain(snapshot, JANUARY, 9)) == ["Globex counts too.", "Acme counts."]
        assert sentences(most_uncertain(snapshot, JANUARY, 9, "acme")) == ["Acme counts."]
        at_random = random_sentences(snapshot, JANUARY.since, JANUARY.until, 9)
        assert {each.evidence.sentence for each in at_random} == {"Globex counts too.", "Acme counts."}
        with pytest.raises(UsageError, match="'initech'; it has acme, globex"):
            most_uncertain(snapshot, JANUARY, 9, "initech")
        with pytest.raises(UsageError, match="swap them"):
            most_uncertain(snapshot, Span(JANUARY.until, JANUARY.since), 9)


def test_a_text_is_asked_about_once_and_not_after_it_was_labelled_in_any_copy(press: Press) -> None:
    wire = Said("Acme halts trading.", close(0.1))
    mentions = press.load([wire, replace(wire, source_id="weekly"), Said("Acme resumes trading.", close(0.2))])
    with press.opened() as snapshot:
        found = most_uncertain(snapshot, JANUARY, 9)
    assert sentences(found) == ["Acme halts trading.", "Acme resumes trading."]
    [other_copy] = {each.mention_id for each in mentions[:2]} - {found[0].mention_id}
    press.label({other_copy: "negative"}, Drawn.UNCERTAIN)
    with press.opened() as snapshot:
        assert sentences(most_uncertain(snapshot, JANUARY, 9)) == ["Acme resumes trading."]


def test_a_story_is_asked_about_once_and_a_text_that_two_stories_quote_bars_neither(press: Press) -> None:
    quoted = Said("Acme is the maker of anvils.", close(0.01), story="strike")
    press.load(
        [
            quoted,
            Said("Acme may strike.", close(0.02), story="strike"),
            Said("Acme may strike soon.", close(0.03), story="strike"),
            replace(quoted, source_id="weekly", story="fire"),
            Said("Acme burns in part.", close(0.2), story="fire"),
        ]
    )
    with press.published() as snapshot:
        found = most_uncertain(snapshot, JANUARY, 9)
    assert len({each.story_id for each in found}) == len(found) == 2
    assert found[0].sentence == quoted.sentence
    assert found[1].sentence in {"Acme may strike.", "Acme burns in part."}  # that of the other story


def test_one_language_does_not_take_all(press: Press) -> None:
    press.load([said(i, 0.001 + i / 1e5) for i in range(100)] + [said(i, 0.5 + i / 1e3, "de") for i in range(16)])
    with press.opened() as snapshot:
        found = most_uncertain(snapshot, JANUARY, 8)
        assert Counter(each.language for each in found) == {"en": 6, "de": 2}  # as the roots of 100 and 16, 10 to 4
        assert [margin_of(each) for each in found] == sorted(margin_of(each) for each in found)
        assert {each.language for each in most_uncertain(snapshot, JANUARY, 8, language="de")} == {"de"}


def test_the_choice_does_not_depend_on_the_order_of_loading(press: Press, make_press: Callable[[str], Press]) -> None:
    sayings = [said(i, 0.1) for i in range(30)] + [said(i, 0.1, "de") for i in range(30)]
    other = make_press("other")
    press.load(sayings)
    other.load(sayings[::-1])
    with press.opened() as one, other.opened() as two:
        found = [draw_questions(each, JANUARY, n_uncertain=10, n_random=10) for each in (one, two)]
    assert len(found[0]) == 20
    assert found[0] == found[1]


def test_the_random_sample_has_as_many_hard_sentences_as_the_press_also_after_those_were_labelled(
    press: Press,
) -> None:
    hard, easy = [said(i, 0.01) for i in range(120)], [said(i, 0.9) for i in range(120, 480)]
    mentions = press.load([*hard, *easy])
    with press.opened() as snapshot:
        first = random_sentences(snapshot, JANUARY.since, JANUARY.until, 160)
    press.label({each.mention_id: "neutral" for each in mentions[:120]}, Drawn.UNCERTAIN)
    with press.opened() as snapshot:
        assert random_sentences(snapshot, JANUARY.since, JANUARY.until, 160) == first
        assert most_uncertain(snapshot, JANUARY, 1)[0].sentence in {each.sentence for each in easy}
    n_hard = sum(margin_of(each.evidence) < 0.5 for each in first)
    assert 24 <= n_hard <= 56  # 40 expected, standard deviation 4.5


def test_what_was_drawn_at_random_and_labelled_is_not_drawn_again(press: Press) -> None:
    press.load([said(i, 0.1) for i in range(20)])
    seen: set[str] = set()
    for _ in range(4):
        with press.opened() as snapshot:
            drawn = random_sentences(snapshot, JANUARY.since, JANUARY.until, 5)
        press.label({each.evidence.mention_id: "neutral" for each in drawn})
        seen |= {each.evidence.sentence for each in drawn}
    assert len(seen) == 20
    with press.opened() as snapshot:
        assert random_sentences(snapshot, JANUARY.since, JANUARY.until, 5) == ()


def test_copies_have_one_chance_and_two_companies_in_a_sentence_two(press: Press) -> None:
    wire = Said("Globex sues Acme.", close(0.1))
    press.load([wire, replace(wire, source_id="weekly"), replace(wire, entity="globex", url="https://c.example/")])
    with press.opened() as snapshot:
        drawn = random_sentences(snapshot, JANUARY.since, JANUARY.until, 9)
        assert sorted(each.entity for each in drawn) == ["acme", "globex"]
        assert len(most_uncertain(snapshot, JANUARY, 9)) == 1


def test_questions_take_turns_share_no_text_and_an_entity_narrows_the_uncertain_ones_only(press: Press) -> None:
    press.load(
        [said(i, i / 100) for i in range(12)]
        + [Said(f"Globex has {i} rivals.", close(i / 100), entity="globex") for i in range(12)]
    )
    with press.opened() as snapshot:
        found = draw_questions(snapshot, JANUARY, n_uncertain=4, n_random=12, entity="globex")
    assert [each.drawn for each in found[:8]] == [Drawn.RANDOM, Drawn.UNCERTAIN] * 4
    assert {each.entity for each in found if each.drawn is Drawn.UNCERTAIN} == {"globex"}
    assert {each.entity for each in found if each.drawn is Drawn.RANDOM} == {"acme", "globex"}
    assert len({each.evidence.sentence for each in found}) == 16


def test_the_margin_of_a_sentence_without_score_is_an_error(press: Press) -> None:
    press.load([said(1, 0.1)])
    with press.opened() as snapshot:
        [found] = most_uncertain(snapshot, JANUARY, 1)
    with pytest.raises(ValueError, match=r"not scored: paywall"):
        margin_of(replace(found, p_neutral=None, score_outcome="paywall"))


def test_a_database_from_before_labels_has_no_precision_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with open_writer(path, migrations=load_migrations()[:8]):
        pass
    with open_snapshot(path) as old:
        assert live_precision(old) == ()
        with pytest.raises(StoreError, match="`newstone publish` makes it anew"):
            most_uncertain(old, JANUARY, 5)
