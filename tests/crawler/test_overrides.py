"""Override blocks of source files: which one holds on which day, what is refused, what the crawl takes from them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import TextResponse

from crawler.feeds import MAX_BODY_CHARS, MAX_SUMMARY_CHARS, parse_feed
from crawler.listings import read_listing
from crawler.overrides import Override, overlaps, override_on
from crawler.source import Source, check_sources, load_sources, parse_source, source_version
from crawler.source_files import write_source
from crawler.spiders.feeds import read_feed
from pipelines.overrides import NO_OVERRIDE

BASE = """
name = "Morgenblatt"
language = "de"
country = "DE"
medium = "press"
homepage = "https://morgenblatt.example/"

[[discovery]]
kind = "feed"
url = "https://morgenblatt.example/feed.xml"
"""
TWO = """
[[override]]
until = 2026-02-28
body_selector = 'div[class="old"] > p'
zone = "Europe/Berlin"

[[override]]
since = 2026-03-01
title_selector = "xpath:concat(//h1, ' ', //h2)"
body_selector = "//article[@id='new']"
date_selector = "time"
drop = ["aside.more", '//div[@data-kind="teaser"]']
feed_body = true
"""
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 31))


def source(text: str) -> Source:
    found, problems = parse_source(text, Path("de/morgenblatt.toml"))
    assert found is not None, problems
    return found


def test_the_block_of_the_day_is_in_force_its_first_and_last_day_included() -> None:
    blocks = source(BASE + TWO).override
    assert override_on(blocks, date(2026, 2, 28)).body_selector == 'div[class="old"] > p'
    assert override_on(blocks, date(2026, 3, 1)).body_selector == "//article[@id='new']"
    assert override_on(blocks, date(2026, 3, 1)).drop == ("aside.more", '//div[@data-kind="teaser"]')
    assert override_on(blocks, date(2026, 3, 1)).zone == ""
    assert override_on((), date(2026, 3, 1)) == NO_OVERRIDE


def test_blocks_that_set_different_keys_hold_side_by_side() -> None:
    blocks = (Override(zone="Asia/Tokyo"), Override(since=date(2026, 1, 5), drop=("aside",)))
    assert list(overlaps(blocks)) == []
    assert (override_on(blocks, date(2026, 1, 4)).zone, override_on(blocks, date(2026, 1, 4)).drop) == (
        "Asia/Tokyo",
        (),
    )
    assert override_on(blocks, date(2026, 1, 5)).drop == ("aside",)


@given(st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS, st.sampled_from(["zone", "title"])), max_size=4), DAYS)
def test_blocks_without_overlap_never_compete_and_every_competition_is_told(
    spans: list[tuple[date | None, date | None, str]], day: date
) -> None:
    blocks = [
        Override(since=since, until=until, **({"zone": "UTC"} if key == "zone" else {"title_selector": f"h{n + 1}"}))
        for n, (since, until, key) in enumerate(spans)
        if since is None or until is None or since <= until
    ]
    every_day = [date(2025, 12, 1) + timedelta(days=n) for n in range(100)]
    competing = [
        (one, two)
        for place, one in enumerate(blocks)
        for two in blocks[place + 1 :]
        if one.overridden() & two.overridden() and any(one.covers(each) and two.covers(each) for each in every_day)
    ]
    assert len(list(overlaps(blocks))) == len(competing)
    inside = [block for block in blocks if block.covers(day)]
    chosen = override_on(blocks, day)
    assert (chosen == NO_OVERRIDE) == (not inside)
    if not competing:
        assert [block.title_selector for block in inside if block.title_selector] in ([], [chosen.title_selector])


def test_a_written_file_reads_back_the_same(tmp_path: Path) -> None:
    written = source(BASE + TWO + """[[override]]\nzone = "UTC"\nsince = 2027-01-01\n""")
    path = write_source(written, tmp_path)
    assert load_sources(tmp_path)["morgenblatt"] == written
    text = path.read_text()
    assert "since = 2026-03-01" in text
    assert "'div[class=\"old\"] > p'" in text


def test_the_version_of_a_source_changes_with_its_overrides_and_not_because_there_might_be_some() -> None:
    plain = source(BASE)
    assert source_version(plain) == "4aeb86090b663fd1"
    assert len({source_version(plain), source_version(source(BASE + TWO))}) == 2


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        pytest.param(
            lambda t: t.replace("since = 2026-03-01", "since = 2026-02-28"), "override", "until = the day", id="overlap"
        ),
        pytest.param(
            lambda t: t.replace("since = 2026-03-01\n", ""), "override", "(all days) both set body", id="no dates"
        ),
        pytest.param(
            lambda t: t.replace("until = 2026-02-28", "until = 2026-02-28\nsince = 2026-03-28"),
            "override.0",
            "swap them",
            id="order",
        ),
        pytest.param(lambda t: t.replace("feed_body", "feed_boby"), "override.1.feed_boby", "'feed_body'", id="typo"),
        pytest.param(lambda t: t.replace('"time"', '"time::text"'), "override.1.date_selector", "::text", id="CSS"),
        pytest.param(lambda t: t.replace("@id=", "@id"), "override.1.body_selector", "no XPath", id="XPath"),
        pytest.param(lambda t: t.replace("aside.more", "a >"), "override.1.drop.0", "no CSS selector", id="drop"),
        pytest.param(lambda t: t.replace("Europe/Berlin", "Mars"), "override.0.zone", "no time zone", id="zone"),
        pytest.param(lambda t: t.replace("2026-02-28", '"soon"'), "override.0.until", "'soon'", id="date"),
        pytest.param(
            lambda t: "[override]" + t.split("[[override]]")[1], "override", "write [[override]]", id="brackets"
        ),
        pytest.param(lambda t: t.replace('["aside.more"', '"aside.more" #'), "override.1.drop", "list", id="list"),
        pytest.param(lambda t: t.replace('["aside.more"', "[] #"), "override.1.drop", "leave it out", id="empty"),
        pytest.param(lambda t: t + "[[override]]\nsince = 2026-01-01\n", "override.2", "nothing is over", id="nothing"),
    ],
)
def test_what_is_wrong_names_key_and_remedy(tmp_path: Path, change: Callable[[str], str], key: str, says: str) -> None:
    path = tmp_path / "de" / "morgenblatt.toml"
    path.parent.mkdir()
    assert change(TWO) != TWO
    path.write_text(BASE + change(TWO), encoding="utf-8")
    problems = check_sources(tmp_path)
    assert [problem.key for problem in problems] == [key]
    assert says in problems[0].message


FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<item><link>https://morgenblatt.example/1</link><description>Kurz.</description><content:encoded><![CDATA[
<p>Erster &amp; bester Absatz.</p><p>Zweiter<br>und dritter.</p><script>x()</script>]]></content:encoded></item>
<item><link>https://morgenblatt.example/2</link><description>LONG</description></item>
<item><link>https://morgenblatt.example/3</link><description>Nur kurz.</description></item></channel></rss>"""


def test_the_full_text_of_a_feed_is_taken_only_where_it_is_asked_for() -> None:
    body = FEED.replace("LONG", "&lt;p&gt;Ein ganzer Text.&lt;/p&gt;" * 200).encode()
    url = "https://morgenblatt.example/feed.xml"
    without = parse_feed(body, url=url).items
    assert [item.body for item in without] == ["", "", ""]
    items = parse_feed(body, url=url, with_bodies=True).items
    assert items[0].body == "Erster & bester Absatz.\nZweiter\nund dritter."
    assert items[0].summary == "Kurz."
    assert MAX_SUMMARY_CHARS < len(items[1].body) <= MAX_BODY_CHARS
    assert items[2].body == ""


def test_the_crawl_takes_full_texts_on_the_days_on_which_an_override_wants_them() -> None:
    outlet = source(BASE + TWO)
    response = TextResponse("https://morgenblatt.example/feed.xml", body=FEED.encode())
    for day, wanted in ((28, False), (30, True)):
        now = datetime(2026, 2 if day == 28 else 3, day, 2, 30, tzinfo=UTC)
        parsed, _ = read_listing(read_feed, response, outlet, outlet.discovery[0], now)
        assert bool(parsed.items[0].body) is wanted
