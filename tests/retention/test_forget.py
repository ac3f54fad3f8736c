"""Takedowns: what was asked for is gone from every file, everything else is as it was."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from crawler.source import load_sources
from crawler.state import CrawlState, Validators
from db.checks import run_checks
from db.forget_selection import SelectedBy, Takedown
from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.cli.forget import forget_command
from newstone.config import Project
from newstone.forgetting import bury_waiting, foresee, forget_pages
from newstone.golden import golden_folder, load_golden, record_golden
from newstone.stages.extracting import extract_parts
from newstone.stages.pruning import prune_store
from newstone.stages.publishing import publish_snapshot
from pipelines.clock import utc_now
from pipelines.ids import page_id
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem, Page
from pipelines.spool import list_done_parts, read_page, read_pages
from tests.newstone.test_kill import CONTENT
from tests.retention import press

PLACES = ("lead", "praise", "aside", "body", "blow", "hall", "title", "feed-title", "summary")


def forget(
    project: Project,
    by: SelectedBy,
    selected: str,
    *,
    with_copies: bool = False,
    with_waiting: bool = False,
    is_published: bool = True,
) -> Mapping[str, int]:
    takedown = Takedown(by, selected, "asked by letter")
    stages = [*([bury_waiting(takedown)] if with_waiting else []), forget_pages(takedown, with_copies=with_copies)]
    report = press.run_sound(project, *stages, *([publish_snapshot] if is_published else []))
    return next(result.counts for result in report.stages if result.stage == "forget")


def traces(project: Project, name: str) -> list[str]:
    """Give the files in which a word of a text stands, snapshot, logs and ledgers included."""
    return press.files_with(project.root, *(press.word(name, place) for place in PLACES))


def content(project: Project) -> dict[str, set[str]]:
    with open_snapshot(project.snapshot_file) as snapshot:
        return {
            table: {str(row) for row in snapshot.fetch(f"SELECT {columns} FROM {table}")}
            for table, columns in CONTENT.items()
        }


def fates(project: Project) -> dict[tuple[str, int], str]:
    with open_snapshot(project.snapshot_file) as snapshot:
        return {
            (str(url), int(str(n))): str(fate)
            for url, n, fate in snapshot.fetch("SELECT url, attempt, fate FROM page_fate")
        }


def failed(project: Project) -> list[str]:
    with open_writer(project.writer_file) as writer:
        return [str(result) for result in run_checks(writer, now=utc_now()) if not result.passed]


def page_places(project: Project) -> Sequence[tuple[object, ...]]:
    with open_writer(project.writer_file) as writer:
        return writer.fetch("SELECT page_id, url, part, record_offset FROM page ORDER BY page_id")


def test_no_word_of_a_forgotten_article_stays_in_any_file(made_press: Project, forgotten: Project) -> None:
    assert len(traces(made_press, "reserved")) == 4  # two parts, the writer's database, the snapshot
    assert traces(forgotten, "reserved") == []


def test_everything_else_is_as_it_was(made_press: Project, forgotten: Project) -> None:
    before, after = content(made_press), content(forgotten)
    for table, rows in before.items():
        new = after[table] - rows
        assert all("forgotten" in row for row in new), table
        assert len(new) == (2 if table in {"page", "extraction"} else 0), table
    lost = {table: len(rows - after[table]) for table, rows in before.items()}
    assert lost == {
        **dict.fromkeys(CONTENT, 0),
        "page": 2,
        "extraction": 2,
        "revision": 1,
        "story": 1,
        "match_done": 1,
        "mention": 2,
        "score": 2,
        "coverage": 2,
        "theme_done": 1,
        "theme_hit": 1,
    }


def test_both_addresses_of_an_article_go_and_stay_as_tombstones(made_press: Project, forgotten: Project) -> None:
    gone = {url for (url, _attempt), fate in fates(forgotten).items() if fate == "forgotten"}
    assert gone == {press.url("reserved"), press.url("reserved") + "?page=all"}
    assert fates(forgotten).keys() == fates(made_press).keys()


def test_the_parts_say_the_same_as_the_database(forgotten: Project) -> None:
    parts = {path.name: path for path in list_done_parts(forgotten.data_dir)}
    for identifier, url, part, offset in page_places(forgotten):
        page = read_page(parts[str(part)], int(str(offset)))
        assert page.url == url
        assert (page.outcome is Outcome.FORGOTTEN) == (press.url("reserved") in str(url)), identifier
    assert sum(len(list(read_pages(path))) for path in parts.values()) == len(page_places(forgotten))


def test_all_attempts_and_all_tellings_of_an_article_go(project: Project) -> None:
    counts = forget(project, SelectedBy.URL, press.url("revised"), is_published=False)
    assert (counts["pages"], counts["texts"]) == (2, 2)
    counts = forget(project, SelectedBy.URL, press.url("late"))
    assert (counts["pages"], counts["texts"]) == (2, 1)  # the attempt that failed, too, for the feed's title
    assert traces(project, "late") == []


def test_forgetting_twice_changes_nothing(project: Project) -> None:
    forget(project, SelectedBy.URL, press.url("open"))
    before, places = content(project), page_places(project)
    assert forget(project, SelectedBy.URL, press.url("open"))["pages"] == 0
    assert content(project) == before
    assert page_places(project) == places
    with open_writer(project.writer_file) as writer:
        assert writer.fetch("SELECT selected_by, n_pages, reason FROM removal") == [("url", 1, "asked by letter")]


def test_copies_are_named_and_go_only_when_asked(project: Project) -> None:
    takedown = Takedown(SelectedBy.URL, press.url("open"))
    assert foresee(project, takedown).copies == (press.url("copy"),)
    forget(project, SelectedBy.URL, press.url("open"))
    assert fates(project)[press.url("copy"), 1] == "ok"
    # the words of the text are those of the copy; title and summary of the feed were its own
    assert press.files_with(project.root, press.word("open", "feed-title")) == []


def test_with_copies_the_whole_story_goes(project: Project) -> None:
    forget(project, SelectedBy.URL, press.url("open"), with_copies=True)
    assert fates(project)[press.url("copy"), 1] == "forgotten"
    assert traces(project, "open") == []


def test_a_source_goes_as_a_whole(project: Project) -> None:
    forget(project, SelectedBy.SOURCE, press.SECOND)
    with open_snapshot(project.snapshot_file) as snapshot:
        assert snapshot.fetch("SELECT DISTINCT source_id, fate FROM page_fate WHERE source_id = ?", [press.SECOND]) == [
            (press.SECOND, "forgotten")
        ]
        assert snapshot.fetch("SELECT count(*) FROM revision") == [(6,)]
    assert traces(project, "other") == traces(project, "permitted") == []


def test_everything_before_a_day_goes_by_its_newest_telling(project: Project) -> None:
    forget(project, SelectedBy.BEFORE, str(date(2025, 1, 25)))
    gone = {url for (url, _attempt), fate in fates(project).items() if fate == "forgotten"}
    # without a date on the page an article counts from its first fetch; "revised" was told again on the 30th
    assert gone == {press.url(name) for name in ("reserved", "open", "late", "thin", "copy")} | {
        press.url("reserved") + "?page=all"
    }


def test_what_waits_for_extraction_is_found(project: Project) -> None:
    press.write_part(project, press.NIGHTS[2] + timedelta(hours=1), [press.page("waiting", press.NIGHTS[2])])
    assert foresee(project, Takedown(SelectedBy.URL, press.url("waiting"))).n_new_parts == 1
    assert forget(project, SelectedBy.URL, press.url("waiting"), with_waiting=True)["pages"] == 1
    assert traces(project, "waiting") == []


def listed(project: Project, name: str) -> int:
    """Let a feed name an article; give how many pages are due then."""
    item = FeedItem(press.url(name), title=press.word(name, "feed-title"), summary=press.word(name, "summary"))
    later = utc_now() + timedelta(days=3650)
    with CrawlState(project.data_dir) as state:
        state.catch_up()
        state.take_listing("http://feed.example/", Validators(), press.FIRST, [("0", item)], later)
        return len([pending for pending in state.due([press.FIRST], later) if pending.key == press.url(name)])


def test_a_forgotten_url_is_never_due_again(project: Project) -> None:
    assert listed(project, "revised") == 1
    forget(project, SelectedBy.URL, press.url("revised"))
    assert listed(project, "revised") == 0
    assert traces(project, "revised") == []


def index_of(project: Project) -> list[tuple[object, ...]]:
    with sqlite3.connect(project.data_dir / "crawl" / "state.sqlite") as state:
        rows = state.execute("SELECT * FROM page ORDER BY key").fetchall()
    state.close()
    return rows


def test_the_crawl_state_made_from_the_parts_agrees(project: Project) -> None:
    with CrawlState(project.data_dir) as state:
        state.catch_up()
    for name in ("revised", "late", "reserved"):
        forget(project, SelectedBy.URL, press.url(name), is_published=False)
    lived = index_of(project)
    (project.data_dir / "crawl" / "state.sqlite").unlink()
    with CrawlState(project.data_dir) as state:
        state.catch_up()
    assert index_of(project) == lived
    assert sum("forgotten" in str(row) for row in lived) == 4


def test_a_url_that_was_only_listed_gets_a_tombstone(project: Project) -> None:
    assert listed(project, "listed") == 1
    forget(project, SelectedBy.URL, press.url("listed"), with_waiting=True)
    assert traces(project, "listed") == []
    assert fates(project)[press.url("listed"), 1] == "forgotten"
    assert listed(project, "listed") == 0


def test_the_article_is_forgotten_again_when_it_comes_under_another_address(project: Project) -> None:
    forget(project, SelectedBy.URL, press.url("open"))
    again = press.page("open", utc_now(), address=press.url("amp"), canonical=press.url("open"))
    press.write_part(project, utc_now(), [again, press.page("innocent", utc_now())])
    press.run(project, extract_parts)
    assert press.run(project, prune_store, publish_snapshot)["forgotten pages that came again"] == 1
    assert fates(project)[press.url("amp"), 1] == "forgotten"
    assert fates(project)[press.url("innocent"), 1] == "ok"
    assert press.files_with(project.root, press.word("open", "feed-title")) == []


def test_a_page_that_lies_in_two_parts_goes_from_both(project: Project) -> None:
    (first, *_rest) = list_done_parts(project.data_dir)
    pages = [stored.page for stored in read_pages(first)]
    press.write_part(project, press.NIGHTS[2] + timedelta(hours=2), [*pages, press.page("sequel", press.NIGHTS[2])])
    press.run(project, extract_parts)
    forget(project, SelectedBy.URL, press.url("reserved"))
    assert traces(project, "reserved") == []
    assert fates(project)[press.url("sequel"), 1] == "ok"


def test_two_fetches_of_one_number_have_two_tombstones(project: Project) -> None:
    press.write_part(project, press.NIGHTS[2] + timedelta(hours=3), [page_of_another_telling()])
    press.run(project, extract_parts)
    n_pages = len(page_places(project))
    forget(project, SelectedBy.URL, press.url("open"))
    assert {attempt for (url, attempt), fate in fates(project).items() if url == press.url("open")} == {1, 2}
    assert len(page_places(project)) == n_pages
    for identifier, _url, part, offset in page_places(project):
        assert page_id(read_page(project.data_dir / "spool" / "done" / str(part), int(str(offset)))) == identifier


def page_of_another_telling() -> Page:
    return press.page("open", press.NIGHTS[2], told=3)  # its first fetch again: the crawl state was lost


def test_a_part_that_is_gone_leaves_a_part_of_tombstones(project: Project) -> None:
    (first, *_rest) = list_done_parts(project.data_dir)
    with open_writer(project.writer_file) as writer:
        writer.fetch(
            "INSERT INTO part BY NAME SELECT * REPLACE ('expired' AS state) FROM part WHERE part = ?", [first.name]
        )
    first.unlink()
    forget(project, SelectedBy.URL, press.url("open"), is_published=False)
    with open_writer(project.writer_file) as writer:
        [(part,)] = writer.fetch("SELECT part FROM page WHERE url = ?", [press.url("open")])
        assert writer.fetch("SELECT state FROM part_fate WHERE part = ?", [part]) == [("done",)]
        assert writer.fetch("SELECT state FROM part_fate WHERE part = ?", [first.name]) == [("expired",)]
    [stored] = read_pages(project.data_dir / "spool" / "done" / str(part))
    assert (stored.page.url, stored.page.outcome) == (press.url("open"), Outcome.FORGOTTEN)


def command(project: Project, *arguments: str, answer: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(forget_command, list(arguments), obj=project.file, input=answer, standalone_mode=False)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return int(result.return_value or 0), result.output


def test_the_command_asks_before_it_removes(project: Project) -> None:
    before = content(project)
    code, said = command(project, "--url", press.url("open"), answer="n\n")
    assert code == 1
    assert "Remove this for good?" in said
    assert press.url("copy") in said
    assert content(project) == before


def test_who_says_no_keeps_what_waits_to_be_fetched(project: Project) -> None:
    assert listed(project, "listed") == 1
    code, said = command(project, "--url", press.url("listed"), answer="n\n")
    assert code == 1
    assert "waiting to be fetched" in said
    assert listed(project, "listed") == 1
    assert (press.url("listed"), 1) not in fates(project)
    code, _said = command(project, "--url", press.url("listed"), "--yes")
    assert code == 0
    assert listed(project, "listed") == 0
    assert fates(project)[press.url("listed"), 1] == "forgotten"


def test_golden_pages_of_the_article_go_and_others_stay(project: Project) -> None:
    source = load_sources(project.sources_dir)[press.FIRST]
    for name in ("open", "late"):
        record_golden(golden_folder(project.root), source, press.page(name, press.NIGHTS[0]))
    forget(project, SelectedBy.URL, press.url("open"), with_copies=True)
    assert traces(project, "open") == []
    assert [golden.page.url for golden in load_golden(golden_folder(project.root))] == [press.url("late")]


def test_the_command_removes_and_names_where_copies_may_be(project: Project) -> None:
    places = [
        project.digest_dir,
        project.backup_dir,
        project.data_dir / "before-restore-20250101T000000Z",
        project.root / "replay-20250101T000000Z",
        project.data_dir / "writer.duckdb.schema0011-20250101T000000Z.bak",
    ]
    for place in places:
        place.mkdir(exist_ok=True)
    code, said = command(project, "--url", press.url("open"), "--yes", "--reason", "letter")
    assert code == 0
    assert all(str(place) in said for place in places)
    assert "A backup with pages holds the page itself" in said
    assert fates(project)[press.url("open"), 1] == "forgotten"


def test_a_dry_run_says_what_would_go_and_changes_nothing(project: Project) -> None:
    before, places = content(project), page_places(project)
    code, said = command(project, "--source", press.FIRST, "--dry-run")
    assert code == 0
    assert "pages 9, texts 6" in said
    assert content(project) == before
    assert page_places(project) == places


def test_an_unknown_url_is_nothing_to_do_and_a_like_one_is_named(project: Project) -> None:
    code, said = command(project, "--url", press.url("open").replace("http://", "https://www."), "--yes")
    assert code == 3
    assert press.url("open") in said


def test_a_forgotten_text_takes_the_labels_of_its_sentences_along(project: Project) -> None:
    with open_writer(project.writer_file) as writer:
        writer.fetch(
            "INSERT INTO reader_label SELECT DISTINCT ON (sentence) mention_id, entity, sentence, surface, language,"
            " 'neutral', NULL, 'random', 'reader', now(), 'm', 'r', 0, 1, 0 FROM mention"
        )
        [(n_labels,)] = writer.fetch("SELECT count(*) FROM reader_label")
    assert forget(project, SelectedBy.URL, press.url("reserved"), is_published=False)["labels"] == 2
    # sentences that a copy still holds keep their labels
    assert forget(project, SelectedBy.URL, press.url("open"), is_published=False)["labels"] == 0
    with open_writer(project.writer_file) as writer:
        assert writer.fetch("SELECT count(*) FROM reader_label") == [(int(str(n_labels)) - 2,)]
    assert [file for file in traces(project, "reserved") if file != "newstone.duckdb"] == []  # not published yet


def test_the_journal_holds_counts_and_no_text(forgotten: Project) -> None:
    with open_writer(forgotten.writer_file) as writer:
        columns = "n_urls, n_pages, n_revisions, n_mentions, n_scores, n_labels"
        assert writer.fetch(f"SELECT {columns} FROM removal") == [(2, 2, 1, 2, 2, 0)]
        rows = json.dumps([str(row) for row in writer.fetch("FROM removal")])
    assert all(press.word("reserved", place) not in rows for place in PLACES)


@pytest.mark.parametrize("arguments", [(), ("--url", "http://a.example/", "--source", "a")], ids=["none", "two"])
def test_exactly_one_selection_is_asked_for(project: Project, arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(forget_command, list(arguments), obj=project.file)
    assert result.exit_code == 2
