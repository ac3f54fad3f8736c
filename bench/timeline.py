"""How fast the published snapshot answers at size, beside SQLite and pandas on the same data, in one run.

::

    nice python -m bench.timeline [--mentions 10000000] [--dir DIR] [--keep] [--without-rivals]

Run it from the root of the checkout. It makes a synthetic press (``bench/synthetic_press.py``) in a real writer
database, publishes it as a night does, and asks every view and macro what an analyst asks, then the analyses in Python.
Each measurement has a process of its own, so that its peak memory is its own; a question has a connection of its own,
one run to warm up and the median of the next three. SQLite and pandas first have to give the same answer within 1e-9.
Prints Markdown. ``--mentions 100000`` gives a quick look in a minute.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from analysis.change import build_changes
from analysis.change_points import find_change_points
from analysis.digest.build import build_digest
from analysis.digest.weeks import week_of
from analysis.measures import Span
from analysis.report import build_report
from analysis.spikes import find_spikes
from analysis.timeline import build_series
from bench.synthetic_press import LAST_DAY, N_SOURCES, SUBJECT, PressSize, build_press
from bench.timeline_pandas import PandasRival
from bench.timeline_questions import (
    DAY,
    QUARTER,
    QUARTER_BEFORE,
    QUESTIONS,
    WEEK,
    YEAR,
    Question,
    Rows,
    first_difference,
    normal_rows,
)
from bench.timeline_sqlite import INDEXES, SqliteRival
from db.publish import PublishReport, publish
from db.read import Grain
from db.snapshot import Snapshot, open_snapshot

BYTES_A_MENTION = 2500
"""Room for the writer database, the snapshot, what sorting spills, and SQLite, at once."""
SECONDS_A_MILLION = 130
"""On two cores: a quarter to make, a quarter to publish, the rest to load SQLite and pandas."""
SLOW_SECONDS = 20.0
"""What took longer once is not asked again: its first time counts."""
NOW = datetime(2026, 1, 1, 6, tzinfo=UTC)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timed:
    """One measurement; ``answer`` is in normal form and empty where nothing is compared."""

    name: str
    seconds: float
    n_rows: int
    peak_bytes: int
    answer: Rows


def in_own_process(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Run a function of a module in a new process and give what it returns."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_print_beside) as pool:
        return pool.submit(function, *arguments, **options).result()


def _print_beside() -> None:
    # in a process without a main file DuckDB draws a progress bar, which is not to stand in the table
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _median_seconds(ask: Callable[[], T]) -> tuple[T, float]:
    """Ask once to warm up and three times for the clock."""
    times = []
    for _ in range(4):
        started = time.perf_counter()
        answer = ask()
        times.append(time.perf_counter() - started)
        if times[0] > SLOW_SECONDS:
            return answer, times[0]
    return answer, statistics.median(times[1:])


def ask_snapshot(path: Path, question: Question) -> Timed:
    """Time one question of SQL."""
    with open_snapshot(path) as snapshot:
        rows, seconds = _median_seconds(lambda: snapshot.fetch(question.sql))
    answer = normal_rows(rows) if question.compared else []
    return Timed(question.name, seconds, len(rows), _peak_bytes(), answer)


ANALYSES: dict[str, Callable[[Snapshot], object]] = {
    "build_series, a year by day": lambda s: build_series(s, [SUBJECT], Span(*YEAR), Grain.DAY),
    "build_series, all entities, a year by week": lambda s: build_series(s, None, Span(*YEAR), Grain.WEEK),
    "build_changes, one entity, two quarters": lambda s: build_changes(
        s, [SUBJECT], Span(*QUARTER_BEFORE), Span(*QUARTER)
    ),
    "build_changes, all entities, two quarters": lambda s: build_changes(
        s, None, Span(*QUARTER_BEFORE), Span(*QUARTER)
    ),
    "find_spikes, one entity, a year": lambda s: find_spikes(s, [SUBJECT], Span(*YEAR)),
    "find_spikes, all entities, a quarter": lambda s: find_spikes(s, None, Span(*QUARTER)),
    "find_change_points, one entity, a year": lambda s: find_change_points(s, [SUBJECT], Span(*YEAR)),
    "the report of a year": lambda s: build_report(s, now=NOW, until=LAST_DAY),
    "the digest of a week": lambda s: build_digest(s, week_of(WEEK[0]), today=WEEK[1]),
}


def run_analysis(path: Path, name: str) -> Timed:
    """Time one analysis in Python; rows are points, changes, spikes, or characters of the page."""
    with open_snapshot(path) as snapshot:
        result, seconds = _median_seconds(lambda: ANALYSES[name](snapshot))
    n = len(result) if isinstance(result, tuple | str) else 1
    return Timed(name, seconds, n, _peak_bytes(), [])


def ask_rival(kind: str, snapshot_path: Path, file: Path) -> tuple[float, int, list[Timed]]:
    """Load a rival and time it; gives its loading time, the size of its file (0: memory) and its answers."""
    rival = SqliteRival(snapshot_path, file) if kind == "SQLite" else PandasRival(snapshot_path)
    size = rival.size_bytes if isinstance(rival, SqliteRival) else 0
    timed = []
    for question in QUESTIONS:
        if question.compared:
            rows, seconds = _median_seconds(lambda name=question.name: rival.ask(name))  # type: ignore[misc]
            timed.append(Timed(question.name, seconds, len(rows), _peak_bytes(), normal_rows(rows)))
    return rival.load_seconds, size, timed


def publish_press(store: Path, snapshot_path: Path) -> tuple[PublishReport, int]:
    """Publish as a night does; gives the report and the peak memory in bytes."""
    return publish(store, snapshot_path, now=NOW), _peak_bytes()


def build_in(store: Path, n_mentions: int, memory: str, threads: int) -> tuple[PressSize, float]:
    """Make the writer database; gives its size in rows and the seconds it took."""
    started = time.perf_counter()
    size = build_press(store, n_mentions, max_memory=memory, threads=threads)
    return size, time.perf_counter() - started


def _say(text: str) -> None:
    print(text, flush=True)


def _gib(n_bytes: float) -> str:
    return f"{n_bytes / 2**30:.1f} GiB"


def answer_table(asked: list[Timed]) -> Iterator[str]:
    """Give the Markdown table of what was asked of the snapshot."""
    yield "| question | rows | seconds | peak memory |\n|---|---:|---:|---:|"
    for one in asked:
        yield f"| {one.name} | {one.n_rows:,} | {one.seconds:.3f} | {one.peak_bytes / 2**20:,.0f} MiB |"


def rival_table(ours: list[Timed], rivals: dict[str, list[Timed]]) -> Iterator[str]:
    """Give the Markdown table of the same questions asked of all.

    Raises:
        SystemExit: two answers differ.
    """
    yield f"| question | snapshot | {' | '.join(f'{name} | times' for name in rivals)} |"
    yield "|---|---:|" + "---:|---:|" * len(rivals)
    for one in ours:
        cells = []
        for name, answers in rivals.items():
            other = next(answer for answer in answers if answer.name == one.name)
            if difference := first_difference(one.answer, other.answer):
                raise SystemExit(f"{one.name}: {name} answers otherwise: {difference}")
            cells.append(f"{other.seconds:.3f} | {other.seconds / one.seconds:.1f}×")
        yield f"| {one.name} | {one.seconds:.3f} | {' | '.join(cells)} |"


def _prepare(folder: Path, arguments: argparse.Namespace) -> Path:
    """Give the snapshot, made where it is not there."""
    store, snapshot_path = folder / "store.duckdb", folder / "newstone.duckdb"
    if snapshot_path.exists():
        _say(f"Uses {snapshot_path} as it is.\n")
        return snapshot_path
    store.unlink(missing_ok=True)
    size, seconds = in_own_process(build_in, store, arguments.mentions, arguments.memory, arguments.threads)
    _say(
        f"Made in {seconds:.0f} s: {size.n_mentions:,} mentions in {size.n_articles:,} articles ({size.n_revisions:,}"
        f" revisions, {size.n_pages:,} pages) of {N_SOURCES} sources; {_gib(store.stat().st_size)}."
    )
    report, peak = in_own_process(publish_press, store, snapshot_path)
    _say(
        f"Published in {report.elapsed_seconds:.0f} s: {report.n_stories:,} stories, {_gib(report.size_bytes)},"
        f" peak memory {_gib(peak)}.\n"
    )
    return snapshot_path


def main() -> None:
    """Make, publish, ask, compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=10_000_000, help="about so many (default: %(default)s)")
    parser.add_argument("--dir", type=Path, help="make everything here; a snapshot that is there is used again")
    parser.add_argument("--keep", action="store_true", help="keep what was made in --dir")
    parser.add_argument(
        "--memory", default="4GB", help="memory of the database while it is made (default: %(default)s)"
    )
    parser.add_argument("--threads", type=int, default=2, help="threads to make it with (default: %(default)s)")
    parser.add_argument("--without-rivals", action="store_true", help="ask only the snapshot")
    parser.add_argument("--without-analyses", action="store_true", help="ask only SQL")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (arguments.dir or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        needed, free = arguments.mentions * BYTES_A_MENTION, shutil.disk_usage(folder).free
        if free < needed:
            raise SystemExit(
                f"{folder} has {_gib(free)} free, about {_gib(needed)} are needed; give --dir or --mentions"
            )
        minutes = 2 + arguments.mentions * SECONDS_A_MILLION / 1e6 / 60
        print(f"# about {minutes:.0f} minutes, {_gib(needed)} of disk in {folder}", file=sys.stderr, flush=True)
        snapshot_path = _prepare(folder, arguments)
        asked = [in_own_process(ask_snapshot, snapshot_path, question) for question in QUESTIONS]
        _say("\n".join(answer_table(asked)) + "\n")
        if not arguments.without_analyses:
            done = [in_own_process(run_analysis, snapshot_path, name) for name in ANALYSES]
            _say("\n".join(answer_table(done)) + "\n")
        if not arguments.without_rivals:
            _compare(folder, snapshot_path, asked)
        _say(f"Day of the evidence: {DAY}; {os.cpu_count()} cores.")
        if arguments.dir and not arguments.keep:
            for name in ("store.duckdb", "newstone.duckdb", "rival.sqlite"):
                (folder / name).unlink(missing_ok=True)


def _compare(folder: Path, snapshot_path: Path, asked: list[Timed]) -> None:
    ours = [one for one, question in zip(asked, QUESTIONS, strict=True) if question.compared]
    rivals = {}
    for kind in ("SQLite", "pandas"):
        load_seconds, size, rivals[kind] = in_own_process(ask_rival, kind, snapshot_path, folder / "rival.sqlite")
        peak = max(timed.peak_bytes for timed in rivals[kind])
        place = f"{_gib(size)} of file, indexes {', '.join(INDEXES)}" if size else "all in memory"
        _say(f"{kind}: loaded in {load_seconds:.0f} s, peak memory {_gib(peak)}, {place}.")
    _say("\n" + "\n".join(rival_table(ours, rivals)) + "\n")


if __name__ == "__main__":
    main()
