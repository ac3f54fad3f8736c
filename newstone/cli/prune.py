"""``newstone prune``."""

import json
from pathlib import Path

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_NOTHING_TO_DO, EXIT_OK


@click.command("prune")
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="No progress; errors only (for cron).")
@click.pass_obj
def prune_command(config: Path | None, *, dry_run: bool, as_json: bool, quiet: bool) -> int:
    """Remove what is older than [retention] allows, as every night does before it publishes.

    Whole parts of pages, loaded journals of crawls, bodies and texts whose publisher reserves text and data mining,
    addresses of the outbox, copies of the database from before an update. Ends with 3 where there is nothing to remove.
    """
    from newstone.cli.display import run_shown
    from newstone.config import load_project
    from newstone.lock import hold_lock
    from newstone.stages.pruning import foresee_pruning, prune_store
    from pipelines.clock import utc_now

    project = load_project(config)
    if not dry_run:
        report = run_shown(project, "prune", [prune_store], as_json=as_json, quiet=quiet)
        if report.problems:
            return EXIT_FAILED
        return EXIT_OK if any(result.n_in for result in report.stages) else EXIT_NOTHING_TO_DO
    with hold_lock(project.data_dir, "prune --dry-run"):
        kinds = foresee_pruning(project, utc_now()).kinds()
    if as_json:
        figures = {name: {"n": amount.n, "bytes": amount.n_bytes} for name, amount in kinds.items()}
        click.echo(json.dumps(figures, indent=2))
    else:
        for name, amount in kinds.items():
            click.echo(f"{name:<32} {amount.n:>9,} {amount.n_bytes:>16,} bytes")
    return EXIT_OK if any(amount.n for amount in kinds.values()) else EXIT_NOTHING_TO_DO
