"""Parts whose time is over go as a whole, damaged ones too; what was taken down from them stays known."""

from datetime import timedelta

from db.forget_selection import SelectedBy
from db.snapshot import open_snapshot
from db.statements import load_statement
from db.writer import open_writer
from newstone.config import Project
from newstone.jobs import run_stages
from newstone.stages.extracting import extract_parts
from newstone.stages.pruning import foresee_pruning
from newstone.stages.publishing import publish_snapshot
from pipelines.clock import utc_now
from pipelines.outcomes import Outcome
from pipelines.spool import folder, list_done_parts, read_page, read_pages
from tests.retention import press
from tests.retention.test_forget import content, failed, forget, page_places
from tests.retention.test_pruning import YEAR_LATER, Clock, keeping, prune


def test_old_parts_go_and_their_articles_stay(project: Project, clock: Clock) -> None:
    project = keeping(project, pages_days=25, reserved_keep="full")
    clock(press.MONTH_LATER)
    before = content(project)
    assert prune(project) == {"parts": 2}
    press.run(project, publish_snapshot)
    assert content(project) == before
    assert [path.name[:8] for path in list_done_parts(project.data_dir)] == ["20250130"]
    with open_writer(project.writer_file) as writer:
        assert writer.fetch("SELECT state, count(*) FROM part_fate GROUP BY 1 ORDER BY 1") == [
            ("done", 1),
            ("expired", 2),
        ]


def test_damaged_parts_go_when_their_time_is_over_too(project: Project, clock: Clock) -> None:
    pages = [press.page(name, press.NIGHTS[0]) for name in ("whole", "torn")]
    torn = press.write_part(project, press.NIGHTS[0], pages)
    torn.write_bytes(torn.read_bytes()[:-40])
    press.write_part(project, press.NIGHTS[1], pages[:1]).write_bytes(b"nothing of it can be read")
    assert len(run_stages(project, "extract", [extract_parts], lambda _progress: None).problems) >= 2
    project = keeping(project, pages_days=25, reserved_keep="full")
    clock(utc_now() + timedelta(days=26))
    with open_snapshot(project.writer_file) as store:
        assert len(store.fetch(load_statement("quarantine"))) == 2
    assert prune(project)["parts"] == 5
    assert list(folder(project.data_dir, "quarantine").iterdir()) == []
    with open_snapshot(project.writer_file) as store:
        assert store.fetch(load_statement("quarantine")) == []
    assert prune(project) == {}


def test_a_damaged_part_goes_as_a_whole_when_the_time_of_its_reserved_pages_is_over(
    project: Project, clock: Clock
) -> None:
    parts = []
    for hour, rights in ((1, press.SILENT), (2, press.RESERVED)):
        pages = [press.page(f"{name}{hour}", press.NIGHTS[0], rights=rights) for name in ("whole", "torn")]
        parts.append(press.write_part(project, press.NIGHTS[0] + timedelta(hours=hour), pages))
    for part in parts:
        part.write_bytes(part.read_bytes()[:-40])
    run_stages(project, "extract", [extract_parts], lambda _progress: None)
    damaged = folder(project.data_dir, "quarantine")
    assert len(list(damaged.glob("*.warc.gz"))) == 2
    clock(press.MONTH_LATER)
    assert foresee_pruning(project, press.MONTH_LATER).parts.n == 1
    assert prune(project)["parts"] == 1
    assert [path.name for path in damaged.glob("*.warc.gz")] == [parts[0].name]


def test_tombstones_outlive_their_part(project: Project, clock: Clock) -> None:
    forget(project, SelectedBy.URL, press.url("late"), is_published=False)  # in the parts of the first two nights
    project = keeping(project, pages_days=20)
    clock(YEAR_LATER)
    assert prune(project)["parts"] == 3
    left = [stored.page for part in list_done_parts(project.data_dir) for stored in read_pages(part)]
    assert [(page.url, page.attempt, page.outcome) for page in left] == [
        (press.url("late"), attempt, Outcome.FORGOTTEN) for attempt in (1, 2)
    ]
    for _id, url, part, offset in page_places(project):
        if url == press.url("late"):
            assert read_page(project.data_dir / "spool" / "done" / str(part), int(str(offset))).url == url
    assert prune(project) == {}
    assert failed(project) == []
