"""``newstone demo``."""

import shlex
import shutil
import sys
from pathlib import Path

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_OK

QUERY = "SELECT outlet, title, polarity FROM coverage WHERE entity = 'deepseek' ORDER BY polarity LIMIT 5"


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("newstone-demo"),
    show_default=True,
    help="Folder of the demo project; an earlier demo there is made anew.",
)
def demo_command(folder: Path) -> int:
    """Crawl the embedded newsroom, invented outlets in nine languages, with the real spiders.

    Then show the timeline, and write the report page and the e-mail of the week with most coverage.
    """
    from analysis.measures import Span
    from analysis.timeline import build_series
    from db.read import Grain, open_snapshot
    from newstone.cli.digest import read_digest, write_digest
    from newstone.cli.display import run_shown
    from newstone.cli.timeline import show_timeline
    from newstone.demo.project import make_demo_project, newsroom_as_proxy
    from newstone.jobs import nightly_stages
    from newstone.reporting import write_report
    from newstone.spans import span_of

    project = make_demo_project(folder)
    with newsroom_as_proxy():
        report = run_shown(project, "demo", nightly_stages(), as_json=False, quiet=False)
    if report.problems:
        return EXIT_FAILED
    first, last = span_of(project.snapshot_file, None, None)
    click.echo()
    with open_snapshot(project.snapshot_file) as snapshot:
        (series,) = build_series(snapshot, ["deepseek"], Span(first, last), Grain.WEEK)
    show_timeline(series)
    write_report(project, project.report_file)
    week = max(series.points, key=lambda point: point.n_voices).bucket
    letter, _subject = write_digest(project, read_digest(project, f"{week:%G-W%V}"), project.digest_dir)
    click.echo(f"\nreport:   {project.report_file} (a page for any browser)")
    click.echo(f"e-mail:   {letter} (opens in a mail program)")
    click.echo(f"database: {project.snapshot_file} (any DuckDB client opens it)")
    click.echo("try:")
    for example in ("timeline nvidia", "evidence deepseek 2025-01-28", "status", f'query "{QUERY}"'):
        click.echo(f"  {_program()} --config {shlex.quote(str(folder))} {example}")
    return EXIT_OK


def _program() -> str:
    """Give the command as it can be typed here: by its path unless it is on PATH."""
    if shutil.which("newstone"):
        return "newstone"
    path = Path(sys.executable).with_name("newstone")
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
