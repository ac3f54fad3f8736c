"""Outlets that block, vanish, change their layout or fall silent on a real server: noticed within two nights."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path

import pytest

from crawler.run import CrawlJob, run_crawl
from db.loader import record_feed_checks, record_source_nights
from db.source_states import SourceStateRow, read_source_states
from db.writer import open_writer
from newstone.stages.checking_sources import judge_sources
from newstone.stages.context import StageContext
from newstone.stages.extracting import extract_parts
from tests.crawler.conftest import without_proxy
from tests.crawler.site import Answer, Reply, Site, feed, running
from tests.health.press import Press, Told, make_press, make_source

pytestmark = pytest.mark.slow

PARAGRAPHS = (
    "The town council of Brackwater voted on Tuesday to rebuild the old harbour crane, idle for eleven years.",
    "Engineers expect the work to take until autumn and to cost less than a new one, the mayor said on Friday.",
    "The crane was built for the herring fleet, and a cooperative of former dockers has asked to run it.",
)
NAMES = ("steady", "barred", "absent", "relaid", "silent", "walled")
PAGES_A_NIGHT = 6
OLD_FEED = tuple(f"http://silent.test/old{number}" for number in range(3))


def article(number: int) -> Reply:
    text = "".join(f"<p>{line} This was report number {number}.</p>" for line in PARAGRAPHS)
    return Reply(
        body=(
            f"<html lang=en><head><title>Crane {number}</title><meta name=author content='A. Writer'></head>"
            f"<body><article><h1>Crane {number} to turn again</h1>{text}</article></body></html>"
        ).encode()
    )


def emptied(number: int) -> Reply:
    return Reply(
        body=f"<html><head><title>Crane {number}</title></head><body><div id=app></div></body></html>".encode()
    )


def paywalled(number: int) -> Reply:
    said = b'{"@type": "NewsArticle", "headline": "Crane", "isAccessibleForFree": false}'
    mark = b'<script type="application/ld+json">' + said + b"</script></head>"
    return Reply(body=article(number).body.replace(b"</head>", mark))


def forbidden(_headers: Message) -> Reply:
    return Reply(403, b"forbidden")


def host(name: str, night: int, page: object, listing: Answer | None = None) -> dict[str, Answer]:
    """The host of an outlet in a night: its feed and the pages that are new in it."""
    numbers = [100 * night + number for number in range(PAGES_A_NIGHT)]
    pages: dict[str, Answer] = {f"/{number}": page(number) for number in numbers}  # type: ignore[operator]
    return {"/feed.xml": listing or feed(*(f"http://{name}.test/{number}" for number in numbers)), **pages}


def web_of(night: int, *, is_well: bool) -> Mapping[str, Mapping[str, Answer]]:
    web = {f"{name}.test": host(name, night, article) for name in NAMES}
    if not is_well:
        web["barred.test"] = host("barred", night, article, forbidden)
        web["absent.test"] = {}
        web["relaid.test"] = host("relaid", night, emptied)
        web["silent.test"] = {"/feed.xml": feed(*OLD_FEED), **{f"/old{n}": article(n) for n in range(3)}}
        web["walled.test"] = host("walled", night, paywalled)
    return web


def crawl_night(press: Press, site: Site, web: Mapping[str, Mapping[str, Answer]]) -> dict[str, SourceStateRow]:
    """Crawl, load, extract and judge one night; gives the states after it."""
    site.web = dict(web)
    at = datetime.combine(press.next_night, datetime.min.time(), UTC) + timedelta(hours=2)
    press.next_night += timedelta(days=1)
    job = CrawlJob(
        data_dir=press.project.data_dir,
        sources_dir=press.project.sources_dir,
        contact_url="https://example.org/bot",
        delay_seconds=0.0,
        timeout_seconds=3.0,
        now=at,
    )
    report = run_crawl(job)
    context = StageContext(press.project, f"{at:%Y%m%dT%H%M%SZ}-night", lambda _progress: None)
    with open_writer(press.project.writer_file) as writer:
        record_feed_checks(writer, report.feed_checks, context.run_id)
        record_source_nights(writer, report.source_nights, context.run_id)
    extract_parts(context)
    assert judge_sources(context).problems == ()
    with open_writer(press.project.writer_file) as writer:
        return {row.source_id: row for row in read_source_states(writer)}


def test_outages_on_a_real_server_are_noticed_within_two_nights_and_end_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_proxy(monkeypatch)
    press = make_press(tmp_path, *(make_source(name, f"http://{name}.test/feed.xml") for name in NAMES))
    press.nights(14, dict.fromkeys(NAMES, Told(PAGES_A_NIGHT, text=" ".join(PARAGRAPHS))))
    with running(web_of(0, is_well=True)) as site:
        monkeypatch.setenv("http_proxy", site.proxy)
        # the old items of the silent one are known before it falls silent
        well = {**web_of(1, is_well=True), "silent.test": web_of(1, is_well=False)["silent.test"]}
        assert {row.state for row in crawl_night(press, site, well).values()} == {"ok"}
        began = press.next_night
        first = crawl_night(press, site, web_of(2, is_well=False))
        second = crawl_night(press, site, web_of(3, is_well=False))
        back = crawl_night(press, site, web_of(4, is_well=True))
    assert {name: row.state for name, row in first.items()} == {
        "steady": "ok", "barred": "ok", "absent": "ok", "relaid": "changed_layout", "silent": "ok", "walled": "walled",
    }  # fmt: skip
    assert {name: row.state for name, row in second.items()} == {
        "steady": "ok", "barred": "blocked", "absent": "gone", "relaid": "changed_layout", "silent": "quiet",
        "walled": "walled",
    }  # fmt: skip
    assert {row.since for name, row in second.items() if name != "steady"} == {began}
    assert "refused" in second["barred"].reason
    assert {row.state for row in back.values()} == {"ok"}
