"""What changed between two spans, over real small databases, computed by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analysis.change import build_changes, previous_span
from analysis.decomposition import MOST_GROUPS
from analysis.measures import Change, Contribution, GroupKind, Span
from db.read import open_snapshot
from pipelines.errors import UsageError
from tests.analysis.statistics.newsroom import Item, january, publish_items

BEFORE, NOW = Span(january(6), january(12)), Span(january(13), january(19))
EARLY, LATE = january(7), january(15)


def changes_of(path: Path, *entities: str, theme: str | None = None, minimum_voices: int = 5) -> tuple[Change, ...]:
    with open_snapshot(path) as snapshot:
        return build_changes(snapshot, entities or None, BEFORE, NOW, theme=theme, minimum_voices=minimum_voices)


def groups_of(change: Change, kind: GroupKind) -> dict[str, Contribution]:
    return {part.key: part for part in change.contributions if part.kind is kind}


def total(change: Change, kind: GroupKind) -> float:
    return sum(part.mix + part.within for part in change.contributions if part.kind is kind)


def test_the_previous_span_is_as_long_and_ends_the_day_before() -> None:
    assert previous_span(NOW) == BEFORE
    assert previous_span(Span(date(2025, 3, 1), date(2025, 3, 31))) == Span(date(2025, 1, 29), date(2025, 2, 28))


def test_polarity_changes_from_before_to_now_and_days_outside_do_not_count(tmp_path: Path) -> None:
    before, now = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (-0.5, -0.3, -0.1, 0.1, -0.2)
    items = [
        *(Item(day, polarity) for day, polarity in zip([january(6), january(12)] * 3, before, strict=True)),
        *(Item(day, polarity) for day, polarity in zip([january(13), january(19)] * 3, now, strict=False)),
        Item(january(5), -1.0),
        Item(january(20), 1.0),
        Item(LATE),
    ]
    (change,) = changes_of(publish_items(tmp_path, items), "acme")
    assert change.polarity_before.value == pytest.approx(0.35, abs=1e-6)
    assert change.polarity_now.value == pytest.approx(-0.2, abs=1e-6)
    assert change.polarity_change.value == pytest.approx(-0.55, abs=1e-6)
    assert (change.polarity_before.n, change.polarity_now.n, change.polarity_change.n) == (6, 5, 11)
    assert (change.n_articles_before, change.n_articles_now) == (6, 6)
    assert (change.n_voices_before, change.n_voices_now) == (6, 6)
    assert change.polarity_change.low is not None
    assert change.polarity_change.high is not None
    assert change.polarity_change.low < -0.55 < change.polarity_change.high < 0


def test_a_new_source_does_not_change_the_share_of_voice(tmp_path: Path) -> None:
    """On the panel acme keeps 2 of 4 voices; the new source, all about globex, is not on it."""
    items = [
        Item(EARLY, entities=("acme",)),
        Item(EARLY, entities=("acme",), source="weekly"),
        Item(EARLY, entities=("globex",)),
        Item(EARLY, entities=("globex",)),
        Item(LATE, entities=("acme",)),
        Item(LATE, entities=("acme", "globex"), source="weekly"),
        Item(LATE, entities=("globex",)),
        *(Item(LATE, entities=("globex",), source="new") for _ in range(5)),
        *(Item(EARLY, entities=("globex",), source="ended") for _ in range(3)),
    ]
    acme, globex = changes_of(publish_items(tmp_path, items), minimum_voices=4)
    assert (acme.entity, globex.entity, acme.n_sources) == ("acme", "globex", 2)
    assert acme.share_before.value == pytest.approx(2 / 4)
    assert acme.share_now.value == pytest.approx(2 / 4)
    assert acme.share_change.value == pytest.approx(0)
    assert (acme.share_before.n, acme.share_now.n) == (4, 4)
    assert acme.share_change.low is not None
    assert acme.share_change.low < 0
    assert (globex.n_voices_before, globex.n_voices_now) == (5, 7)


def test_copies_are_one_voice_of_the_share(tmp_path: Path) -> None:
    items = [
        *(Item(EARLY, story="agency", source=source) for source in ("daily", "weekly", "third")),
        *(Item(EARLY, entities=("globex",)) for _ in range(3)),
        *(Item(LATE, source=source) for source in ("daily", "weekly", "third")),
    ]
    acme, _globex = changes_of(publish_items(tmp_path, items))
    assert acme.share_before.value == pytest.approx(1 / 4)
    assert (acme.n_articles_before, acme.n_voices_before) == (3, 1)


def test_without_a_common_source_there_is_no_share(tmp_path: Path) -> None:
    (change,) = changes_of(publish_items(tmp_path, [Item(EARLY, 0.1), Item(LATE, 0.3, "weekly")]), "acme")
    assert (change.n_sources, change.share_before.value, change.share_change.value) == (0, None, None)
    assert change.polarity_change.value == pytest.approx(0.2, abs=1e-6)
    assert change.polarity_change.too_few


def test_outlets_languages_and_stories_explain_the_change_by_hand(tmp_path: Path) -> None:
    """Before: daily 0.4 (continues), weekly -0.2. Now: the story goes on at 0.0 in both, daily adds a new one at 0.6.

    The continuing voice is split in halves over its copies: daily 0.5 + 1, weekly 0.5 of 2 voices.
    """
    items = [
        Item(EARLY, 0.4, "daily", "goes on", title="It begins"),
        Item(EARLY, -0.2, "weekly", language="de", title="Vorbei"),
        Item(LATE, 0.2, "daily", "goes on", title="It goes on"),
        Item(LATE, -0.2, "weekly", "goes on", language="de", title="Es geht weiter"),
        Item(LATE, 0.6, "daily", title="New"),
    ]
    (change,) = changes_of(publish_items(tmp_path, items), "acme")
    reference = (0.1 + 0.3) / 2
    assert change.polarity_change.value == pytest.approx(0.2, abs=1e-6)
    outlets = groups_of(change, GroupKind.OUTLET)
    daily_now = (0.5 * 0.2 + 0.6) / 1.5
    assert outlets["daily"].mix == pytest.approx((0.75 - 0.5) * ((0.4 + daily_now) / 2 - reference), abs=1e-6)
    assert outlets["daily"].within == pytest.approx((0.75 + 0.5) / 2 * (daily_now - 0.4), abs=1e-6)
    assert outlets["weekly"].mix == pytest.approx((0.25 - 0.5) * (-0.2 - reference), abs=1e-6)
    assert outlets["weekly"].within == pytest.approx(0, abs=1e-6)
    assert (outlets["daily"].n_before, outlets["daily"].n_now, outlets["weekly"].n_now) == (1, 2, 1)
    assert outlets["daily"].label == "Daily"
    assert change.mix == pytest.approx(outlets["daily"].mix + outlets["weekly"].mix)
    assert change.within == pytest.approx(outlets["daily"].within)
    languages = groups_of(change, GroupKind.LANGUAGE)
    assert languages["en"].within == pytest.approx(outlets["daily"].within)
    assert languages["de"].mix == pytest.approx(outlets["weekly"].mix)
    stories = {part.label: part for part in groups_of(change, GroupKind.STORY).values()}
    assert set(stories) == {"It begins", "Vorbei", "New"}
    assert stories["It begins"].within == pytest.approx(0.5 * (0.0 - 0.4), abs=1e-6)
    assert stories["It begins"].mix == pytest.approx(0, abs=1e-6)
    assert stories["New"].mix == pytest.approx(0.5 * (0.6 - reference), abs=1e-6)
    assert stories["Vorbei"].mix == pytest.approx(-0.5 * (-0.2 - reference), abs=1e-6)
    assert (stories["New"].within, stories["Vorbei"].within) == (0, 0)
    assert (stories["New"].n_before, stories["New"].n_now, stories["Vorbei"].n_now) == (0, 1, 0)


def test_every_kind_adds_up_to_the_change_and_stands_with_the_largest_first(tmp_path: Path) -> None:
    """With copies in several outlets, languages and spans, unscored ones among them, and more stories than are told."""
    generator = np.random.default_rng(7)
    items = [
        Item(
            january(int(generator.integers(6, 20))),
            None if generator.random() < 0.1 else float(np.round(generator.uniform(-1, 1), 3)),
            str(generator.choice(["daily", "weekly", "third", "fourth"])),
            story=f"s{generator.integers(20)}" if generator.random() < 0.4 else "",
            language=str(generator.choice(["en", "de", "fr"])),
            entities=("acme",) if generator.random() < 0.6 else ("acme", "globex"),
        )
        for _ in range(2 * MOST_GROUPS)
    ]
    for change in changes_of(publish_items(tmp_path, items)):
        assert change.polarity_change.value is not None
        for kind in GroupKind:
            parts = [part for part in change.contributions if part.kind is kind]
            assert total(change, kind) == pytest.approx(change.polarity_change.value, abs=1e-9)
            sizes = [abs(part.mix + part.within) for part in parts if part.key]
            assert sizes == sorted(sizes, reverse=True)
            assert len(sizes) <= MOST_GROUPS
        assert change.mix is not None
        assert change.within is not None
        assert change.mix + change.within == pytest.approx(change.polarity_change.value, abs=1e-9)
    acme = changes_of(tmp_path / "snapshot.duckdb", "acme")[0]
    rest = [part for part in acme.contributions if not part.key]
    assert [part.kind for part in rest] == [GroupKind.STORY]
    stories = [part for part in acme.contributions if part.kind is GroupKind.STORY]
    assert stories[-1] is rest[0]
    assert sum(part.n_now for part in stories) == acme.polarity_now.n


def test_with_a_silent_side_nothing_is_explained(tmp_path: Path) -> None:
    (change,) = changes_of(publish_items(tmp_path, [Item(EARLY), Item(LATE, 0.3)]), "acme")
    assert (change.polarity_change.value, change.mix, change.within, change.contributions) == (None, None, None, ())
    (globex,) = changes_of(tmp_path / "snapshot.duckdb", "globex")
    assert (globex.n_articles_now, globex.polarity_now.value, globex.share_now.value) == (0, None, 0)


def test_a_theme_keeps_the_articles_about_it_in_polarity_share_and_groups(tmp_path: Path) -> None:
    items = [
        Item(EARLY, 0.4, themes=("chips",)),
        Item(EARLY, -0.9),
        Item(EARLY, 0.1, entities=("globex",), themes=("chips",)),
        Item(LATE, 0.6, themes=("chips",)),
        Item(LATE, -0.9, "weekly", themes=("privacy",)),
    ]
    acme, _globex = changes_of(publish_items(tmp_path, items), theme="chips")
    assert acme.polarity_change.value == pytest.approx(0.2, abs=1e-6)
    assert (acme.n_articles_before, acme.n_voices_now) == (1, 1)
    assert acme.share_before.value == pytest.approx(0.5)
    assert acme.share_now.value == 1
    assert set(groups_of(acme, GroupKind.OUTLET)) == {"daily"}
    assert total(acme, GroupKind.STORY) == pytest.approx(0.2, abs=1e-6)


def test_own_media_are_neither_voices_nor_panel(tmp_path: Path) -> None:
    items = [Item(EARLY, 0.1), Item(LATE, 0.1), Item(EARLY, -0.9, "own"), Item(LATE, 0.9, "own")]
    path = publish_items(tmp_path, items, media={"own": "company_newsroom"})
    (change,) = changes_of(path, "acme")
    assert change.polarity_change.value == pytest.approx(0, abs=1e-6)
    assert (change.n_sources, change.n_voices_now) == (1, 1)
    assert set(groups_of(change, GroupKind.OUTLET)) == {"daily"}


def test_wrong_spans_and_names_are_told(tmp_path: Path) -> None:
    path = publish_items(tmp_path, [Item(EARLY, 0.1)])
    with open_snapshot(path) as snapshot:
        with pytest.raises(UsageError, match="2025-01-13, not before 2025-01-13; give spans that do not overlap"):
            build_changes(snapshot, None, Span(january(6), january(13)), NOW)
        with pytest.raises(UsageError, match="after until"):
            build_changes(snapshot, None, Span(january(6), january(5)), NOW)
        with pytest.raises(UsageError, match="no entity 'initech'"):
            build_changes(snapshot, ["initech"], BEFORE, NOW)
        with pytest.raises(UsageError, match="no theme 'weather'"):
            build_changes(snapshot, None, BEFORE, NOW, theme="weather")
