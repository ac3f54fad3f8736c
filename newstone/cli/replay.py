"""``newstone replay``."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from newstone.cli.days import DAY
from newstone.cli.exits import EXIT_FAILED, EXIT_NOTHING_TO_DO, EXIT_OK


@click.command("replay")
@click.option("--since", type=DAY, help="Only pages fetched since this day (UTC), by part. Default: all that are kept.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    help="New folder for the replayed database. Default: replay-TIME beside newstone.toml.",
)
@click.option("--json", "as_json", is_flag=True, help="The comparison as one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="No progress; errors only (for cron).")
@click.pass_obj
def replay_command(config: Path | None, since: date | None, target: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Make articles, mentions and scores anew from the kept pages, in a fresh database, and compare it.

    Shows what an update of newstone, of the watchlist or of the model would change. The original is only read. Ends
    with 0 where every row is equal, 1 where rows differ, 3 where there are no pages.
    """
    from newstone.cli.display import RunDisplay
    from newstone.config import load_project
    from newstone.replay import replay_parts
    from pipelines.clock import stamp, utc_now

    project = load_project(config)
    if target is None:
        target = project.root / f"replay-{stamp(utc_now())}"
    display = RunDisplay(quiet=quiet or as_json)
    with display.live():
        replay = replay_parts(project, target, since, display.progress, display.result)
    for problem in replay.problems:
        click.echo(f"newstone: {problem}", err=True)
    if as_json:
        click.echo(json.dumps({"folder": str(target), "n_parts": replay.n_parts, **_figures(replay.tables)}, indent=2))
    else:
        for table in replay.tables:
            click.echo(
                f"{table.name:<9} {table.n_equal:>9,} equal {table.n_only_original:>9,} only in the original"
                f" {table.n_only_replayed:>9,} only in the replay"
            )
        if replay.n_parts:
            parts = "1 part" if replay.n_parts == 1 else f"{replay.n_parts} parts"
            click.echo(f"{parts}; look at it with newstone --config {target} query", err=True)
    if not replay.n_parts:
        since_when = f" fetched since {since}" if since else ""
        click.echo(f"no pages{since_when} are kept; there is nothing to replay", err=True)
        return EXIT_NOTHING_TO_DO
    return EXIT_OK if replay.is_equal and not replay.problems else EXIT_FAILED


def _figures(tables: "tuple[object, ...]") -> dict[str, object]:
    return {"tables": [asdict(table) for table in tables]}  # type: ignore[call-overload]
