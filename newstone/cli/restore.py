"""``newstone restore BACKUP``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from newstone.backup.restoring import RestoreReport

SHOWN = 20
"""Missing parts and forgotten addresses that are named."""


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="A whole project into this folder, which holds none: configuration, sources, watchlist, data.",
)
@click.option("--force", is_flag=True, help="Move the data that are there aside, into before-restore-… beside the new.")
@click.pass_obj
def restore_command(config: Path | None, backup: Path, into: Path | None, *, force: bool) -> int:
    """Bring a backup back into the data folder of this project, or as a project into another folder.

    BACKUP is a folder newstone-…, or its name in [backup] folder. Checksums are checked first. Pages that lie in the
    data folder stay, also those newer than the backup: the next run loads them and fetches nothing twice. A backup of
    an older schema is migrated by the next run.

    Ends with 1 where listed parts are missing: everything works, but their pages cannot be extracted again.
    """
    from newstone.backup.restoring import restore_backup, restore_project
    from newstone.config import load_project

    def tell(text: str) -> None:
        click.echo(f"restore: {text}", err=True)

    if into is not None:
        report = restore_project(backup.resolve(), into, force=force, on_step=tell)
    else:
        project = load_project(config)
        place = backup if backup.exists() else project.backup_dir / backup
        report = restore_backup(place.resolve(), project, force=force, on_step=tell)
    _show(report)
    return EXIT_FAILED if report.missing else EXIT_OK


def _show(report: "RestoreReport") -> None:
    manifest, project = report.manifest, report.project
    click.echo(
        f"{project.data_dir}: as of {manifest.created_at:%Y-%m-%d %H:%M} UTC, {manifest.counts.get('page', 0)} pages, "
        f"{report.n_parts} parts in place, {report.n_newer} newer ones for the next run to load"
    )
    if report.before is not None:
        click.echo(f"what was there is in {report.before}; remove it when all is well")
    _name("parts that are missing: their pages cannot be extracted again", report.missing)
    again = "addresses taken down since that backup: the next night does so again before it publishes"
    _name(again, report.forgotten_since)
    # what was fetched since may hold tombstones, too, and publishing alone does not obey them
    commands = ["nightly"] if report.n_newer or report.forgotten_since else ["publish", "nightly"]
    click.echo("next: " + " · ".join(f"newstone --config {project.file} {command}" for command in commands))


def _name(what: str, names: tuple[str, ...]) -> None:
    if names:
        click.echo(f"newstone: {len(names)} {what}:", err=True)
        for name in names[:SHOWN]:
            click.echo(f"  {name}", err=True)
        if len(names) > SHOWN:
            click.echo(f"  … and {len(names) - SHOWN} more", err=True)
