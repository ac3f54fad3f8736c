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
    """Crawl the embedded newsroom, invented outlets in nine languages, with the real spiders; show the timeline."""
    from db.read import Grain, timeline
    from newstone.cli.display import run_shown
    from newstone.cli.timeline import show_timeline
    from newstone.demo.project import make_demo_project, newsroom_as_proxy
    from newstone.jobs import nightly_stages
    from newstone.spans import span_of

    project = make_demo_project(folder)
    with newsroom_as_proxy():
        report = run_shown(project, "demo", nightly_stages(), as_json=False, quiet=False)
    if report.problems:
        return EXIT_FAILED
    first, last = span_of(project.snapshot_file, None, None)
    click.echo()
    show_timeline("deepseek", "week", timeline(project.snapshot_file, "deepseek", first, last, Grain.WEEK))
    click.echo(f"\ndatabase: {project.snapshot_file} (any DuckDB client opens it)")
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
