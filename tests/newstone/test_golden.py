"""``newstone sources golden`` and ``verify``: pages of the spool are kept with what they hold, and compared."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.overrides import Override
from crawler.source import Discovery, DiscoveryKind, Medium, Source
from crawler.source_files import write_source
from newstone.cli import cli
from newstone.config import Project, load_project
from newstone.golden import golden_folder, load_golden, remove_golden
from newstone.jobs import named_stages, run_stages
from newstone.outlets import override_today
from newstone.scaffold import init_project
from pipelines.errors import DataFileError, SourceError
from pipelines.outcomes import Outcome
from pipelines.overrides import PageOverride
from pipelines.records import FeedItem, Page
from pipelines.spool import PartWriter

HOME = "https://brackwater.example/"
PARAGRAPHS = (
    "The town council of Brackwater voted on Tuesday to rebuild the old harbour crane, idle for eleven years.",
    "Engineers expect the work to take until autumn and to cost less than a new one, the mayor said on Friday.",
    "The crane was built for the herring fleet, and a cooperative of former dockers has asked to run it.",
)


def _source(*blocks: Override) -> Source:
    feed = Discovery(kind=DiscoveryKind.FEED, url=f"{HOME}feed.xml")
    return Source(
        id="brackwater",
        name="Brackwater",
        language="en",
        country="GB",
        medium=Medium.PRESS,
        homepage=HOME,
        discovery=(feed,),
        override=blocks,
    )


def _page(number: int, day: int = 10, outcome: Outcome | None = None) -> Page:
    url = f"{HOME}news/Crane%20{number}.html"
    text = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
    title = f"Crane to turn again, part {number}"
    body = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"
    return Page(
        url,
        url,
        "brackwater",
        datetime(2026, 3, day, 12, number, tzinfo=UTC),
        status=200,
        headers=(("content-type", "text/html; charset=utf-8"), ("set-cookie", "visitor=1234")),
        body=b"" if outcome else body.encode(),
        outcome=outcome,
        item=FeedItem(url, title=title, published_raw="2026-03-09T10:00:00Z", found_by="feed"),
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    init_project(tmp_path / "p", languages=frozenset())
    made = load_project(tmp_path / "p")
    write_source(_source(), made.sources_dir)
    writer = PartWriter(made.data_dir, max_part_pages=3)
    for number in range(5):
        writer.append(_page(number))
    writer.append(_page(5, outcome=Outcome.GONE))
    writer.close()
    return made


def _run(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(project.file), "sources", *arguments], standalone_mode=False)


def test_the_newest_pages_are_kept_with_what_they_hold_and_verify_finds_no_difference(project: Project) -> None:
    made = _run(project, "golden", "brackwater", "--newest", "2")
    assert made.return_value == 0, made.output
    assert "    ok: Crane to turn again, part 3 (2026-03-09, 310 characters)" in made.output
    assert "2 golden pages kept; look through the .json once" in made.output
    kept = list(load_golden(golden_folder(project.root)))
    assert [golden.page.url for golden in kept] == [_page(3).url, _page(4).url]
    assert kept[1].page.body == _page(4).body
    assert kept[1].page.item == _page(4).item
    assert kept[1].page.headers == (("content-type", "text/html; charset=utf-8"),)  # nothing that tells on anybody
    assert kept[1].expected["text"] == list(PARAGRAPHS)
    assert kept[1].expected["published_at"] == "2026-03-09T10:00:00+00:00"
    checked = _run(project, "verify")
    assert checked.return_value == 0
    assert "2 golden pages as expected, 0 not as expected" in checked.output
    assert _run(project, "golden", "brackwater").return_value == 0
    assert len(list(load_golden(golden_folder(project.root)))) == 3  # the same pages are not kept twice


def test_named_addresses_are_kept_and_one_that_was_never_fetched_is_named(project: Project) -> None:
    unknown = f"{HOME}news/never.html"
    made = _run(project, "golden", "brackwater", _page(1).url, unknown, _page(5).url)
    assert made.return_value == 1
    assert f"{unknown}: not among the pages of brackwater" in made.output
    assert f"{_page(5).url}: not among the pages" in made.output  # it was gone: nothing of it is kept
    assert "nothing is fetched here; `newstone query" in made.output
    assert [golden.page.url for golden in load_golden(golden_folder(project.root))] == [_page(1).url]


def test_an_address_may_be_written_as_a_browser_shows_it(project: Project) -> None:
    made = _run(project, "golden", "brackwater", f"{_page(1).url}?utm_source=mail#top")
    assert made.return_value == 0, made.output
    assert [golden.page.url for golden in load_golden(golden_folder(project.root))] == [_page(1).url]


def test_a_changed_reading_is_shown_by_field_and_can_be_made_the_expectation(project: Project) -> None:
    _run(project, "golden", "brackwater", _page(1).url, _page(2).url)
    write_source(_source(Override(drop=("p:nth-of-type(3)",), zone="Asia/Tokyo")), project.sources_dir)
    changed = _run(project, "verify", "brackwater")
    assert changed.return_value == 1
    assert "text (expected)" in changed.output
    assert f"    -{PARAGRAPHS[2]}" in changed.output
    assert "title" not in changed.output
    assert "0 golden pages as expected, 2 not as expected" in changed.output
    assert f"brackwater: other text, {_page(1).url}" in changed.output
    assert "`newstone sources verify --update` keeps them as expected" in changed.output
    rows = [json.loads(line) for line in _run(project, "verify", "--json").output.splitlines()]
    assert [row["fields"] for row in rows] == [["text"], ["text"]]
    updated = _run(project, "verify", "--update")
    assert updated.return_value == 0
    assert "2 renewed" in updated.output
    assert _run(project, "verify").return_value == 0


def test_a_later_override_leaves_golden_pages_of_the_old_layout_alone(project: Project) -> None:
    _run(project, "golden", "brackwater", "--newest", "2")
    write_source(_source(Override(since=datetime(2026, 3, 11, tzinfo=UTC).date(), drop=("p",))), project.sources_dir)
    assert _run(project, "verify").return_value == 0


def test_verify_says_where_there_is_nothing_to_verify(project: Project) -> None:
    nothing = _run(project, "verify")
    assert nothing.return_value == 3
    assert "no golden pages; `newstone sources golden ID`" in nothing.output
    _run(project, "golden", "brackwater")
    assert _run(project, "verify", "elsewhere").return_value == 3


def test_a_damaged_golden_page_and_one_without_its_source_are_named(project: Project) -> None:
    _run(project, "golden", "brackwater", _page(1).url)
    golden = next(load_golden(golden_folder(project.root)))
    body = golden.file.with_suffix(".html.gz")
    whole = body.read_bytes()
    body.write_bytes(whole[:40])
    with pytest.raises(DataFileError, match="record it again or remove"):
        _raised(_run(project, "verify"))
    body.write_bytes(whole)
    for file in project.sources_dir.rglob("brackwater.toml"):
        file.unlink()
    with pytest.raises(SourceError, match="no source 'brackwater'"):
        _raised(_run(project, "verify"))


def _raised(result: Result) -> None:
    assert result.exception is not None
    raise result.exception


def test_a_source_without_pages_or_an_unknown_one_is_told(project: Project, tmp_path: Path) -> None:
    init_project(tmp_path / "empty", languages=frozenset())
    empty = load_project(tmp_path / "empty")
    write_source(_source(), empty.sources_dir)
    assert _run(empty, "golden", "brackwater").return_value == 3
    with pytest.raises(SourceError, match="no source 'brackwatre'"):
        _raised(_run(project, "golden", "brackwatre"))


def test_a_takedown_takes_golden_pages_with_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_EXTRACT__WORKERS", "1")
    _run(project, "golden", "brackwater", _page(1).url, _page(2).url)
    run_stages(project, "extract", [named_stages()["extract"]], lambda _progress: None)
    forget = ["--config", str(project.file), "forget", "--url", _page(1).url, "--yes"]
    done = CliRunner().invoke(cli, forget, standalone_mode=False)
    assert done.return_value == 0, done.output
    assert [golden.page.url for golden in load_golden(golden_folder(project.root))] == [_page(2).url]


def test_golden_pages_can_be_taken_down(project: Project) -> None:
    _run(project, "golden", "brackwater", _page(1).url, _page(2).url)
    folder = golden_folder(project.root)
    assert len(remove_golden(folder, lambda page: page.url == _page(1).url)) == 1
    assert [golden.page.url for golden in load_golden(folder)] == [_page(2).url]
    assert len(list((folder / "brackwater").iterdir())) == 2


@pytest.mark.parametrize("n_done", [0, 1])
def test_a_removal_that_was_killed_stops_no_command_and_the_next_one_ends_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, n_done: int
) -> None:
    _run(project, "golden", "brackwater", _page(1).url, _page(2).url)
    folder = golden_folder(project.root)
    unlink, left = Path.unlink, iter(range(n_done))

    def killed(path: Path, missing_ok: bool = False) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        remove_golden(folder, lambda page: page.url == _page(1).url)
    monkeypatch.undo()
    assert len(list((folder / "brackwater").iterdir())) == 4 - n_done
    assert _run(project, "verify").return_value == 0
    remove_golden(folder, lambda page: page.url == _page(1).url)
    assert [golden.page.url for golden in load_golden(folder)] == [_page(2).url]
    assert len(list((folder / "brackwater").iterdir())) == 2


def test_a_golden_page_whose_body_is_lost_can_be_taken_down(project: Project) -> None:
    _run(project, "golden", "brackwater", _page(1).url)
    folder = golden_folder(project.root)
    next(folder.glob("*/*.html.gz")).unlink()
    assert len(remove_golden(folder, lambda page: page.url == _page(1).url)) == 1
    assert list((folder / "brackwater").iterdir()) == []


def test_what_is_overridden_today_is_told_when_a_source_is_tried(project: Project) -> None:
    assert override_today(project.file, "brackwater") == ""
    assert override_today(None, HOME) == ""
    past, open_end = date(2001, 1, 1), date(2002, 1, 1)
    write_source(_source(Override(until=past, drop=("p",))), project.sources_dir)
    assert override_today(project.file, "brackwater") == "overrides: none of 1 holds today"
    blocks = (Override(until=past, drop=("p",)), Override(since=open_end, drop=("i",), zone="UTC"))
    write_source(_source(*blocks), project.sources_dir)
    told = override_today(project.file, "brackwater")
    assert told.endswith(" holds today: drop, zone (since 2002-01-01)")
    assert PageOverride(drop=("i",), zone="UTC").version in told


def test_the_golden_pages_of_the_checkout_need_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    checked = CliRunner().invoke(cli, ["sources", "verify", "--shipped", "harbour_wire"], standalone_mode=False)
    assert checked.return_value == 0
    assert "2 golden pages as expected" in checked.output
