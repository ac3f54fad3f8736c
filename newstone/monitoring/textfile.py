"""The figures of runs and store for Prometheus, through node_exporter's textfile collector.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4). The file is replaced as a
whole, as the collector wants it, and readable by everybody. Moments are given instead of ages: a file that nobody
writes any more would go on showing the age it had; ``time() - newstone_last_success_timestamp_seconds`` grows.
"""

import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newstone import __version__
from newstone.config import Project
from newstone.monitoring.figures import RunFigures
from pipelines.errors import NewstoneError
from pipelines.files import write_whole
from pipelines.outcomes import Outcome

STATES = ("ok", "partial", "failed", "refused", "interrupted")
"""How a run may have ended; one of them is 1."""

SOURCE_STATES = ("ok", "quiet", "changed_layout", "blocked", "walled", "gone", "new")
"""States that are always shown, so that an alert can count from 0; others that the store holds are shown, too."""

FILE_MODE = 0o644

_PAGE_OUTCOMES = frozenset({"fetched", *(outcome.value for outcome in Outcome)})

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One gauge and its samples. The name ends in its unit."""

    name: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


def write_textfile(project: Project, runs: Sequence[RunFigures]) -> None:
    """Write the figures of the newest run of each command, and of the store as it stands; nothing without a file.

    Raises:
        OSError: the file cannot be written.
    """
    path = project.textfile
    if path is None:
        return
    text = render_metrics([*run_metrics(runs), *store_metrics(project)])
    write_whole(path, text.encode(), mode=FILE_MODE)  # the collector reads names that end in .prom alone


def render_metrics(metrics: Iterable[Metric]) -> str:
    """Give metrics as text; those without samples are left out, and so are their names."""
    lines = []
    for metric in metrics:
        if metric.samples:
            lines.append(f"# HELP {metric.name} {_escaped(metric.help, quotes=False)}")
            lines.append(f"# TYPE {metric.name} gauge")
            lines.extend(f"{metric.name}{_labels(labels)} {_number(value)}" for labels, value in metric.samples)
    return "".join(f"{line}\n" for line in lines)


def run_metrics(runs: Sequence[RunFigures]) -> Iterator[Metric]:
    """Give the metrics of the newest run of each command."""

    def by_command(name: str, text: str, value_of: Callable[[RunFigures], float | None]) -> Metric:
        told = (({"command": run.command}, value_of(run)) for run in runs)
        return Metric(name, text, tuple((labels, value) for labels, value in told if value is not None))

    yield Metric("newstone_info", "Version of newstone; always 1.", (({"version": __version__}, 1),))
    yield by_command(
        "newstone_last_run_start_timestamp_seconds",
        "Start of the newest run, seconds since 1970.",
        lambda run: run.started_at,
    )
    yield by_command(
        "newstone_last_run_end_timestamp_seconds",
        "End of the newest run, seconds since 1970.",
        lambda run: run.ended_at,
    )
    yield by_command(
        "newstone_last_success_timestamp_seconds",
        "End of the newest run that went well, seconds since 1970.",
        lambda run: run.succeeded_at,
    )
    yield Metric(
        "newstone_last_run_state",
        "How the newest run ended: 1 for the state it is in, 0 for the others.",
        tuple(
            ({"command": run.command, "state": state}, float(run.state == state)) for run in runs for state in STATES
        ),
    )
    yield by_command("newstone_last_run_exit_code", "Exit code of the newest run.", lambda run: run.exit_code)
    yield by_command("newstone_last_run_problems", "Problems that the newest run told.", lambda run: run.n_problems)
    yield by_command(
        "newstone_last_run_failed_pings",
        "Times the health check could not be told by the newest run.",
        lambda run: run.n_failed_pings,
    )
    yield from _stage_metrics(runs)


def _stage_metrics(runs: Sequence[RunFigures]) -> Iterator[Metric]:
    by = [({"command": run.command, "stage": stage.stage}, stage) for run in runs for stage in run.stages]
    yield Metric(
        "newstone_stage_seconds",
        "Time that a stage of the newest run took.",
        tuple((labels, stage.elapsed_seconds) for labels, stage in by),
    )
    yield Metric(
        "newstone_stage_items_in", "Items that went into a stage.", tuple((labels, stage.n_in) for labels, stage in by)
    )
    yield Metric(
        "newstone_stage_items_out", "Items that came out of it.", tuple((labels, stage.n_out) for labels, stage in by)
    )
    yield Metric(
        "newstone_stage_peak_memory_bytes",
        "Largest resident memory of its process or of a child, until its end.",
        tuple((labels, stage.peak_memory_bytes) for labels, stage in by),
    )
    counts = [({**labels, "name": name}, n) for labels, stage in by for name, n in sorted(stage.counts.items())]
    yield Metric(
        "newstone_stage_pages",
        "Pages of the newest run by what became of them.",
        tuple(
            ({"command": labels["command"], "stage": labels["stage"], "outcome": labels["name"]}, n)
            for labels, n in counts
            if labels["name"] in _PAGE_OUTCOMES
        ),
    )
    yield Metric(
        "newstone_stage_figure",
        "What else a stage counted.",
        tuple((labels, n) for labels, n in counts if labels["name"] not in _PAGE_OUTCOMES),
    )


def store_metrics(project: Project) -> Iterator[Metric]:
    """Give the metrics of the store; those that cannot be read now, such as from a damaged file, are left out."""
    try:
        backlog, states, published_at = _read_store(project)
    except (NewstoneError, OSError):
        backlog, states, published_at = {}, {}, None
    yield Metric("newstone_backlog", "Items that wait for a stage.", _by_label("stage", backlog))
    yield Metric("newstone_sources", "Enabled sources by their newest state.", _by_label("state", states))
    yield Metric(
        "newstone_snapshot_timestamp_seconds",
        "When the published database was checked, seconds since 1970.",
        () if published_at is None else (({}, published_at),),
    )
    sizes = {
        "writer": _size(project.writer_file) + _size(project.writer_file.with_name(f"{project.writer_file.name}.wal")),
        "snapshot": _size(project.snapshot_file),
        "score_cache": _size(project.score_cache_file),
        "crawl_state": _size(project.data_dir / "crawl" / "state.sqlite"),
    }
    yield Metric("newstone_file_bytes", "Sizes of databases.", _by_label("file", sizes))
    free = {"data": _free(project.data_dir), "snapshot": _free(project.snapshot_file.parent)}
    yield Metric(
        "newstone_disk_free_bytes",
        "Free space of the disks that are written to.",
        _by_label("folder", {name: n for name, n in free.items() if n is not None}),
    )


def _read_store(project: Project) -> tuple[dict[str, float], dict[str, float], float | None]:
    from db.snapshot import open_snapshot
    from db.source_states import read_source_states
    from db.status import read_status
    from pipelines.clock import utc_now
    from pipelines.spool import list_new_parts

    status = read_status(project.writer_file, project.snapshot_file, now=utc_now())
    waiting = {
        "extract": len(list_new_parts(project.data_dir)),
        "match": status.n_revisions_to_match,
        "score": status.n_mentions_to_score,
        "themes": status.n_revisions_without_themes,
    }
    states: dict[str, float] = {}
    if project.writer_file.is_file():
        with open_snapshot(project.writer_file) as store:
            judged = Counter(str(row.state) for row in read_source_states(store))
        states = {state: float(judged[state]) for state in (*SOURCE_STATES, *sorted(set(judged) - set(SOURCE_STATES)))}
    published = status.snapshot_published_at
    return (
        {stage: float(n) for stage, n in waiting.items() if n is not None},
        states,
        None if published is None else published.timestamp(),
    )


def _by_label(label: str, values: Mapping[str, float]) -> tuple[tuple[Labels, float], ...]:
    return tuple(({label: name}, value) for name, value in values.items())


def _size(path: Path) -> float:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _free(folder: Path) -> float | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value, quotes=True)}"' for name, value in labels.items()) + "}"


def _escaped(text: str, *, quotes: bool) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text


def _number(value: float) -> str:
    """Write a number so that nothing of it is lost: 17 digits for seconds since 1970, whole numbers without a point."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    return str(int(value)) if float(value).is_integer() else repr(float(value))
