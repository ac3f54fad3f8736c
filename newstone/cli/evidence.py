"""``newstone evidence ENTITY DAY``."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.json_records import json_text
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from db.read import Evidence


@click.command("evidence")
@click.argument("entity")
@click.argument("day", type=DAY, metavar="DAY")
@click.option("--until", type=DAY, help="Last day, UTC. Default: the same day.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Sentences shown.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list with all columns, without a limit.")
@click.pass_obj
def evidence_command(
    config: Path | None, entity: str, day: date, until: date | None, limit: int, *, as_json: bool
) -> None:
    """Show the sentences behind a day (2025-01-28) of the timeline, the strongest first.

    --json gives every column: article, model and watchlist revision, and where the bytes of the page lie.
    """
    from db.read import evidence
    from newstone.config import load_project

    rows = evidence(load_project(config).snapshot_file, entity, day, until or day)
    if as_json:
        click.echo(json_text([asdict(row) for row in rows], indent=2))
        return
    ranked = sorted(rows, key=lambda row: -abs(row.polarity or 0))
    for row in ranked[:limit]:
        polarity = row.score_outcome if row.polarity is None else f"{row.polarity:+.2f}"
        click.echo(f"{polarity:>6}  {_quoted(row)}")
        kind = "" if row.earned else f", {row.medium}"
        click.echo(shown(f"        {row.outlet}{kind}, {row.published_at:%Y-%m-%d %H:%M} UTC: {row.title}"))
        click.echo(shown(f"        {row.url}"))
    n_shown = min(limit, len(rows))
    models = sorted(
        {f"{row.model_id} {row.model_revision[:12]}" for row in rows if row.model_id and row.model_revision}
    )
    click.echo(f"{n_shown} of {len(rows)} sentences" + (f"; model {', '.join(models)}" if models else ""))


def _quoted(row: "Evidence") -> str:
    if not row.sentence:
        return f"(names {shown(row.surface)}; the sentence is no longer kept, see [retention])"
    before, name, after = row.sentence[: row.start], row.sentence[row.start : row.end], row.sentence[row.end :]
    return f"{shown(before)}{click.style(shown(name), bold=True)}{shown(after)}"
