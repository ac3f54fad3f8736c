"""Spikes in a real snapshot: what is told, what is not, and what stands behind it."""

from datetime import timedelta
from pathlib import Path

import pytest

from analysis.measures import Measure, Span, Spike
from analysis.spikes import SpikeSettings, find_spikes
from db.daily import AskedDay, read_strongest
from db.snapshot import open_snapshot
from pipelines.errors import UsageError
from tests.analysis.spikes.conftest import (
    EVENT,
    FIRST,
    LAST_DAY,
    NEW_SOURCE_FROM,
    TITLE_WITH_NAME,
    day_number,
    event,
    ordinary,
    press,
    publish_press,
)

SETTINGS = SpikeSettings()
SPAN = Span(FIRST, FIRST + timedelta(days=LAST_DAY - 1))


def spikes_of(
    path: Path,
    span: Span = SPAN,
    settings: SpikeSettings = SETTINGS,
    entities: list[str] | None = None,
    theme: str | None = None,
) -> tuple[Spike, ...]:
    with open_snapshot(path) as snapshot:
        return find_spikes(snapshot, entities, span, settings, theme=theme)


@pytest.fixture(scope="session")
def told(eventful: Path) -> tuple[Spike, ...]:
    return spikes_of(eventful)


def test_the_event_is_told_in_volume_and_in_tone_and_nothing_else_is(told: tuple[Spike, ...]) -> None:
    assert [(spike.day, spike.entity, spike.measure) for spike in told] == [
        (EVENT, "acme", Measure.VOLUME),
        (EVENT, "acme", Measure.POLARITY),
    ]
    volume, tone = told
    assert volume.name == "Acme"
    assert (volume.value, volume.usual, volume.n_voices) == (18, 3, 18)  # 3 ordinary, 14 of their own, 1 with copies
    assert volume.z > 6
    assert tone.value == pytest.approx((15 * -0.76 + 3 * 0.1) / 18, abs=0.1)
    assert -0.1 < tone.usual < 0.3
    assert tone.z < -3.5
    assert tone.n_voices == 18


def test_the_stories_of_a_spike_are_those_of_its_day_widest_first(told: tuple[Spike, ...]) -> None:
    stories = told[0].stories
    assert len(stories) == 5
    assert stories[0].title == "Agency report"
    assert (stories[0].n_articles, stories[0].n_outlets) == (3, 2)
    assert stories[0].outlets == ("Daily", "Weekly")
    assert {story.published_at.date() for story in stories} == {EVENT}
    assert stories[0].published_at.tzinfo is not None


def test_the_sentences_are_the_strongest_in_the_direction_one_of_each_story(told: tuple[Spike, ...]) -> None:
    for spike in told:
        assert len(spike.sentences) == 5
        assert spike.sentences[0].where == "title"
        assert spike.sentences[0].polarity == pytest.approx(-0.95)
        assert len({row.story_id for row in spike.sentences}) == 5
        assert all(row.earned and "Acme" in row.sentence and row.url.startswith("https://") for row in spike.sentences)
    polarities = [row.polarity for row in told[1].sentences]
    assert told[1].measure is Measure.POLARITY
    assert polarities == sorted(polarities, key=lambda one: one or 0)
    assert all(one is not None and one <= -0.78 for one in polarities)


def test_praise_and_blame_take_turns_where_no_direction_is_asked_for(eventful: Path) -> None:
    asked = AskedDay("acme", FIRST + timedelta(days=NEW_SOURCE_FROM - 1), 0)
    with open_snapshot(eventful) as snapshot:
        sentences = read_strongest(snapshot, [asked], 4)[asked]
    assert [row.polarity for row in sentences] == pytest.approx([0.4, -0.2, 0.4, -0.2])


def test_the_terms_are_what_the_days_before_lack(told: tuple[Spike, ...]) -> None:
    terms = {term.text: term for term in told[0].terms}
    assert {"recall", "battery", "fires"} <= {text.lower() for text in terms}
    assert not {"acme", "the", "of", "town", "page", "sells"} & {text.lower() for text in terms}
    battery = terms["battery"]
    assert battery.n == 15  # the copies of the agency's report are one voice
    assert battery.language == "en"
    assert battery.z > 1.96


def test_state_media_and_new_outlets_are_no_spike(eventful: Path, told: tuple[Spike, ...]) -> None:
    with open_snapshot(eventful) as snapshot:
        rows = snapshot.fetch(
            "SELECT published_on, count(*) FROM coverage WHERE entity = 'acme' GROUP BY ALL HAVING count(*) >= 18"
        )
    loud = {day for day, _ in rows}
    assert {FIRST + timedelta(days=29), FIRST + timedelta(days=60)} <= loud  # they are there, and they are many
    assert {spike.day for spike in told} == {EVENT}


def test_a_new_outlet_counts_once_it_was_there_for_all_compared_days(tmp_path: Path) -> None:
    pages = press(n_event=0, until=100)
    for day in range(40, 101):
        pages += ordinary(day, 10 if day < 95 else 60 if day == 95 else 10, source_id="fresh", address="fresh")
    path = publish_press(tmp_path, pages)
    found = spikes_of(path, Span(FIRST, FIRST + timedelta(days=99)), entities=["acme"])
    assert [(one.day, one.measure) for one in found] == [(FIRST + timedelta(days=94), Measure.VOLUME)]


def test_the_first_days_have_too_little_before_them(tmp_path: Path) -> None:
    early = [*press(n_event=0, until=30), *event(12, 14)]
    assert spikes_of(publish_press(tmp_path, early)) == ()


def test_days_without_a_crawl_are_missing_and_not_quiet(tmp_path: Path) -> None:
    quiet = set(range(day_number(EVENT) - 22, day_number(EVENT)))
    pages = [
        page
        for page in press(n_event=8)
        if (article := page.extraction.article) is None or day_number(article.published_at.date()) not in quiet
    ]
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    up = publish_press(tmp_path / "up", pages, crawled=range(1, LAST_DAY + 1))
    crawled = [day for day in range(1, LAST_DAY + 1) if day not in quiet]
    down = publish_press(tmp_path / "down", pages, crawled=crawled, failed=[*quiet][:5])
    told = [spike for spike in spikes_of(up) if spike.measure is Measure.VOLUME]
    assert [(spike.day, spike.usual) for spike in told] == [(EVENT, 0)]
    assert [spike for spike in spikes_of(down) if spike.measure is Measure.VOLUME] == []  # 6 observed days


def test_what_was_published_before_the_first_crawl_counts_as_known(tmp_path: Path) -> None:
    path = publish_press(tmp_path, press(), crawled=[LAST_DAY])
    assert {spike.day for spike in spikes_of(path)} == {EVENT}


def test_a_span_tells_the_same_spikes_as_a_longer_one(eventful: Path, told: tuple[Spike, ...]) -> None:
    assert spikes_of(eventful, Span(EVENT, EVENT)) == told
    assert spikes_of(eventful, Span(EVENT + timedelta(days=1), SPAN.until)) == ()
    assert spikes_of(eventful, Span(FIRST, EVENT - timedelta(days=1))) == ()


def test_a_day_has_the_same_score_whatever_span_is_asked_for(tmp_path: Path) -> None:
    pages = press()
    for day in (30, 44, 50, *range(51, 66)):  # until day 50 it seems to write every ten days, later it proves to be new
        pages += ordinary(day, 2, source_id="fresh", address="fresh")
    path = publish_press(tmp_path, pages)
    (volume, *_), whole = spikes_of(path, Span(EVENT, EVENT)), spikes_of(path)
    assert volume.z == next(one.z for one in whole if (one.day, one.measure) == (EVENT, Measure.VOLUME))


def test_a_smaller_spike_soon_after_is_silent_even_where_the_span_begins_between_them(tmp_path: Path) -> None:
    second = day_number(EVENT) + 2
    pages = [*press(n_event=20), *event(second, 9, address="echo")]
    path = publish_press(tmp_path, pages)
    after = Span(EVENT + timedelta(days=1), SPAN.until)
    assert spikes_of(path, after) == ()
    loose = SpikeSettings(cool_down_days=0)
    assert EVENT + timedelta(days=2) in {spike.day for spike in spikes_of(path, after, loose)}


def test_the_settings_decide(eventful: Path) -> None:
    assert spikes_of(eventful, settings=SpikeSettings(z=100)) == ()
    assert spikes_of(eventful, settings=SpikeSettings(minimum_voices=19)) == ()
    sharper = {spike.day for spike in spikes_of(eventful, settings=SpikeSettings(baseline_days=21))}
    assert EVENT in sharper


def test_of_a_theme_only_its_articles_count_and_stand_behind_a_spike(eventful: Path) -> None:
    volume = next(spike for spike in spikes_of(eventful, theme="recalls") if spike.measure is Measure.VOLUME)
    assert (volume.theme, volume.day, volume.value, volume.usual) == ("recalls", EVENT, 15, 0)
    assert all("battery" in row.sentence or row.title == TITLE_WITH_NAME for row in volume.sentences)
    assert all(story.title.startswith(("Recall", "Agency")) for story in volume.stories)


def test_entities_can_be_chosen_and_unknown_ones_are_named(eventful: Path) -> None:
    assert spikes_of(eventful, entities=["globex"]) == ()
    assert len(spikes_of(eventful, entities=["acme", "acme"])) == 2
    with pytest.raises(UsageError, match="no entity 'initech'; it has acme, globex"):
        spikes_of(eventful, entities=["initech"])
    with pytest.raises(UsageError, match="no theme 'prices'; it has recalls"):
        spikes_of(eventful, theme="prices")
    with pytest.raises(UsageError, match="is after until"):
        spikes_of(eventful, Span(EVENT, FIRST))


def test_an_empty_database_has_no_spikes(tmp_path: Path) -> None:
    assert spikes_of(publish_press(tmp_path, [])) == ()
