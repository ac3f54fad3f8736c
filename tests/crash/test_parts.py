"""Damaged WARC parts: a torn tail, damage in the middle, a part that was not told apart from a good one."""

from pathlib import Path

from newstone.config import Project
from pipelines.spool import read_pages
from tests.crash.conftest import Ground, copy_project
from tests.newstone.test_kill import content_of


def the_waiting_part(project: Project) -> Path:
    [part] = (project.data_dir / "spool" / "new").glob("*.warc.gz")
    return part


def test_a_torn_tail_of_a_killed_crawl_is_cut_off_and_its_page_fetched_again(
    ground: Ground, crawled: Project, tmp_path: Path
) -> None:
    project = copy_project(crawled, tmp_path / "project")
    part = the_waiting_part(project)
    n_pages = len(list(read_pages(part)))
    part.write_bytes(part.read_bytes()[:-100])
    part.rename(project.data_dir / "spool" / "open" / part.name)
    for file in (project.data_dir / "crawl").glob("state.sqlite*"):
        file.unlink()  # a crawl that is killed has not indexed the part that it was writing
    hits = ground.hits()
    ground.assert_clean_night(project)
    again = {url for url, n in ground.hits().items() if n != hits[url]}
    assert len(again) == 1
    assert n_pages == len(ground.articles)


def test_pages_behind_damage_in_a_part_are_told_and_fetched_again(
    ground: Ground, crawled: Project, tmp_path: Path
) -> None:
    project = copy_project(crawled, tmp_path / "project")
    part = the_waiting_part(project)
    places = [stored.offset for stored in read_pages(part)]
    data = bytearray(part.read_bytes())
    middle = places[len(places) // 2]
    data[middle + 40 : middle + 400] = b"\0" * 360
    part.write_bytes(data)
    hits = ground.hits()

    ended = ground.run(project, "extract", "--quiet")
    n_lost = len(places) - len(places) // 2
    assert ended.code == 1
    assert "quarantine this part" in ended.errors
    assert f"{n_lost} pages behind the damage are lost; those that are still listed are fetched again" in ended.errors
    assert (project.data_dir / "spool" / "quarantine" / part.name).is_file()
    assert part.name in ground.run(project, "status").out

    assert ground.night(project).state == "ok"
    again = {url for url, n in ground.hits().items() if n != hits[url]}
    assert len(again) == n_lost
    found, wanted = content_of(project.snapshot_file), ground.content
    for table in ("page", "extraction", "revision", "mention", "score", "coverage"):
        assert found[table] == wanted[table], f"{table} differs"
    assert ground.run(project, "verify", "--deep").code == 0
