"""``newstone backup``."""

import json
from pathlib import Path

import click

from newstone.cli.exits import EXIT_NOTHING_TO_DO, EXIT_OK


@click.command("backup")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Default: [backup] folder. Best on another disk.",
)
@click.option("--pages/--no-pages", default=None, help="Also the pages themselves (WARC). Default: [backup] pages.")
@click.option("--list", "listing", is_flag=True, help="Only list the backups in the folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--quiet", is_flag=True, help="Errors and warnings only (for cron).")
@click.pass_obj
def backup_command(
    config: Path | None, folder: Path | None, *, pages: bool | None, listing: bool, as_json: bool, quiet: bool
) -> int:
    """Write a consistent copy of database, crawl state, ledgers and all files of the project; verify it.

    Files of the project are configuration, sources, watchlist and golden pages.

    Older backups of this project in the same folder are removed once the new one is verified, all but [backup] keep.
    Ends with 4 where the database does not pass its checks: then nothing is written and nothing removed.
    """
    from newstone.backup.making import make_backup
    from newstone.config import load_project

    project = load_project(config)
    place = project.backup_dir if folder is None else folder.resolve()
    if listing:
        return _list(place, project.data_dir, as_json=as_json)
    settings = project.settings.backup
    report = make_backup(
        project,
        place,
        pages=settings.pages if pages is None else pages,
        keep=settings.keep,
        on_step=lambda text: None if quiet or as_json else click.echo(f"backup: {text}", err=True),
    )
    for warning in report.warnings:
        click.echo(f"newstone: {warning}", err=True)
    if as_json:
        row = {
            "folder": str(report.folder),
            "size_bytes": report.size_bytes,
            "schema_version": report.schema_version,
            "n_pages": report.n_pages,
            "n_spool_files_stored": report.n_parts_stored,
            "n_spool_files_listed": report.n_parts_listed,
            "removed": [str(path) for path in report.removed],
        }
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
    elif not quiet:
        click.echo(
            f"{report.folder}: verified, {report.size_bytes / 1e6:.1f} MB, {report.n_pages} pages in the database, "
            f"{report.n_parts_stored} files of the spool stored, {report.n_parts_listed} listed"
        )
        for path in report.removed:
            click.echo(f"removed {path}")
    return EXIT_OK


def _list(folder: Path, data_dir: Path, *, as_json: bool) -> int:
    from newstone.backup.manifest import read_backups

    found = read_backups(folder, data_dir)
    if as_json:
        rows = [
            {
                "folder": str(path),
                "created_at": manifest.created_at.isoformat(),
                "schema_version": manifest.schema_version,
                "n_pages": manifest.counts.get("page", 0),
            }
            for path, manifest in found
        ]
        click.echo(json.dumps({"backups": rows}, ensure_ascii=False, indent=2))
    else:
        for path, manifest in found:
            click.echo(f"{path}  schema {manifest.schema_version}, {manifest.counts.get('page', 0)} pages")
    if not found:
        click.echo(f"no backup of {data_dir} in {folder}", err=True)
    return EXIT_OK if found else EXIT_NOTHING_TO_DO
