"""Signals to a run of several stages: SIGTERM waits for the running stage, a second one and Ctrl-C do not."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db.writer import open_writer
from newstone.config import load_project
from newstone.last_run import read_last_run

RUN = """
import signal, sys, time
from pathlib import Path
from newstone import cli, jobs
from newstone.config import load_project
from newstone.stages.context import StageClock

def stage(name):
    def work(context):
        clock = StageClock(name)
        print("in", name, flush=True)
        while not (Path("go").exists() or Path(f"go-{name}").exists()):
            time.sleep(0.02)
        return clock.result(n_in=1, n_out=1)
    return work

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
names = sys.argv[2:]
cli.cli.main = lambda **_: jobs.run_stages(load_project(Path(sys.argv[1])), "nightly", [stage(n) for n in names], print)
cli.main()
"""


class _Run:
    def __init__(self, folder: Path, *names: str, lets_first_end: bool = False) -> None:
        (folder / "newstone.toml").write_text("", encoding="utf-8")
        if lets_first_end:
            (folder / f"go-{names[0]}").touch()
        self.project = load_project(folder)
        self._folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder), *names],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"in {names[0]}\n"

    def let_stage_end(self) -> None:
        (self._folder / "go").touch()

    def end(self) -> tuple[int, str, str]:
        out, errors = self.process.communicate(timeout=60)
        return self.process.returncode, out, errors

    def ledger(self) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        with open_writer(self.project.writer_file) as writer:
            stages = writer.fetch("SELECT stage FROM stage_run ORDER BY started_at")
            return writer.fetch("SELECT state, detail FROM run_end"), stages


def _read_notice(run: _Run) -> None:
    assert run.process.stderr is not None
    assert "ending after the running stage; a second SIGTERM ends at once" in run.process.stderr.readline()


def test_sigterm_lets_the_running_stage_end_and_starts_no_other(tmp_path: Path) -> None:
    run = _Run(tmp_path, "match", "score", "publish")
    run.process.send_signal(signal.SIGTERM)
    _read_notice(run)
    run.let_stage_end()
    code, out, errors = run.end()
    assert (code, out) == (1, "")
    assert "interrupted; nothing is lost, the next run picks up what is left" in errors
    assert run.ledger() == ([("interrupted", "stopped by SIGTERM after 1 of 3 stages")], [("match",)])
    last = read_last_run(run.project.data_dir)
    assert last is not None
    assert (last.pid, last.state) == (run.process.pid, "interrupted")


def test_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    run = _Run(tmp_path, "match", "score")
    run.process.send_signal(signal.SIGTERM)
    _read_notice(run)
    run.process.send_signal(signal.SIGTERM)
    assert run.end()[0] == 1
    assert run.ledger() == ([("interrupted", "stopped by the person or a signal")], [])


def test_sigterm_in_the_last_stage_lets_the_run_end_well(tmp_path: Path) -> None:
    run = _Run(tmp_path, "publish", "alert", lets_first_end=True)
    assert run.process.stdout is not None
    assert run.process.stdout.readline() == "in alert\n"
    run.process.send_signal(signal.SIGTERM)
    _read_notice(run)
    run.let_stage_end()
    assert run.end()[0] == 0
    assert run.ledger() == ([("ok", None)], [("publish",), ("alert",)])


@pytest.mark.parametrize(
    ("number", "names"),
    [(signal.SIGINT, ("match", "score")), (signal.SIGTERM, ("score",))],
    ids=["ctrl-c", "one stage"],
)
def test_ctrl_c_ends_at_once_and_so_does_sigterm_where_no_stage_follows(
    tmp_path: Path, number: signal.Signals, names: tuple[str, ...]
) -> None:
    run = _Run(tmp_path, *names)
    run.process.send_signal(number)
    code, _out, errors = run.end()
    assert code == 1
    assert "the next run picks up what is left" in errors
    assert run.ledger() == ([("interrupted", "stopped by the person or a signal")], [])


def test_a_run_of_stages_says_how_it_ended_without_the_database(tmp_path: Path) -> None:
    run = _Run(tmp_path, "match")
    run.let_stage_end()
    assert run.end()[0] == 0
    row = json.loads((run.project.data_dir / "last_run.json").read_text(encoding="utf-8"))
    assert (row["command"], row["pid"], row["state"], row["detail"]) == ("nightly", run.process.pid, "ok", "")
