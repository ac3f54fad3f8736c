"""Files and SQL that a person was given: refused with a message, or used without harm."""

import shutil
import time
from pathlib import Path

import pytest

from analysis.entity_evaluation import evaluate_entities
from analysis.label_files import read_label_file
from analysis.mentions import Matcher
from analysis.scorers import Pair, load_scorer
from analysis.sentiment_evaluation import read_labelled_pairs
from analysis.watchlist import load_watchlist, shipped_watchlist_path
from crawler.opml import read_opml
from crawler.source import parse_source
from crawler.source_files import write_source
from db.publish import publish
from db.query import run_query
from db.writer import open_writer
from pipelines.errors import DataFileError, ModelError, QueryError, SourceError, WatchlistError
from tests.analysis.scoring.conftest import write_checkpoint
from tests.db import build
from tests.hostile import given

SECONDS = 20.0


@pytest.mark.parametrize("name", given.SOURCES)
def test_a_hostile_source_file_is_refused_with_its_name(name: str) -> None:
    path = Path("sources/gb/paper.toml")
    found, problems = parse_source(given.SOURCES[name], path) if len(given.SOURCES[name]) < 65_536 else (None, [])
    if name == "a-hundred-kilobytes":  # told when the file is read
        return
    assert found is None
    assert problems
    assert all(str(problem).startswith(str(path)) for problem in problems)
    assert not any("hunter22" in str(problem) for problem in problems)


def test_a_source_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    from crawler.source import check_sources

    (tmp_path / "paper.toml").write_text(given.SOURCES["a-hundred-kilobytes"])
    (problem,) = check_sources(tmp_path)
    assert "too many for a source file" in str(problem)


@pytest.mark.parametrize("name", given.OPMLS)
def test_a_hostile_opml_file_gives_plain_sources_within_the_folder(name: str, tmp_path: Path) -> None:
    body, ids = given.OPMLS[name]
    path, folder = tmp_path / "feeds.opml", tmp_path / "sources"
    path.write_bytes(body)
    folder.mkdir()
    begin = time.process_time()
    if ids is None:
        with pytest.raises(SourceError, match=r"feeds\.opml"):
            read_opml(path)
        return
    sources = read_opml(path).sources
    assert tuple(source.id for source in sources) == ids
    assert time.process_time() - begin < SECONDS
    for source in sources:
        write_source(source, folder)
        assert not any(sign in source.name for sign in ("\x1b", "\x07", "root:", "lollol"))
        assert all(entry.url.startswith(("http://", "https://")) for entry in source.discovery)
    assert {child.name for child in tmp_path.iterdir()} == {"feeds.opml", "sources"}


@pytest.mark.parametrize("name", given.WATCHLISTS)
def test_a_watchlist_that_means_to_be_slow_is_not(name: str, tmp_path: Path) -> None:
    path = tmp_path / "watchlist.toml"
    path.write_text(given.WATCHLISTS[name], encoding="utf-8")
    begin = time.process_time()
    matcher = Matcher(load_watchlist(path))
    matcher.find("a" * 2_000, "acme " * 4_000 + "a" * 5_000 + " (a+)+$ [[[[ name77", "en", "r1")
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 10_000,
        f'subject = "a"\n[[entity]]\nid = "a"\nname = "A"\nrole = "subject"\nnames = ["{"acme " * 20_000}"]',
    ],
    ids=["nested-ten-thousand-deep", "a-name-of-100-kilobytes"],
)
def test_a_watchlist_beyond_all_measure_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "watchlist.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WatchlistError, match=r"watchlist\.toml"):
        load_watchlist(path)


@pytest.mark.parametrize("name", given.TABLES)
def test_a_hostile_table_of_labels_is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(given.TABLES[name])
    with pytest.raises(DataFileError, match=r"labels\.csv"):
        read_label_file(path)


@pytest.mark.parametrize("name", given.LINES)
def test_hostile_lines_for_evaluate_are_refused_with_their_place(name: str, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(given.LINES[name])
    watchlist = load_watchlist(shipped_watchlist_path())
    with pytest.raises(DataFileError, match=r"lines\.jsonl"):
        list(read_labelled_pairs(path))
    with pytest.raises(DataFileError, match=r"lines\.jsonl"):
        evaluate_entities(path, watchlist)


@pytest.mark.parametrize("name", given.CHECKPOINTS)
def test_a_hostile_checkpoint_runs_nothing_and_reads_nothing_outside(name: str, tmp_path: Path) -> None:
    spoil, still_works = given.CHECKPOINTS[name]
    folder = write_checkpoint(tmp_path / "checkpoint")
    spoil(folder)
    pairs = [Pair("alpha wins", "alpha", "en")]
    if still_works:
        assert len(load_scorer(str(folder)).score(pairs)) == 1
    else:
        with pytest.raises(ModelError, match="checkpoint"):
            load_scorer(str(folder)).score(pairs)
    assert not list(tmp_path.rglob("owned"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    with open_writer(folder / "writer.duckdb") as writer:
        build.fill(writer, [build.page("https://a.example/1", "Acme 1.")], [0.5])
    publish(folder / "writer.duckdb", folder / "newstone.duckdb", now=build.NOON)
    return folder / "newstone.duckdb"


@pytest.mark.parametrize("name", given.QUERIES)
def test_hostile_sql_is_refused_or_stopped(published: Path, name: str) -> None:
    before = {path.name for path in published.parent.iterdir()}
    with pytest.raises(QueryError):
        run_query(published, given.QUERIES[name], max_memory="100MB", timeout_seconds=3)
    assert {path.name for path in published.parent.iterdir()} == before
    assert not list(Path("/tmp").glob("newstone-copy*")) + list(Path("/tmp").glob("newstone-profile*"))


def test_a_snapshot_that_is_a_link_to_another_file_is_only_read(published: Path, tmp_path: Path) -> None:
    copy, link = tmp_path / "real.duckdb", tmp_path / "newstone.duckdb"
    shutil.copyfile(published, copy)
    link.symlink_to(copy)
    before = copy.read_bytes()
    assert run_query(link, "SELECT count(*) FROM page").n_rows == 1
    assert copy.read_bytes() == before
