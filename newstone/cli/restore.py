"""``newstone restore BACKUP``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from newstone.backup.restoring import RestoreReport
    from newstone.config import Project

SHOWN = 20
"""Missing parts and forgotten addresses that are named."""


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="A whole project into this folder, which holds none: configuration, sources, watchlist, golden pages, data.",
)
@click.option("--force", is_flag=True, help="Move the data that are there aside, into before-restore-… beside the new.")
@click.pass_obj
def restore_command(config: Path | None, backup: Path, into: Path | None, *, force: bool) -> int:
    """Bring a backup back into the data folder of this project, or as a project into another folder.

    BACKUP is a folder newstone-…, or its name in [backup] folder. Checksums are checked first. Pages that lie in the
    data folder stay, also those newer than the backup: the next run loads them and fetches nothing twice. A backup of
    an older schema is migrated by the next run.

    Takedowns made after the backup are done again by the next run: the data folder of the original says which they
    were. Where it is gone, nobody knows them any more, and `newstone forget` has to be run again for each.

    Ends with 1 where listed parts are missing: everything works, but their pages cannot be extracted again.
    """
    from newstone.backup.restoring import restore_backup, restore_project
    from newstone.config import load_project, load_project_if_any

    def tell(text: str) -> None:
        click.echo(f"restore: {text}", err=True)

    if into is None:
        project = load_project(config)
        report = restore_backup(_place_of(backup, project), project, force=force, on_step=tell)
    else:  # the project that made the backup may be gone, but only a name needs it
        maker = None if backup.exists() else load_project_if_any(config)
        report = restore_project(_place_of(backup, maker), into, force=force, on_step=tell)
    _show(report)
    return EXIT_FAILED if report.spool.missing else EXIT_OK


def _place_of(backup: Path, project: "Project | None") -> Path:
    """Give the folder of a backup, which a person names by its path, or by its name in [backup] folder."""
    if project is not None and not backup.exists():
        return (project.backup_dir / backup).resolve()
    return backup.resolve()


def _show(report: "RestoreReport") -> None:
    manifest, project, spool = report.manifest, report.project, report.spool
    made = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    renamed = f" ({spool.n_renamed} of them written anew since)" if spool.n_renamed else ""
    click.echo(
        f"{project.data_dir}: as of {made}, {manifest.counts.get('page', 0)} pages, "
        f"{spool.n_parts} parts in place{renamed}, {spool.n_newer} newer ones for the next run to load"
    )
    if report.before is not None:
        click.echo(f"what was there is in {report.before}; remove it when all is well")
    _name("parts that are missing: their pages cannot be extracted again", spool.missing)
    again = "addresses taken down since that backup: the next night does so again before it publishes"
    _name(again, spool.forgotten)
    if report.takedowns_unknown:
        forget = f"newstone --config {project.file} forget"
        click.echo(
            f"newstone: takedowns made after {made} are not known here ({report.takedowns_unknown}); "
            f"run `{forget} --url …` again for each of them before anything is published",
            err=True,
        )
    # what was fetched since may hold tombstones, too, and publishing alone does not obey them
    is_open = spool.n_newer or spool.n_renamed or spool.forgotten
    commands = ["nightly"] if is_open else ["publish", "nightly"]
    click.echo(
        ("then: " if report.takedowns_unknown else "next: ")
        + " · ".join(f"newstone --config {project.file} {command}" for command in commands)
    )


def _name(what: str, names: tuple[str, ...]) -> None:
    if names:
        click.echo(f"newstone: {len(names)} {what}:", err=True)
        for name in names[:SHOWN]:
            click.echo(f"  {name}", err=True)
        if len(names) > SHOWN:
            click.echo(f"  … and {len(names) - SHOWN} more", err=True)
