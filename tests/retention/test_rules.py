"""Which texts and bodies are no longer kept: the rules, against a plain account of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.loader import record_model, record_watchlist
from db.page_retention import choose_bodies
from db.retention import choose_texts, rules_at
from db.writer import Writer, open_writer
from tests.db import build

NOW = build.NOON


@dataclass(frozen=True)
class Seen:
    """A page of a text: how many days ago it was fetched, and what it said about text and data mining."""

    days_ago: int
    reserved: bool | None


@dataclass(frozen=True)
class Text:
    pages: tuple[Seen, ...]
    kept_before: str  # "" for in full
    is_matched: bool
    is_scored: bool


texts = st.builds(
    Text,
    st.lists(st.builds(Seen, st.integers(0, 60), st.sampled_from([True, False, None])), min_size=1, max_size=4).map(
        tuple
    ),
    st.sampled_from(["", "", "sentences", "metadata"]),
    st.booleans(),
    st.booleans(),
)
limits = st.fixed_dictionaries(
    {
        "pages_days": st.just(0),
        "text_days": st.integers(0, 50),
        "reserved_days": st.integers(1, 50),
        "reserved_keep": st.sampled_from(["full", "sentences", "metadata"]),
    }
)
LEVELS = ["full", "sentences", "metadata"]


def expected(text: Text, rules: dict[str, object]) -> tuple[str, str] | None:
    """What is kept of a text from now on and why; None where nothing changes."""
    age = max(page.days_ago for page in text.pages)
    words = [page for page in text.pages if page.reserved is not None]
    newest = [page for page in words if page.days_ago == min(word.days_ago for word in words)]
    is_reserved = any(page.reserved for page in newest)
    by_right = (
        LEVELS.index(str(rules["reserved_keep"])) if is_reserved and age >= int(str(rules["reserved_days"])) else 0
    )
    text_days = int(str(rules["text_days"]))
    by_age = 1 if text_days and age >= text_days else 0
    level = max(by_right, by_age)
    if level <= LEVELS.index(text.kept_before or "full") or not text.is_matched:
        return None
    if level == 2 and not text.is_scored:
        return None
    return LEVELS[level], "reserved" if by_right >= by_age else "age"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    with open_writer(tmp_path_factory.mktemp("rules") / "rules.duckdb") as writer:
        record_watchlist(writer, build.WATCHLIST, NOW)
        record_model(writer, build.MODEL, NOW)
        yield writer


def store(writer: Writer, found: list[Text]) -> None:
    for table in (
        "page",
        "extraction",
        "revision",
        "part",
        "match_done",
        "mention",
        "score",
        "text_pruned",
        "body_pruned",
    ):
        writer.fetch(f"DELETE FROM {table}")
    writer.fetch("INSERT INTO part VALUES ('p', '', 0, 99, 'x', now(), 'done', NULL, 'r', NULL)")
    for number, text in enumerate(found):
        revision = f"t{number}"
        writer.fetch("INSERT INTO revision VALUES (?, ?, 'http://a/', '', 'text', [], 'r')", [revision, revision])
        for place, page in enumerate(text.pages):
            at = (NOW - timedelta(days=page.days_ago)).replace(tzinfo=None)
            writer.fetch(
                "INSERT INTO page BY NAME SELECT ? AS page_id, ? AS url, '' AS final_url, 's' AS source_id,"
                " ?::TIMESTAMP AS fetched_at, 1 AS attempt, 100 AS body_bytes, 0 AS retries, 0.0 AS elapsed_seconds,"
                " 'p' AS part, 0 AS record_offset, ?::BOOLEAN AS rights_reserved, [] AS rights_signals, 'r' AS run_id",
                [f"{revision}-{place}", f"http://a/{revision}-{place}", at, page.reserved],
            )
            writer.fetch(
                "INSERT INTO extraction BY NAME SELECT ? AS page_id, 'x' AS extractor, 'ok' AS outcome,"
                " ? AS revision_id, 'full' AS body_kind, now() AS extracted_at, 'r' AS run_id",
                [f"{revision}-{place}", revision],
            )
        if text.kept_before:
            writer.fetch("INSERT INTO text_pruned VALUES (?, ?, 'age', now(), 'r')", [revision, text.kept_before])
        if text.is_matched:
            writer.fetch("INSERT INTO match_done VALUES (?, 'w1', 1, 'r')", [revision])
            writer.fetch(
                "INSERT INTO mention VALUES (?, ?, 'acme', 'body', 'text', 0, 4, 'text', 0, 4, 'en', 'w1', 'r')",
                [f"{revision}-m", revision],
            )
        if text.is_scored:
            writer.fetch("INSERT INTO score VALUES (?, 'tiny', 'r1', 'ok', 0, 1, 0, 'r')", [f"{revision}-m"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(texts, min_size=1, max_size=6), rules=limits)
def test_texts_and_bodies_go_by_the_rules(shared: Writer, found: list[Text], rules: dict[str, object]) -> None:
    store(shared, found)
    keep = rules_at(NOW, **rules)  # type: ignore[arg-type]
    choose_texts(shared, keep)
    chosen = {
        str(row[0]): (row[1], row[2]) for row in shared.fetch("SELECT revision_id, kept, reason FROM doomed_text")
    }
    wanted = {f"t{number}": expected(text, rules) for number, text in enumerate(found)}
    assert chosen == {name: what for name, what in wanted.items() if what is not None}
    choose_bodies(shared, keep)
    bodies = {str(row[0]) for row in shared.fetch("SELECT page_id FROM doomed_body")}
    for number, text in enumerate(found):
        words = [page for page in text.pages if page.reserved is not None]
        is_reserved = any(page.reserved for page in words if page.days_ago == min(word.days_ago for word in words))
        is_cut = bool(text.kept_before) or f"t{number}" in chosen
        for place, page in enumerate(text.pages):
            is_old = page.days_ago >= int(str(rules["reserved_days"]))
            goes = is_reserved and is_cut and is_old and rules["reserved_keep"] != "full"
            assert (f"t{number}-{place}" in bodies) == goes


def test_days_count_to_the_second() -> None:
    rules = rules_at(NOW, pages_days=0, text_days=3, reserved_days=30, reserved_keep="sentences")
    assert rules.pages_until is None
    assert rules.text_until == datetime(2025, 1, 24, 12, tzinfo=NOW.tzinfo)


def test_a_text_that_the_themes_were_not_sought_in_waits(tmp_path: Path) -> None:
    with open_writer(tmp_path / "w.duckdb") as writer:
        record_watchlist(writer, build.WATCHLIST, NOW)
        store(writer, [Text((Seen(40, True),), "", is_matched=True, is_scored=True)])
        writer.fetch("INSERT INTO theme_set VALUES ('v', now())")
        writer.fetch("INSERT INTO theme VALUES ('v', 'chips', 'Chips', 'Chips', 1)")
        rules = rules_at(NOW, pages_days=0, text_days=0, reserved_days=30, reserved_keep="sentences")
        choose_texts(writer, rules)
        assert writer.fetch("SELECT count(*) FROM doomed_text") == [(0,)]
        writer.fetch("INSERT INTO theme_done VALUES ('t0', 'v', 0, 'r')")
        choose_texts(writer, rules)
        assert writer.fetch("SELECT count(*) FROM doomed_text") == [(1,)]
