"""Rules on real snapshots: what crosses, what never does, and what a crossing says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.alert_rules import Alert, AlertMeasure, Crossing, Direction, Rule, Verdict, decide
from analysis.alerts import CrossingFinder, explain
from analysis.measures import Span
from db.read import open_snapshot
from pipelines.errors import UsageError
from tests.alerts.press import Press, day, make_press

QUIET: Mapping[int, Sequence[float]] = {number: [0.1, 0.2] for number in range(1, 29)}
"""Four weeks with two voices a day, mildly positive."""


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return make_press(tmp_path)


def crossings(press: Press, rule: Rule, first: int, last: int) -> tuple[Crossing, ...]:
    with open_snapshot(press.project.snapshot_file) as snapshot:
        return CrossingFinder(snapshot, Span(day(first), day(last))).find(rule)


def days(press: Press, rule: Rule, first: int = 1, last: int = 40) -> list[int]:
    return [(crossing.day - day(0)).days for crossing in crossings(press, rule, first, last)]


def test_more_voices_than_the_bound_cross_with_what_is_usual(press: Press) -> None:
    press.write({**QUIET, 29: [0.1] * 6, 30: [0.1] * 5})
    [crossing] = crossings(press, Rule("busy", above=5), 29, 30)
    assert (crossing.entity, crossing.name, crossing.day) == ("acme", "Acme", day(29))
    assert (crossing.value, crossing.usual, crossing.n_voices) == (6, 2, 6)
    assert (crossing.z, crossing.low, crossing.high) == (None, None, None)


def test_a_tone_below_the_bound_needs_enough_scored_voices_and_tells_its_interval(press: Press) -> None:
    press.write({**QUIET, 29: [-0.9, -0.8, None, None, None], 30: [-0.9, -0.5, -0.7, -0.6, -0.8, None]})
    rule = Rule("tone", measure=AlertMeasure.POLARITY, below=-0.3)
    [crossing] = crossings(press, rule, 29, 30)
    assert (crossing.day, crossing.n_voices) == (day(30), 5)
    assert crossing.value == pytest.approx(-0.7)
    assert crossing.usual == pytest.approx(0.15)
    assert crossing.low is not None
    assert crossing.high is not None
    assert -1 <= crossing.low < -0.7 < crossing.high < -0.3
    assert days(press, replace(rule, minimum_voices=2), 29, 30) == [29, 30]


def test_a_spike_by_z_goes_both_ways_or_the_one_asked_for(press: Press) -> None:
    calm = {number: [0.1, 0.2, 0.15, 0.05, 0.1, 0.2] for number in range(1, 29)}
    press.write({**calm, 29: [-0.9] * 6, 30: [0.9] * 6})
    rule = Rule("tone", measure=AlertMeasure.POLARITY, z=3.5)
    found = crossings(press, rule, 29, 30)
    assert [crossing.z is not None and crossing.z > 0 for crossing in found] == [False, True]
    assert days(press, replace(rule, direction=Direction.UP), 29, 30) == [30]
    assert days(press, replace(rule, direction=Direction.DOWN), 29, 30) == [29]


def test_a_spike_in_voices_has_the_z_of_the_analysis(press: Press) -> None:
    press.write({**QUIET, 29: [0.1] * 20})
    [crossing] = crossings(press, Rule("spike", z=3.5), 22, 29)
    assert (crossing.day, crossing.value, crossing.usual) == (day(29), 20, 2)
    assert crossing.z is not None
    assert crossing.z >= 3.5


def test_a_theme_counts_only_its_own_articles(press: Press) -> None:
    press.write(QUIET)
    press.write({29: [0.1] * 6}, theme="bans")
    press.write({30: [0.1] * 6})
    assert days(press, Rule("bans", measure=AlertMeasure.THEME, theme="bans", above=4)) == [29]
    tone = Rule("tone of bans", measure=AlertMeasure.POLARITY, theme="bans", above=0)
    assert days(press, tone, 29, 30) == [29]


def test_languages_narrow_a_rule(press: Press) -> None:
    press.write({29: [0.1] * 6})
    press.write({30: [0.1] * 6}, language="de")
    assert days(press, Rule("German", above=4, languages=("de",))) == [30]
    assert days(press, Rule("both", above=4, languages=("de", "en"))) == [29, 30]


def test_few_voices_cross_only_on_days_that_were_crawled_to_their_end(press: Press) -> None:
    press.write({number: [0.1] * 3 for number in range(1, 21)})
    press.crawl([18, 19, 20, 21, 22])
    # 1 to 17: nobody asked then; 18 to 20: enough; 21: quiet and over; 22: not over when it was crawled
    assert days(press, Rule("silence", below=2)) == [21]


def test_a_gap_never_crosses_and_is_not_usual(press: Press) -> None:
    press.write({number: [0.1] * 4 for number in (18, 19, 20, 25)})
    press.crawl([18, 19, 20, 25, 26], failed=[21, 22, 23, 24])
    assert days(press, Rule("silence", below=2)) == []
    [crossing] = crossings(press, Rule("any", above=3, minimum_voices=1), 25, 26)
    assert crossing.usual == 4  # the four days without an answer are left out


def test_a_day_in_the_midst_of_a_gap_is_silent_even_with_articles(press: Press) -> None:
    press.write({18: [0.1], 20: [-0.9] * 9, 22: [0.1]})
    press.crawl([18, 19, 22], failed=[20, 21])
    assert days(press, Rule("busy", above=5)) == []
    assert days(press, Rule("tone", measure=AlertMeasure.POLARITY, below=0)) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param(Rule("r", entity="nobody", above=1), "nobody.*acme", id="company"),
        pytest.param(Rule("r", measure=AlertMeasure.THEME, theme="weather", above=1), "weather.*bans", id="theme"),
    ],
)
def test_a_rule_about_something_unwatched_is_an_error_that_names_what_there_is(
    press: Press, rule: Rule, words: str
) -> None:
    press.write({1: [0.1]})
    with pytest.raises(UsageError, match=words):
        crossings(press, rule, 1, 2)


def test_rules_that_share_what_was_read_find_what_each_finds_alone(press: Press) -> None:
    press.write({number: [0.1, 0.2, 0.1, 0.2, 0.1, 0.2] for number in range(1, 29)} | {29: [-0.9] * 30})
    press.write({number: [0.1] for number in range(1, 29)} | {29: [-0.5] * 9}, theme="bans", language="de")
    rules = [
        Rule("volume", z=3.5),
        Rule("tone", measure=AlertMeasure.POLARITY, z=3.5),
        Rule("theme", measure=AlertMeasure.THEME, theme="bans", z=3.5, minimum_voices=3),
        Rule("tone of the theme", measure=AlertMeasure.POLARITY, theme="bans", below=-0.3),
        Rule("german", languages=("de",), above=8),
        Rule("german again", languages=("de",), above=9),
    ]
    with open_snapshot(press.project.snapshot_file) as snapshot:
        finder = CrossingFinder(snapshot, Span(day(1), day(29)))
        together = [finder.find(rule) for rule in rules]
    assert together == [crossings(press, rule, 1, 29) for rule in rules]
    assert [len(found) for found in together] == [1, 1, 1, 1, 1, 0]


def test_the_first_of_a_row_of_days_is_told_and_the_cool_down_counts_from_it() -> None:
    assert _verdicts([1, 2, 4, 5, 9]) == ["tell", "cool-down", "cool-down", "tell", "tell"]


def test_a_cool_down_counts_both_ways_and_told_days_stay_told() -> None:
    assert _verdicts([3, 5, 9], told=[("rule", day(5))]) == ["cool-down", "told", "tell"]
    assert _verdicts([3], told=[("another rule", day(3))]) == ["tell"]


def test_muted_days_are_not_told_and_begin_no_cool_down() -> None:
    assert _verdicts([3, 4, 5], mute_until=5) == ["muted", "muted", "tell"]


def test_an_alert_shows_the_stories_and_sentences_of_its_day_on_its_side(press: Press) -> None:
    press.write({29: [-0.9, 0.8, -0.4, -0.6, -0.5], 30: [-0.9]})
    alert = _explained(press, Rule("tone", measure=AlertMeasure.POLARITY, below=0))
    assert len(alert.stories) == 3
    assert {story.published_at.date() for story in alert.stories} == {day(29)}
    polarities = [one.polarity for one in alert.sentences]
    assert polarities == [pytest.approx(-0.9), pytest.approx(-0.6), pytest.approx(-0.5)]


def test_an_alert_shows_only_what_its_languages_and_its_theme_have(press: Press) -> None:
    press.write({29: [-0.9, -0.8]})
    press.write({29: [-0.5, -0.4]}, language="de")
    press.write({29: [-0.3]}, language="de", theme="bans")
    german = _explained(press, Rule("German", above=1, languages=("de",), minimum_voices=1))
    assert [story.language for story in german.stories] == ["de"] * 3
    assert [one.language for one in german.sentences] == ["de"] * 3
    bans = _explained(press, Rule("bans", measure=AlertMeasure.THEME, theme="bans", above=0, minimum_voices=1))
    assert [one.polarity for one in bans.sentences] == [pytest.approx(-0.3)]
    assert [story.mean_polarity for story in bans.stories] == [pytest.approx(-0.3)]


def _explained(press: Press, rule: Rule) -> Alert:
    with open_snapshot(press.project.snapshot_file) as snapshot:
        [crossing] = CrossingFinder(snapshot, Span(day(29), day(29))).find(rule)
        return explain(snapshot, crossing)


def _verdicts(numbers: Sequence[int], *, told: Sequence[tuple[str, object]] = (), mute_until: int = 0) -> list[str]:
    rule = Rule("rule", above=1, cool_down_days=3, mute_until=day(mute_until) if mute_until else None)
    found = [Crossing(rule, "acme", "Acme", day(number), 5, 1, None, 5, None, None) for number in reversed(numbers)]
    decisions = decide(found, told)  # type: ignore[arg-type]
    assert all(isinstance(one.verdict, Verdict) for one in decisions)
    return [one.verdict.value for one in decisions]
