"""Prints a simulated year as Markdown."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from bench.simulation.days import date_of
from bench.simulation.events import CHANGES, OUTAGES
from bench.simulation.nights import NightFigures
from bench.simulation.outages import WITHIN_NIGHTS, Noticed, OutageReport
from bench.simulation.plan import Plan
from bench.simulation.press import LARGE_PER_DAY
from bench.simulation.truth import Verdict

PARTS = 4
MB = 1_000_000
MIB = 2**20

SHOWN = 15
"""Examples of a fault that are listed."""


def year_lines(plan: Plan, figures: Sequence[NightFigures], wall_seconds: float) -> Iterator[str]:
    """Give the table of what the nights cost, by quarter."""
    nights, n_printed = plan.nights, sum(map(plan.is_printed, plan.press.stories))
    yield (
        f"{plan.n_nights} nights ({date_of(0)} to {date_of(plan.n_nights - 1)}) in {wall_seconds / 60:.1f} minutes, "
        f"seed {plan.press.seed}: {len(plan.press.outlets)} outlets, {n_printed} articles printed; "
        f"{sum(one.n_kills for one in figures)} runs killed in {sum(one.n_kills > 0 for one in figures)} nights, "
        f"machine off {sum(night.machine_off for night in nights)} nights, "
        f"network down {sum(night.network_down for night in nights)}, "
        f"clock set back {sum(night.clock_set_back for night in nights)} times, "
        f"{sum(night.polls for night in nights)} polls."
    )
    yield ""
    yield (
        "| nights | seconds a night, median (most) | memory | writer database | snapshot | pages kept "
        "| crawl state | not ok |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    size = max(1, -(-len(figures) // PARTS))
    for begin in range(0, len(figures), size):
        part = figures[begin : begin + size]
        seconds = [one.seconds for one in part]
        last = part[-1]
        yield (
            f"| {part[0].night}–{last.night} | {statistics.median(seconds):.1f} ({max(seconds):.1f}) "
            f"| {max(one.peak_bytes for one in part) / MIB:.0f} MiB | {last.writer_bytes / MB:.1f} MB "
            f"| {last.snapshot_bytes / MB:.1f} MB | {last.spool_bytes / MB:.1f} MB "
            f"| {last.state_bytes / MB:.1f} MB | {sum(one.status != 0 for one in part)} |"
        )
    yield ""
    yield "Mean seconds of a stage in the last quarter: " + ", ".join(
        f"{name} {statistics.fmean(values):.2f}" for name, values in _stage_seconds(figures[-size:]).items()
    )


def _stage_seconds(figures: Sequence[NightFigures]) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for one in figures:
        for name, seconds in one.stages.items():
            found[name].append(seconds)
    return found


def truth_lines(verdict: Verdict, n_fetched_again: int, n_canaries: int) -> Iterator[str]:
    """Give what became of every article that was printed."""
    yield "| articles | n |"
    yield "|---|---:|"
    yield f"| printed | {verdict.n_printed} |"
    yield f"| in the database, once, as printed | {verdict.n_articles} |"
    yield f"| … from a layout that an override mended | {verdict.n_mended} |"
    for outcome, n in verdict.recorded.most_common():
        yield f"| recorded as {outcome} | {n} |"
    for reason, n in verdict.unreachable.most_common():
        yield f"| not to be had: {reason} | {n} |"
    yield f"| **lost** | **{len(verdict.lost)}** |"
    yield f"| **doubled** | **{len(verdict.doubled)}** |"
    yield f"| altered | {len(verdict.altered)} |"
    yield f"| copies told as copies | {verdict.n_copies - len(verdict.torn_stories)} of {verdict.n_copies} |"
    yield f"| texts taken for copies that are none | {len(verdict.false_stories)} |"
    yield f"| pages fetched again too soon, without a kill | {n_fetched_again} |"
    yield f"| known pages fetched again to see that they read | {n_canaries} |"
    faults = {"lost": verdict.lost, "doubled": verdict.doubled, "altered": verdict.altered}
    faults |= {"torn": verdict.torn_stories, "false copies": verdict.false_stories}
    for name, found in faults.items():
        for line in found[:SHOWN]:
            yield f"- {name}: {line}"


def outage_lines(report: OutageReport) -> Iterator[str]:
    """Give how soon every outage was noticed, and what was called ill without one."""
    yield f"| outage | n | noticed within {WITHIN_NIGHTS} nights | later | over before | not noticed |"
    yield "|---|---:|---:|---:|---:|---:|"
    for kind in sorted(OUTAGES):
        some = [one for one in report.outages if one.event.kind is kind]
        yield f"| {kind.value} | {len(some)} {_columns(some)}"
    strict = [one for one in report.outages if one.is_strict]
    yield f"| all | {len(report.outages)} {_columns(report.outages)}"
    yield (
        f"| … but silence of outlets with less than {LARGE_PER_DAY:.0f} articles a day | {len(strict)} "
        f"{_columns(strict)}"
    )
    for one in report.late():
        when = "never" if one.after_nights is None else f"after {one.after_nights} nights"
        yield (
            f"- {one.event.kind.value} of {one.outlet.id} ({one.outlet.per_day:.1f} a day) "
            f"on {date_of(one.event.begin)}, {one.n_nights} nights: {when}; stood as {one.state}"
        )
    yield ""
    ill, lingering = (_nights(report, counts) for counts in (report.false_alarms, report.lingering))
    yield (
        f"Of {report.n_peaceful} nights of sources to which nothing had happened, {ill} were called ill, and on "
        f"{lingering} the state of an outage that was over still stood."
    )
    for line in report.examples[:SHOWN]:
        yield f"- {line}"


def _nights(report: OutageReport, counts: Counter[str]) -> str:
    kinds = "".join(f"; {state} {n}" for state, n in counts.most_common())
    return f"{counts.total()} ({counts.total() / max(report.n_peaceful, 1):.2%}{kinds})"


def _columns(some: Sequence[Noticed]) -> str:
    in_time = sum(one.after_nights is not None and one.is_in_time for one in some)
    later = sum(one.after_nights is not None and not one.is_in_time for one in some)
    over = sum(one.after_nights is None and one.is_in_time for one in some)
    return f"| {in_time} | {later} | {over} | {len(some) - in_time - later - over} |"


def event_line(plan: Plan) -> str:
    """Give what else befell the outlets."""
    found = Counter(event.kind for event in plan.events if event.kind not in OUTAGES)
    changes = ", ".join(f"{kind.value} {found[kind]}" for kind in CHANGES)
    troubles = ", ".join(f"{kind.value} {n}" for kind, n in sorted(found.items()) if kind not in CHANGES)
    return f"Changes that should cost nothing: {changes}. Trouble of one night: {troubles}."


def problem_lines(figures: Sequence[NightFigures]) -> Iterator[str]:
    """Give the nights that did not end as ok, and the other jobs that did not."""
    kinds: Counter[str] = Counter()
    first: dict[str, int] = {}
    for one in figures:
        told = [*one.problems] if one.problems or one.status == 0 else [f"exit status {one.status}, see jobs.log"]
        told += [f"{name}: exit status {status}" for name, status in one.others.items() if status]
        for problem in told:
            line = " ".join(problem.split())[:160]
            kinds[line] += 1
            first.setdefault(line, one.night)
    for line, n in kinds.most_common(SHOWN):
        yield f"- {n} × {line} (first in night {first[line]})"
