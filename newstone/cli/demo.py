"""``newstone demo``."""

from pathlib import Path

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_OK

QUERY = "SELECT published_on, outlet, round(polarity, 2) AS polarity, title FROM coverage WHERE entity = 'deepseek' \
ORDER BY polarity LIMIT 10"


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
    from newstone.cli.display import RunDisplay
    from newstone.cli.timeline import show_timeline
    from newstone.demo.project import make_demo_project, newsroom_as_proxy
    from newstone.jobs import nightly_stages, run_stages
    from newstone.spans import span_of

    project = make_demo_project(folder)
    display = RunDisplay(quiet=False)
    with newsroom_as_proxy(), display.live():
        report = run_stages(project, "demo", nightly_stages(), display.progress, display.result)
    for problem in report.problems:
        click.echo(f"newstone: {problem}", err=True)
    first, last = span_of(project.snapshot_file, None, None)
    click.echo()
    show_timeline("deepseek", "week", timeline(project.snapshot_file, "deepseek", first, last, Grain.WEEK))
    click.echo(f"\ndatabase: {project.snapshot_file} (any DuckDB client opens it)")
    click.echo("try:")
    click.echo(f"  newstone --config {folder} timeline nvidia")
    click.echo(f"  newstone --config {folder} evidence deepseek 2025-01-28")
    click.echo(f"  newstone --config {folder} status")
    click.echo(f'  newstone --config {folder} query "{QUERY}"')
    return EXIT_FAILED if report.problems else EXIT_OK
