"""``newstone sources list | test | health | golden | verify | import | export``."""

import json
import sys
from pathlib import Path

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_OK
from newstone.cli.golden import golden_command, verify_command
from newstone.cli.source_health import health_command
from newstone.cli.terminal import shown

PIPED_WIDTH = 140
"""Columns of a table where standard output is no terminal."""

WIDTH_WITH_DISCOVERY = 100
"""Columns from which the kinds of discovery fit beside the rest."""


@click.group("sources")
def sources_command() -> None:
    """List, test, verify, import and export sources."""


sources_command.add_command(golden_command)
sources_command.add_command(verify_command)
sources_command.add_command(health_command)


@sources_command.command("list")
@click.option("--language", help="Only this language, e.g. de.")
@click.option("--medium", help="Only this kind, e.g. press or company_newsroom.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per source and line.")
@click.pass_obj
def list_command(config: Path | None, language: str | None, medium: str | None, *, as_json: bool) -> int:
    """List the sources of the project."""
    from crawler.source import load_sources
    from newstone.config import load_project
    from pipelines.errors import SourceError

    folder = load_project(config).sources_dir
    known = load_sources(folder).values()
    sources = [
        source
        for source in known
        if (language is None or source.language == language) and (medium is None or source.medium.value == medium)
    ]
    if not sources and known:
        languages = ", ".join(sorted({source.language for source in known}))
        media = ", ".join(sorted({source.medium.value for source in known}))
        raise SourceError(f"{folder} has no such source; it has the languages {languages} and the kinds {media}")
    if as_json:
        for source in sources:
            click.echo(json.dumps({"id": source.id, **source.model_dump(mode="json")}, ensure_ascii=False))
        return EXIT_OK
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    headings = ["id", "lang", "cc", "medium", "discovery", "name"]
    if console.width < WIDTH_WITH_DISCOVERY:
        headings.remove("discovery")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        # The name alone gives way where the room is short: an id is there to be copied.
        table.add_column(heading, no_wrap=heading != "name")
    for source in sources:
        places = ", ".join(sorted({entry.kind.value for entry in source.discovery}))
        off = "" if source.enabled else " (off)"
        found = [places] if "discovery" in headings else []
        table.add_row(source.id + off, source.language, source.country, source.medium.value, *found, source.name)
    console.print(table)
    click.echo(f"{len(sources)} sources in {len({source.language for source in sources})} languages")
    if not sources:
        click.echo("`newstone sources import FILE.opml` adds some")
    return EXIT_OK


@sources_command.command("test", short_help="Fetch a source or an address once and judge it.")
@click.argument("what", metavar="ID-or-URL")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per address and line.")
@click.pass_obj
def test_command(config: Path | None, what: str, *, as_json: bool) -> int:
    """Fetch a source's feeds, or one address, once, and say what is there. Ends with 1 where nothing works."""
    from newstone.outlets import override_today, verdicts_of

    verdicts = verdicts_of(config, what)
    for verdict in verdicts:
        if as_json:
            row = {
                "url": verdict.url,
                "kind": verdict.kind,
                "works": verdict.works,
                "summary": verdict.summary,
                "detail": verdict.detail,
                "n_items": verdict.n_items,
                "newest_at": verdict.newest_at.isoformat() if verdict.newest_at else None,
            }
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(shown(f"{verdict.kind} {verdict.url}\n  {verdict.summary}", lines=True))
            if verdict.detail:
                click.echo(shown(f"  {verdict.detail}", lines=True))
    if not as_json and (told := override_today(config, what)):
        click.echo(shown(told))
    return EXIT_OK if any(verdict.works for verdict in verdicts) else EXIT_FAILED


@sources_command.command("import", short_help="Add the feeds of an OPML file.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_command(config: Path | None, file: Path) -> int:
    """Add the feeds of an OPML file; feeds that are there already are left alone."""
    from newstone.config import load_project
    from newstone.outlets import import_into

    folder = load_project(config).sources_dir
    report = import_into(folder, file)
    for problem in report.problems:
        click.echo(shown(f"not taken: {problem}"), err=True)
    click.echo(
        f"{folder}: {len(report.added)} sources added, {len(report.extended)} extended by a feed, "
        f"{len(report.known)} known already, {len(report.problems)} outlines not taken"
    )
    return EXIT_OK


@sources_command.command("export", short_help="Write the sources as OPML 2.0.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.pass_obj
def export_command(config: Path | None, file: Path) -> int:
    """Write the sources as OPML 2.0 ("-" writes to stdout)."""
    from crawler.opml import export_opml
    from crawler.source import load_sources
    from newstone.config import load_project

    text = export_opml(load_sources(load_project(config).sources_dir).values())
    if str(file) == "-":
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"{file}: written")
    return EXIT_OK
