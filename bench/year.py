"""A simulated year: nights over a generated press with faults and kills, compared with the truth at the end.

::

    nice python -m bench.year [--nights 365] [--seed 1] [--folder DIR] [--json FILE]

Run it from the root of the checkout; ``--nights 30`` gives a look in a minute. Thirty invented outlets in five
languages appear, change layouts, fall silent, block, move behind walls, move dates and copy each other
(``bench/simulation``). Every night is a run of the real stages on a real project folder and a real crawl of a proxy on
loopback; every tenth is killed with SIGKILL, up to three times, and run again; some are missed, on some the network is
down, after some the clock goes back. Three things are not as on a server: processes are forked from one that has
imported everything, a hash stands in for the model, and pauses before repeated requests are a tenth of a second.

Prints Markdown. Ends with 1 where an article was lost, doubled or altered, where an outage that had to be was not
noticed within two nights, or where ``newstone verify`` finds something.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.simulation.delivered import read_delivered
from bench.simulation.editor import make_project
from bench.simulation.figures import event_line, outage_lines, problem_lines, truth_lines, year_lines
from bench.simulation.nights import NightFigures, run_nights, write_figures
from bench.simulation.outages import OutageReport, compare_states
from bench.simulation.pages import render_page
from bench.simulation.plan import PageAnswer, Plan, make_plan
from bench.simulation.press import N_OUTLETS
from bench.simulation.truth import Verdict, compare
from bench.simulation.warm import warm_up
from newstone.config import Project

WARMING_PAGES = 40
REVISIT_DAYS = 30
"""The default of [crawl] revisit_days."""


@dataclass(frozen=True, slots=True)
class Year:
    """Everything that a simulated year gave."""

    plan: Plan
    project: Project
    figures: list[NightFigures]
    wall_seconds: float
    n_fetched_again: int
    n_canaries: int
    verdict: Verdict
    outages: OutageReport
    verify_status: int
    verify_output: str

    @property
    def is_good(self) -> bool:
        """Tell whether it went as it should."""
        return self.verdict.is_clean and not self.outages.late() and self.verify_status == 0


def simulate(seed: int, n_nights: int, folder: Path, *, n_outlets: int = N_OUTLETS, tell: bool = True) -> Year:
    """Run the nights in an empty folder and compare.

    Raises:
        OSError: the folder is in the way, or the server of the press did not start.
        StoreError: no night has published anything.
    """
    plan = make_plan(seed, n_nights, n_outlets)
    some = [(story, PageAnswer.ARTICLE) for story in plan.press.stories[:WARMING_PAGES]]
    some.append((plan.press.stories[0], PageAnswer.SCRIPT_ONLY))  # short pages are read with tables of their own
    warm_up((story.outlet.language, story.url, render_page(plan, story, 0, answer)) for story, answer in some)
    project = make_project(folder / "project")
    log_file = folder / "delivered.jsonl"
    begin = time.monotonic()
    figures = run_nights(plan, project, log_file, _tell if tell else lambda _: None)
    wall_seconds = time.monotonic() - begin
    write_figures(figures, folder / "figures.json")
    return judge(plan, project, figures, log_file, wall_seconds)


def judge(plan: Plan, project: Project, figures: list[NightFigures], log_file: Path, wall_seconds: float) -> Year:
    """Compare what the nights left with the truth."""
    killed = {one.night for one in figures if one.n_kills}
    delivered = read_delivered(log_file, least_days=REVISIT_DAYS, killed_nights=killed)
    verified = _newstone(project, "verify", "--deep")
    return Year(
        plan,
        project,
        figures,
        wall_seconds,
        len(delivered.again),
        delivered.n_canaries,
        compare(plan, delivered, project.snapshot_file),
        compare_states(plan, project.snapshot_file),
        verified.returncode,
        verified.stdout + verified.stderr,
    )


def _newstone(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "newstone", "--config", str(project.file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _tell(figures: NightFigures) -> None:
    print(f"night {figures.night}: {figures.seconds:.1f} s, status {figures.status}", file=sys.stderr, flush=True)


def lines_of(year: Year) -> list[str]:
    """Give the report as lines of Markdown."""
    verified = f"`newstone verify --deep` ended with {year.verify_status}."
    if year.verify_status:
        verified += f"\n\n```\n{year.verify_output}```"
    return [
        *year_lines(year.plan, year.figures, year.wall_seconds),
        "",
        *truth_lines(year.verdict, year.n_fetched_again, year.n_canaries),
        "",
        *outage_lines(year.outages),
        "",
        event_line(year.plan),
        "",
        verified,
        "",
        "Runs that did not end as ok:",
        *problem_lines(year.figures),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outlets", type=int, default=N_OUTLETS)
    parser.add_argument("--folder", type=Path, help="a new folder to work in, which is kept")
    parser.add_argument("--json", type=Path, help="write the main figures there, too")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        year = simulate(chosen.seed, chosen.nights, folder.resolve(), n_outlets=chosen.outlets)
        print("\n".join(lines_of(year)))
        if chosen.json:
            chosen.json.write_text(json.dumps(_row(year), indent=1), encoding="utf-8")
    return 0 if year.is_good else 1


def _row(year: Year) -> dict[str, object]:
    return {
        "nights": len(year.figures),
        "wall_seconds": round(year.wall_seconds, 1),
        "printed": year.verdict.n_printed,
        "articles": year.verdict.n_articles,
        "lost": len(year.verdict.lost),
        "doubled": len(year.verdict.doubled),
        "altered": len(year.verdict.altered),
        "outages": len(year.outages.outages),
        "late": len(year.outages.late()),
        "false_alarm_nights": year.outages.false_alarms.total(),
        "lingering_nights": year.outages.lingering.total(),
        "peaceful_nights": year.outages.n_peaceful,
        "verify_status": year.verify_status,
    }


if __name__ == "__main__":
    sys.exit(main())
