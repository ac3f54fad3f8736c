"""A backup from before takedowns and prunings: what they removed stays removed, and the parts without it are found."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.source import load_sources
from db.checks import run_checks
from db.forget_selection import SelectedBy, Takedown
from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.backup.making import make_backup
from newstone.backup.manifest import read_manifest
from newstone.cli.restore import restore_command
from newstone.cli.verify import verify_command
from newstone.config import Project, load_project
from newstone.forgetting import forget_pages
from newstone.golden import golden_folder, load_golden, record_golden
from newstone.jobs import run_stages
from newstone.stages.extracting import extract_parts
from newstone.stages.pruning import prune_store
from newstone.stages.publishing import publish_snapshot
from newstone.stages.verifying import verify_store
from pipelines.clock import utc_now
from pipelines.errors import ChecksFailedError
from pipelines.rewriting import stem_of, tombstone_of
from pipelines.spool import PartWriter, folder, list_done_parts, list_new_parts
from pipelines.warc import page_bytes
from tests.retention import press
from tests.retention.test_forget import forget, page_places
from tests.retention.test_pruning import Clock, keeping
from tests.retention.test_replay import replay

TWO_MONTHS_LATER = press.MONTH_LATER + timedelta(days=31)
PLACES = ("lead", "praise", "body", "title", "feed-title")


def nothing(project: Project) -> None:
    del project


def newer_parts_expire(project: Project) -> None:
    """Leave the tombstones to the database alone."""
    with open_writer(project.writer_file) as writer:
        rows = writer.fetch("SELECT DISTINCT replaced_by FROM part WHERE replaced_by IS NOT NULL")
    for (name,) in rows:
        (folder(project.data_dir, "done") / str(name)).unlink()


def the_database_is_damaged(project: Project) -> None:
    """Leave the tombstones to the parts alone."""
    project.writer_file.write_bytes(b"not what it was " * 4096)


def restore(project: Project, backup: Path, *arguments: str) -> Result:
    ended = CliRunner().invoke(restore_command, [str(backup), *arguments], obj=project.file, standalone_mode=False)
    assert ended.exception is None
    return ended


def restored(project: Project, backup: Path) -> str:
    ended = restore(project, backup, "--force")
    assert "newstone.toml nightly" in ended.output
    assert "newstone.toml publish" not in ended.output  # that alone would bring the article back to the readers
    return ended.output


@pytest.mark.parametrize(
    ("what_happens", "pages"), [(nothing, False), (newer_parts_expire, True), (the_database_is_damaged, True)]
)
def test_a_restore_brings_no_forgotten_article_back(
    project: Project, tmp_path: Path, what_happens: Callable[[Project], None], *, pages: bool
) -> None:
    before = len(list_done_parts(project.data_dir))
    backup = make_backup(project, tmp_path / "backups", pages=pages, keep=7).folder
    press.run(project, forget_pages(Takedown(SelectedBy.URL, press.url("revised"))), publish_snapshot)
    what_happens(project)
    said = restored(project, backup)
    if what_happens is not the_database_is_damaged:
        assert "addresses taken down since that backup" in said
        assert press.url("revised") in said
        assert "missing" not in said  # the parts without the article hold the other pages

    with pytest.raises(ChecksFailedError, match="newstone prune"):
        run_stages(project, "publish", [verify_store, publish_snapshot], lambda _progress: None)
    stages = [extract_parts, prune_store, verify_store, publish_snapshot]
    assert run_stages(project, "nightly", stages, lambda _progress: None).stages[-1].stage == "publish"
    shutil.rmtree(next(project.data_dir.glob("before-restore-*")))
    for place in PLACES:
        assert press.files_with(project.root, press.word("revised", place)) == []
        assert press.files_with(project.root, press.word("other", place)) != []
    with open_snapshot(project.snapshot_file) as snapshot:
        fates = snapshot.fetch("SELECT DISTINCT fate FROM page_fate WHERE url = ?", [press.url("revised")])
        [(n_takedowns,)] = snapshot.fetch("SELECT count(*) FROM forgotten_url WHERE url = ?", [press.url("revised")])
    assert (fates, n_takedowns) == ([("forgotten",)], 1)
    with open_writer(project.writer_file) as writer:
        assert [str(result) for result in run_checks(writer, now=utc_now()) if not result.passed] == []
    assert len(list_done_parts(project.data_dir)) >= before


def test_a_takedown_right_after_a_restore_does_the_earlier_ones_again_before_it_publishes(
    project: Project, tmp_path: Path
) -> None:
    backup = make_backup(project, tmp_path / "backups", pages=False, keep=7).folder
    press.run(project, forget_pages(Takedown(SelectedBy.URL, press.url("revised"))), publish_snapshot)
    restored(project, backup)
    press.run(project, extract_parts, forget_pages(Takedown(SelectedBy.URL, press.url("late"))), publish_snapshot)
    with open_snapshot(project.snapshot_file) as snapshot:
        rows = snapshot.fetch("SELECT DISTINCT url FROM page_fate WHERE fate = 'forgotten' ORDER BY 1")
    assert {url for (url,) in rows} == {press.url("revised"), press.url("late")}


def ledger(project: Project) -> list[tuple[object, ...]]:
    """Where pages are, and which bodies and addresses are gone."""
    places = page_places(project)
    with open_writer(project.writer_file) as writer:
        return [
            *places,
            *writer.fetch("SELECT part, sha256, n_records FROM part_fate WHERE state = 'done' ORDER BY 1"),
            *writer.fetch("SELECT page_id, fetch_outcome, attempt FROM page ORDER BY 1"),
            *writer.fetch("SELECT page_id, reason FROM body_pruned ORDER BY 1"),
            *writer.fetch("SELECT url FROM forgotten_url ORDER BY 1"),
        ]


def verify(project: Project) -> None:
    ended = CliRunner().invoke(verify_command, ["--deep"], obj=project.file, standalone_mode=False)
    assert (ended.exception, ended.return_value) == (None, 0), ended.output


@pytest.mark.parametrize("what_happens", [nothing, the_database_is_damaged])
def test_parts_written_anew_since_a_backup_without_pages_are_known_by_their_new_names(
    project: Project, tmp_path: Path, clock: Clock, what_happens: Callable[[Project], None]
) -> None:
    backup = make_backup(project, tmp_path / "backups", pages=False, keep=7).folder
    clock(press.MONTH_LATER)
    press.run(project, prune_store)
    forget(project, SelectedBy.URL, press.url("revised"))  # the second night is written anew once more
    before = ledger(project)
    what_happens(project)
    said = restored(project, backup)
    assert "3 parts in place (3 of them written anew since), 0 newer ones" in said
    assert f"does so again before it publishes:\n  {press.url('revised')}\n" in said
    assert "not known" not in said
    verify(project)

    press.run(project, extract_parts, prune_store)
    assert ledger(project) == before
    if what_happens is nothing:
        code, tables = replay(project, tmp_path / "replay")
        assert (code, tables["pages"]) == (0, (9, 0, 0))  # of twelve, three have no body any more
    assert press.files_with(project.data_dir / "spool", press.word("fresh", "body")) != []
    clock(TWO_MONTHS_LATER)
    assert press.run(project, prune_store)["page bodies"] == 1
    assert press.files_with(project.data_dir / "spool", press.word("fresh", "body")) == []
    verify(project)


def test_parts_that_expired_since_the_backup_are_not_missed(project: Project, tmp_path: Path, clock: Clock) -> None:
    backup = make_backup(project, tmp_path / "backups", pages=False, keep=7).folder
    forget(project, SelectedBy.URL, press.url("late"), is_published=False)  # in the parts of the first two nights
    project = keeping(project, pages_days=25, reserved_keep="full")
    clock(press.MONTH_LATER)
    assert press.run(project, prune_store)["parts"] == 2
    tombstones = [place for _id, *place in page_places(project) if place[0] == press.url("late")]
    said = restored(project, backup)
    assert "3 parts in place (2 of them written anew since), 0 newer ones" in said
    assert "missing" not in said
    assert [place for _id, *place in page_places(project) if place[0] == press.url("late")] == tombstones
    verify(project)


def test_a_part_that_only_looks_like_the_rest_of_another_is_loaded(project: Project, tmp_path: Path) -> None:
    backup = make_backup(project, tmp_path / "backups", pages=False, keep=7).folder
    first = list_done_parts(project.data_dir)[0]
    alike = first.with_name(f"{stem_of(first.name)}-0badcafe.warc.gz")
    alike.write_bytes(first.read_bytes() + page_bytes(press.page("unheard", press.NIGHTS[0])))
    first.unlink()
    ended = restore(project, backup, "--force")
    assert ended.return_value == 1
    assert f"1 parts that are missing: their pages cannot be extracted again:\n  {first.name}\n" in ended.output
    assert "1 newer ones for the next run to load" in ended.output
    assert list_new_parts(project.data_dir) == [folder(project.data_dir, "new") / alike.name]


def test_parts_that_waited_at_a_restore_keep_publishing_back_and_those_fetched_since_do_not(project: Project) -> None:
    backup = make_backup(project, project.backup_dir, pages=False, keep=7).folder
    waiting = PartWriter(project.data_dir)
    waiting.append(tombstone_of(press.page("revised", press.NIGHTS[2])))  # as from a takedown
    waiting.close()
    [part] = list_new_parts(project.data_dir)
    assert restore(project, backup, "--force").return_value == 0
    with pytest.raises(ChecksFailedError, match=f"part_since_backup_is_loaded.*{part.name}"):
        run_stages(project, "publish", [verify_store], lambda _progress: None)
    verify(project)  # the next night is no worry
    run_stages(project, "nightly", [extract_parts, prune_store, verify_store], lambda _progress: None)
    waiting = PartWriter(project.data_dir)
    waiting.append(press.page("unheard", press.NIGHTS[2]))
    waiting.close()
    run_stages(project, "publish", [verify_store], lambda _progress: None)


def test_a_copy_elsewhere_knows_the_takedowns_of_the_original(project: Project, tmp_path: Path) -> None:
    source = load_sources(project.sources_dir)[press.FIRST]
    for name in ("revised", "other"):
        record_golden(golden_folder(project.root), source, press.page(name, press.NIGHTS[0]))
    backup = make_backup(project, project.backup_dir, pages=True, keep=7).folder
    assert sum(stored.path.startswith("project/golden/") for stored in read_manifest(backup).files) == 4
    forget(project, SelectedBy.URL, press.url("revised"), is_published=False)
    original = ledger(project)
    ended = restore(project, Path(backup.name), "--into", str(tmp_path / "copy"))
    copy = load_project(tmp_path / "copy")
    assert [golden.page.url for golden in load_golden(golden_folder(copy.root))] == [press.url("other")]
    assert ended.return_value == 0
    assert f"does so again before it publishes:\n  {press.url('revised')}\n" in ended.output
    assert "not known" not in ended.output
    assert f"next: newstone --config {copy.file} nightly\n" in ended.output
    press.run(copy, extract_parts, prune_store)
    verify(copy)
    for place in PLACES:
        assert press.files_with(copy.root, press.word("revised", place)) == []
        assert press.files_with(copy.root, press.word("other", place)) != []
    assert ledger(project) == original


def it_is_another_project(project: Project) -> None:
    with open_writer(project.writer_file) as writer:
        writer.connection.execute("UPDATE run SET run_id = 'another'")


def it_is_gone(project: Project) -> None:
    shutil.rmtree(project.data_dir)


def test_a_restore_that_cannot_know_of_takedowns_says_what_to_do(project: Project, tmp_path: Path) -> None:
    backup = make_backup(project, tmp_path / "backups", pages=True, keep=7).folder
    copy = tmp_path / "copy"

    def said(where: Path, *arguments: str) -> str:
        ended = restore(project, backup, *arguments)
        assert ended.return_value == 0
        [line] = [line for line in ended.output.splitlines() if "takedowns" in line]
        assert f"run `newstone --config {where}/newstone.toml forget --url …` again for each" in line
        return line

    for what_happens, why in (
        (it_is_another_project, "is of another project"),
        (the_database_is_damaged, "cannot be read"),
        (it_is_gone, "does not exist"),
    ):
        shutil.rmtree(copy, ignore_errors=True)
        what_happens(project)
        assert f"not known here ({project.writer_file} {why})" in said(copy, "--into", str(copy))
    assert f"not known here ({project.writer_file} does not exist)" in said(project.root)

    forget(load_project(copy), SelectedBy.URL, press.url("revised"), is_published=False)
    assert press.files_with(copy, *(press.word("revised", place) for place in PLACES)) == []
