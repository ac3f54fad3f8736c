"""``newstone check``."""

import json
from pathlib import Path

import click

from newstone.cli.exits import EXIT_OK, EXIT_USAGE


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.pass_obj
def check_command(config: Path | None, *, as_json: bool) -> int:
    """Validate settings, sources, watchlist, model folder and places to write: what is wrong, where, how to mend it.

    Ends with 0 where nothing is wrong (warnings allowed), with 2 otherwise.
    """
    from newstone.checkup import check_project

    report = check_project(config)
    if as_json:
        click.echo(json.dumps(report.to_json_dict(), ensure_ascii=False, indent=2))
    else:
        for line in report.lines():
            click.echo(line)
    return EXIT_OK if report.ok else EXIT_USAGE
