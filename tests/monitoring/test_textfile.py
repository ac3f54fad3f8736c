"""The figures for Prometheus, as text."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newstone.config import Project, load_project
from newstone.monitoring.figures import FILE_NAME, RunFigures, StageFigures, read_runs, remember_run
from newstone.monitoring.textfile import Metric, render_metrics, run_metrics, write_textfile
from tests.monitoring.exposition import read_exposition

RUN = RunFigures(
    command="nightly",
    state="ok",
    exit_code=0,
    started_at=1_737_338_400.25,
    ended_at=1_737_342_000.5,
    n_problems=0,
    stages=(StageFigures("crawl", 12.5, 10, 8, 100_000_000, {"fetched": 8, "gone": 2, "pending": 3}),),
)


def project_with(folder: Path) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "newstone.toml").write_text('[monitoring]\ntextfile = "out/newstone.prom"\n', encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "out").mkdir(exist_ok=True)
    return load_project(folder)


def labelled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


@given(st.text(), st.floats(), st.text(min_size=1))
def test_whatever_stands_in_labels_and_help_is_read_back(label: str, value: float, help_text: str) -> None:
    text = render_metrics([Metric("newstone_x", help_text, (({"name": label}, value), ({"name": f"{label}!"}, 1.0)))])
    samples = read_exposition(text)
    read = samples["newstone_x", labelled(name=label)]
    assert read == value or (math.isnan(read) and math.isnan(value))
    assert len(samples) == 2


def test_a_run_shows_its_times_its_state_and_its_stages() -> None:
    samples = read_exposition(render_metrics(run_metrics([RUN])))
    nightly = labelled(command="nightly")
    assert samples["newstone_last_run_start_timestamp_seconds", nightly] == RUN.started_at
    assert samples["newstone_last_run_end_timestamp_seconds", nightly] == RUN.ended_at
    states = {labels: value for (name, labels), value in samples.items() if name == "newstone_last_run_state"}
    assert sum(states.values()) == 1
    assert states[labelled(command="nightly", state="ok")] == 1
    crawl = labelled(command="nightly", stage="crawl")
    assert samples["newstone_stage_seconds", crawl] == 12.5
    assert samples["newstone_stage_items_in", crawl] == 10
    assert samples["newstone_stage_items_out", crawl] == 8
    assert samples["newstone_stage_peak_memory_bytes", crawl] == 100_000_000
    assert samples["newstone_stage_pages", crawl | labelled(outcome="fetched")] == 8
    assert samples["newstone_stage_pages", crawl | labelled(outcome="gone")] == 2
    assert samples["newstone_stage_figure", crawl | labelled(name="pending")] == 3


def test_the_last_success_is_kept_through_failures_and_each_command_keeps_its_own(tmp_path: Path) -> None:
    remember_run(tmp_path, RUN)
    remember_run(tmp_path, RunFigures("crawl", "ok", 0, 1.0, 2.0, 0))
    remember_run(tmp_path, RunFigures("nightly", "refused", 4, 3.0, 4.0, 1))
    runs = {run.command: run for run in remember_run(tmp_path, RunFigures("nightly", "failed", 1, 5.0, 6.0, 1))}
    assert runs["nightly"].succeeded_at == RUN.ended_at
    assert runs["nightly"].state == "failed"
    assert runs["crawl"].succeeded_at == 2.0
    assert {run.command: run for run in read_runs(tmp_path)} == runs
    samples = read_exposition(render_metrics(run_metrics(list(runs.values()))))
    assert samples["newstone_last_success_timestamp_seconds", labelled(command="nightly")] == RUN.ended_at


@pytest.mark.parametrize("text", ["", "[", '[{"command": 1}]', '{"a": 1}', "null"])
def test_a_damaged_memory_is_written_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    assert [run.command for run in remember_run(tmp_path, RUN)] == ["nightly"]


def test_the_file_is_whole_readable_by_all_and_alone_in_its_folder(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    assert project.textfile is not None
    before = os.umask(0o077)
    try:
        write_textfile(project, [RUN])
        first = project.textfile.stat().st_ino
        write_textfile(project, [RUN])
    finally:
        os.umask(before)
    assert project.textfile.stat().st_mode & 0o777 == 0o644
    assert project.textfile.stat().st_ino != first  # a reader keeps the one that it opened
    assert [path.name for path in project.textfile.parent.iterdir()] == ["newstone.prom"]
    samples = read_exposition(project.textfile.read_text(encoding="utf-8"))
    assert samples["newstone_disk_free_bytes", labelled(folder="data")] > 0
    assert samples["newstone_file_bytes", labelled(file="writer")] == 0


def test_a_damaged_database_costs_its_figures_and_no_others(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    project.writer_file.write_bytes(b"no database" * 1000)
    write_textfile(project, [RUN])
    assert project.textfile is not None
    samples = read_exposition(project.textfile.read_text(encoding="utf-8"))
    assert not [name for name, _ in samples if name in ("newstone_backlog", "newstone_sources")]
    assert samples["newstone_file_bytes", labelled(file="writer")] == 11_000
    assert ("newstone_last_run_exit_code", labelled(command="nightly")) in samples
