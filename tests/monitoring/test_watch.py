"""Runs as monitoring sees them: real runs on a real database, a real service that is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newstone.config import Project, load_project
from newstone.jobs import Stage, run_stages
from newstone.stages.context import StageClock, StageContext, StageResult
from pipelines.errors import ChecksFailedError, StoreError
from tests.monitoring.check_server import CheckServer, Reply, check_server
from tests.monitoring.exposition import Samples, read_exposition


@pytest.fixture
def service() -> Iterator[CheckServer]:
    with check_server() as service:
        yield service


@pytest.fixture
def project(tmp_path: Path, service: CheckServer) -> Project:
    (tmp_path / "newstone.toml").write_text(
        f'[monitoring]\nhealthcheck_url = "{service.url}"\ntextfile = "newstone.prom"\n', encoding="utf-8"
    )
    return load_project(tmp_path)


def good(context: StageContext) -> StageResult:
    del context
    return StageClock("crawl").result(n_in=3, n_out=2, counts={"fetched": 2, "gone": 1})


def lossy(context: StageContext) -> StageResult:
    del context
    return StageClock("extract").result(n_in=2, n_out=1, problems=("one part is damaged",))


def raising(error: BaseException) -> Stage:
    def stage(context: StageContext) -> StageResult:
        del context
        raise error

    return stage


def run(project: Project, *stages: Stage, command: str = "nightly") -> tuple[str, ...]:
    return run_stages(project, command, stages, lambda _progress: None).remarks


def samples(project: Project) -> Samples:
    assert project.textfile is not None
    return read_exposition(project.textfile.read_text(encoding="utf-8"))


def state(project: Project, command: str = "nightly") -> str:
    found = [
        dict(labels)["state"]
        for (name, labels), value in samples(project).items()
        if name == "newstone_last_run_state" and value == 1 and dict(labels)["command"] == command
    ]
    assert len(found) == 1
    return found[0]


def of_night(project: Project, name: str) -> float:
    return samples(project)[name, frozenset({("command", "nightly")})]


def test_a_good_night_is_told_at_its_beginning_and_its_end(project: Project, service: CheckServer) -> None:
    assert run(project, good) == ()
    assert service.signals == ["/start", ""]
    assert "crawl 3 -> 2" in service.asked[1][2]
    assert state(project) == "ok"
    assert of_night(project, "newstone_last_success_timestamp_seconds") > 0
    figures = samples(project)
    assert figures["newstone_file_bytes", frozenset({("file", "writer")})] > 0
    assert figures["newstone_backlog", frozenset({("stage", "extract")})] == 0
    assert figures["newstone_sources", frozenset({("state", "gone")})] == 0


def test_a_night_that_lost_something_is_a_failure_with_its_problems(project: Project, service: CheckServer) -> None:
    run(project, good, lossy)
    assert service.signals == ["/start", "/fail"]
    assert "one part is damaged" in service.asked[1][2]
    assert state(project) == "partial"
    assert of_night(project, "newstone_last_run_problems") == 1
    assert of_night(project, "newstone_last_run_exit_code") == 1


@pytest.mark.parametrize(
    ("error", "expected", "exit_code"),
    [
        (ChecksFailedError("sums differ"), "refused", 4),
        (StoreError("no space"), "failed", 1),
        (OSError(28, "No space left on device"), "failed", 1),
        (RuntimeError("a fault"), "failed", 1),
        (KeyboardInterrupt(), "interrupted", 1),
    ],
    ids=["refused", "store", "disk", "fault", "interrupted"],
)
def test_a_night_that_ends_badly_is_told_and_keeps_the_last_success(
    project: Project, service: CheckServer, error: BaseException, expected: str, exit_code: int
) -> None:
    run(project, good)
    success = of_night(project, "newstone_last_success_timestamp_seconds")
    with pytest.raises(type(error)):
        run(project, good, raising(error))
    assert service.signals == ["/start", "", "/start", "/fail"]
    assert service.asked[-1][2].endswith(f"state: {expected}")
    assert state(project) == expected
    assert of_night(project, "newstone_last_run_exit_code") == exit_code
    assert of_night(project, "newstone_last_success_timestamp_seconds") == success
    crawl = frozenset({("command", "nightly"), ("stage", "crawl")})
    assert samples(project)["newstone_stage_items_in", crawl] == 3  # of the stage that had ended


def test_a_night_that_is_stopped_waits_for_one_try_of_a_service_that_is_down(tmp_path: Path) -> None:
    with check_server(Reply(), Reply(503), Reply(503)) as service:
        (tmp_path / "newstone.toml").write_text(f'[monitoring]\nhealthcheck_url = "{service.url}"\n', encoding="utf-8")
        with pytest.raises(KeyboardInterrupt):
            run(load_project(tmp_path), raising(KeyboardInterrupt()))
    assert service.signals == ["/start", "/fail"]


def test_other_commands_do_not_ping_and_leave_the_figures_of_the_night(project: Project, service: CheckServer) -> None:
    run(project, good)
    run(project, lossy, command="extract")
    assert service.signals == ["/start", ""]
    assert (state(project), state(project, "extract")) == ("ok", "partial")


def test_a_service_that_is_down_makes_a_remark_and_no_bad_night(project: Project, service: CheckServer) -> None:
    service.replies = [Reply(404), Reply(404)]
    remarks = run(project, good)
    assert len(remarks) == 2
    assert all("404" in line and "geheim" not in line for line in remarks)
    assert state(project) == "ok"
    assert of_night(project, "newstone_last_run_failed_pings") == 2


def test_a_file_that_cannot_be_written_makes_a_remark_and_no_bad_night(
    tmp_path: Path, project: Project, service: CheckServer
) -> None:
    (tmp_path / "newstone.prom").mkdir()
    (line,) = run(project, good)
    assert "figures for monitoring were not written" in line
    assert "newstone.prom" in line
    assert service.signals == ["/start", ""]


def test_a_night_that_failed_says_on_the_error_output_what_could_not_be_told(
    project: Project, service: CheckServer, caplog: pytest.LogCaptureFixture
) -> None:
    service.replies = [Reply(), Reply(404)]
    with pytest.raises(StoreError):
        run(project, raising(StoreError("no space")))
    assert "answered 404" in caplog.text
    assert "geheim" not in caplog.text
