"""What state a source is in, by its figures: each state is entered, lasts and is left."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from analysis.source_states import is_our_outage, judge_source
from db.source_states import SourceExpectRow, SourceFigures
from tests.health.course import FIRST, Course, figures, known

NO_ANSWER: dict[str, object] = {"n_up": 0, "n_unanswered": 1}
REFUSED: dict[str, object] = {"n_up": 0, "n_refused": 1}
ABSENT: dict[str, object] = {"n_up": 0, "n_absent": 1}
UNRESOLVED: dict[str, object] = {"n_up": 0, "n_unresolved": 1}
NO_ARTICLES: dict[str, object] = {
    "n_articles": 0, "title_fill": None, "date_fill": None, "author_fill": None, "median_text_chars": None,
}  # fmt: skip
NOT_ASKED: dict[str, object] = {"n_listings": 0, "n_up": 0, "asked_at": None}


def pages(kind: str, n: int = 6) -> dict[str, object]:
    return {kind: n, **NO_ARTICLES}


CASES = [
    pytest.param("blocked", 0, REFUSED, id="its-feed-is-refused"),
    pytest.param("blocked", 0, NO_ANSWER, id="its-feed-does-not-answer"),
    pytest.param("gone", 0, ABSENT, id="its-feed-is-404-or-no-feed"),
    pytest.param("gone", 0, UNRESOLVED, id="its-host-has-no-address"),
    pytest.param("blocked", 6, pages("n_shut"), id="its-pages-are-refused"),
    pytest.param("gone", 6, pages("n_missing"), id="its-pages-are-404"),
    pytest.param("walled", 6, pages("n_walled"), id="its-pages-are-behind-a-wall"),
    pytest.param("walled", 6, {"n_walled": 6}, id="its-paywalled-articles-keep-title-and-date"),
    pytest.param("changed_layout", 6, pages("n_unusable"), id="its-pages-have-no-text"),
    pytest.param("changed_layout", 6, {"title_fill": 0.0}, id="its-articles-lose-their-title"),
    pytest.param("changed_layout", 6, {"date_fill": 0.0}, id="its-articles-lose-their-date"),
    pytest.param("changed_layout", 6, {"author_fill": 0.0}, id="its-articles-lose-their-authors"),
    pytest.param("changed_layout", 6, {"median_text_chars": 400.0}, id="its-texts-are-teasers-now"),
    pytest.param("changed_layout", 6, {"median_text_chars": 40_000.0}, id="its-texts-are-whole-pages-now"),
    pytest.param("quiet", 0, {}, id="it-brings-nothing-new"),
    pytest.param("quiet", 1, {}, id="it-brings-far-less-than-usual"),
]


@pytest.mark.parametrize(("state", "n_new", "bad"), CASES)
def test_an_outage_is_noticed_on_the_second_night_at_the_latest_and_lasts_until_the_source_is_back(
    state: str, n_new: int, bad: dict[str, object]
) -> None:
    course = known(n_new=8)
    began = course.next_night
    first = course.night(n_new, **bad)
    assert first.state in ("ok", state)
    rows = course.nights([n_new] * 20, **bad)
    assert [row.state for row in rows] == [state] * 20
    assert {row.since for row in rows} == {began}
    assert [row.n_nights for row in rows] == list(range(2, 22))
    assert rows[-1].last_good_night == began - timedelta(days=1)
    assert all(row.reason for row in rows)
    back = course.nights([8, 8])
    assert back[-1].state == "ok"
    assert back[-1].reason == ""


@pytest.mark.parametrize(("state", "n_new", "bad"), [case for case in CASES if case.values[0] != "quiet"])
def test_a_state_ends_on_the_first_good_night(state: str, n_new: int, bad: dict[str, object]) -> None:
    course = known(n_new=8)
    course.nights([n_new] * 3, **bad)
    assert course.rows[-1].state == state
    assert course.night(8).state == "ok"


@pytest.mark.parametrize(
    "bad", [NO_ANSWER, REFUSED, ABSENT, UNRESOLVED], ids=["no-answer", "refused", "absent", "unresolved"]
)
def test_one_night_without_a_good_answer_is_no_outage(bad: dict[str, object]) -> None:
    course = known()
    assert course.night(0, **bad).state == "ok"
    assert course.night().state == "ok"
    assert course.night(0, **bad).state == "ok"


def test_a_listing_that_failed_and_is_not_asked_again_counts_as_failing_on() -> None:
    course = known()
    course.night(0, **ABSENT)
    row = course.night(0, **NOT_ASKED)
    assert (row.state, row.since) == ("gone", course.next_night - timedelta(days=2))


@pytest.mark.parametrize(("state", "n_new", "bad"), CASES)
def test_a_night_on_which_it_was_not_asked_changes_nothing(state: str, n_new: int, bad: dict[str, object]) -> None:
    course = known(n_new=8)
    before = course.nights([n_new] * 3, **bad)[-1]
    row = course.night(0, **NOT_ASKED)
    assert (row.state, row.since, row.n_nights) == (state, before.since, before.n_nights + 1)


def test_nights_on_which_it_was_not_asked_are_no_silence() -> None:
    course = known(n_new=30)
    assert {row.state for row in course.nights([0] * 10, **NOT_ASKED)} == {"ok"}


def test_days_on_which_nothing_ran_are_no_silence() -> None:
    course = known(n_new=4)
    course.skip(30)
    assert course.night(0).state == "ok"


def test_a_crawl_repeated_within_the_hour_is_no_second_silent_night() -> None:
    course = known(n_new=9)
    midnight = course.next_night
    course.night(9)
    at = figures(midnight).asked_at
    assert at is not None
    assert course.night(0, asked_at=at + timedelta(minutes=40)).state == "ok"


def test_news_that_the_crawl_did_not_come_to_are_no_silence() -> None:
    course = known(n_new=30)
    assert {row.state for row in course.nights([0] * 4, n_pending=30)} == {"ok"}


@pytest.mark.parametrize(("n_new", "n_nights"), [(60, 1), (30, 1), (8, 2), (5, 2), (3, 3), (1, 9)], ids=str)
def test_the_oftener_a_source_publishes_the_sooner_its_silence_is_noticed(n_new: int, n_nights: int) -> None:
    course = known(n_new=n_new)
    states = [row.state for row in course.nights([0] * n_nights)]
    assert states == ["ok"] * (n_nights - 1) + ["quiet"]


def test_a_source_with_a_page_a_week_is_not_quiet_after_three_days_or_three_weeks() -> None:
    course = Course()
    course.nights([1, 0, 0, 0, 0, 0, 0] * 8)
    assert {row.state for row in course.nights([0] * 21)} == {"ok"}


def test_any_source_is_quiet_after_a_quarter_of_a_year() -> None:
    course = Course()
    course.nights([1] + [0] * 6)
    rows = course.nights([0] * 120)
    assert [row.state for row in rows].count("quiet") == 120 - 90 + 7
    assert (rows[-1].n_silent, rows[-1].last_new_night, rows[-1].since) == (126, FIRST, FIRST + timedelta(days=1))
    assert "126 nights" in rows[-1].reason


def test_a_source_with_a_page_in_three_weeks_is_quiet_once_ten_are_missing() -> None:
    course = Course()
    course.nights(([1] + [0] * 20) * 5 + [1])
    rows = course.nights([0] * 160)
    assert [row.state for row in rows].index("quiet") + 1 == 141  # of the 28 nights before, two had a page
    assert rows[-1].reason.endswith("usually 0.071 a night")


def test_a_silence_is_never_forgotten() -> None:
    course = known(n_new=10)
    last = course.next_night - timedelta(days=1)
    rows = course.nights([0] * 365)
    assert {row.state for row in rows[1:]} == {"quiet"}
    assert (rows[-1].n_silent, rows[-1].n_nights, rows[-1].last_new_night) == (365, 365, last)
    assert rows[-1].reason == f"nothing new for 365 nights, last on {last}; usually 10 a night"
    assert course.night(10).state == "ok"


def test_a_source_that_rests_on_weekends_is_never_quiet_on_one() -> None:
    course = Course()
    rows = course.nights([12, 12, 12, 12, 12, 0, 0] * 12)
    assert {row.state for row in rows[7:]} == {"ok"}
    silent = course.nights([0] * 3)
    assert [row.state for row in silent] == ["ok", "quiet", "quiet"]


def test_one_night_with_a_whole_archive_does_not_hide_a_silence() -> None:
    course = known(n_new=8, nights=20)
    course.night(900)
    course.nights([8] * 7)
    assert course.nights([0, 0, 0])[-1].state == "quiet"


def test_a_newspaper_that_was_always_behind_a_wall_is_well() -> None:
    course = Course()
    rows = course.nights([6] * 30, n_walled=5)
    assert {row.state for row in rows[7:]} == {"ok"}


def test_one_page_a_night_is_judged_by_some_nights_together() -> None:
    course = known(n_new=1)
    states = [row.state for row in course.nights([1] * 4, **pages("n_unusable", 1))]
    assert states == ["ok", "ok", "ok", "changed_layout"]


@pytest.mark.parametrize(
    "bad", [pages("n_unusable", 1), pages("n_walled", 1), {"author_fill": 0.0}], ids=["no-text", "walled", "no-author"]
)
def test_a_small_source_is_well_again_after_its_second_good_page_and_stays_so(bad: dict[str, object]) -> None:
    course = known(n_new=1)
    assert course.nights([1] * 8, **bad)[-1].state in ("changed_layout", "walled")
    states = [row.state for row in course.nights([1, 0, 1, 1, 1, 1])]
    assert states[2:] == ["ok"] * 4


def test_a_changed_layout_lasts_over_nights_without_new_pages() -> None:
    course = known()
    course.nights([6, 6], **pages("n_unusable"))
    assert course.night(0, **NOT_ASKED).state == "changed_layout"
    assert course.night(0).state == "changed_layout"


def test_a_refusal_of_listings_ends_with_the_first_answer_though_it_names_nothing_new() -> None:
    course = known()
    assert course.nights([0, 0], **REFUSED)[-1].state == "blocked"
    assert course.night(0).state == "ok"


def test_a_source_whose_layout_changed_and_then_fell_silent_is_quiet() -> None:
    course = known()
    course.nights([6, 6], **pages("n_unusable"))
    rows = course.nights([0, 0, 0])
    assert [row.state for row in rows] == ["changed_layout", "quiet", "quiet"]
    assert rows[-1].since == rows[0].night


def test_pages_of_an_outage_that_is_over_do_not_begin_it_again() -> None:
    course = known(n_new=4)
    assert course.nights([4, 4, 4], **pages("n_unusable", 4))[-1].state == "changed_layout"
    assert [row.state for row in course.nights([3, 1, 1])] == ["ok", "ok", "ok"]


def test_half_of_the_usual_news_is_no_outage_and_neither_are_few_of_few() -> None:
    assert {row.state for row in known(n_new=40).nights([20] * 4)} == {"ok"}
    assert {row.state for row in known(n_new=3).nights([0, 1])} == {"ok"}


@pytest.mark.parametrize(
    ("figures_of_two", "state"),
    [
        ({"n_absent": 1, "n_refused": 1}, "gone"),
        ({"n_absent": 1, "n_unresolved": 1}, "gone"),
        ({"n_refused": 1, "n_unanswered": 1}, "blocked"),
    ],
    ids=["half-gone", "all-gone", "none-gone"],
)
def test_a_source_is_gone_where_half_of_its_listings_are(figures_of_two: dict[str, object], state: str) -> None:
    row = known().nights([0, 0], n_listings=2, n_up=0, **figures_of_two)[-1]
    assert row.state == state
    assert row.reason.startswith("no good answer: of 2 listings 1 ")


@pytest.mark.parametrize(("n_bad", "n_new"), [(5, 5), (8, 12)], ids=["few-pages", "two-thirds"])
def test_a_new_source_is_not_judged_by_few_bad_pages(n_bad: int, n_new: int) -> None:
    assert Course().night(n_new, n_unusable=n_bad, n_articles=n_new - n_bad).state == "new"


def test_a_source_is_new_for_a_week() -> None:
    rows = Course().nights([40] + [5] * 9)
    assert [row.state for row in rows] == ["new"] * 6 + ["ok"] * 4
    assert rows[0].last_good_night is None


@pytest.mark.parametrize(
    ("bad", "n_new", "state"),
    [
        pytest.param(ABSENT, 0, "gone", id="gone"),
        pytest.param(REFUSED, 0, "blocked", id="refused"),
        pytest.param(pages("n_shut", 12), 12, "blocked", id="pages-refused"),
        pytest.param(pages("n_unusable", 12), 12, "changed_layout", id="never-read"),
        pytest.param(pages("n_walled", 12), 12, "new", id="always-walled"),
    ],
)
def test_a_source_that_never_worked_is_named_though_it_is_new(bad: dict[str, object], n_new: int, state: str) -> None:
    assert Course().nights([n_new, n_new], **bad)[-1].state == state


@pytest.mark.parametrize(
    ("expect", "changes", "n_new", "state"),
    [
        pytest.param(("articles_per_day_min", 6.0), {}, 2, "quiet", id="fewer-articles"),
        pytest.param(("articles_per_day_max", 3.0), {}, 6, "changed_layout", id="more-articles"),
        pytest.param(("title_fill", 0.9), {"title_fill": 0.5}, 6, "changed_layout", id="titles"),
        pytest.param(("date_fill", 0.8), {"date_fill": 0.0}, 6, "changed_layout", id="dates"),
        pytest.param(("date_fill", 0.8), {"date_fill": 5 / 6}, 6, "ok", id="as-expected"),
    ],
)
def test_a_source_is_held_to_what_its_file_expects_from_its_second_week_on(
    expect: tuple[str, float], changes: dict[str, object], n_new: int, state: str
) -> None:
    values = {"articles_per_day_min": 0.0, "articles_per_day_max": 500.0, "title_fill": 0.0, "date_fill": 0.0}
    course = Course(SourceExpectRow("daily", "v1", **{**values, expect[0]: expect[1]}))
    assert course.nights([n_new] * 10, **changes)[-1].state == state


def test_the_listing_of_the_first_night_does_not_count_as_news_of_a_day() -> None:
    course = Course(SourceExpectRow("daily", "v1", 0.0, 3.0, 0.0, 0.0))
    assert {row.state for row in course.nights([40] + [2] * 9)} == {"new", "ok"}


def row_of(source_id: str, up: bool) -> SourceFigures:
    return SourceFigures(source_id, FIRST + timedelta(days=1), None, n_listings=1, n_up=up, n_unanswered=not up)


@pytest.mark.parametrize(
    ("n_lost", "n_up", "is_ours"),
    [(200, 13, True), (3, 0, True), (2, 1, True), (1, 0, False), (1, 1, False), (90, 123, False)],
)
def test_a_night_on_which_most_sources_fall_silent_at_once_is_our_outage(n_lost: int, n_up: int, is_ours: bool) -> None:
    names = [f"source{number}" for number in range(n_lost + n_up)]
    before = {name: judge_source(SourceFigures(name, FIRST, None, n_listings=1, n_up=1), [], None) for name in names}
    tonight = [row_of(name, up=number >= n_lost) for number, name in enumerate(names)]
    assert is_our_outage(tonight, before) is is_ours


def test_sources_that_were_down_before_do_not_speak_for_the_network() -> None:
    names = [f"source{number}" for number in range(10)]
    before = {
        name: judge_source(SourceFigures(name, FIRST, None, n_listings=1, n_up=number >= 4), [], None)
        for number, name in enumerate(names)
    }
    tonight = [row_of(name, up=number >= 8) for number, name in enumerate(names)]
    tonight[:4] = [replace(figures, n_unanswered=0, n_refused=1) for figures in tonight[:4]]
    assert is_our_outage(tonight, before)


def test_sources_that_refuse_us_all_at_once_are_no_outage_of_ours() -> None:
    names = [f"source{number}" for number in range(20)]
    before = {name: judge_source(SourceFigures(name, FIRST, None, n_listings=1, n_up=1), [], None) for name in names}
    night = date(2025, 1, 7)
    assert not is_our_outage([SourceFigures(name, night, None, n_listings=1, n_refused=1) for name in names], before)
