"""``newstone nightly``."""

from pathlib import Path

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_OK


@click.command("nightly")
@click.option("--source", "source_ids", multiple=True, metavar="ID", help="Crawl only this source; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="The figures of the run as one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="No progress; errors only (for cron).")
@click.pass_obj
def nightly_command(config: Path | None, source_ids: tuple[str, ...], *, as_json: bool, quiet: bool) -> int:
    """Crawl, extract, match, score, judge sources, prune, verify and publish, then tell alerts.

    Picks up whatever an earlier run left.

    Ends with 0 where all went well, 1 where something failed, was lost or interrupted, 2 where a setting is wrong, 4
    where checks refused to publish, 5 where another run holds the data folder. SIGTERM cuts a crawl short and ends it
    after any other running stage, a second one at once, as does Ctrl-C; nothing is lost, the next run picks up what is
    left.
    """
    from newstone.cli.display import run_shown
    from newstone.config import load_project
    from newstone.jobs import alert_stages, nightly_stages

    project = load_project(config)
    stages = (*nightly_stages(source_ids or None), *alert_stages(project))
    report = run_shown(project, "nightly", stages, as_json=as_json, quiet=quiet)
    if not (quiet or as_json):
        click.echo(f"published {project.snapshot_file}", err=True)
        click.echo("next: newstone timeline ENTITY · newstone status", err=True)
    return EXIT_OK if report.state == "ok" else EXIT_FAILED
