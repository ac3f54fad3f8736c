"""``newstone query "SELECT …"``."""

from pathlib import Path

import click


@click.command("query")
@click.argument("sql")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    help="Default: by the ending of --out, else table; parquet needs --out.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of stdout.")
@click.pass_obj
def query_command(config: Path | None, sql: str, format_name: str | None, out: Path | None) -> None:
    """Run read-only SQL on the published database; files and network are out of its reach.

    Try "FROM coverage WHERE entity = 'deepseek' ORDER BY published_at DESC LIMIT 20", or, for the list of tables, views
    and their comments, "SELECT table_name, comment FROM duckdb_tables() UNION ALL SELECT view_name, comment FROM
    duckdb_views() WHERE NOT internal".
    """
    from db.query import QueryFormat, run_query
    from newstone.config import load_project

    if format_name is None:
        ending = out.suffix.removeprefix(".").lower() if out is not None else ""
        format_name = ending if ending in set(QueryFormat) else QueryFormat.TABLE.value
    if format_name == "parquet" and out is None:
        raise click.UsageError("--format parquet is binary; name a file with --out")
    project = load_project(config)
    limits = project.settings.query
    result = run_query(
        project.snapshot_file,
        sql,
        format=QueryFormat(format_name),
        out=out,
        max_memory=limits.max_memory,
        timeout_seconds=limits.timeout_seconds,
    )
    if out is None:
        click.echo(result.text, nl=not result.text.endswith("\n"))
    else:
        click.echo(f"{out}: {result.n_rows} rows", err=True)
